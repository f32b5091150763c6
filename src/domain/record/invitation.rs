//! Invitations: events at a test center, whose seats are taken with a code.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::value::stamp::{self, Timestamp};

/// An event at a test center, whose seats are taken with a code.
///
/// Assumed: the members; those of the answer were observed (contract §6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The code.
    pub invitation_code: String,
    /// The test.
    pub test_code: String,
    /// The test center.
    pub location_code: String,
    /// When the exam starts.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub starts: Timestamp,
    /// How many candidates may come.
    pub max_seat: u32,
    /// The event's name; the test's where it has none.
    #[serde(default)]
    pub event_name: String,
    /// Who trains.
    #[serde(default)]
    pub trainer_name: String,
}
