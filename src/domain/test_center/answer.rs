//! Test centers and their free timeslots, as partners are shown them.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::contract::status::CenterStatus;
use crate::domain::record::test_center::{OpeningHours, TestCenter};
use crate::domain::site::distance::Unit;
use crate::domain::value::id::Code;
use crate::domain::value::stamp::Stamp;

/// A site where exams are taken.
///
/// Assumed: the members (services §3); `distance` and `distance_unit` of a search near a point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestCenter)]
pub struct CenterView<'a> {
    /// The site.
    pub location_code: &'a str,
    /// Its name.
    pub location_name: &'a str,
    /// First address line.
    #[schema(required = true)]
    pub address1: Option<&'a str>,
    /// Second address line.
    #[schema(required = true)]
    pub address2: Option<&'a str>,
    /// Third address line.
    #[schema(required = true)]
    pub address3: Option<&'a str>,
    /// City.
    pub city: &'a str,
    /// Province or state.
    #[schema(required = true)]
    pub province_state: Option<&'a str>,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// Postal code.
    #[schema(required = true)]
    pub postal_code: Option<&'a str>,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// IANA zone.
    pub location_timezone: &'a str,
    /// How many candidates can sit at once.
    pub seats: u32,
    /// When it is open, by the clocks there; daily from 09:00 to 17:00 where it does not tell.
    pub opening_hours: &'a [OpeningHours],
    /// Whether it is accessible without steps.
    pub accessible: bool,
    /// Whether it takes bookings.
    pub status: CenterStatus,
    /// When this record was changed last, UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub updated_datetime: Option<Stamp>,
    /// How far it is from the point of the search, to a tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// The unit of the distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_unit: Option<Unit>,
}

/// A center that a search found.
#[derive(Debug, Clone)]
pub struct FoundCenter {
    /// The center.
    pub center: Arc<TestCenter>,
    distance: Option<(f64, Unit)>,
}

impl FoundCenter {
    /// One that was found by its place.
    pub fn at_its_place(center: &Arc<TestCenter>) -> Self {
        Self { center: Arc::clone(center), distance: None }
    }

    /// One that was found so many kilometres away.
    pub fn at_distance(center: &Arc<TestCenter>, kilometres: f64, unit: Unit) -> Self {
        Self { center: Arc::clone(center), distance: Some((unit.of_kilometres(kilometres), unit)) }
    }

    fn view(&self) -> CenterView<'_> {
        let center = &*self.center;
        CenterView {
            location_code: &center.location_code,
            location_name: &center.location_name,
            address1: center.address1.as_deref(),
            address2: center.address2.as_deref(),
            address3: center.address3.as_deref(),
            city: &center.city,
            province_state: center.province_state.as_deref(),
            country: &center.country,
            postal_code: center.postal_code.as_deref(),
            latitude: center.latitude,
            longitude: center.longitude,
            location_timezone: &center.location_timezone,
            seats: center.seats,
            opening_hours: &center.opening_hours,
            accessible: center.accessible,
            status: center.status,
            updated_datetime: center.updated_datetime.map(Stamp::seconds),
            distance: self.distance.map(|(distance, _)| distance),
            distance_unit: self.distance.map(|(_, unit)| unit),
        }
    }
}

impl Serialize for FoundCenter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl PartialSchema for FoundCenter {
    fn schema() -> RefOr<Schema> {
        CenterView::schema()
    }
}

impl ToSchema for FoundCenter {
    fn name() -> std::borrow::Cow<'static, str> {
        CenterView::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        CenterView::schemas(schemas);
    }
}

/// The free timeslots of a test center.
///
/// Assumed: the members.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    /// The site.
    pub location_code: String,
    /// Its IANA zone.
    pub location_timezone: String,
    /// The test that was asked for; null where none was.
    #[schema(required = true)]
    pub test_code: Option<String>,
    /// The minutes that each timeslot has room for.
    pub exam_length: u32,
    /// The days on which there is one, as they are there.
    pub dates: Vec<AvailableDay>,
}

/// A day with free timeslots.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailableDay {
    /// The day there.
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    /// Its timeslots.
    pub timeslots: Vec<AvailableTimeslot>,
}

/// A timeslot with a free seat.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailableTimeslot {
    /// The timeslot, as a booking names it.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub timeslot_id: Code,
    /// When the exam begins, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub start_time: Stamp,
    /// When it ends, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub end_time: Stamp,
    /// How many seats are free.
    pub seats_available: u32,
}
