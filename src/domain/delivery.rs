//! A notification as a row of the account: made with the change that caused it, kept with all its attempts.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::event::ChangeReason;
use super::id::{BookingCode, EligibilityId};
use super::stamp::{self, Instant};
use super::subscription::{OutService, Retry, Subscription, Success};

/// How many attempts of a delivery are kept.
pub const ATTEMPTS_KEPT: usize = 20;

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
    /// The subscription is paused.
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
    /// What happened.
    pub change_reason: ChangeReason,
    /// The booking.
    #[schema(value_type = String)]
    pub booking_code: BookingCode,
    /// The candidate.
    pub candidate_id: String,
    /// The eligibility; its notifications are sent in order.
    #[schema(value_type = String)]
    pub psi_eligiblity_id: EligibilityId,
    /// When the change happened, on the account's clock.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub created: Instant,
    /// When it is due, on the account's clock.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub due: Instant,
    /// How often it was sent.
    pub attempts: u32,
    /// The status of the last answer.
    pub last_status: Option<u16>,
    /// Why it stands as it stands, in words.
    pub reason: Option<String>,
    /// The body, as it is sent.
    #[schema(value_type = String)]
    pub body: Arc<str>,
    /// The trace of the call that caused it, passed on as `traceparent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traceparent: Option<Arc<str>>,
    /// The attempts since it was last sent by hand: the retry schedule counts these.
    #[serde(skip)]
    pub round: u32,
    /// The newest attempts.
    #[serde(skip)]
    pub history: VecDeque<Arc<Attempt>>,
}

/// One attempt to deliver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// When it began, wall time.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// The method and URL.
    pub request_line: String,
    /// The request's headers; secrets are hidden.
    #[schema(value_type = Vec<Vec<String>>)]
    pub request_headers: Vec<(String, String)>,
    /// The request's body, as sent.
    #[schema(value_type = String)]
    pub request_body: Arc<str>,
    /// The answer's status; none where no answer came.
    pub status: Option<u16>,
    /// The answer's headers.
    #[schema(value_type = Vec<Vec<String>>)]
    pub response_headers: Vec<(String, String)>,
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
    /// Whether trying again may help: no connection, a timeout, a 500.
    pub passing: bool,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Delivered,
    /// It is tried again at this instant.
    Again(Instant),
    /// It goes to the error queue.
    Failed,
}

/// Decides what becomes of a delivery.
///
/// Source: 200 exactly is success; anything else goes to the error queue. Assumed: `automatic` (contract §7).
pub fn judge(subscription: &Subscription, round: u32, outcome: &Outcome, now: Instant) -> Verdict {
    let taken = match (subscription.success, outcome.attempt.status) {
        (Success::Ok, Some(status)) => status == 200,
        (Success::Any2xx, Some(status)) => (200..300).contains(&status),
        (_, None) => false,
    };
    if taken {
        return Verdict::Delivered;
    }
    if subscription.retry == Retry::Automatic && outcome.passing {
        let step = usize::try_from(round.saturating_sub(1)).unwrap_or(usize::MAX);
        let next = subscription.retry_schedule.get(step).and_then(|wait| now.checked_add_signed(wait.chrono()));
        if let Some(next) = next {
            return Verdict::Again(next);
        }
    }
    Verdict::Failed
}

impl Delivery {
    /// Keeps an attempt: the newest whole, of earlier ones all but the bodies' copies, at most [`ATTEMPTS_KEPT`].
    pub fn keep(&mut self, attempt: Attempt) {
        if let Some(last) = self.history.back_mut() {
            let last = Arc::make_mut(last);
            last.response_body.truncate(last.response_body.floor_char_boundary(1024));
            last.response_body.shrink_to_fit();
        }
        if self.history.len() == ATTEMPTS_KEPT {
            self.history.pop_front();
        }
        self.last_status = attempt.status;
        self.reason = Some(attempt.reason.clone());
        self.history.push_back(Arc::new(attempt));
    }
}
