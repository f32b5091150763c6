//! Freezing, setting and advancing an account's clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

pub use super::wall::wall;
use super::{Sandbox, wait};
use crate::domain::contract::error::Error;
use crate::domain::due;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::clock::{Action, ClockFace, ClockInput};
use crate::domain::record::delivery::Delivery;
use crate::domain::state::State;
use crate::domain::value::stamp::{Stamp, Timestamp, WallTime, whole_millis};
use crate::store::account::Account;

/// How long moving a clock waits for its work to end.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

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

/// How the account's clock is set.
pub async fn get(sandbox: &Sandbox, account: &Account) -> ClockFace {
    let wall = wall();
    sandbox.look(account, |state, _| state.clock.face(wall)).await
}

/// Freezes, sets, advances, scales or resumes an account's clock; answers when what falls due on the way is done.
///
/// # Errors
/// A missing or contradictory member; going back while work is pending. Nothing changed then.
pub async fn put(sandbox: &Sandbox, account: &Arc<Account>, input: &ClockInput) -> Result<Moved, Error> {
    let moved = put_within(sandbox, std::slice::from_ref(account), input, SETTLE_TIMEOUT).await?;
    moved.into_iter().next().ok_or_else(|| Error::Internal("a clock that did not move".to_owned()))
}

/// The same for the clocks of several accounts: all of them, or none. In the order of their codes.
///
/// # Errors
/// Those of [`put`], for any of them.
pub async fn put_all(sandbox: &Sandbox, accounts: &[Arc<Account>], input: &ClockInput) -> Result<Vec<Moved>, Error> {
    put_within(sandbox, accounts, input, SETTLE_TIMEOUT).await
}

async fn put_within(
    sandbox: &Sandbox,
    accounts: &[Arc<Account>],
    input: &ClockInput,
    patience: Duration,
) -> Result<Vec<Moved>, Error> {
    // Those who advance queue, one behind the other.
    let mut queues = Vec::with_capacity(accounts.len());
    for account in accounts {
        queues.push(account.advancing.lock().await);
    }
    let wall = whole_millis(wall());
    let planned = sandbox.store.change_all(accounts, |_, state| {
        let now = whole_millis(state.clock.now(wall));
        let target = move_or_plan(state, input, now, wall)?;
        Ok(((target, state.clock.face(wall)), now))
    })?;
    let freezes = input.action == Action::Freeze;
    let moves = accounts.iter().zip(planned).map(|(account, plan)| run_to(sandbox, account, plan, freezes, patience));
    Ok(join_all(moves).await)
}

/// Moves the clock where nothing can fall due on the way; else gives the instant to go to.
fn move_or_plan(
    state: &mut State,
    input: &ClockInput,
    now: Timestamp,
    wall: WallTime,
) -> Result<Option<Timestamp>, Error> {
    let (target, factor) = input.plan(now)?;
    if let Some(factor) = factor {
        state.clock.edit().pace(factor, wall);
    }
    match target {
        Some(target) if target >= now => Ok(Some(target)),
        Some(_) if input.action == Action::Advance => {
            Err(Error::Invalid(format!("advance goes on only: the clock stands at {}", Stamp::millis(now))))
        }
        Some(target) => {
            let open = due::open(state);
            if open > 0 {
                return Err(Error::Conflict(format!(
                    "the clock never goes back while work is pending ({open} deliveries are)"
                )));
            }
            state.clock.edit().set(target, wall);
            if input.action == Action::Freeze {
                state.clock.edit().pace(0.0, wall);
            }
            Ok(None)
        }
        None => {
            if input.action == Action::Freeze {
                state.clock.edit().pace(0.0, wall);
            }
            Ok(None)
        }
    }
}

/// Goes from due instant to due instant up to the target, where there is one, and waits at each until nothing due is
/// open.
async fn run_to(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    (target, moved): (Option<Timestamp>, ClockFace),
    freezes: bool,
    patience: Duration,
) -> Moved {
    let Some(target) = target else {
        sandbox.wake(account);
        return Moved { face: moved, settled: true, ran: Vec::new(), open: Vec::new() };
    };
    let attempts = |state: &State, _| state.deliveries().iter().map(|delivery| delivery.attempts).collect();
    let sent_before: Vec<u32> = sandbox.look(account, attempts).await;
    let deadline = tokio::time::Instant::now() + patience;
    // What is under way ends at the present instant, so that its retry falls due on the way.
    let present = sandbox.look(account, |_, now| now).await;
    let mut settled = settle(sandbox, account, present, deadline).await;
    loop {
        let step = set(sandbox, account, |state, now| due::next(state).map_or(target, |due| due.min(target)).max(now));
        let step = step.await.unwrap_or(target);
        settled &= settle(sandbox, account, step, deadline).await;
        if step >= target || !settled {
            break;
        }
    }
    let last = set(sandbox, account, |_, now| target.max(now)).await;
    if freezes && last.is_ok() {
        // At the target, which the clock may have passed by the time that this took.
        let frozen = sandbox.change(account, |state, act| {
            state.clock.edit().set(target, act.wall);
            state.clock.edit().pace(0.0, act.wall);
            Ok(((), Notices::new()))
        });
        // Nothing of it is refused.
        let _done: Result<_, Error> = frozen.await;
    }
    let wall = wall();
    let moved = |state: &State, _| {
        let sent =
            |(row, delivery): &(usize, &Arc<Delivery>)| delivery.attempts > sent_before.get(*row).copied().unwrap_or(0);
        let ran = state.deliveries().iter().enumerate().filter(sent).map(|(_, delivery)| Arc::clone(delivery));
        let open = if settled { Vec::new() } else { super::delivery::open(state) };
        Moved { face: state.clock.face(wall), settled, ran: ran.collect(), open }
    };
    sandbox.look(account, moved).await
}

/// Sets the clock to an instant; gives it.
async fn set(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    mut to: impl FnMut(&State, Timestamp) -> Timestamp,
) -> Result<Timestamp, Error> {
    let changed = sandbox.change(account, |state, act| {
        let instant = to(state, act.now);
        if instant != act.now {
            state.clock.edit().set(instant, act.wall);
        }
        Ok((instant, Notices::new()))
    });
    changed.await
}

/// Waits until no delivery that is due by the step is pending or being sent; false at the deadline.
async fn settle(sandbox: &Sandbox, account: &Account, step: Timestamp, deadline: tokio::time::Instant) -> bool {
    let left = deadline.saturating_duration_since(tokio::time::Instant::now());
    let is_settled = || account.look(|state| due::is_settled(state, step)).then_some(());
    wait::until(sandbox, account, left, is_settled).await.is_some() || account.is_closed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::input::ScheduleInput;
    use crate::domain::record::delivery::DeliveryStatus;
    use crate::domain::value::document::{self, DocumentFormat};
    use crate::domain::value::span::Span;
    use crate::service::{SandboxOptions, account, booking};

    #[tokio::test]
    async fn an_advance_that_does_not_settle_in_time_says_what_is_open() {
        // Nobody takes from the outbox: no dispatcher runs.
        let (sandbox, _woken) = Sandbox::new(SandboxOptions::for_a_check());
        let given = "{eligibilities: [{test_code: EXAM1}], clock: {instant: 2026-03-01T12:00:00Z, frozen: true},
            subscriptions: {booking_notification: {url: http://localhost}}}";
        let given = document::read(given, DocumentFormat::Yaml).expect("a document");
        let account = account::create(&sandbox, given).expect("an account");
        let id = account.look(|state| state.eligibilities().iter().next().expect("an eligibility").id);
        booking::schedule(&sandbox, &account, id, &ScheduleInput::default()).await.expect("a booking");
        let hour =
            ClockInput { action: Action::Advance, instant: None, duration: Some(Span::seconds(3600)), factor: None };
        let accounts = [account];
        let moved = put_within(&sandbox, &accounts, &hour, Duration::from_millis(1)).await.expect("it moves");
        let moved = moved.first().expect("one clock");
        assert!(!moved.settled && moved.ran.is_empty());
        assert_eq!(moved.open.iter().map(|delivery| delivery.status).collect::<Vec<_>>(), [DeliveryStatus::Pending]);
        assert_eq!(Stamp::seconds(moved.face.instant).to_string(), "2026-03-01T13:00:00Z");
    }
}
