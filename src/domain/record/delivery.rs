//! A notification as a row of the account: made with the change that caused it, kept with all its attempts.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::reason::Reason;
use crate::domain::contract::service::OutService;
use crate::domain::record::Record;
use crate::domain::record::fault::InjectedMisdelivery;
use crate::domain::value::id::{BookingCode, EligibilityId};
use crate::domain::value::stamp::{self, Timestamp, WallTime};
use crate::domain::value::text::Text;

/// How many attempts of a delivery are kept.
pub const ATTEMPTS_KEPT: usize = 20;

/// How many bytes of an answer's headers are kept.
const HEADERS_KEPT: usize = 16 * 1024;

/// How many bytes of an answer's body, and of its headers, a shortened attempt keeps.
const SHORT: usize = 1024;

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

/// What notifications are kept in order by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Those of one eligibility.
    Eligibility(EligibilityId),
    /// Those of one test center.
    Center(Box<Text>),
}

/// One notification of one change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Also the `webhook-id`, the same on every attempt.
    pub id: Arc<str>,
    /// The outgoing service.
    pub service: OutService,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// What happened, where the service says it.
    pub change_reason: Option<Reason>,
    /// The booking, where it is about one.
    pub booking_code: Option<BookingCode>,
    /// The candidate, where it is about one.
    pub candidate_id: Option<Text>,
    /// The eligibility, where it is about one.
    pub psi_eligiblity_id: Option<EligibilityId>,
    /// When the change happened, on the account's clock.
    pub created: Timestamp,
    /// When it is due, on the account's clock.
    pub due: Timestamp,
    /// How often it was sent.
    pub attempts: u32,
    /// The status of the last answer.
    pub last_status: Option<u16>,
    /// Why its status is what it is, in words.
    pub reason: Option<Cow<'static, str>>,
    /// The fault that it met.
    pub fault: Option<Box<InjectedMisdelivery>>,
    /// A fault holds it back: it waits for a flush, or for those that shall overtake it.
    pub held: bool,
    /// How many deliveries must still overtake it; `None` if it waits for a flush.
    pub overtaking: Option<u32>,
    /// The body, as it is sent.
    pub body: Arc<str>,
    /// The trace of the call that caused it, passed on as `traceparent`.
    pub traceparent: Option<Arc<str>>,
    /// What it is kept in order with.
    pub lane: Lane,
    /// Its turn in its lane, and among those that are due at the same instant.
    pub ticket: u64,
    /// The attempts since it was last sent manually: the retry schedule counts these.
    pub round: u32,
    /// How many copies of it are still to be sent.
    pub copies: u32,
    /// The receiver took it, while copies are still sent.
    pub is_taken: bool,
    /// The newest attempts; boxed, as most deliveries that wait have none.
    #[allow(clippy::box_collection, reason = "a pointer where most deliveries have nothing")]
    pub history: Option<Box<VecDeque<Arc<Attempt>>>>,
}

impl Record for Delivery {
    type Id = Arc<str>;

    fn id(&self) -> Arc<str> {
        Arc::clone(&self.id)
    }
}

/// A delivery as the control API shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Also the `webhook-id`, the same on every attempt.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// The outgoing service.
    pub service: OutService,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// What happened, where the service says it.
    pub change_reason: Option<Reason>,
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
    /// Why its status is what it is, in words.
    pub reason: Option<Cow<'static, str>>,
    /// The fault that it met, by its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub fault: Option<Arc<str>>,
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
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: Arc::clone(&delivery.id),
            service: delivery.service,
            status: delivery.status,
            change_reason: delivery.change_reason,
            booking_code: delivery.booking_code,
            candidate_id: delivery.candidate_id.clone(),
            psi_eligiblity_id: delivery.psi_eligiblity_id,
            created: delivery.created,
            due: delivery.due,
            attempts: delivery.attempts,
            last_status: delivery.last_status,
            reason: delivery.reason.clone(),
            fault: delivery.fault.as_ref().map(|misdelivery| Arc::clone(&misdelivery.fault)),
            held: delivery.held,
            body: Arc::clone(&delivery.body),
            traceparent: delivery.traceparent.clone(),
        }
    }
}

impl Delivery {
    /// Keeps an attempt: the newest whole, of earlier ones all but the bodies' copies, at most [`ATTEMPTS_KEPT`].
    pub fn keep(&mut self, attempt: Arc<Attempt>) {
        let history = self.history.get_or_insert_default();
        history.back_mut().into_iter().for_each(Attempt::shorten);
        if history.len() == ATTEMPTS_KEPT {
            history.pop_front();
        }
        self.last_status = attempt.status;
        self.reason = Some(Cow::Owned(attempt.reason.clone()));
        history.push_back(attempt);
    }

    /// Keeps of the newest answer as little as of the earlier ones.
    pub fn shorten(&mut self) {
        self.history.iter_mut().filter_map(|history| history.back_mut()).for_each(Attempt::shorten);
    }

    /// How many bytes [`Self::shorten`] would free.
    pub fn long_bytes(&self) -> usize {
        self.attempts().next_back().map_or(0, |attempt| attempt.long_bytes())
    }

    /// The attempts that are kept, oldest first.
    pub fn attempts(&self) -> impl DoubleEndedIterator<Item = &Arc<Attempt>> {
        self.history.iter().flat_map(|history| history.iter())
    }
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// When it began, wall time.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
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

impl Attempt {
    /// Keeps the beginning of the answer.
    fn shorten(attempt: &mut Arc<Self>) {
        if attempt.long_bytes() == 0 {
            return;
        }
        let attempt = Arc::make_mut(attempt);
        attempt.response_body.truncate(attempt.response_body.floor_char_boundary(SHORT));
        attempt.response_body.shrink_to_fit();
        attempt.keep_headers(SHORT);
        attempt.response_headers.shrink_to_fit();
    }

    fn long_bytes(&self) -> usize {
        let headers: usize = self.response_headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.response_body.len().saturating_sub(SHORT) + headers.saturating_sub(SHORT)
    }

    /// The attempt with as many of the answer's headers as are kept.
    #[must_use]
    pub fn with_headers_cut(mut self) -> Self {
        self.keep_headers(HEADERS_KEPT);
        self
    }

    fn keep_headers(&mut self, most: usize) {
        let mut bytes = 0;
        self.response_headers.retain(|(name, value)| {
            bytes += name.len() + value.len();
            bytes <= most
        });
    }
}
