//! Searches of the Booking service: locations by distance, timeslots by date, places by their beginning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::answer::{GeoLocations, Location, LocationDate, Locations, Slot, TimeslotDate, Timeslots};
use super::book;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::contract::status::{CenterStatus, DeliveryMode};
use crate::domain::record::place;
use crate::domain::record::test_center::TestCenter;
use crate::domain::site::distance::{Point, Unit};
use crate::domain::site::search::{self, PlaceQuery};
use crate::domain::site::timeslot::{self, Numbered, Window};
use crate::domain::state::State;
use crate::domain::value::country;
use crate::domain::value::stamp::{Stamp, Timestamp};

/// The longest exam, in minutes.
const MOST_MINUTES: u32 = 24 * 60;

/// The most items of an answer.
const MOST: usize = 500;

/// Which days and which length of an exam are meant.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The days.
    pub window: Window,
    /// The minutes.
    pub minutes: u32,
}

impl Span {
    /// Reads the days, the minutes of the exam, and those more that the candidate gets.
    ///
    /// # Errors
    /// Days or minutes that do not fit.
    pub fn read(start_date: &str, end_date: &str, exam_length: u32, ext_time: u32) -> Result<Self, Error> {
        let window = Window::read(start_date, end_date)?;
        for (name, minutes, least) in [("exam_length", exam_length, 1), ("ext_time", ext_time, 0)] {
            if !(least..=MOST_MINUTES).contains(&minutes) {
                return Err(Error::Invalid(format!("{name}: expected {least} to {MOST_MINUTES}, got {minutes}")));
            }
        }
        Ok(Self { window, minutes: exam_length + ext_time })
    }
}

/// Which locations are meant.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "the parameters of the service")]
pub struct LocationQuery<'a> {
    /// The test.
    pub test_id: &'a str,
    /// The place to search from; its country is where locations are searched.
    pub place: PlaceQuery<'a>,
    /// For which days and which length the first date is told.
    pub span: Option<Span>,
    /// Only what is accessible without steps.
    pub is_ada: bool,
    /// How many at most.
    pub most: usize,
    /// Tell all dates.
    pub show_dates: bool,
    /// How far from the place.
    pub radius: f64,
    /// The unit of distances.
    pub unit: Unit,
    /// Locations are searched around the place, not in it.
    pub calculate_distance: bool,
    /// The last come first.
    pub is_descending: bool,
}

/// The locations that are meant; `None` if nobody knows the place.
///
/// # Errors
/// No such test; a parameter that does not fit; a place that nobody knows, where the lint is `enforce`.
pub fn locations(state: &State, query: &LocationQuery<'_>, now: Timestamp) -> Result<Option<Locations>, Error> {
    at_most("max_no_of_locations", query.most)?;
    if query.radius.is_nan() || query.radius < 0.0 {
        return Err(Error::Invalid(format!("search_radius: expected a number from 0 on, got {}", query.radius)));
    }
    // Once, and not center by center.
    let place = PlaceQuery { country: query.place.country.map(country::alpha2), ..query.place };
    let country = PlaceQuery { country: place.country, ..PlaceQuery::default() };
    let is_in_country = place.province_state.is_none() && place.city.is_none() && place.postal_code.is_none();
    let offers = is_on_site(state, query.test_id)?;
    let may = |center: &&Arc<TestCenter>| {
        offers && center.status == CenterStatus::Open && (center.accessible || !query.is_ada)
    };
    let centers = state.centers().values().filter(may);
    let mut found: Vec<(Option<f64>, &Arc<TestCenter>)> = if is_in_country || !query.calculate_distance {
        centers.filter(|center| place.takes(&search::address(center))).map(|center| (None, center)).collect()
    } else {
        let Some(from) = point(state, &place) else {
            book::enforce(state, &[Finding::of_place(place.postal_code, place.city, place.province_state)])?;
            return Ok(None);
        };
        let centers = centers.filter(|center| country.takes(&search::address(center)));
        let near = search::nearest(centers, from, query.unit.to_kilometres(query.radius));
        near.into_iter().map(|(distance, center)| (Some(query.unit.of_kilometres(distance)), center)).collect()
    };
    found.truncate(query.most);
    if query.is_descending {
        found.reverse();
    }
    let mut dates: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    let mut locations = Vec::with_capacity(found.len());
    for (distance, center) in found {
        let mut available = query
            .span
            .iter()
            .flat_map(|span| timeslot::free(state, center, span.window, span.minutes, now).map(|slot| slot.date));
        let first_available_date = available.next();
        if query.show_dates {
            for date in first_available_date.into_iter().chain(available).collect::<BTreeSet<_>>() {
                dates.entry(date).or_default().push(center.location_code.clone());
            }
        }
        locations.push(location(center, distance, query.unit, first_available_date));
    }
    let dates = dates.into_iter().map(|(date, locations)| LocationDate { date, locations }).collect();
    Ok(Some(Locations { locations, dates: query.show_dates.then_some(dates) }))
}

fn at_most(name: &str, most: usize) -> Result<(), Error> {
    if (1..=MOST).contains(&most) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{name}: expected 1 to {MOST}, got {most}")))
}

/// Whether a test is taken on site.
fn is_on_site(state: &State, test_id: &str) -> Result<bool, Error> {
    let test = state.test(test_id)?;
    Ok(test.is_none_or(|test| test.delivery_modes.contains(&DeliveryMode::SiteProctored)))
}

/// Where a place is: as the catalog has it, else as the account's centers do.
fn point(state: &State, place: &PlaceQuery<'_>) -> Option<Point> {
    let known = state.places.values().find(|known| {
        place.takes(&PlaceQuery {
            country: Some(&known.country),
            province_state: known.state.as_deref(),
            city: Some(&known.city),
            postal_code: Some(&known.zip),
        })
    });
    let center = || state.centers().values().find(|center| place.takes(&search::address(center)));
    match known {
        Some(known) => Point::new(known.latitude, known.longitude),
        None => center().map(|center| search::point(center)),
    }
}

fn location(
    center: &TestCenter,
    distance: Option<f64>,
    distance_unit: Unit,
    first_available_date: Option<NaiveDate>,
) -> Location {
    Location {
        location_id: center.location_code.clone(),
        location_name: center.location_name.clone(),
        address1: center.address1.clone(),
        address2: center.address2.clone(),
        address3: center.address3.clone(),
        address4: None,
        city: center.city.clone(),
        state: center.province_state.clone(),
        zip: center.postal_code.clone(),
        country: country::alpha3(&center.country),
        latitude: center.latitude,
        longitude: center.longitude,
        time_zone: center.location_timezone.clone(),
        is_ada: center.accessible,
        property_type: None,
        directions: None,
        distance,
        distance_unit,
        first_available_date,
    }
}

/// The free timeslots of a location.
///
/// # Errors
/// No such test or location.
pub fn timeslots(
    state: &State,
    (test_id, location_id): (&str, &str),
    span: Span,
    is_descending: bool,
    now: Timestamp,
) -> Result<Timeslots, Error> {
    let offers = is_on_site(state, test_id)?;
    let missing = || Error::NotFound { kind: "location", id: location_id.to_owned() };
    let center = state.centers().get(location_id).ok_or_else(missing)?;
    let number = Numbered::of(state.centers(), location_id);
    let mut dates: Vec<TimeslotDate> = Vec::new();
    for slot in timeslot::free(state, center, span.window, span.minutes, now).filter(|_| offers) {
        let timeslot = Slot {
            timeslot_id: number.slot(slot.start),
            start_time: Stamp::seconds(slot.start),
            end_time: Stamp::seconds(slot.end),
        };
        match dates.last_mut() {
            Some(day) if day.date == slot.date => day.timeslots.push(timeslot),
            _ => dates.push(TimeslotDate { date: slot.date, timeslots: vec![timeslot] }),
        }
    }
    if is_descending {
        dates.reverse();
    }
    Ok(Timeslots {
        time_zone: center.location_timezone.clone(),
        location_name: center.location_name.clone(),
        location_id: center.location_code.clone(),
        dates,
    })
}

/// The places of a country whose postal code or city begins so.
///
/// # Errors
/// Fewer than two characters; a number that does not fit.
pub fn suggest(
    state: &State,
    country: &str,
    query: &str,
    most: usize,
    is_descending: bool,
) -> Result<GeoLocations, Error> {
    at_most("no_of_suggestions", most)?;
    let wanted = query.trim().to_lowercase();
    if wanted.chars().count() < 2 {
        return Err(Error::Invalid(format!("query: expected 2 characters or more, got {query:?}")));
    }
    let begins =
        |zip: &str, city: &str| zip.to_lowercase().starts_with(&wanted) || city.to_lowercase().starts_with(&wanted);
    let places = state.places.values().filter(|place| country::is(&place.country, country));
    let mut names: BTreeSet<String> =
        places.filter(|place| begins(&place.zip, &place.city)).map(|place| place.name()).collect();
    for center in state.centers().values().filter(|center| country::is(&center.country, country)) {
        let zip = center.postal_code.as_deref().unwrap_or_default();
        if begins(zip, &center.city) {
            names.insert(place::name(zip, &center.city, center.province_state.as_deref(), &center.country));
        }
    }
    let mut geo_locations: Vec<_> = names.into_iter().collect();
    if is_descending {
        geo_locations.reverse();
    }
    geo_locations.truncate(most);
    Ok(GeoLocations { geo_locations })
}

/// Whether a `sort` asks for the last first.
///
/// Assumed: `asc` and `desc`.
///
/// # Errors
/// Another text.
pub fn is_descending(sort: Option<&str>) -> Result<bool, Error> {
    match sort.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(_) => Err(Error::Invalid(format!("sort: expected asc or desc, got {:?}", sort.unwrap_or_default()))),
    }
}
