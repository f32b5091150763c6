//! Bookings: what the candidate does with an eligibility, and what becomes of the seat.

pub mod input;

use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::error::Error;
use crate::domain::contract::event::Event;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::status::{BookingState, CenterStatus, DeliveryMode, Status};
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::result::ExamResult;
use crate::domain::record::test_center;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{BookingCode, EligibilityId, Kind};
use crate::domain::value::stamp::{self, Timestamp};
use std::sync::Arc;

use chrono_tz::Tz;

/// Where and when an exam will be.
struct Place {
    booking_on: Timestamp,
    delivery_mode: DeliveryMode,
    location_code: Option<String>,
    location_timezone: String,
}

/// The candidate books.
///
/// # Errors
/// Unknown eligibility; not eligible to schedule; no such place, time or free seat; no room for the notification.
pub fn schedule(
    state: &mut State,
    id: EligibilityId,
    input: ScheduleInput,
    act: &Act<'_>,
) -> Result<(Booking, Vec<Event>), Error> {
    state.room_for_deliveries(1)?;
    let record = state.eligibility(id)?;
    if record.status == Status::Css1 {
        return Err(Error::Transition { action: "schedule", status: record.status });
    }
    if let Some(obstacle) = record.obstacle(act.now) {
        return Err(match record.status {
            Status::Reg02 | Status::Css2 => Error::NotEligible(obstacle),
            status => Error::Transition { action: "schedule", status },
        });
    }
    let place = choose(state, &record, input, None, act.now)?;
    let booking = book(state, &record, place, act);
    let record = state.eligibility_mut(id)?;
    record.status = Status::Css1;
    record.booking = Some(booking.booking_code);
    let event = event(&booking, ChangeReason::BookingCreated);
    Ok((booking, vec![event]))
}

/// The candidate moves a booking: a new code is issued, the old one is unknown afterwards.
///
/// Observed: the new code. Assumed: the old one's end.
///
/// # Errors
/// A booking that is not booked; no such place, time or free seat; no room for the notification.
pub fn reschedule(
    state: &mut State,
    code: BookingCode,
    input: ScheduleInput,
    act: &Act<'_>,
) -> Result<(Booking, Vec<Event>), Error> {
    state.room_for_deliveries(1)?;
    let old = booked(state, code, "reschedule")?;
    let record = state.eligibility(old.psi_eligiblity_id)?;
    let place = choose(state, &record, input, Some(&old), act.now)?;
    free_seat(state, &old);
    state.bookings.remove(&code);
    state.retired.push(code);
    let booking = book(state, &record, place, act);
    state.eligibility_mut(record.id)?.booking = Some(booking.booking_code);
    let event = event(&booking, ChangeReason::BookingRescheduled);
    Ok((booking, vec![event]))
}

/// The booking is cancelled; the eligibility stays open.
///
/// # Errors
/// A booking that is not booked; no room for the notification.
pub fn cancel(state: &mut State, code: BookingCode) -> Result<(Booking, Vec<Event>), Error> {
    let booking = booked(state, code, "cancel")?;
    let ended = end(state, &booking, BookingState::Cancelled, Status::Css2, ChangeReason::BookingCancelled)?;
    free_seat(state, &booking);
    Ok(ended)
}

/// The exam was taken.
///
/// # Errors
/// A booking that is not booked; no room for the notification.
pub fn complete(
    state: &mut State,
    code: BookingCode,
    result: Option<ExamResult>,
) -> Result<(Booking, Vec<Event>), Error> {
    let booking = booked(state, code, "complete")?;
    state.room_for_deliveries(1 + if result.is_some() { state.deliveries_of_a_result() } else { 0 })?;
    let (mut done, mut events) =
        end(state, &booking, BookingState::Completed, Status::Css5, ChangeReason::ExamCompleted)?;
    if let (Some(result), Some(kept)) = (result, state.bookings.get_mut(&code)) {
        kept.result = Some(result.clone());
        done.result = Some(result);
        events.push(Event::ResultArrived { booking: code });
    }
    Ok((done, events))
}

/// The candidate did not come.
///
/// # Errors
/// A booking that is not booked; no room for the notification.
pub fn absent(state: &mut State, code: BookingCode) -> Result<(Booking, Vec<Event>), Error> {
    let booking = booked(state, code, "mark as absent")?;
    end(state, &booking, BookingState::Absent, Status::Css8, ChangeReason::Absent)
}

/// The absence is excused, before or after it was noted; where the program allows it.
///
/// # Errors
/// A program without excused absences; a booking in another state; no room for the notification.
pub fn excuse(state: &mut State, code: BookingCode) -> Result<(Booking, Vec<Event>), Error> {
    if !state.settings.excused_absence {
        return Err(Error::Conflict(
            "this program has no excused absences (settings.excused_absence is false)".to_owned(),
        ));
    }
    let booking = state.booking(code)?;
    if !matches!(booking.state, BookingState::Booked | BookingState::Absent) {
        return Err(Error::BookingTransition { action: "excuse", state: booking.state });
    }
    end(state, &booking, BookingState::Excused, Status::Css9, ChangeReason::ExcusedAbsent)
}

/// Reads a booking code of the account.
///
/// # Errors
/// [`Error::UnknownBooking`], also for text that is no code at all.
pub fn code(state: &State, text: &str) -> Result<BookingCode, Error> {
    text.parse()
        .ok()
        .filter(|code| state.bookings.get(code).is_some())
        .ok_or_else(|| Error::UnknownBooking(text.to_owned()))
}

fn booked(state: &State, code: BookingCode, action: &'static str) -> Result<Arc<Booking>, Error> {
    let booking = state.booking(code)?;
    if booking.state == BookingState::Booked {
        Ok(booking)
    } else {
        Err(Error::BookingTransition { action, state: booking.state })
    }
}

/// The one way out of a booking: booking and eligibility change together, and the event is told.
fn end(
    state: &mut State,
    booking: &Booking,
    to: BookingState,
    status: Status,
    reason: ChangeReason,
) -> Result<(Booking, Vec<Event>), Error> {
    state.room_for_deliveries(1)?;
    state.eligibility_mut(booking.psi_eligiblity_id)?.status = status;
    let kept = state
        .bookings
        .get_mut(&booking.booking_code)
        .ok_or_else(|| Error::UnknownBooking(booking.booking_code.to_string()))?;
    kept.state = to;
    let event = event(booking, reason);
    Ok((kept.clone(), vec![event]))
}

fn event(booking: &Booking, reason: ChangeReason) -> Event {
    Event::Booking { eligibility: booking.psi_eligiblity_id, booking: booking.booking_code, reason }
}

fn book(state: &mut State, record: &Eligibility, place: Place, act: &Act<'_>) -> Booking {
    let booking = Booking {
        booking_code: state.ids.code(Kind::Booking, act.registry),
        psi_eligiblity_id: record.id,
        candidate_id: record.candidate.candidate_id.to_string(),
        test_code: record.test_code.clone(),
        booking_on: place.booking_on,
        delivery_mode: place.delivery_mode,
        location_code: place.location_code,
        location_timezone: place.location_timezone,
        state: BookingState::Booked,
        created: act.now,
        result: None,
    };
    if let Some(seat) = seat(&booking) {
        *state.seats.entry(seat).or_default() += 1;
    }
    state.bookings.insert(booking.booking_code, booking.clone());
    booking
}

fn seat(booking: &Booking) -> Option<(String, Timestamp)> {
    booking.location_code.clone().map(|location| (location, booking.booking_on))
}

fn free_seat(state: &mut State, booking: &Booking) {
    let Some(seat) = seat(booking) else { return };
    if let Some(taken) = state.seats.get_mut(&seat) {
        *taken = taken.saturating_sub(1);
        if *taken == 0 {
            state.seats.remove(&seat);
        }
    }
}

fn choose(
    state: &State,
    record: &Eligibility,
    input: ScheduleInput,
    old: Option<&Booking>,
    now: Timestamp,
) -> Result<Place, Error> {
    let delivery_mode = choose_mode(state, record, &input, old)?;
    let from = record.start.map_or(now, |start| start.max(now));
    let within = |start: &Timestamp| record.end.is_none_or(|end| *start <= end);
    if delivery_mode == DeliveryMode::AtlasRemoteProctored {
        if let Some(location) = input.location_code {
            return Err(Error::Invalid(format!(
                "location_code: expected none for ATLAS_REMOTE_PROCTORED, got {location:?}"
            )));
        }
        let kept = old.filter(|old| old.location_code.is_none()).map(|old| old.location_timezone.clone());
        let zone = zone(state, record, input.location_timezone.or(kept))?;
        let start = input.booking_on.or_else(|| {
            let taken = old.map(|old| old.booking_on);
            test_center::session_starts(zone, from).find(|start| within(start) && taken != Some(*start))
        });
        let booking_on = start.ok_or_else(|| no_session("at home", record))?;
        return Ok(Place { booking_on, delivery_mode, location_code: None, location_timezone: zone.name().to_owned() });
    }
    let center = choose_center(state, record, &input, old)?;
    if let Some(sent) = input.location_timezone.filter(|sent| *sent != center.location_timezone) {
        return Err(Error::Invalid(format!(
            "location_timezone: expected the center's, {}, or none, got {sent:?}",
            center.location_timezone
        )));
    }
    let free = |start: &Timestamp| {
        let taken = state.seats.get(&(center.location_code.clone(), *start)).copied().unwrap_or(0);
        taken < center.seats
    };
    let booking_on = match input.booking_on {
        Some(start) if free(&start) || old.is_some_and(|old| is_same_seat(old, &center, start)) => start,
        Some(start) => {
            return Err(Error::Conflict(format!(
                "no free seat at {} at {}: all {} are taken",
                center.location_code,
                stamp::Stamp::seconds(start),
                center.seats
            )));
        }
        None => test_center::session_starts(center.zone(), from)
            .find(|start| within(start) && free(start) && old.is_none_or(|old| !is_same_seat(old, &center, *start)))
            .ok_or_else(|| no_session(&center.location_code, record))?,
    };
    Ok(Place {
        booking_on,
        delivery_mode,
        location_timezone: center.location_timezone.clone(),
        location_code: Some(center.location_code.clone()),
    })
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
    let offered = state.catalog.tests.get(&record.test_code).map(|test| test.delivery_modes.as_slice());
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

fn choose_center(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    old: Option<&Booking>,
) -> Result<Arc<TestCenter>, Error> {
    let centers = state.catalog.centers();
    let named = input.location_code.as_ref().or_else(|| old.and_then(|old| old.location_code.as_ref()));
    let center = match named {
        Some(code) => centers.get(code).ok_or_else(|| {
            Error::Invalid(format!("location_code: expected one of the account's test centers, got {code:?}"))
        })?,
        None => near(centers.values().filter(|center| center.status == CenterStatus::Open), record)
            .ok_or_else(|| Error::Conflict("the account has no open test center".to_owned()))?,
    };
    if center.status != CenterStatus::Open {
        return Err(Error::Conflict(format!("test center {} is closed", center.location_code)));
    }
    Ok(Arc::clone(center))
}

/// The first center in the candidate's state, else country, else anywhere.
fn near<'a>(
    centers: impl Iterator<Item = &'a Arc<TestCenter>> + Clone,
    record: &Eligibility,
) -> Option<&'a Arc<TestCenter>> {
    let candidate = &record.candidate;
    let in_country = |center: &&&Arc<TestCenter>| Some(center.country.as_str()) == candidate.country.as_deref();
    let in_state = |center: &&&Arc<TestCenter>| center.province_state.as_deref() == candidate.province_state.as_deref();
    let mut all = centers.clone();
    let mut national = centers.clone();
    let mut local = centers;
    local
        .find(|center| in_country(&center) && in_state(&center))
        .or_else(|| national.find(|center| in_country(&center)))
        .or_else(|| all.next())
}

/// The candidate's zone: the one they chose, else that of a center in their country.
fn zone(state: &State, record: &Eligibility, chosen: Option<String>) -> Result<Tz, Error> {
    match chosen {
        Some(name) => name.parse().map_err(|_| {
            Error::Invalid(format!("location_timezone: expected an IANA zone like America/Chicago, got {name:?}"))
        }),
        None => {
            Ok(near(state.catalog.centers().values(), record).map_or(Tz::America__New_York, |center| center.zone()))
        }
    }
}
