//! Why a partner is notified.

use serde::de::value::{Error as NotOne, StrDeserializer};
use serde::de::{Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer, Serialize};
use strum::{IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use crate::domain::value::misfit::Misfit;

/// Why a notification is sent.
///
/// Source: the Booking Notification page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, IntoStaticStr, VariantArray)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoStaticStr, VariantArray)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
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
            let of_bookings = ChangeReason::VARIANTS.iter().map(<&str>::from);
            let known: Vec<_> = of_bookings.chain(CenterChange::VARIANTS.iter().map(<&str>::from)).collect();
            let Misfit { expected, sent, .. } = Misfit::unknown("", &text, &known);
            D::Error::custom(format!("expected {expected}, got {sent}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_is_none_is_told_with_all_that_there_are() {
        for name in
            ChangeReason::VARIANTS.iter().map(<&str>::from).chain(CenterChange::VARIANTS.iter().map(<&str>::from))
        {
            let reason: Reason = serde_json::from_value(name.into()).expect(name);
            assert_eq!(serde_json::to_value(reason).expect("written"), name);
        }
        let wrong = serde_json::from_str::<Reason>("\"BOOKING_CANCELED\"").expect_err("none").to_string();
        let told = "ABSENT, TEST_CENTER_ADDED, TEST_CENTER_UPDATED, TEST_CENTER_CLOSED or TEST_CENTER_REOPENED, got \"BOOKING_CANCELED\"; \
                    did you mean \"BOOKING_CANCELLED\"?";
        assert!(wrong.starts_with("expected BOOKING_CREATED, ") && wrong.contains(told), "{wrong}");
    }
}
