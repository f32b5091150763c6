//! Why a partner is notified.

use serde::de::value::{Error as NotOne, StrDeserializer};
use serde::de::{Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer, Serialize};
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

/// Why a partner is notified, whatever the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Reason {
    /// Of a Booking Notification.
    Booking(ChangeReason),
    /// Of a Test Center Notification.
    Center(CenterChange),
}

impl From<ChangeReason> for Reason {
    fn from(reason: ChangeReason) -> Self {
        Self::Booking(reason)
    }
}

impl From<CenterChange> for Reason {
    fn from(reason: CenterChange) -> Self {
        Self::Center(reason)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = || -> StrDeserializer<'_, NotOne> { text.as_str().into_deserializer() };
        let booking = ChangeReason::deserialize(read()).map(Self::Booking);
        booking.or_else(|_| CenterChange::deserialize(read()).map(Self::Center)).map_err(|_| {
            D::Error::custom(format!("expected a reason like BOOKING_CREATED or TEST_CENTER_CLOSED, got {text:?}"))
        })
    }
}
