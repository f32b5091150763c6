//! What a partner is notified of: made by the room that changed something, written when the change is complete.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::domain::contract::reason::Reason;
use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::Lane;
use crate::domain::state::State;
use crate::domain::value::id::{BookingCode, EligibilityId};
use crate::domain::value::stamp::{Timestamp, WallTime};
use crate::domain::value::text::Text;

/// When and by what call something happened.
#[derive(Debug, Clone)]
pub struct Occasion<'a> {
    /// The account's instant.
    pub now: Timestamp,
    /// The machine's instant.
    pub wall: WallTime,
    /// The trace of the call.
    pub trace: Option<Arc<str>>,
    /// What links back to the server begin with.
    pub base_url: Cow<'a, str>,
}

/// One thing that one outgoing service notifies a partner of.
pub trait Notice: fmt::Debug + Send {
    /// The service.
    fn service(&self) -> OutService;

    /// Why.
    fn reason(&self) -> Option<Reason> {
        None
    }

    /// Whether there is a delivery without a subscription, too, which says why it is not sent.
    fn is_kept_unsent(&self) -> bool {
        false
    }

    /// Writes it, as its records are now, for the delivery with this identifier. `None` if its records are gone.
    fn write(&self, state: &mut State, id: &str, occasion: &Occasion<'_>) -> Option<NoticeBody>;
}

/// A notice as it is sent.
#[derive(Debug)]
pub struct NoticeBody {
    /// What it is kept in order with.
    pub lane: Lane,
    /// What it is about.
    pub about: About,
    /// The body.
    pub body: String,
}

/// The candidate's booking that a notice is about.
#[derive(Debug, Default)]
pub struct About {
    /// The booking.
    pub booking_code: Option<BookingCode>,
    /// The candidate.
    pub candidate_id: Option<Text>,
    /// The eligibility.
    pub eligibility: Option<EligibilityId>,
}

/// The notices of a change, in the order it happened.
pub type Notices = Vec<Box<dyn Notice>>;
