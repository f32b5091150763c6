//! Deliveries and the error queue: looked up, sent again; and what the dispatcher needs of them.

use std::sync::Arc;

use super::{Sandbox, clock};
use crate::domain::delivery::{Attempt, Delivery, DeliveryStatus, Outcome, Verdict};
use crate::domain::error::Error;
use crate::domain::event::ChangeReason;
use crate::domain::outbox::{self, Job};
use crate::domain::stamp::Instant;
use crate::domain::state::State;
use crate::domain::subscription::OutService;
use crate::store::account::Account;

/// Which deliveries are meant; all where empty.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By identifier.
    pub id: Option<String>,
    /// By service.
    pub service: Option<OutService>,
    /// By status.
    pub status: Option<DeliveryStatus>,
    /// By what happened.
    pub change_reason: Option<ChangeReason>,
    /// By booking.
    pub booking_code: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// Created at this instant or later.
    pub since: Option<Instant>,
    /// Created before this instant.
    pub until: Option<Instant>,
}

impl Filter {
    /// Whether a delivery is meant.
    pub fn takes(&self, delivery: &Delivery) -> bool {
        self.id.as_deref().is_none_or(|id| id == &*delivery.id)
            && self.service.is_none_or(|service| service == delivery.service)
            && self.status.is_none_or(|status| status == delivery.status)
            && self.change_reason.is_none_or(|reason| reason == delivery.change_reason)
            && self.booking_code.as_deref().is_none_or(|code| code == delivery.booking_code.as_str())
            && self.candidate_id.as_ref().is_none_or(|id| *id == delivery.candidate_id)
            && self.since.is_none_or(|since| delivery.created >= since)
            && self.until.is_none_or(|until| delivery.created < until)
    }
}

/// The delivery with this identifier.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(account: &Account, id: &str) -> Result<Arc<Delivery>, Error> {
    account
        .lock()
        .outbox
        .rows
        .get(&Arc::from(id))
        .cloned()
        .ok_or_else(|| Error::NotFound { kind: "delivery", id: id.to_owned() })
}

/// A delivery as it is known by its identifier alone, in whichever account.
#[derive(Debug)]
pub struct Known {
    /// The delivery.
    pub delivery: Arc<Delivery>,
    /// The secrets its subscription signs with now, the newest first.
    pub secrets: Vec<String>,
}

/// Finds a delivery in all accounts: no two of a server share an identifier.
pub fn find(sandbox: &Sandbox, id: &str) -> Option<Known> {
    sandbox.store.accounts().into_iter().find_map(|account| {
        let state = account.lock();
        let delivery = state.outbox.rows.get(&Arc::from(id)).cloned()?;
        let subscription = state.subscriptions.get(&delivery.service);
        let secrets = subscription.map(|found| outbox::secrets(&state, &found.signing)).unwrap_or_default();
        Some(Known { delivery, secrets })
    })
}

/// The attempts of a delivery, oldest first.
///
/// # Errors
/// [`Error::NotFound`].
pub fn attempts(account: &Account, id: &str) -> Result<Vec<Arc<Attempt>>, Error> {
    get(account, id).map(|delivery| delivery.history.iter().cloned().collect())
}

/// Sends a delivery again.
///
/// # Errors
/// See [`outbox::resend`].
pub fn resend(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<Arc<Delivery>, Error> {
    sandbox
        .change(account, |state, act| Ok((outbox::resend(state, id, act.now)?, Vec::new())))
        .map(|changed| changed.value)
}

/// The rows of the error queue that a filter takes, oldest first.
pub fn failed(state: &State, filter: &Filter) -> Vec<Arc<Delivery>> {
    let failed = |delivery: &&Arc<Delivery>| delivery.status == DeliveryStatus::Failed && filter.takes(delivery);
    state.outbox.rows.iter().filter(failed).cloned().collect()
}

/// Sends the rows of the error queue that a filter takes again; a dry run only says which.
///
/// # Errors
/// No enabled subscription.
pub fn resend_failed(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    filter: &Filter,
    dry_run: bool,
) -> Result<Vec<Arc<Delivery>>, Error> {
    each_failed(sandbox, account, filter, dry_run, outbox::resend)
}

/// Does the same to every row of the error queue that a filter takes, in one step; a dry run only says which.
fn each_failed(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    filter: &Filter,
    dry_run: bool,
    act_on: impl Fn(&mut State, &str, Instant) -> Result<Arc<Delivery>, Error>,
) -> Result<Vec<Arc<Delivery>>, Error> {
    sandbox
        .change(account, |state, act| {
            let rows = failed(state, filter);
            if dry_run {
                return Ok((rows, Vec::new()));
            }
            let done: Result<Vec<_>, _> = rows.iter().map(|delivery| act_on(state, &delivery.id, act.now)).collect();
            Ok((done?, Vec::new()))
        })
        .map(|changed| changed.value)
}

/// Gives a delivery up.
///
/// # Errors
/// See [`outbox::discard`].
pub fn discard(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<Arc<Delivery>, Error> {
    sandbox.change(account, |state, _| Ok((outbox::discard(state, id)?, Vec::new()))).map(|changed| changed.value)
}

/// Gives the rows of the error queue up that a filter takes; a dry run only says which.
///
/// # Errors
/// None of its own.
pub fn discard_failed(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    filter: &Filter,
    dry_run: bool,
) -> Result<Vec<Arc<Delivery>>, Error> {
    each_failed(sandbox, account, filter, dry_run, |state, id, _| outbox::discard(state, id))
}

/// The rows that wait or are under way.
pub fn open(state: &State) -> Vec<Arc<Delivery>> {
    let is_open =
        |delivery: &&Arc<Delivery>| matches!(delivery.status, DeliveryStatus::Pending | DeliveryStatus::Sending);
    state.outbox.rows.iter().filter(is_open).cloned().collect()
}

/// Takes the next delivery that is due, for the dispatcher.
pub fn take(account: &Account) -> Option<Job> {
    let wall = clock::wall();
    let mut state = account.lock();
    let now = state.clock.now(wall);
    outbox::take(&mut state, now)
}

/// What became of an attempt, and what to send next.
#[derive(Debug)]
pub struct Recorded {
    /// What became of the delivery; none where the account was reset in between.
    pub verdict: Option<Verdict>,
    /// The next delivery that is due.
    pub next: Option<Job>,
}

/// Records an attempt, and takes the next delivery that is due under the same lock; none while the server stops.
pub fn record(sandbox: &Sandbox, account: &Account, job: &Job, outcome: Outcome, stopping: bool) -> Recorded {
    let wall = clock::wall();
    let recorded = {
        let mut state = account.lock();
        let now = state.clock.now(wall);
        let verdict = outbox::record(&mut state, job, outcome, now);
        Recorded { verdict, next: if stopping { None } else { outbox::take(&mut state, now) } }
    };
    sandbox.metrics.attempt(match recorded.verdict {
        Some(Verdict::Delivered) => "delivered",
        Some(Verdict::Again(_)) => "again",
        Some(Verdict::Failed) => "failed",
        None => "forgotten",
    });
    account.announce();
    recorded
}

/// The wall time until the account's next delivery is due; none where nothing waits for its clock.
pub fn next_wait(account: &Account) -> Option<std::time::Duration> {
    let wall = clock::wall();
    let state = account.lock();
    state.outbox.next_due().and_then(|due| state.clock.until(due, wall))
}
