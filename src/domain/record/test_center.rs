//! Test centers: where exams are taken on site. A set of real cities with invented sites ships with the sandbox.

use chrono::Days;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::CenterStatus;
use crate::domain::value::country;
use crate::domain::value::misfit::Misfit;
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
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east.
    #[serde(default)]
    #[schema(minimum = -180, maximum = 180)]
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

/// The opening hours of a week, Monday first: each day's, as minutes after midnight.
pub type Week = [Vec<(u16, u16)>; 7];

/// The day of a week, Monday is 0, and its hours.
type OpenDay = (usize, (u16, u16));

/// A member that does not fit, and what was expected.
type WrongMember = (&'static str, &'static str);

/// The days of a week, as opening hours name them.
const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

impl OpeningHours {
    /// The day by its number, and the hours.
    ///
    /// # Errors
    /// The member that does not fit, and what was expected.
    fn read(&self) -> Result<OpenDay, WrongMember> {
        let day = DAYS.iter().position(|day| *day == self.day).ok_or(("day", "MON to SUN"))?;
        let opens = minutes(&self.opens).ok_or(("opens", "a time like 08:00"))?;
        let closes = minutes(&self.closes).filter(|closes| *closes > opens);
        Ok((day, (opens, closes.ok_or(("closes", "a time like 17:00 after opens"))?)))
    }
}

/// The minutes after midnight of `HH:MM`, up to 24:00.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    Some(hours * 60 + minutes).filter(|all| *all <= 24 * 60)
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

    /// When it is open; daily from 09:00 to 17:00 where it does not tell.
    ///
    /// Assumed: the hours of one that does not tell.
    pub fn hours(&self) -> Week {
        if self.opening_hours.is_empty() {
            return std::array::from_fn(|_| vec![(9 * 60, 17 * 60)]);
        }
        let mut week = Week::default();
        for (day, hours) in self.opening_hours.iter().filter_map(|hours| hours.read().ok()) {
            week[day].push(hours);
        }
        week
    }

    /// What does not fit: each member with what was expected.
    pub fn misfits(&self) -> Vec<Misfit> {
        let misfit = |path: String, expected: &str, sent: String| Misfit { path, expected: expected.to_owned(), sent };
        let mut misfits = Vec::new();
        if self.location_code.is_empty() {
            misfits.push(misfit("location_code".to_owned(), "a text that is not empty", "\"\"".to_owned()));
        }
        if Zone::named(&self.location_timezone).is_none() {
            let sent = format!("{:?}", self.location_timezone);
            misfits.push(misfit("location_timezone".to_owned(), "an IANA zone like America/Chicago", sent));
        }
        for (member, degrees, most) in [("latitude", self.latitude, 90.0), ("longitude", self.longitude, 180.0)] {
            if degrees.is_nan() || degrees.abs() > most {
                misfits.push(misfit(member.to_owned(), &format!("-{most} to {most}"), degrees.to_string()));
            }
        }
        for (index, hours) in self.opening_hours.iter().enumerate() {
            if let Err((member, expected)) = hours.read() {
                let sent = match member {
                    "day" => &hours.day,
                    "opens" => &hours.opens,
                    _ => &hours.closes,
                };
                misfits.push(misfit(format!("opening_hours[{index}].{member}"), expected, format!("{sent:?}")));
            }
        }
        misfits
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
