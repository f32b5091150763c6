//! The result of an exam, as it is kept with its booking.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::Outcome;
use crate::domain::value::stamp::{self, Timestamp};

/// A result as kept with its booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExamResult {
    /// PASS, FAIL or NA.
    pub result: Outcome,
    /// The score as it was sent.
    pub score: String,
    /// When it arrived.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub received: Timestamp,
}
