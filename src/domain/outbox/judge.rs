//! What becomes of a delivery after an attempt.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::record::delivery::{Attempt, Delivery};
use crate::domain::record::subscription::{Retry, Subscription};
use crate::domain::value::chance::{fraction, mix};
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{Timestamp, whole_millis};

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct AttemptOutcome {
    /// What is kept of it.
    pub attempt: Arc<Attempt>,
    /// Whether trying again may help: no connection, a timeout, a 500; a 429 or 503 that says when.
    pub passing: bool,
    /// The answer began, and did not end in time: it is no success, whatever its status.
    pub is_late: bool,
    /// How long the receiver asks to wait: `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Delivered,
    /// It is tried again at this instant.
    Again(Timestamp),
    /// It goes to the error queue.
    Failed,
}

/// The longest that a receiver's `Retry-After` is heeded.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// Decides what becomes of a delivery.
///
/// Source: 200 exactly is success; anything else goes to the error queue. Assumed: `automatic` (contract §7), and that
/// `Retry-After` makes a wait of the schedule longer, never shorter.
pub fn judge(subscription: &Subscription, delivery: &Delivery, outcome: &AttemptOutcome, now: Timestamp) -> Verdict {
    if !outcome.is_late && outcome.attempt.status.is_some_and(|status| subscription.takes(delivery.service, status)) {
        return Verdict::Delivered;
    }
    if subscription.retry == Retry::Automatic && outcome.passing {
        let step = usize::try_from(delivery.round.saturating_sub(1)).unwrap_or(usize::MAX);
        let next = subscription.retry_schedule.get(step).and_then(|wait| {
            let wait = jittered(*wait, subscription.retry_jitter, delivery);
            let asked = Span(outcome.retry_after.unwrap_or_default().min(LONGEST_ASKED));
            now.checked_add_signed(wait.max(asked).chrono()).map(whole_millis)
        });
        if let Some(next) = next {
            return Verdict::Again(next);
        }
    }
    Verdict::Failed
}

/// A wait with its share of chance: the same for the same seed, delivery and attempt. Whole milliseconds.
fn jittered(wait: Span, jitter: f64, delivery: &Delivery) -> Span {
    if jitter == 0.0 {
        return wait;
    }
    // The identifier is drawn from the account's seed.
    let seed = delivery.id.bytes().fold(u64::from(delivery.attempts), |hash, byte| mix(hash ^ u64::from(byte)));
    let more = wait.0.as_secs_f64() * jitter * fraction(mix(seed));
    let whole = Duration::try_from_secs_f64((more * 1000.0).floor() / 1000.0).unwrap_or_default();
    Span(wait.0.saturating_add(whole))
}
