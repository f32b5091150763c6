//! When and where the candidate wants to take the exam.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::contract::status::DeliveryMode;
use crate::domain::value::stamp::{self, Timestamp};

/// When and where to take the exam; what is absent is chosen.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleInput {
    /// When the exam starts; the next free session where absent.
    #[serde(with = "stamp::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub booking_on: Option<Timestamp>,
    /// On site or at home; the first mode of the test where absent.
    pub delivery_mode: Option<DeliveryMode>,
    /// The test center; one near the candidate where absent.
    pub location_code: Option<String>,
    /// The candidate's zone, for an exam at home.
    #[schema(example = "America/Chicago")]
    pub location_timezone: Option<String>,
    /// A timeslot of a search, in place of `booking_on` and `location_code`.
    #[schema(pattern = "^[A-Z0-9]{8}$")]
    pub timeslot_id: Option<String>,
    /// The minutes that the candidate gets more.
    #[schema(maximum = 1440)]
    pub ext_time: u32,
    /// The minutes of the exam, where a document tells how it was booked.
    #[serde(skip)]
    pub exam_length: Option<u32>,
    /// The seat is kept for a while, and the booking waits for its confirmation.
    pub on_hold: bool,
}
