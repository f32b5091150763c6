//! The one place where wall time is read; freezing, setting and advancing an account's clock.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::Sandbox;
use crate::domain::contract::error::Error;
use crate::domain::record::clock::{Action, ClockFace, ClockInput};
use crate::domain::record::delivery::Delivery;
use crate::domain::value::stamp::Timestamp;
use crate::store::account::Account;

/// How long an advance waits for its work to end.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Wall time.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn wall() -> Timestamp {
    Utc::now()
}

/// What moving a clock did.
#[derive(Debug)]
pub struct Moved {
    /// How the clock stands now.
    pub face: ClockFace,
    /// False where work was still open after the settle timeout.
    pub settled: bool,
    /// The deliveries that were sent on the way, oldest first.
    pub ran: Vec<Arc<Delivery>>,
    /// The deliveries that are still open where it did not settle.
    pub open: Vec<Arc<Delivery>>,
}

/// How the account's clock stands.
pub fn get(account: &Account) -> ClockFace {
    account.lock().clock.face(wall())
}

/// Freezes, sets, advances, scales or resumes the account's clock; an advance answers when its work has settled.
///
/// # Errors
/// A missing or contradictory member; going back, or setting the clock past due work.
pub async fn put(sandbox: &Sandbox, account: &Arc<Account>, input: &ClockInput) -> Result<Moved, Error> {
    if input.action == Action::Advance {
        return advance(sandbox, account, input, SETTLE_TIMEOUT).await;
    }
    let face = {
        let wall = wall();
        let mut state = account.lock();
        let now = state.clock.now(wall);
        let target = match input.action {
            Action::Freeze => input.instant,
            Action::Set => Some(input.instant_to_set()?),
            Action::Advance | Action::Resume | Action::Scale => None,
        };
        if let Some(target) = target {
            if target < now && state.outbox.open() > 0 {
                return Err(Error::Conflict(format!(
                    "the clock never goes back while work is pending ({} deliveries are)",
                    state.outbox.open()
                )));
            }
            state.clock.set(target, wall);
        }
        match input.action {
            Action::Freeze => state.clock.pace(0.0, wall),
            Action::Resume => state.clock.pace(1.0, wall),
            Action::Scale => state.clock.pace(input.pace()?, wall),
            Action::Set | Action::Advance => {}
        }
        state.clock.face(wall)
    };
    sandbox.wake(account);
    account.announce();
    Ok(Moved { face, settled: true, ran: Vec::new(), open: Vec::new() })
}

/// Goes from due instant to due instant up to the target, and waits at each until nothing due is open.
async fn advance(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &ClockInput,
    patience: Duration,
) -> Result<Moved, Error> {
    let _queue = account.advancing.lock().await;
    let (target, sent_before) = {
        let state = account.lock();
        let now = state.clock.now(wall());
        let target = input.target(now)?;
        if target < now {
            return Err(Error::Invalid(format!(
                "advance goes on only: the clock stands at {}",
                crate::domain::value::stamp::Stamp::millis(now)
            )));
        }
        let sent: Vec<_> = state.outbox.rows.iter().map(|delivery| delivery.attempts).collect();
        (target, sent)
    };
    let deadline = tokio::time::Instant::now() + patience;
    // What is under way ends at the present instant, so that its retry falls due on the way.
    let present = account.lock().clock.now(wall());
    let mut settled = settle(account, present, deadline).await;
    loop {
        let step = {
            let wall = wall();
            let mut state = account.lock();
            let now = state.clock.now(wall);
            let step = state.outbox.next_due().map_or(target, |due| due.min(target)).max(now);
            state.clock.set(step, wall);
            step
        };
        sandbox.wake(account);
        settled &= settle(account, step, deadline).await;
        if step >= target || !settled {
            break;
        }
    }
    let wall = wall();
    let mut state = account.lock();
    if state.clock.now(wall) < target {
        state.clock.set(target, wall);
    }
    let ran = state
        .outbox
        .rows
        .iter()
        .enumerate()
        .filter(|(row, delivery)| delivery.attempts > sent_before.get(*row).copied().unwrap_or(0))
        .map(|(_, delivery)| Arc::clone(delivery))
        .collect();
    let open = if settled { Vec::new() } else { super::delivery::open(&state) };
    let face = state.clock.face(wall);
    drop(state);
    account.announce();
    Ok(Moved { face, settled, ran, open })
}

/// Waits until no row that is due by the step is pending or under way; false at the deadline.
async fn settle(account: &Account, step: Timestamp, deadline: tokio::time::Instant) -> bool {
    let listening = account.listen();
    loop {
        let changed = listening.changed();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if account.is_closed() || account.lock().outbox.is_settled(step) {
            return true;
        }
        if tokio::time::timeout_at(deadline, changed).await.is_err() {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::input::ScheduleInput;
    use crate::domain::record::delivery::DeliveryStatus;
    use crate::domain::value::document::{self, Format};
    use crate::domain::value::stamp::Stamp;
    use crate::service::{Options, account, booking};

    #[tokio::test]
    async fn an_advance_that_does_not_settle_in_time_says_what_is_open() {
        // Nobody takes from the outbox: no dispatcher runs.
        let (sandbox, _woken) = Sandbox::new(Options::for_a_check());
        let given = "{eligibilities: [{test_code: EXAM1}], clock: {instant: 2026-03-01T12:00:00Z, frozen: true},
            subscriptions: {booking_notification: {url: http://localhost}}}";
        let given = document::read(given, Format::Yaml).expect("a document");
        let account = account::create(&sandbox, given).expect("an account");
        let id = account.lock().eligibilities.iter().next().expect("an eligibility").id;
        booking::schedule(&sandbox, &account, id, ScheduleInput::default()).expect("a booking");
        let hour = ClockInput {
            action: Action::Advance,
            instant: None,
            duration: Some(crate::domain::value::span::Span::seconds(3600)),
            factor: None,
        };
        let moved = advance(&sandbox, &account, &hour, Duration::from_millis(1)).await.expect("it moves");
        assert!(!moved.settled && moved.ran.is_empty());
        assert_eq!(moved.open.iter().map(|delivery| delivery.status).collect::<Vec<_>>(), [DeliveryStatus::Pending]);
        assert_eq!(Stamp::seconds(moved.face.instant).to_string(), "2026-03-01T13:00:00Z");
    }
}
