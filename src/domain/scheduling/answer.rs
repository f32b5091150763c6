//! What the Booking service answers.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::site::distance::Unit;
use crate::domain::value::id::{BookingCode, Code, EligibilityId};
use crate::domain::value::stamp::Stamp;

/// A booking.
///
/// Observed: the members (contract §6, the flat form).
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingResponse {
    /// It moved a booking.
    pub is_reschedule: bool,
    /// It is no longer on hold.
    pub is_confirmed: bool,
    /// It is cancelled, or its hold has ended.
    pub is_cancelled: bool,
    /// The registration: the `psi_eligiblity_id`.
    #[schema(value_type = String)]
    pub atlas_regn_id: EligibilityId,
    /// When the exam starts, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub timeslot_start_time: Stamp,
    /// Minutes, those more that the candidate gets included.
    pub exam_length: u32,
    /// The booking: the `booking_code` of notifications.
    #[schema(value_type = String)]
    pub booking_id: BookingCode,
    /// When it was made, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub booking_date: Stamp,
    /// The timeslot; null at home.
    #[schema(required = true, value_type = Option<String>)]
    pub timeslot_id: Option<Code>,
    /// As the request had it; null where it had none.
    #[schema(required = true)]
    pub application_id: Option<String>,
    /// Who performed it, as the call says.
    #[schema(required = true)]
    pub csr_user_name: Option<String>,
    /// The call; each has another.
    #[schema(value_type = String, format = "uuid")]
    pub transaction_id: String,
    /// The location; null at home.
    #[schema(required = true)]
    pub location_id: Option<String>,
}

/// An answer in its wrapping.
///
/// Observed: of some operations (contract §6); the error members are empty.
#[derive(Debug, Serialize, ToSchema)]
pub struct WrappedBooking {
    /// Empty.
    pub error_code: &'static str,
    /// Empty.
    pub error_message: &'static str,
    /// The booking.
    pub data: BookingResponse,
}

/// Timeslots in their wrapping.
///
/// Observed: contract §6.
#[derive(Debug, Serialize, ToSchema)]
pub struct WrappedTimeslots {
    /// Empty.
    pub error_code: &'static str,
    /// Empty.
    pub error_message: &'static str,
    /// The timeslots.
    pub data: Timeslots,
}

impl From<BookingResponse> for WrappedBooking {
    fn from(data: BookingResponse) -> Self {
        Self { error_code: "", error_message: "", data }
    }
}

impl From<Timeslots> for WrappedTimeslots {
    fn from(data: Timeslots) -> Self {
        Self { error_code: "", error_message: "", data }
    }
}

/// The free timeslots of a location by date.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeslots {
    /// IANA zone of the location.
    pub time_zone: String,
    /// Its name.
    pub location_name: String,
    /// The location.
    pub location_id: String,
    /// The dates there with a free timeslot.
    pub dates: Vec<TimeslotDate>,
}

/// The free timeslots of a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeslotDate {
    /// The date there.
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    /// Its timeslots.
    pub timeslots: Vec<Slot>,
}

/// A free timeslot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Timeslot)]
pub struct Slot {
    /// What a booking names it by.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub timeslot_id: Code,
    /// When the exam starts, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub start_time: Stamp,
    /// When it ends, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub end_time: Stamp,
}

/// Locations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Locations {
    /// The locations.
    pub locations: Vec<Location>,
    /// With `show_dates`: which of them has a free timeslot on which date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<Vec<LocationDate>>,
}

/// A date and the locations that have a free timeslot on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationDate {
    /// The date there.
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    /// The locations.
    pub locations: Vec<String>,
}

/// A location.
///
/// Observed: the members. A member without a value is null (assumed).
#[derive(Debug, Serialize, ToSchema)]
pub struct Location {
    /// The location: the `location_code` of notifications.
    pub location_id: String,
    /// Its name.
    pub location_name: String,
    /// First address line.
    #[schema(required = true)]
    pub address1: Option<String>,
    /// Second address line.
    #[schema(required = true)]
    pub address2: Option<String>,
    /// Third address line.
    #[schema(required = true)]
    pub address3: Option<String>,
    /// Fourth address line.
    #[schema(required = true)]
    pub address4: Option<String>,
    /// City.
    pub city: String,
    /// State.
    #[schema(required = true)]
    pub state: Option<String>,
    /// Postal code.
    #[schema(required = true)]
    pub zip: Option<String>,
    /// ISO 3166-1, three letters.
    pub country: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// IANA zone.
    pub time_zone: String,
    /// Accessible without steps.
    pub is_ada: bool,
    /// Null: nothing is known of it.
    #[schema(required = true)]
    pub property_type: Option<String>,
    /// Null: nothing is known of it.
    #[schema(required = true)]
    pub directions: Option<String>,
    /// How far it is, to a tenth; null where no place was named.
    #[schema(required = true)]
    pub distance: Option<f64>,
    /// The unit of the distance.
    pub distance_unit: Unit,
    /// The first date there with a free timeslot; null where there is none, or none was asked for.
    #[schema(required = true, value_type = Option<String>, format = Date)]
    pub first_available_date: Option<NaiveDate>,
}

/// Suggested places.
#[derive(Debug, Serialize, ToSchema)]
pub struct GeoLocations {
    /// Postal code, city, state and country, like `66002,Atchison,KS,USA`.
    pub geo_locations: Vec<String>,
}

/// The event of an invitation.
///
/// Observed: the members and their types, but for `acqRegnId` and `trainerName`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestingEvent {
    /// Its name.
    pub event_name: String,
    /// Its kind.
    pub event_type: String,
    /// What the kind means.
    pub event_type_desc: String,
    /// The test.
    pub test_code: String,
    /// Its name.
    pub test_name: String,
    /// The account.
    pub account_name: String,
    /// Who trains.
    pub trainer_name: String,
    /// The invitation.
    pub invitation_code: String,
    /// When the session starts, by the clocks there.
    pub session_start_time: String,
    /// IANA zone of the location.
    pub time_zone: String,
    /// The timeslot.
    pub timeslot_id: String,
    /// The location.
    pub location: String,
    /// A number of the test; ours.
    pub test_id: u32,
    /// A number of the account; ours.
    pub account_id: u32,
    /// A number of the trainer; 0.
    pub trainer: u32,
    /// 0.
    pub ato_id: u32,
    /// 0.
    pub user_id: u32,
    /// A number of the event; ours.
    pub daily_schedule_id: u32,
    /// 0.
    pub acq_regn_id: u32,
    /// How many candidates can sit.
    pub max_seat: u32,
    /// How many minutes before the start one may check in.
    pub minus_offset_minutes: u32,
    /// How many minutes after the start one may check in.
    pub plus_offset_minutes: u32,
    /// The numbers of the test's portions, counted from 1.
    pub portion_id: Vec<u32>,
    /// Whether candidates check in by themselves.
    pub enable_self_checkin: bool,
    /// When it starts, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub date_time: Stamp,
    /// When it ends, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub end_date: Stamp,
}
