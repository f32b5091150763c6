//! The vendor's words for how a record stands: eligibilities, bookings, results, test centers, proctored sessions.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};
use utoipa::ToSchema;

/// The status of an eligibility.
///
/// Source: the Existing Eligibility Model page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, Display)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Status {
    /// Registration Pending.
    Reg01,
    /// Registration approved.
    Reg02,
    /// Cancelled.
    Reg03,
    /// Scheduled for Test.
    Css1,
    /// Schedule cancelled.
    Css2,
    /// Test Schedule Completed.
    Css5,
    /// Absent for the Test.
    Css8,
    /// Excused Absent.
    Css9,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum BookingState {
    /// The seat is kept for a while; the booking waits for its confirmation.
    OnHold,
    /// The hold ended without a confirmation; the seat is free again.
    Released,
    /// The seat is taken.
    Booked,
    /// Cancelled; the seat is free again.
    Cancelled,
    /// The exam was taken.
    Completed,
    /// The candidate did not come.
    Absent,
    /// The absence was excused.
    Excused,
}

/// How an exam ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumString, VariantArray)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Outcome {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// Neither; comes with a score.
    Na,
}

/// How an exam is delivered.
///
/// Source: the Booking Notification page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, EnumString)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryMode {
    /// At a test center.
    SiteProctored,
    /// At home, watched through the camera.
    AtlasRemoteProctored,
}

/// Whether a center takes bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CenterStatus {
    /// Takes bookings.
    #[default]
    Open,
    /// Takes none for now.
    TemporarilyClosed,
    /// Takes none any more.
    Closed,
}

/// What becomes of the bookings at a center that closes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnClose {
    /// They stay.
    #[default]
    Keep,
    /// They are cancelled, each with its own Booking Notification.
    Cancel,
}

/// Where a proctored session stands.
///
/// Assumed: services §10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum SessionStatus {
    /// The candidate is still to come.
    Scheduled,
    /// The candidate is there, and the exam is opened.
    CheckIn,
    /// The exam is under way, or paused.
    InProgress,
    /// The exam was handed in.
    Submitted,
    /// Somebody looks at the recording.
    UnderReview,
    /// The review ended.
    Reviewed,
    /// It takes no place.
    Cancelled,
}

/// What a reviewer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display, EnumString)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewStatus {
    /// Nothing.
    Clean,
    /// Something to look at.
    Suspicious,
    /// A rule was broken.
    RulesViolation,
    /// Nobody looked.
    NotReviewed,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display, EnumString)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum CommentSource {
    /// On the candidate's screen.
    Desktop,
    /// Through the camera.
    Webcam,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_those_that_serde_writes() {
        use BookingState::{Absent, Booked, Cancelled, Completed, Excused, OnHold, Released};
        use Status::{Css1, Css2, Css5, Css8, Css9, Reg01, Reg02, Reg03};
        for status in [Reg01, Reg02, Reg03, Css1, Css2, Css5, Css8, Css9] {
            assert_eq!(json!(status), status.to_string());
        }
        for state in [OnHold, Released, Booked, Cancelled, Completed, Absent, Excused] {
            assert_eq!(json!(state), state.to_string());
        }
        for (outcome, name) in [(Outcome::Pass, "PASS"), (Outcome::Fail, "FAIL"), (Outcome::Na, "NA")] {
            assert_eq!((json!(outcome), name.parse()), (json!(name), Ok(outcome)));
        }
        for (mode, name) in [
            (DeliveryMode::SiteProctored, "SITE_PROCTORED"),
            (DeliveryMode::AtlasRemoteProctored, "ATLAS_REMOTE_PROCTORED"),
        ] {
            assert_eq!((json!(mode), name.parse()), (json!(name), Ok(mode)));
        }
        assert!("pass".parse::<Outcome>().is_err());
    }
}
