//! What an operation changed: the source of notifications, and of all else that follows a change.

use crate::domain::contract::reason::{CenterChange, ChangeReason};
use crate::domain::value::id::{BookingCode, EligibilityId};

/// A change of an account, told in the past tense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An eligibility was made.
    EligibilityCreated {
        /// Which.
        id: EligibilityId,
    },
    /// An eligibility was changed.
    EligibilityUpdated {
        /// Which.
        id: EligibilityId,
    },
    /// An eligibility was cancelled.
    EligibilityCancelled {
        /// Which.
        id: EligibilityId,
    },
    /// A booking changed; this is what partners are notified of.
    Booking {
        /// The eligibility.
        eligibility: EligibilityId,
        /// The booking.
        booking: BookingCode,
        /// What happened to it.
        reason: ChangeReason,
    },
    /// A test center closed or opened again.
    CenterChanged {
        /// The center.
        location_code: String,
        /// What happened to it.
        change: CenterChange,
        /// The bookings there that were still to be sat.
        affected_bookings: Vec<BookingCode>,
    },
    /// A result arrived, or took the place of an earlier one.
    ResultArrived {
        /// The booking.
        booking: BookingCode,
    },
}
