//! Bookings: when and where a candidate takes a test.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::{BookingState, DeliveryMode};
use crate::domain::record::Record;
use crate::domain::record::result::ExamResult;
use crate::domain::record::test::four_hours;
use crate::domain::value::id::{BookingCode, EligibilityId};
use crate::domain::value::stamp::{self, Timestamp};

/// A booking of the candidate simulator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Booking {
    /// The code that notifications carry.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub booking_code: BookingCode,
    /// The eligibility it is for.
    #[schema(value_type = String)]
    pub psi_eligiblity_id: EligibilityId,
    /// The candidate.
    pub candidate_id: String,
    /// The test.
    pub test_code: String,
    /// When the exam starts.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub booking_on: Timestamp,
    /// On site or at home.
    pub delivery_mode: DeliveryMode,
    /// The test center, on site.
    pub location_code: Option<String>,
    /// The center's zone, or the one the candidate chose.
    pub location_timezone: String,
    /// The minutes that the candidate gets more.
    #[serde(default, skip_serializing_if = "is_none")]
    #[schema(required = false)]
    pub ext_time: u32,
    /// The minutes of the exam as it was booked, those that the candidate gets more too.
    #[serde(default = "four_hours")]
    pub exam_length: u32,
    /// The invitation whose seat it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// Where it stands.
    pub state: BookingState,
    /// When its hold ends, while it is on hold.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub hold_until: Option<Timestamp>,
    /// The booking that it moves once it is confirmed, while it is on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub replaces: Option<BookingCode>,
    /// When it was made.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// The vouchers that it redeems.
    pub voucher_codes: Vec<String>,
    /// The result, once one arrived.
    pub result: Option<ExamResult>,
}

/// A seat of a test center, from the start of an exam until its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat<'a> {
    /// The test center.
    pub location_code: &'a str,
    /// When it is taken.
    pub start: Timestamp,
    /// When it is free again.
    pub end: Timestamp,
}

/// What stands for the code of a booking that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {}

/// Whether there are none.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_none(minutes: &u32) -> bool {
    *minutes == 0
}

impl Record for Booking {
    type Id = BookingCode;

    fn id(&self) -> BookingCode {
        self.booking_code
    }
}

impl Booking {
    /// When its exam starts, while it is still to be taken.
    pub fn awaited(&self) -> Option<Timestamp> {
        (self.state == BookingState::Booked).then_some(self.booking_on)
    }

    /// The vouchers that it redeems; none once it is cancelled.
    pub fn redeemed(&self) -> &[String] {
        if self.state == BookingState::Cancelled { &[] } else { &self.voucher_codes }
    }

    /// When its hold ends, while it is on hold.
    pub fn held_until(&self) -> Option<Timestamp> {
        self.hold_until.filter(|_| self.state == BookingState::OnHold)
    }

    /// The invitation whose seat it takes; `None` once it gave it back.
    pub fn invited(&self) -> Option<&str> {
        let has_none = matches!(self.state, BookingState::Cancelled | BookingState::Released);
        self.invitation.as_deref().filter(|_| !has_none)
    }

    /// The seat that it takes for its whole exam; `None` at home and once it gave it back.
    ///
    /// Assumed: an exam that was taken, or that nobody came to, keeps it.
    pub fn seat(&self) -> Option<Seat<'_>> {
        let has_none = matches!(self.state, BookingState::Cancelled | BookingState::Released);
        let location_code = self.location_code.as_deref().filter(|_| !has_none)?;
        Some(Seat { location_code, start: self.booking_on, end: stamp::later(self.booking_on, self.exam_length) })
    }
}
