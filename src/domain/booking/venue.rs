//! Where and when an exam will be: as it is told, or chosen among the centers and sessions that are free.

use std::sync::Arc;

use super::input::ScheduleInput;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{CenterStatus, DeliveryMode};
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::{self, TestCenter};
use crate::domain::site::timeslot;
use crate::domain::state::State;
use crate::domain::value::stamp::{self, Timestamp, whole_millis};
use crate::domain::value::zone::Zone;

/// The most minutes that a candidate gets more.
pub const MOST_EXT_TIME: u32 = 24 * 60;

/// Where and when an exam will be.
#[derive(Debug)]
pub struct Venue {
    /// When the exam starts.
    pub booking_on: Timestamp,
    /// On site or at home.
    pub delivery_mode: DeliveryMode,
    /// The test center, on site.
    pub location_code: Option<String>,
    /// The center's zone, or the one the candidate chose.
    pub location_timezone: String,
    /// The minutes that the candidate gets more.
    pub ext_time: u32,
    /// The minutes of the exam, with those.
    pub exam_length: u32,
}

/// The place and time of a booking that tells all of it.
pub fn told(state: &State, record: &Eligibility, input: &ScheduleInput) -> Option<Venue> {
    let (booking_on, delivery_mode) = (input.booking_on?, input.delivery_mode?);
    if input.ext_time > MOST_EXT_TIME {
        return None;
    }
    let center = input.location_code.as_ref().and_then(|code| state.center_of_booking(code));
    let is_on_site = delivery_mode == DeliveryMode::SiteProctored;
    if is_on_site != center.is_some() || is_on_site != input.location_code.is_some() {
        return None;
    }
    let location_timezone = input.location_timezone.clone().or_else(|| Some(center?.location_timezone.clone()))?;
    Zone::named(&location_timezone)?;
    let (location_code, ext_time) = (input.location_code.clone(), input.ext_time);
    let exam_length = minutes(state, record, input);
    Some(Venue { booking_on, delivery_mode, location_code, location_timezone, ext_time, exam_length })
}

/// Chooses what the input leaves open; `old` is the booking that is moved. A seat that it is to give up is free already.
///
/// # Errors
/// No such place, time or free seat.
pub fn choose(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    old: Option<&Booking>,
    now: Timestamp,
) -> Result<Venue, Error> {
    if input.ext_time > MOST_EXT_TIME {
        return Err(Error::Invalid(format!("ext_time: expected 0 to {MOST_EXT_TIME}, got {}", input.ext_time)));
    }
    if let Some(old) = old.filter(|old| input.ext_time == 0 && old.ext_time > 0) {
        // Who moves a booking keeps the time.
        let kept = ScheduleInput { ext_time: old.ext_time, ..input.clone() };
        return choose(state, record, &kept, Some(old), now);
    }
    if let Some(id) = &input.timeslot_id {
        return choose_timeslot(state, record, input, id, (old, now));
    }
    let delivery_mode = choose_mode(state, record, input, old)?;
    let from = record.start.map_or(now, |start| start.max(now));
    let within = |start: &Timestamp| record.end.is_none_or(|end| *start <= end);
    if delivery_mode == DeliveryMode::AtlasRemoteProctored {
        if let Some(location) = &input.location_code {
            return Err(Error::Invalid(format!(
                "location_code: expected none for ATLAS_REMOTE_PROCTORED, got {location:?}"
            )));
        }
        let kept = old.filter(|old| old.location_code.is_none()).map(|old| old.location_timezone.clone());
        let zone = zone(state, record, input.location_timezone.clone().or(kept))?;
        let start = input.booking_on.or_else(|| {
            let taken = old.map(|old| old.booking_on);
            test_center::session_starts(&zone, from).find(|start| within(start) && taken != Some(*start))
        });
        let booking_on = start.ok_or_else(|| no_session("at home", record))?;
        let (location_timezone, ext_time) = (zone.name().to_owned(), input.ext_time);
        let exam_length = minutes(state, record, input);
        return Ok(Venue { booking_on, delivery_mode, location_code: None, location_timezone, ext_time, exam_length });
    }
    // Where no place is named, the next center is tried before the first one's refusal stands.
    let mut refusal = None;
    for center in choose_centers(state, record, input, old)? {
        match choose_session(state, record, input, old, (&center, from)) {
            Ok(booking_on) => {
                let location_timezone = center.location_timezone.clone();
                let location_code = Some(center.location_code.clone());
                let (ext_time, exam_length) = (input.ext_time, minutes(state, record, input));
                return Ok(Venue {
                    booking_on,
                    delivery_mode,
                    location_code,
                    location_timezone,
                    ext_time,
                    exam_length,
                });
            }
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.unwrap_or_else(|| Error::Conflict("the account has no open test center".to_owned())))
}

/// A timeslot that a search told, as long as it has a seat.
fn choose_timeslot(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    id: &str,
    (old, now): (Option<&Booking>, Timestamp),
) -> Result<Venue, Error> {
    let more = [("booking_on", input.booking_on.is_some()), ("location_code", input.location_code.is_some())];
    let more = more.into_iter().chain([
        ("location_timezone", input.location_timezone.is_some()),
        ("delivery_mode", input.delivery_mode.is_some_and(|mode| mode != DeliveryMode::SiteProctored)),
    ]);
    if let Some((member, _)) = { more }.find(|(_, is_given)| *is_given) {
        return Err(Error::Invalid(format!("{member}: expected none beside timeslot_id, which says it")));
    }
    let site = ScheduleInput { delivery_mode: Some(DeliveryMode::SiteProctored), ..ScheduleInput::default() };
    let delivery_mode = choose_mode(state, record, &site, old)?;
    let named = id.parse().ok().and_then(|id| timeslot::named(state.centers(), id, now));
    let (center, start) =
        named.ok_or_else(|| Error::Invalid(format!("timeslot_id: expected one of a search, got {id:?}")))?;
    let (code, at) = (&center.location_code, stamp::Stamp::seconds(start));
    let minutes = minutes(state, record, input);
    let refused = |why: String| Err(Error::Conflict(format!("timeslot {id} at {code} at {at} {why}")));
    if center.status != CenterStatus::Open {
        return refused("is none any more: the test center is closed".to_owned());
    }
    if start <= now {
        return refused("has begun".to_owned());
    }
    if record.start.is_some_and(|first| start < first) || record.end.is_some_and(|last| last < start) {
        return refused("is outside of the eligibility's dates".to_owned());
    }
    let Some(slot) = timeslot::at(state, center, start, minutes, now) else {
        return refused(format!("has no room for an exam of {minutes} minutes"));
    };
    if slot.free == 0 {
        return refused(format!("lost the race: another booking took the last of its seats ({})", center.seats));
    }
    Ok(Venue {
        booking_on: start,
        delivery_mode,
        location_code: Some(code.clone()),
        location_timezone: center.location_timezone.clone(),
        ext_time: input.ext_time,
        exam_length: minutes,
    })
}

/// The minutes of an eligibility's exam, with those more that the candidate gets.
fn minutes(state: &State, record: &Eligibility, input: &ScheduleInput) -> u32 {
    let test = state.tests.get(&record.test_code).map(|test| &**test);
    input.exam_length.unwrap_or_else(|| length(test, &record.portion_codes, input.ext_time))
}

/// The minutes of an exam: those of the portions that are taken, else of the test; four hours where nobody knows.
///
/// Assumed: portions follow each other.
pub fn length(test: Option<&Test>, portion_codes: &[String], ext_time: u32) -> u32 {
    let taken = test.iter().flat_map(|test| &test.portions);
    let taken =
        taken.filter(|portion| portion_codes.contains(&portion.portion_code)).map(|portion| portion.exam_length);
    let portions = taken.fold(0, u32::saturating_add);
    let test = test.map_or(240, |test| test.exam_length);
    if portions > 0 { portions } else { test }.saturating_add(ext_time)
}

/// When the exam starts at a center: the instant that is named, else the first free session from an instant on.
fn choose_session(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    old: Option<&Booking>,
    (center, from): (&TestCenter, Timestamp),
) -> Result<Timestamp, Error> {
    if let Some(sent) = input.location_timezone.as_ref().filter(|sent| **sent != center.location_timezone) {
        return Err(Error::Invalid(format!(
            "location_timezone: expected the center's, {}, or none, got {sent:?}",
            center.location_timezone
        )));
    }
    let within = |start: &Timestamp| record.end.is_none_or(|end| *start <= end);
    let minutes = minutes(state, record, input);
    let free = |start: &Timestamp| {
        let start = whole_millis(*start);
        state.seats_taken(&center.location_code, start, stamp::later(start, minutes)) < center.seats
    };
    match input.booking_on {
        Some(start) if free(&start) => Ok(start),
        Some(start) => Err(Error::Conflict(format!(
            "no free seat at {} at {} for {minutes} minutes: all {} are taken",
            center.location_code,
            stamp::Stamp::seconds(start),
            center.seats
        ))),
        None => test_center::session_starts(&center.zone(), from)
            .find(|start| within(start) && free(start) && old.is_none_or(|old| !is_same_seat(old, center, *start)))
            .ok_or_else(|| no_session(&center.location_code, record)),
    }
}

fn is_same_seat(old: &Booking, center: &TestCenter, start: Timestamp) -> bool {
    old.booking_on == start && old.location_code.as_ref() == Some(&center.location_code)
}

fn no_session(place: &str, record: &Eligibility) -> Error {
    let until = record.end.map_or_else(String::new, |end| format!(" until {}", stamp::Stamp::seconds(end)));
    Error::Conflict(format!("no free session {place}{until}; name a booking_on, or widen the eligibility's dates"))
}

fn choose_mode(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    old: Option<&Booking>,
) -> Result<DeliveryMode, Error> {
    let offered = state.tests.get(&record.test_code).map(|test| test.delivery_modes.as_slice());
    let first = offered.and_then(|modes| modes.first().copied()).unwrap_or(DeliveryMode::SiteProctored);
    let mode = input
        .delivery_mode
        .or_else(|| input.location_code.as_ref().map(|_| DeliveryMode::SiteProctored))
        .or_else(|| old.map(|old| old.delivery_mode))
        .or(record.delivery_mode)
        .unwrap_or(first);
    if offered.is_some_and(|modes| !modes.contains(&mode)) {
        return Err(Error::DeliveryModeNotAllowed);
    }
    Ok(mode)
}

/// The centers to try: the one that is named, else that of the old booking and all that are open, the nearest first.
fn choose_centers(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    old: Option<&Booking>,
) -> Result<Vec<Arc<TestCenter>>, Error> {
    let centers = state.centers();
    let Some(code) = &input.location_code else {
        let mut open = near(centers.values().filter(|center| center.status == CenterStatus::Open), record);
        open.sort_by_key(|center| old.is_none_or(|old| old.location_code.as_ref() != Some(&center.location_code)));
        return Ok(open);
    };
    let center = centers.get(code).ok_or_else(|| {
        Error::Invalid(format!("location_code: expected one of the account's test centers, got {code:?}"))
    })?;
    if center.status != CenterStatus::Open {
        return Err(Error::Conflict(format!("test center {} is closed", center.location_code)));
    }
    Ok(vec![Arc::clone(center)])
}

/// Centers in the candidate's state, then in their country, then anywhere.
fn near<'a>(centers: impl Iterator<Item = &'a Arc<TestCenter>>, record: &Eligibility) -> Vec<Arc<TestCenter>> {
    let candidate = &record.candidate;
    let distance = |center: &Arc<TestCenter>| {
        let is_national = Some(center.country.as_str()) == candidate.country.as_deref();
        let is_local = is_national && center.province_state.as_deref() == candidate.province_state.as_deref();
        if is_local {
            0
        } else if is_national {
            1
        } else {
            2
        }
    };
    let mut sorted: Vec<_> = centers.cloned().collect();
    sorted.sort_by_key(distance);
    sorted
}

/// The candidate's zone: the one they chose, else that of a center in their country.
fn zone(state: &State, record: &Eligibility, chosen: Option<String>) -> Result<Zone, Error> {
    match chosen {
        Some(name) => Zone::named(&name).ok_or_else(|| {
            Error::Invalid(format!("location_timezone: expected an IANA zone like America/Chicago, got {name:?}"))
        }),
        None => Ok(match near(state.centers().values(), record).first() {
            Some(center) => center.zone(),
            None => Zone::named("America/New_York").unwrap_or(Zone::UTC),
        }),
    }
}
