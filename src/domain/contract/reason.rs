//! Why a partner is notified.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a notification is sent.
///
/// Source: the Booking Notification page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeReason {
    /// The candidate booked.
    BookingCreated,
    /// The booking was cancelled.
    BookingCancelled,
    /// The candidate moved the booking.
    BookingRescheduled,
    /// The exam was taken.
    ExamCompleted,
    /// The absence was excused.
    ExcusedAbsent,
    /// The candidate did not come.
    Absent,
}

/// What happened to a test center.
///
/// Assumed: the names (services §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(clippy::enum_variant_names, reason = "the names on the wire")]
#[allow(dead_code, reason = "two of them are documented before the service that sends them")]
pub enum CenterChange {
    /// It is new.
    TestCenterAdded,
    /// Its record was changed.
    TestCenterUpdated,
    /// It takes no bookings.
    TestCenterClosed,
    /// It takes bookings again.
    TestCenterReopened,
}
