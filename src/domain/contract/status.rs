//! The vendor's words for how a record stands: eligibilities, bookings, results, test centers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The status of an eligibility.
///
/// Source: the Existing Eligibility Model page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
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

impl Status {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reg01 => "REG01",
            Self::Reg02 => "REG02",
            Self::Reg03 => "REG03",
            Self::Css1 => "CSS1",
            Self::Css2 => "CSS2",
            Self::Css5 => "CSS5",
            Self::Css8 => "CSS8",
            Self::Css9 => "CSS9",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum BookingState {
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

impl fmt::Display for BookingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Booked => "BOOKED",
            Self::Cancelled => "CANCELLED",
            Self::Completed => "COMPLETED",
            Self::Absent => "ABSENT",
            Self::Excused => "EXCUSED",
        })
    }
}

/// How an exam ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// Neither; comes with a score.
    Na,
}

impl std::str::FromStr for Outcome {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "PASS" => Ok(Self::Pass),
            "FAIL" => Ok(Self::Fail),
            "NA" => Ok(Self::Na),
            _ => Err(()),
        }
    }
}

/// How an exam is delivered.
///
/// Source: the Booking Notification page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryMode {
    /// At a test center.
    SiteProctored,
    /// At home, watched through the camera.
    AtlasRemoteProctored,
}

impl FromStr for DeliveryMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "SITE_PROCTORED" => Ok(Self::SiteProctored),
            "ATLAS_REMOTE_PROCTORED" => Ok(Self::AtlasRemoteProctored),
            _ => Err(()),
        }
    }
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
