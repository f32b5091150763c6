//! A notification as a row of the account: made with the change that caused it, kept with all its attempts.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::service::OutService;
use crate::domain::record::fault::Mishap;
use crate::domain::record::subscription::{Retry, Subscription};
use crate::domain::value::chance::{fraction, mix};
use crate::domain::value::id::{BookingCode, Code, EligibilityId};
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};
use crate::domain::value::text::Text;

/// How many attempts of a delivery are kept.
pub const ATTEMPTS_KEPT: usize = 20;

/// How many bytes of an answer's headers are kept.
const HEADERS_KEPT: usize = 16 * 1024;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// It will be sent.
    Pending,
    /// It is being sent.
    Sending,
    /// The receiver took it.
    Delivered,
    /// The receiver did not take it: the row is in the error queue.
    Failed,
    /// The subscription is paused, or a fault holds it back (`held`).
    Paused,
    /// It is not sent; the reason says why.
    Discarded,
}

/// One notification of one change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Delivery {
    /// Also the `webhook-id`, the same on every attempt.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// The outgoing service.
    pub service: OutService,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// What happened, of a Booking Notification.
    pub change_reason: Option<ChangeReason>,
    /// The booking, where it is about one.
    #[schema(value_type = Option<String>)]
    pub booking_code: Option<BookingCode>,
    /// The candidate, where it is about one.
    #[schema(value_type = Option<String>)]
    pub candidate_id: Option<Text>,
    /// The eligibility, where it is about one; its notifications are sent in order.
    #[schema(value_type = Option<String>)]
    pub psi_eligiblity_id: Option<EligibilityId>,
    /// When the change happened, on the account's clock.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// When it is due, on the account's clock.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub due: Timestamp,
    /// How often it was sent.
    pub attempts: u32,
    /// The status of the last answer.
    pub last_status: Option<u16>,
    /// Why it stands as it stands, in words.
    pub reason: Option<Cow<'static, str>>,
    /// The fault that it met, by its identifier.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "named")]
    #[schema(value_type = Option<String>)]
    pub fault: Option<Box<Mishap>>,
    /// A fault holds it back: it waits for a flush, or for those that shall overtake it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// The body, as it is sent.
    #[schema(value_type = String)]
    pub body: Arc<str>,
    /// The trace of the call that caused it, passed on as `traceparent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traceparent: Option<Arc<str>>,
    /// What it is about: those of one subject are sent in order.
    #[serde(skip)]
    pub subject: Code,
    /// Its turn among those that are due at the same instant.
    #[serde(skip)]
    pub ticket: u64,
    /// The attempts since it was last sent by hand: the retry schedule counts these.
    #[serde(skip)]
    pub round: u32,
    /// So many copies of it are still to be sent.
    #[serde(skip)]
    pub copies: u32,
    /// The receiver took it, while copies are still sent.
    #[serde(skip)]
    pub is_taken: bool,
    /// The newest attempts.
    #[serde(skip)]
    pub history: VecDeque<Arc<Attempt>>,
}

#[allow(clippy::ref_option, reason = "serde asks with a reference")]
fn named<S: Serializer>(fault: &Option<Box<Mishap>>, serializer: S) -> Result<S::Ok, S::Error> {
    fault.as_ref().map(|mishap| &*mishap.fault).serialize(serializer)
}

/// One attempt to deliver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// When it began, wall time.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The method and URL.
    pub request_line: String,
    /// The request's headers; secrets are hidden.
    #[schema(value_type = Vec<Vec<String>>)]
    pub request_headers: Vec<(Text, Text)>,
    /// The request's body, as sent.
    #[schema(value_type = String)]
    pub request_body: Arc<str>,
    /// The answer's status; none where no answer came.
    pub status: Option<u16>,
    /// The answer's headers.
    #[schema(value_type = Vec<Vec<String>>)]
    pub response_headers: Vec<(Text, Text)>,
    /// Up to 64 KiB of the answer's body.
    pub response_body: String,
    /// From connect to the last byte, in milliseconds.
    pub duration_ms: f64,
    /// How it ended, in words.
    pub reason: String,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What is kept of it.
    pub attempt: Attempt,
    /// Whether trying again may help: no connection, a timeout, a 500; a 429 or 503 that says when.
    pub passing: bool,
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
pub fn judge(subscription: &Subscription, delivery: &Delivery, outcome: &Outcome, now: Timestamp) -> Verdict {
    if outcome.attempt.status.is_some_and(|status| subscription.takes(delivery.service, status)) {
        return Verdict::Delivered;
    }
    if subscription.retry == Retry::Automatic && outcome.passing {
        let step = usize::try_from(delivery.round.saturating_sub(1)).unwrap_or(usize::MAX);
        let next = subscription.retry_schedule.get(step).and_then(|wait| {
            let wait = jittered(*wait, subscription.retry_jitter, delivery);
            let asked = Span(outcome.retry_after.unwrap_or_default().min(LONGEST_ASKED));
            now.checked_add_signed(wait.max(asked).chrono())
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

impl Delivery {
    /// Keeps an attempt: the newest whole, of earlier ones all but the bodies' copies, at most [`ATTEMPTS_KEPT`].
    pub fn keep(&mut self, mut attempt: Attempt) {
        let mut bytes = 0;
        attempt.response_headers.retain(|(name, value)| {
            bytes += name.len() + value.len();
            bytes <= HEADERS_KEPT
        });
        if let Some(last) = self.history.back_mut() {
            let last = Arc::make_mut(last);
            last.response_body.truncate(last.response_body.floor_char_boundary(1024));
            last.response_body.shrink_to_fit();
        }
        if self.history.len() == ATTEMPTS_KEPT {
            self.history.pop_front();
        }
        self.last_status = attempt.status;
        self.reason = Some(Cow::Owned(attempt.reason.clone()));
        self.history.push_back(Arc::new(attempt));
    }
}
