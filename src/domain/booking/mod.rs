//! Bookings: what the candidate does with an eligibility, and what becomes of the seat.

pub mod input;
pub mod notice;

use crate::domain::contract::error::Error;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::status::{BookingState, CenterStatus, DeliveryMode, Status};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::result::ExamResult;
use crate::domain::record::test_center::{self, TestCenter};
use crate::domain::state::{Act, State};
use crate::domain::value::id::{BookingCode, EligibilityId, Kind};
use crate::domain::value::stamp::{self, Timestamp, whole_millis};
use crate::domain::value::zone::Zone;
use input::ScheduleInput;
use notice::BookingNotice;
use std::sync::Arc;

/// Where and when an exam will be.
struct Venue {
    booking_on: Timestamp,
    delivery_mode: DeliveryMode,
    location_code: Option<String>,
    location_timezone: String,
}

/// The candidate books.
///
/// # Errors
/// Unknown eligibility; not eligible to schedule; no such place, time or free seat.
pub fn schedule(
    state: &mut State,
    id: EligibilityId,
    input: &ScheduleInput,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let code = state.new_code(Kind::Booking);
    schedule_as(state, id, input, code, act)
}

/// The candidate books, and the booking gets this code.
///
/// # Errors
/// Those of [`schedule`].
pub fn schedule_as(
    state: &mut State,
    id: EligibilityId,
    input: &ScheduleInput,
    code: BookingCode,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
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
    take_up(state, &record, place, code, act)
}

/// A booking that was made earlier stands as it was: today's window, block, modes and seats do not hold against it.
///
/// # Errors
/// Unknown eligibility; one that has a booking, or is over; of a place or time that is not told, those of [`schedule`].
pub fn record_as(
    state: &mut State,
    id: EligibilityId,
    input: &ScheduleInput,
    code: BookingCode,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let record = state.eligibility(id)?;
    if record.closed || !matches!(record.status, Status::Reg02 | Status::Css2) {
        return Err(Error::Transition { action: "schedule", status: record.status });
    }
    let place = told(state, input).map_or_else(|| choose(state, &record, input, None, act.now), Ok)?;
    take_up(state, &record, place, code, act)
}

/// The place and time of a booking that tells all of it.
fn told(state: &State, input: &ScheduleInput) -> Option<Venue> {
    let (booking_on, delivery_mode) = (input.booking_on?, input.delivery_mode?);
    let center = input.location_code.as_ref().and_then(|code| state.center_of_booking(code));
    let is_on_site = delivery_mode == DeliveryMode::SiteProctored;
    if is_on_site != center.is_some() || is_on_site != input.location_code.is_some() {
        return None;
    }
    let location_timezone = input.location_timezone.clone().or_else(|| Some(center?.location_timezone.clone()))?;
    Zone::named(&location_timezone)?;
    Some(Venue { booking_on, delivery_mode, location_code: input.location_code.clone(), location_timezone })
}

/// The eligibility gets its booking.
fn take_up(
    state: &mut State,
    record: &Eligibility,
    place: Venue,
    code: BookingCode,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = book(state, record, place, code, act)?;
    state.change_eligibility(record.id, |record| {
        record.status = Status::Css1;
        record.booking = Some(code);
    })?;
    let notices = vec![BookingNotice::of(&booking, ChangeReason::BookingCreated)];
    Ok((booking, notices))
}

/// The candidate moves a booking: a new code is issued, the old one is unknown afterwards.
///
/// Observed: the new code. Assumed: the old one's end.
///
/// # Errors
/// A booking that is not booked; no such place, time or free seat.
pub fn reschedule(
    state: &mut State,
    code: BookingCode,
    input: &ScheduleInput,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let old = booked(state, code, "reschedule")?;
    let record = state.eligibility(old.psi_eligiblity_id)?;
    let place = choose(state, &record, input, Some(&old), act.now)?;
    state.retire_booking(code)?;
    let code = state.new_code(Kind::Booking);
    let booking = book(state, &record, place, code, act)?;
    state.change_eligibility(record.id, |record| record.booking = Some(code))?;
    let notices = vec![BookingNotice::of(&booking, ChangeReason::BookingRescheduled)];
    Ok((booking, notices))
}

/// The booking is cancelled; the eligibility stays open.
///
/// # Errors
/// A booking that is not booked.
pub fn cancel(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    booked(state, code, "cancel")?;
    end(state, code, BookingState::Cancelled, Status::Css2, ChangeReason::BookingCancelled)
}

/// The exam was taken, perhaps with a result.
///
/// # Errors
/// A booking that is not booked.
pub fn complete(
    state: &mut State,
    code: BookingCode,
    result: Option<ExamResult>,
) -> Result<(Arc<Booking>, Notices), Error> {
    booked(state, code, "complete")?;
    let (done, notices) = end(state, code, BookingState::Completed, Status::Css5, ChangeReason::ExamCompleted)?;
    match result {
        Some(result) => Ok((state.change_booking(code, |booking| booking.result = Some(result))?, notices)),
        None => Ok((done, notices)),
    }
}

/// The candidate did not come.
///
/// # Errors
/// A booking that is not booked.
pub fn absent(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    booked(state, code, "mark as absent")?;
    end(state, code, BookingState::Absent, Status::Css8, ChangeReason::Absent)
}

/// The absence is excused, before or after it was noted; whether the program allows it is not looked at.
///
/// # Errors
/// A booking in another state.
pub fn excuse(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = state.booking(code)?;
    if !matches!(booking.state, BookingState::Booked | BookingState::Absent) {
        return Err(Error::BookingTransition { action: "excuse", state: booking.state });
    }
    end(state, code, BookingState::Excused, Status::Css9, ChangeReason::ExcusedAbsent)
}

/// Reads a booking code of the account.
///
/// # Errors
/// [`Error::UnknownBooking`], also for text that is no code at all.
pub fn code(state: &State, text: &str) -> Result<BookingCode, Error> {
    text.parse()
        .ok()
        .filter(|code| state.bookings().get(code).is_some())
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

/// The one way out of a booking: booking and eligibility change together, and the partner is notified.
fn end(
    state: &mut State,
    code: BookingCode,
    to: BookingState,
    status: Status,
    reason: ChangeReason,
) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = state.change_booking(code, |booking| booking.state = to)?;
    state.change_eligibility(booking.psi_eligiblity_id, |record| record.status = status)?;
    let notices = vec![BookingNotice::of(&booking, reason)];
    Ok((booking, notices))
}

fn book(
    state: &mut State,
    record: &Eligibility,
    place: Venue,
    booking_code: BookingCode,
    act: &Act,
) -> Result<Arc<Booking>, Error> {
    state.add_booking(Booking {
        booking_code,
        psi_eligiblity_id: record.id,
        candidate_id: record.candidate.candidate_id.to_string(),
        test_code: record.test_code.clone(),
        booking_on: whole_millis(place.booking_on),
        delivery_mode: place.delivery_mode,
        location_code: place.location_code,
        location_timezone: place.location_timezone,
        state: BookingState::Booked,
        created: act.now,
        result: None,
    })
}

fn choose(
    state: &State,
    record: &Eligibility,
    input: &ScheduleInput,
    old: Option<&Booking>,
    now: Timestamp,
) -> Result<Venue, Error> {
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
        return Ok(Venue { booking_on, delivery_mode, location_code: None, location_timezone: zone.name().to_owned() });
    }
    // Where no place is named, the next center is tried before the first one's refusal stands.
    let mut refusal = None;
    for center in choose_centers(state, record, input, old)? {
        match choose_session(state, record, input, old, (&center, from)) {
            Ok(booking_on) => {
                let location_timezone = center.location_timezone.clone();
                let location_code = Some(center.location_code.clone());
                return Ok(Venue { booking_on, delivery_mode, location_code, location_timezone });
            }
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.unwrap_or_else(|| Error::Conflict("the account has no open test center".to_owned())))
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
    let free = |start: &Timestamp| state.seats_taken(&center.location_code, whole_millis(*start)) < center.seats;
    match input.booking_on {
        Some(start) if free(&start) || old.is_some_and(|old| is_same_seat(old, center, start)) => Ok(start),
        Some(start) => Err(Error::Conflict(format!(
            "no free seat at {} at {}: all {} are taken",
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
