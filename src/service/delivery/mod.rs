//! Deliveries and the error queue: looked up, sent again; and what the dispatcher needs of them.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Sandbox, clock};
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::service::OutService;
use crate::domain::outbox::{self, Flush, Job, Manner, Occasion};
use crate::domain::record::delivery::{Attempt, Delivery, DeliveryStatus, Outcome, Verdict};
use crate::domain::state::State;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::text::Text;
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
    pub since: Option<Timestamp>,
    /// Created before this instant.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether a delivery is meant.
    pub fn takes(&self, delivery: &Delivery) -> bool {
        self.id.as_deref().is_none_or(|id| id == &*delivery.id)
            && self.service.is_none_or(|service| service == delivery.service)
            && self.status.is_none_or(|status| status == delivery.status)
            && self.change_reason.is_none_or(|reason| Some(reason) == delivery.change_reason)
            && self
                .booking_code
                .as_deref()
                .is_none_or(|code| delivery.booking_code.is_some_and(|own| code == own.as_str()))
            && self.candidate_id.as_ref().is_none_or(|id| delivery.candidate_id.as_ref().is_some_and(|own| id == own))
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

/// How deliveries are sent again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Again {
    /// As what.
    pub manner: Manner,
    /// How many a second at most, on the account's clock.
    pub rate: Option<f64>,
}

impl Again {
    /// What is wrong with it.
    fn check(self) -> Result<(), Error> {
        match self.rate {
            Some(rate) if !(0.001..=1_000_000.0).contains(&rate) => {
                Err(Error::Invalid(format!("rate: expected 0.001 to 1000000 a second, got {rate}")))
            }
            _ => Ok(()),
        }
    }

    /// When the delivery with this index is due.
    fn due(self, now: Timestamp, index: usize) -> Timestamp {
        let (Some(rate), Ok(index)) = (self.rate, u32::try_from(index)) else { return now };
        let wait = std::time::Duration::try_from_secs_f64(f64::from(index) / rate).unwrap_or_default();
        now.checked_add_signed(Span(wait).chrono()).unwrap_or(now)
    }
}

/// Sends a delivery again.
///
/// # Errors
/// See [`outbox::resend`].
pub fn resend(sandbox: &Sandbox, account: &Arc<Account>, id: &str, again: Again) -> Result<Arc<Delivery>, Error> {
    let mut sent = resend_all(sandbox, account, again, |_| vec![Arc::from(id)])?;
    sent.pop().ok_or_else(|| Error::NotFound { kind: "delivery", id: id.to_owned() })
}

/// Sends the rows of the error queue that a filter takes again.
///
/// # Errors
/// See [`outbox::resend`]; nothing is sent then.
pub fn resend_failed(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    filter: &Filter,
    again: Again,
) -> Result<Vec<Arc<Delivery>>, Error> {
    let ids = |state: &State| failed(state, filter).iter().map(|delivery| Arc::clone(&delivery.id)).collect();
    resend_all(sandbox, account, again, ids)
}

/// Sends deliveries again: all of them, or none.
fn resend_all(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    again: Again,
    ids: impl FnOnce(&State) -> Vec<Arc<str>>,
) -> Result<Vec<Arc<Delivery>>, Error> {
    let wall = clock::wall();
    let changed = sandbox.change(account, |state, act| {
        let ids = ids(state);
        let occasion = sandbox.occasion(act.now, wall);
        Ok((resend_in(state, &ids, again, &occasion)?, Vec::new()))
    })?;
    Ok(changed.value)
}

/// Sends deliveries again in a state; nothing of it changes where one cannot be.
fn resend_in(
    state: &mut State,
    ids: &[Arc<str>],
    again: Again,
    occasion: &Occasion<'_>,
) -> Result<Vec<Arc<Delivery>>, Error> {
    again.check()?;
    for id in ids {
        outbox::check(state, id, again.manner)?;
    }
    if again.manner == Manner::Now {
        state.room_for_deliveries(ids.len())?;
    }
    let each = ids.iter().enumerate();
    each.map(|(index, id)| outbox::resend(state, id, again.manner, again.due(occasion.now, index), occasion)).collect()
}

/// A delivery as it would be sent now, to the byte.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rehearsal {
    /// The delivery.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// The method and URL.
    pub request_line: String,
    /// The headers, in the order they are sent; credentials are hidden.
    #[schema(value_type = Vec<Vec<String>>)]
    pub headers: Vec<(Text, Text)>,
    /// The body.
    #[schema(value_type = String)]
    pub body: Arc<str>,
}

/// Says what a job would send at this wall time; the delivery engine's, which use cases do not name.
pub type Rehearse = fn(&Job, Timestamp) -> Result<Rehearsal, String>;

/// The rows of the error queue that a filter takes.
pub fn list_failed(account: &Account, filter: &Filter) -> Vec<Arc<Delivery>> {
    failed(&account.lock(), filter)
}

/// How many requests a rehearsal shows.
const REHEARSED: usize = 500;

/// What sending deliveries again would send, to the byte; nothing changes. The first 500; none of what a fault would
/// lose.
///
/// # Errors
/// Those of sending them again; what keeps one from being sent, in words.
pub fn rehearse(sandbox: &Sandbox, account: &Account, ids: &[Arc<str>], again: Again) -> Result<Vec<Rehearsal>, Error> {
    let wall = clock::wall();
    // A dry run is the real one, on a copy: its records are shared pointers.
    let mut aside = account.lock().clone();
    let now = aside.clock.now(wall);
    let sent = resend_in(&mut aside, ids, again, &sandbox.occasion(now, wall))?;
    let Some(rehearse) = sandbox.rehearse.get() else { return Ok(Vec::new()) };
    let sent = sent.iter().filter(|delivery| delivery.status != DeliveryStatus::Discarded).take(REHEARSED);
    let jobs: Vec<Job> = sent.filter_map(|delivery| outbox::rehearse(&mut aside, &delivery.id, now)).collect();
    jobs.iter().map(|job| rehearse(job, wall).map_err(Error::Conflict)).collect()
}

fn failed(state: &State, filter: &Filter) -> Vec<Arc<Delivery>> {
    let failed = |delivery: &&Arc<Delivery>| delivery.status == DeliveryStatus::Failed && filter.takes(delivery);
    state.outbox.rows.iter().filter(failed).cloned().collect()
}

/// Gives a delivery up.
///
/// # Errors
/// See [`outbox::discard`].
pub fn discard(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<Arc<Delivery>, Error> {
    sandbox.change(account, |state, _| Ok((outbox::discard(state, id)?, Vec::new()))).map(|changed| changed.value)
}

/// Gives the rows of the error queue up that a filter takes.
///
/// # Errors
/// None of its own.
pub fn discard_failed(sandbox: &Sandbox, account: &Arc<Account>, filter: &Filter) -> Result<Vec<Arc<Delivery>>, Error> {
    let changed = sandbox.change(account, |state, _| {
        let rows = failed(state, filter);
        let done: Result<Vec<_>, _> = rows.iter().map(|delivery| outbox::discard(state, &delivery.id)).collect();
        Ok((done?, Vec::new()))
    })?;
    Ok(changed.value)
}

/// Lets deliveries go that a fault holds back.
///
/// # Errors
/// See [`outbox::flush`].
pub fn flush(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    wanted: &Flush,
) -> Result<Vec<Arc<Delivery>>, Error> {
    sandbox
        .change(account, |state, _| Ok((outbox::flush(state, service, wanted)?, Vec::new())))
        .map(|changed| changed.value)
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
    let job = {
        let mut state = account.lock();
        let now = state.clock.now(wall);
        outbox::take(&mut state, now)
    };
    if job.is_some() {
        account.announce();
    }
    job
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
    outbox::next_timer(&state).and_then(|due| state.clock.until(due, wall))
}

#[cfg(test)]
mod tests;
