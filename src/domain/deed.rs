//! Deeds: what can happen to a record. One list a resource, for the control API, permutations, fixtures and all else
//! that has something happen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::booking::input::ScheduleInput;
use super::contract::error::Error;
use super::contract::status::{BookingState, OnClose};
use super::outbox::notice::Notices;
use super::payment::Paid;
use super::proctoring::input::ReviewInput;
use super::record::booking::Booking;
use super::record::eligibility::Eligibility;
use super::record::session::Session;
use super::record::test_center::TestCenter;
use super::result::input::ResultInput;
use super::state::{Act, State};
use super::value::id::{BookingCode, EligibilityId};
use super::value::money::Amount;
use super::{booking, eligibility, payment, proctoring, result, test_center};

/// What the candidate or staff do to a booking.
#[derive(Debug, Clone)]
pub enum BookingDeed {
    /// The candidate moves it.
    Reschedule(ScheduleInput),
    /// It is on hold, and becomes a booking.
    Confirm,
    /// It is on hold, and gives its seat back.
    Release,
    /// It is cancelled.
    Cancel,
    /// The exam was taken, perhaps with a result.
    Complete(Option<ResultInput>),
    /// The candidate did not come.
    Absent,
    /// The absence is excused.
    Excuse,
}

/// What the candidate or staff do to an eligibility.
#[derive(Debug, Clone)]
pub enum EligibilityDeed {
    /// Staff approve a pending registration.
    Approve,
    /// Staff block the candidate.
    Block,
    /// Staff lift the block.
    Unblock,
}

/// What staff do to a test center.
#[derive(Debug, Clone)]
pub enum CenterDeed {
    /// It closes; by the account's settings where it is not told what becomes of its bookings.
    Close {
        /// What becomes of its bookings.
        on_close: Option<OnClose>,
        /// It closes for good.
        permanently: bool,
    },
    /// It is added, or its record is changed.
    Put(Box<TestCenter>),
    /// It opens again.
    Reopen,
}

/// What the payment provider decides of a payment.
#[derive(Debug, Clone)]
pub enum PaymentDeed {
    /// The money is taken.
    Capture,
    /// It is refused.
    Decline,
    /// So much of it, or all that is left, is given back.
    Refund(Option<Amount>),
}

/// What the candidate and staff do to a proctored session.
#[derive(Debug, Clone)]
pub enum SessionDeed {
    /// The candidate enters.
    CheckIn,
    /// Somebody begins to look at the recording.
    BeginReview,
    /// The review ends.
    Review(ReviewInput),
}

/// What happens to a candidate's booking, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The candidate books.
    Schedule,
    /// The candidate moves the booking.
    Reschedule,
    /// The booking is cancelled.
    Cancel,
    /// The exam was taken.
    Complete,
    /// The candidate did not come.
    Absent,
    /// The absence is excused.
    Excuse,
}

impl BookingDeed {
    /// Does it.
    ///
    /// # Errors
    /// Unknown code; a booking or a program that does not allow it.
    pub fn apply(&self, state: &mut State, code: BookingCode, act: &Act) -> Result<(Arc<Booking>, Notices), Error> {
        match self {
            Self::Reschedule(input) => booking::reschedule(state, code, input, act),
            Self::Confirm => booking::confirm(state, code, act),
            Self::Release => Ok((booking::release(state, code)?, Notices::new())),
            Self::Cancel => booking::cancel(state, code),
            Self::Complete(input) => result::complete(state, code, input.as_ref(), act),
            Self::Absent => booking::absent(state, code),
            Self::Excuse => excuse(state, code),
        }
    }
}

impl EligibilityDeed {
    /// Does it.
    ///
    /// # Errors
    /// Unknown code; a record that does not allow it.
    pub fn apply(&self, state: &mut State, id: EligibilityId) -> Result<Arc<Eligibility>, Error> {
        match self {
            Self::Approve => eligibility::approve(state, id),
            Self::Block => eligibility::block(state, id, true),
            Self::Unblock => eligibility::block(state, id, false),
        }
    }
}

impl CenterDeed {
    /// Does it.
    ///
    /// # Errors
    /// Unknown code; a center that is so already.
    pub fn apply(&self, state: &mut State, code: &str, act: &Act) -> Result<(Arc<TestCenter>, Notices), Error> {
        match self {
            Self::Close { on_close, permanently } => {
                let ((center, affected), mut notices) = test_center::close(state, code, *permanently, act.now)?;
                if on_close.unwrap_or(state.settings.on_close) == OnClose::Cancel {
                    for booking in affected {
                        notices.extend(booking::cancel(state, booking)?.1);
                    }
                }
                Ok((center, notices))
            }
            Self::Put(center) => test_center::put(state, center, act.now),
            Self::Reopen => test_center::reopen(state, code, act.now),
        }
    }
}

impl PaymentDeed {
    /// Does it.
    ///
    /// # Errors
    /// Unknown payment; one, or a booking, that does not allow it.
    pub fn apply(&self, state: &mut State, id: &str, act: &Act) -> Result<Paid, Error> {
        match self {
            Self::Capture => payment::accept(state, id, act),
            Self::Decline => payment::decline(state, id),
            Self::Refund(amount) => payment::refund(state, id, *amount, act),
        }
    }
}

impl SessionDeed {
    /// Does it.
    ///
    /// # Errors
    /// Unknown identifier; a session that does not allow it.
    pub fn apply(&self, state: &mut State, id: &str, act: &Act) -> Result<(Arc<Session>, Notices), Error> {
        match self {
            Self::CheckIn => proctoring::check_in(state, id, act).map(|session| (session, Notices::new())),
            Self::BeginReview => proctoring::begin_review(state, id).map(|session| (session, Notices::new())),
            Self::Review(input) => proctoring::review(state, id, input, act),
        }
    }
}

impl Step {
    /// The step as a deed with nothing chosen; `None` for the first, which has no booking yet.
    pub fn deed(self) -> Option<BookingDeed> {
        Some(match self {
            Self::Schedule => return None,
            Self::Reschedule => BookingDeed::Reschedule(ScheduleInput::default()),
            Self::Cancel => BookingDeed::Cancel,
            Self::Complete => BookingDeed::Complete(None),
            Self::Absent => BookingDeed::Absent,
            Self::Excuse => BookingDeed::Excuse,
        })
    }
}

/// The absence is excused, where the test allows it, or the program if the test does not say.
fn excuse(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    let by_test = state.tests.get(&state.booking(code)?.test_code).and_then(|test| test.excused_absence);
    if by_test.unwrap_or(state.settings.excused_absence) {
        return booking::excuse(state, code);
    }
    let whose = if by_test.is_some() { "the test's " } else { "settings." };
    Err(Error::Conflict(format!("this program has no excused absences ({whose}excused_absence is false)")))
}

/// The deed that brings a booking to a state; `None` for one that is only booked or on hold.
pub fn to_state(state: BookingState) -> Option<BookingDeed> {
    match state {
        BookingState::Booked | BookingState::OnHold => None,
        BookingState::Released => Some(BookingDeed::Release),
        BookingState::Cancelled => Some(BookingDeed::Cancel),
        BookingState::Completed => Some(BookingDeed::Complete(None)),
        BookingState::Absent => Some(BookingDeed::Absent),
        BookingState::Excused => Some(BookingDeed::Excuse),
    }
}
