//! Test centers: where exams are taken on site. A set of real cities with invented sites ships with the sandbox.

use chrono::Days;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::CenterStatus;
use crate::domain::value::country;
use crate::domain::value::stamp::{self, Timestamp};
use crate::domain::value::zone::Zone;

/// A site where exams are taken.
///
/// Assumed: the members (services §3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestCenter {
    /// 8 upper-case letters and digits for the shipped ones.
    pub location_code: String,
    /// The site's name.
    pub location_name: String,
    /// First address line.
    #[serde(default)]
    pub address1: Option<String>,
    /// Second address line.
    #[serde(default)]
    pub address2: Option<String>,
    /// Third address line.
    #[serde(default)]
    pub address3: Option<String>,
    /// City.
    pub city: String,
    /// Province or state.
    #[serde(default)]
    pub province_state: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Postal code.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// Degrees north.
    #[serde(default)]
    pub latitude: f64,
    /// Degrees east.
    #[serde(default)]
    pub longitude: f64,
    /// IANA zone.
    pub location_timezone: String,
    /// How many candidates can sit at once.
    #[serde(default = "ten")]
    pub seats: u32,
    /// When it is open.
    #[serde(default)]
    pub opening_hours: Vec<OpeningHours>,
    /// Whether it is accessible without steps.
    #[serde(default)]
    pub accessible: bool,
    /// Whether it takes bookings.
    #[serde(default)]
    pub status: CenterStatus,
    /// When this record was changed last.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_datetime: Option<Timestamp>,
}

/// One weekday's opening hours, local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// MON to SUN.
    pub day: String,
    /// `HH:MM`.
    pub opens: String,
    /// `HH:MM`.
    pub closes: String,
}

fn ten() -> u32 {
    10
}

impl TestCenter {
    /// The address on one line, as the Booking Notification sends it: two lines, the city, the state's full name and the
    /// country, each of them there even when it is empty.
    ///
    /// Source: contract §7 (observed). Assumed: a state that ISO 3166-2 does not know stays as it is written.
    pub fn address(&self) -> String {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let state = self.province_state.as_deref().map(|code| country::state_name(&self.country, code));
        let state = state.unwrap_or_default();
        [text(&self.address1), text(&self.address2), self.city.clone(), state, country::alpha3(&self.country)]
            .join(", ")
    }

    /// Its time zone; UTC where the fixture named none that exists.
    pub fn zone(&self) -> Zone {
        Zone::named(&self.location_timezone).unwrap_or(Zone::UTC)
    }
}

/// Start times on the hour, 09:00 to 16:00 local time, from the day after `from` on, for a year.
///
/// Assumed: sessions start on the hour.
pub fn session_starts(zone: &Zone, from: Timestamp) -> impl Iterator<Item = Timestamp> {
    let first = zone.day(from);
    (1..=366_u64)
        .filter_map(move |day| first?.checked_add_days(Days::new(day)))
        .flat_map(move |day| (9..17).filter_map(move |hour| zone.hour(day, hour)))
}
