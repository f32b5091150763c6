//! What partners ask of test centers: searches by place and distance, one center, and its free timeslots.

use std::sync::Arc;

use super::answer::{Availability, AvailableDay, AvailableTimeslot, FoundCenter};
use crate::domain::contract::error::Error;
use crate::domain::contract::status::DeliveryMode;
use crate::domain::record::test_center::TestCenter;
use crate::domain::site::distance::{Point, Unit};
use crate::domain::site::search::{self, PlaceQuery};
use crate::domain::site::timeslot::{self, Numbered, Window};
use crate::domain::state::State;
use crate::domain::value::country;
use crate::domain::value::stamp::{Stamp, Timestamp};

/// How far a search looks where it names no radius, in its unit.
pub const RADIUS: f64 = 100.0;

/// How many days a search for timeslots looks at where it names no end.
const DAYS: u64 = 30;

/// The minutes of an exam where a search names no test.
const MINUTES: u32 = 60;

/// Which centers are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct CenterQuery {
    /// ISO 3166-1, two or three letters.
    pub country: Option<String>,
    /// The code of the province or state, or its name.
    pub province_state: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// `latitude,longitude` in degrees.
    pub near: Option<String>,
    /// How far from there.
    pub radius: Option<f64>,
    /// The unit of the radius and of the answer's distances.
    pub unit: Option<String>,
    /// A test that can be taken there.
    pub test_code: Option<String>,
    /// How it is taken.
    pub delivery_mode: Option<String>,
}

/// A circle to search in.
#[derive(Debug, Clone, Copy)]
struct Circle {
    from: Point,
    kilometres: f64,
    unit: Unit,
}

/// The centers that are meant: by their code, near a point the nearest first.
///
/// # Errors
/// An unknown test; a parameter that does not fit.
pub fn search(state: &State, query: &CenterQuery) -> Result<Vec<FoundCenter>, Error> {
    let circle = circle(query)?;
    let offers = offers(state, query)?;
    let place = PlaceQuery {
        country: query.country.as_deref().map(country::alpha2),
        province_state: query.province_state.as_deref(),
        city: query.city.as_deref(),
        postal_code: query.postal_code.as_deref(),
    };
    let centers = state.centers().values().filter(|center| offers && place.takes(&search::address(center)));
    let Some(Circle { from, kilometres, unit }) = circle else {
        return Ok(centers.map(FoundCenter::at_its_place).collect());
    };
    let found = search::nearest(centers, from, kilometres);
    Ok(found.into_iter().map(|(distance, center)| FoundCenter::at_distance(center, distance, unit)).collect())
}

fn circle(query: &CenterQuery) -> Result<Option<Circle>, Error> {
    let unit = query.unit.as_deref().unwrap_or("MI");
    let unit: Unit = unit.parse().map_err(|_| Error::Invalid(format!("unit: expected MI or KM, got {unit:?}")))?;
    let radius = query.radius.unwrap_or(RADIUS);
    if radius.is_nan() || radius < 0.0 {
        return Err(Error::Invalid(format!("radius: expected a number from 0 on, got {radius}")));
    }
    let Some(near) = &query.near else {
        return match (query.radius, &query.unit) {
            (None, None) => Ok(None),
            _ => {
                Err(Error::Invalid("near: expected latitude,longitude beside radius and unit, got nothing".to_owned()))
            }
        };
    };
    let from = Point::read(near).ok_or_else(|| {
        Error::Invalid(format!("near: expected latitude,longitude in degrees like 39.1,-94.6, got {near:?}"))
    })?;
    Ok(Some(Circle { from, kilometres: unit.to_kilometres(radius), unit }))
}

/// Whether test centers offer what is asked for: on site, and the test, too.
fn offers(state: &State, query: &CenterQuery) -> Result<bool, Error> {
    let wanted = query.delivery_mode.as_deref().map(str::parse::<DeliveryMode>).transpose().map_err(|_| {
        let sent = query.delivery_mode.as_deref().unwrap_or_default();
        Error::Invalid(format!("delivery_mode: expected SITE_PROCTORED or ATLAS_REMOTE_PROCTORED, got {sent:?}"))
    })?;
    let test = query.test_code.as_deref().map(|code| state.test(code)).transpose()?.flatten();
    let is_on_site = |mode: &DeliveryMode| *mode == DeliveryMode::SiteProctored;
    Ok(wanted.as_ref().is_none_or(is_on_site) && test.is_none_or(|test| test.delivery_modes.iter().any(is_on_site)))
}

/// The center with this code.
///
/// # Errors
/// There is none.
pub fn center<'a>(state: &'a State, location_code: &str) -> Result<&'a Arc<TestCenter>, Error> {
    let missing = || Error::NotFound { kind: "test center", id: location_code.to_owned() };
    state.centers().get(location_code).ok_or_else(missing)
}

/// The free timeslots of a center: from its today on for thirty days, where no days are named.
///
/// # Errors
/// No such center or test; days that do not fit.
pub fn availability(
    state: &State,
    location_code: &str,
    (start_date, end_date): (Option<&str>, Option<&str>),
    test_code: Option<&str>,
    now: Timestamp,
) -> Result<Availability, Error> {
    let center = center(state, location_code)?;
    let test = test_code.map(|code| state.test(code)).transpose()?.flatten();
    let minutes = test.map_or(MINUTES, |test| test.exam_length);
    let days = days(center, start_date, end_date, now)?;
    let number = Numbered::of(state.centers(), location_code);
    let mut dates: Vec<AvailableDay> = Vec::new();
    for slot in timeslot::free(state, center, days, minutes, now) {
        let timeslot = AvailableTimeslot {
            timeslot_id: number.slot(slot.start),
            start_time: Stamp::seconds(slot.start),
            end_time: Stamp::seconds(slot.end),
            seats_available: slot.free,
        };
        match dates.last_mut() {
            Some(day) if day.date == slot.date => day.timeslots.push(timeslot),
            _ => dates.push(AvailableDay { date: slot.date, timeslots: vec![timeslot] }),
        }
    }
    Ok(Availability {
        location_code: location_code.to_owned(),
        location_timezone: center.location_timezone.clone(),
        test_code: test_code.map(str::to_owned),
        exam_length: minutes,
        dates,
    })
}

fn days(
    center: &TestCenter,
    start_date: Option<&str>,
    end_date: Option<&str>,
    now: Timestamp,
) -> Result<Window, Error> {
    let none = || Error::Invalid("start_date: expected a date, got none, and the clock has no today".to_owned());
    let usual = timeslot::around(center, now, DAYS).ok_or_else(none)?;
    let start = start_date.map_or_else(|| usual.first.to_string(), str::to_owned);
    let end = match (end_date, start_date) {
        (Some(end), _) => end.to_owned(),
        (None, None) => usual.last.to_string(),
        (None, Some(start)) => {
            let first = Window::read(start, start)?.first;
            first.checked_add_days(chrono::Days::new(DAYS)).unwrap_or(first).to_string()
        }
    };
    Window::read(&start, &end)
}
