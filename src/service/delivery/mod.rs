//! Deliveries and the error queue: looked up, sent again; and what the dispatcher needs of them.

use std::sync::Arc;

pub mod rehearsal;

use super::wall::wall;
use super::{Sandbox, inbox};
use crate::domain::again;
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::due;
use crate::domain::outbox;
use crate::domain::outbox::Job;
use crate::domain::outbox::judge::{AttemptOutcome, Verdict};
use crate::domain::outbox::notice::{Notices, Occasion};
use crate::domain::outbox::resend::{self, Flush, Manner};
use crate::domain::query::DeliveryQuery;
use crate::domain::record::delivery::{Attempt, Delivery, DeliveryStatus};
use crate::domain::state::State;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{Timestamp, whole_millis};
use crate::store::account::Account;
pub use rehearsal::Rehearsal;

/// The delivery with this identifier.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(sandbox: &Sandbox, account: &Account, id: &str) -> Result<Arc<Delivery>, Error> {
    sandbox.look(account, |state, _| state.delivery(id).map(|(_, delivery)| Arc::clone(delivery))).await
}

/// A delivery as it is known by its identifier alone, in whichever account.
#[derive(Debug)]
pub struct KnownDelivery {
    /// The delivery.
    pub delivery: Arc<Delivery>,
    /// The secrets its subscription signs with now, the newest first.
    pub secrets: Vec<String>,
}

/// Finds a delivery in all accounts.
pub async fn find(sandbox: &Sandbox, id: &str) -> Option<KnownDelivery> {
    for account in sandbox.store.accounts() {
        let known = sandbox.look(&account, |state, _| {
            let delivery = Arc::clone(state.delivery(id).ok()?.1);
            let subscription = state.subscriptions.get(&delivery.service);
            let secrets = subscription.map(|found| outbox::secrets(state, &found.signing)).unwrap_or_default();
            Some(KnownDelivery { delivery, secrets })
        });
        if let Some(known) = known.await {
            return Some(known);
        }
    }
    None
}

/// The attempts of a delivery, oldest first.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn attempts(sandbox: &Sandbox, account: &Account, id: &str) -> Result<Vec<Arc<Attempt>>, Error> {
    get(sandbox, account, id).await.map(|delivery| delivery.attempts().cloned().collect())
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
/// See [`resend::check`]; `as: now`, and its booking is no longer known, or the queue is full.
pub async fn resend(sandbox: &Sandbox, account: &Arc<Account>, id: &str, again: Again) -> Result<Arc<Delivery>, Error> {
    let mut sent = resend_all(sandbox, account, again, |_| vec![Arc::from(id)]).await?;
    sent.pop().ok_or_else(|| Error::NotFound { kind: "delivery", id: id.to_owned() })
}

/// Sends the rows of the error queue that a filter takes again.
///
/// # Errors
/// Those of [`resend()`]; nothing is sent then.
pub async fn resend_failed(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    filter: &DeliveryQuery,
    again: Again,
) -> Result<Vec<Arc<Delivery>>, Error> {
    let ids = |state: &State| failed(state, filter).iter().map(|delivery| Arc::clone(&delivery.id)).collect();
    resend_all(sandbox, account, again, ids).await
}

/// Sends deliveries again: all of them, or none.
async fn resend_all(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    again: Again,
    ids: impl Fn(&State) -> Vec<Arc<str>>,
) -> Result<Vec<Arc<Delivery>>, Error> {
    let changed = sandbox.change(account, |state, act| {
        let ids = ids(state);
        Ok((resend_in(state, &ids, again, &sandbox.occasion(act.now, act.wall))?, Notices::new()))
    });
    changed.await
}

fn resend_in(
    state: &mut State,
    ids: &[Arc<str>],
    again: Again,
    occasion: &Occasion<'_>,
) -> Result<Vec<Arc<Delivery>>, Error> {
    again.check()?;
    let resend = |(index, id): (usize, &Arc<str>)| {
        let due = again.due(occasion.now, index);
        match again.manner {
            Manner::Recorded => resend::resend(state, id, due, occasion),
            Manner::Now => {
                resend::check(state, id)?;
                let notice = again::notice(state, state.delivery(id)?.1)?;
                resend::tell_anew(state, id, &*notice, due, occasion)
            }
        }
    };
    ids.iter().enumerate().map(resend).collect()
}

/// The rows of the error queue that a filter takes.
pub async fn list_failed(sandbox: &Sandbox, account: &Account, filter: &DeliveryQuery) -> Vec<Arc<Delivery>> {
    sandbox.look(account, |state, _| failed(state, filter)).await
}

/// How many requests a rehearsal shows.
const REHEARSED: usize = 500;

/// What sending deliveries again would send, to the byte; nothing changes. The first 500; none of what a fault would
/// lose.
///
/// # Errors
/// Those of sending them again; what keeps one from being sent, in words.
pub fn rehearse(sandbox: &Sandbox, account: &Account, ids: &[Arc<str>], again: Again) -> Result<Vec<Rehearsal>, Error> {
    let wall = whole_millis(wall());
    // A dry run is the real one, undone.
    let jobs: Result<Vec<Job>, Error> = account.rehearse(|state| {
        let now = whole_millis(state.clock.now(wall));
        let sent = resend_in(state, ids, again, &sandbox.occasion(now, wall))?;
        let sent = sent.iter().filter(|delivery| delivery.status != DeliveryStatus::Discarded).take(REHEARSED);
        let jobs = sent.filter_map(|delivery| outbox::rehearse(state, &delivery.id, now));
        let resolved = |mut job: Job| {
            inbox::resolve(sandbox, &account.code, &mut job);
            job
        };
        Ok(jobs.map(resolved).collect())
    });
    let Some(rehearse) = sandbox.rehearse.get() else { return Ok(Vec::new()) };
    jobs?.iter().map(|job| rehearse(job, wall).map_err(Error::Conflict)).collect()
}

fn failed(state: &State, filter: &DeliveryQuery) -> Vec<Arc<Delivery>> {
    let failed = |delivery: &&Arc<Delivery>| delivery.status == DeliveryStatus::Failed && filter.takes(delivery);
    state.deliveries().iter().filter(failed).cloned().collect()
}

/// Gives a delivery up.
///
/// # Errors
/// See [`resend::discard`].
pub async fn discard(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<Arc<Delivery>, Error> {
    let changed = sandbox.change(account, |state, _| Ok((resend::discard(state, id)?, Notices::new())));
    changed.await
}

/// Gives the rows of the error queue up that a filter takes.
///
/// # Errors
/// None of its own.
pub async fn discard_failed(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    filter: &DeliveryQuery,
) -> Result<Vec<Arc<Delivery>>, Error> {
    let changed = sandbox.change(account, |state, _| {
        let rows = failed(state, filter);
        let done: Result<Vec<_>, _> = rows.iter().map(|delivery| resend::discard(state, &delivery.id)).collect();
        Ok((done?, Notices::new()))
    });
    changed.await
}

/// Releases deliveries that a fault holds back.
///
/// # Errors
/// See [`resend::flush`].
pub async fn flush(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    wanted: &Flush,
) -> Result<Vec<Arc<Delivery>>, Error> {
    let changed = sandbox.change(account, |state, _| Ok((resend::flush(state, service, wanted)?, Notices::new())));
    changed.await
}

/// The rows that wait or are being sent.
pub fn open(state: &State) -> Vec<Arc<Delivery>> {
    let is_open =
        |delivery: &&Arc<Delivery>| matches!(delivery.status, DeliveryStatus::Pending | DeliveryStatus::Sending);
    state.deliveries().iter().filter(is_open).cloned().collect()
}

/// Lets happen what falls due by itself, for the dispatcher; false where nothing did.
///
/// # Errors
/// A full queue; nothing happened then, and it will once there is room.
pub async fn fall_due(sandbox: &Sandbox, account: &Arc<Account>) -> Result<bool, Error> {
    if !sandbox.look(account, due::happens).await {
        return Ok(false);
    }
    sandbox.change(account, |state, act| Ok(((), due::run(state, act.now)?))).await.map(|()| true)
}

/// Takes the next delivery that is due, for the dispatcher.
pub async fn take(sandbox: &Sandbox, account: &Arc<Account>) -> Option<Job> {
    if !sandbox.look(account, outbox::has_due).await {
        return None;
    }
    let taken = sandbox.change_quietly(account, |state, act| Ok(next(sandbox, state, act.now)));
    taken.await.unwrap_or_default()
}

/// Takes the next delivery that is due, with the URL that it goes to.
fn next(sandbox: &Sandbox, state: &mut State, now: Timestamp) -> Option<Job> {
    let mut job = outbox::take(state, now)?;
    inbox::resolve(sandbox, &state.code, &mut job);
    Some(job)
}

/// How many bytes of long answers the deliveries of an account keep, and those of a server; of older ones, the beginning.
const ACCOUNT_ANSWERS: usize = 8 * 1024 * 1024;
const SERVER_ANSWERS: usize = 128 * 1024 * 1024;

/// What became of an attempt, and what to send next.
#[derive(Debug)]
pub struct Recorded {
    /// What became of the delivery; `None` if the account was reset in between.
    pub verdict: Option<Verdict>,
    /// The next delivery that is due.
    pub next: Option<Job>,
}

/// Records an attempt, and takes the next delivery that is due under the same lock; `None` while the server stops.
pub async fn record(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    job: &Job,
    outcome: &AttemptOutcome,
    stopping: bool,
) -> Recorded {
    let recorded = sandbox.change_quietly(account, |state, act| {
        let verdict = outbox::record(state, job, outcome, act.now);
        // Where all accounts together keep too much, whoever adds to it gives up its own.
        let is_full = sandbox.store.counts().answers > SERVER_ANSWERS;
        state.shorten_answers(if is_full { 0 } else { ACCOUNT_ANSWERS });
        Ok(Recorded { verdict, next: if stopping { None } else { next(sandbox, state, act.now) } })
    });
    let recorded = recorded.await.unwrap_or(Recorded { verdict: None, next: None });
    sandbox.metrics.attempt(match recorded.verdict {
        Some(Verdict::Delivered) => "delivered",
        Some(Verdict::Again(_)) => "again",
        Some(Verdict::Failed) => "failed",
        None => "forgotten",
    });
    recorded
}

/// The wall time until the account's next delivery is due; `None` if nothing waits for its clock.
pub async fn next_wait(sandbox: &Sandbox, account: &Account) -> Option<std::time::Duration> {
    let wall = wall();
    let wait = |state: &State, _| due::next_timer(state).and_then(|due| state.clock.until(due, wall));
    sandbox.look(account, wait).await
}

#[cfg(test)]
mod tests;
