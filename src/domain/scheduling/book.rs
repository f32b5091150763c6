//! What partners do with bookings. Each is what the candidate does, too: the same rules decide.

use std::sync::Arc;

use super::answer::BookingResponse;
use super::input::{BookingRequest, CandidateDetails, TestPortion, TestPortionData, ext_time, portion_codes};
use crate::domain::booking::{self, input::ScheduleInput};
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::{Finding, Mode};
use crate::domain::contract::status::{BookingState, DeliveryMode};
use crate::domain::eligibility::{self, input::EligibilityInput};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::site::timeslot::Numbered;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{EligibilityId, Kind};
use crate::domain::value::stamp::{Stamp, Timestamp};

/// A booking that was made or changed, and the notices of it.
pub type Booked = (Arc<Booking>, Notices);

/// Who books, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner<'a> {
    /// Who performs it.
    pub performed_by_user: Option<&'a str>,
    /// The partner's application.
    pub application_id: Option<&'a str>,
    /// It moves a booking.
    pub is_reschedule: bool,
}

/// Makes a registration and its booking of a timeslot: both, or neither.
///
/// # Errors
/// What a registration or a booking is refused with.
pub fn create(
    state: &mut State,
    request: &Checked<BookingRequest>,
    timeslot_id: &str,
    on_hold: bool,
    act: &Act,
) -> Result<Booked, Error> {
    let input = ScheduleInput { timeslot_id: Some(timeslot_id.to_owned()), on_hold, ..ScheduleInput::default() };
    create_at(state, request, input, act)
}

/// The same for an exam at home, in the zone of a location.
///
/// Assumed: the location tells the zone.
///
/// # Errors
/// No such location; an instant that has passed; those of [`create`].
pub fn create_web_delivery(
    state: &mut State,
    request: &Checked<BookingRequest>,
    location_id: &str,
    start: Timestamp,
    act: &Act,
) -> Result<Booked, Error> {
    let missing = || Error::NotFound { kind: "location", id: location_id.to_owned() };
    let location_timezone = state.centers().get(location_id).ok_or_else(missing)?.location_timezone.clone();
    if start <= act.now {
        return Err(Error::Invalid(format!(
            "booking_datetime: expected an instant after the account's {}, got {}",
            Stamp::seconds(act.now),
            Stamp::seconds(start)
        )));
    }
    let input = ScheduleInput {
        booking_on: Some(start),
        delivery_mode: Some(DeliveryMode::AtlasRemoteProctored),
        location_timezone: Some(location_timezone),
        ..ScheduleInput::default()
    };
    create_at(state, request, input, act)
}

fn create_at(
    state: &mut State,
    Checked { value, findings, .. }: &Checked<BookingRequest>,
    input: ScheduleInput,
    act: &Act,
) -> Result<Booked, Error> {
    enforce(state, findings)?;
    let registration = EligibilityInput {
        portion_codes: portion_codes(&value.test_portions),
        schedule_start_date: value.eligibility_start_date,
        eligibility_end_date: value.eligibility_end_date,
        ..registration(&value.candidate_details, &value.test_id)
    };
    let id = register(state, registration, act)?;
    booking::schedule(state, id, &ScheduleInput { ext_time: ext_time(&value.test_portions), ..input }, act)
}

/// A registration of a candidate for a test.
pub fn registration(candidate: &CandidateDetails, test_code: &str) -> EligibilityInput {
    EligibilityInput {
        candidate: candidate.candidate().into(),
        test_code: test_code.to_owned(),
        ..EligibilityInput::default()
    }
}

/// Makes a registration.
///
/// # Errors
/// Those of [`eligibility::create`].
pub fn register(state: &mut State, value: EligibilityInput, act: &Act) -> Result<EligibilityId, Error> {
    let input = Checked { value, findings: Vec::new(), nulls: Vec::new() };
    Ok(eligibility::create(state, &input, act)?.id)
}

/// Books a timeslot for a registration, which is approved, or whose booking was cancelled.
///
/// # Errors
/// No such registration; another test or portion than its own; those of [`booking::schedule`].
pub fn book_registration(
    state: &mut State,
    (regn_id, timeslot_id): (&str, &str),
    data: &Checked<TestPortionData>,
    on_hold: bool,
    act: &Act,
) -> Result<Booked, Error> {
    enforce(state, &data.findings)?;
    let unknown = || Error::UnknownEligibility(regn_id.to_owned());
    let id: EligibilityId = regn_id.parse().map_err(|_| unknown())?;
    check_test(&*state.eligibility(id)?, &data.value)?;
    booking::schedule(state, id, &timeslot(timeslot_id, &data.value.test_portions, on_hold), act)
}

/// Moves a booking to a timeslot; it gets another code.
///
/// # Errors
/// No such booking; another test or portion than its own; those of [`booking::reschedule`].
pub fn change_timeslot(
    state: &mut State,
    (booking_id, timeslot_id): (&str, &str),
    data: &Checked<TestPortionData>,
    on_hold: bool,
    act: &Act,
) -> Result<Booked, Error> {
    enforce(state, &data.findings)?;
    let code = booking::code(state, booking_id)?;
    let old = state.booking(code)?;
    check_test(&*state.eligibility(old.psi_eligiblity_id)?, &data.value)?;
    booking::reschedule(state, code, &timeslot(timeslot_id, &data.value.test_portions, on_hold), act)
}

/// Cancels a booking, and its registration where that is asked for. One on hold is released.
///
/// # Errors
/// No such booking; one that is neither booked nor on hold.
pub fn delete(state: &mut State, booking_id: &str, cancels_registration: bool) -> Result<Booked, Error> {
    let code = booking::code(state, booking_id)?;
    let (cancelled, notices) = booking::cancel(state, code)?;
    if cancels_registration {
        eligibility::cancel(state, &cancelled.candidate_id, &cancelled.test_code)?;
    }
    Ok((cancelled, notices))
}

fn timeslot(timeslot_id: &str, portions: &[TestPortion], on_hold: bool) -> ScheduleInput {
    let (timeslot_id, ext_time) = (Some(timeslot_id.to_owned()), ext_time(portions));
    ScheduleInput { timeslot_id, ext_time, on_hold, ..ScheduleInput::default() }
}

/// Whether the test and the portions are the registration's.
fn check_test(record: &Eligibility, data: &TestPortionData) -> Result<(), Error> {
    if data.test_id != record.test_code {
        let (kept, sent) = (record.test_code.clone(), data.test_id.clone());
        return Err(Error::Immutable { member: "test_id", kept, sent });
    }
    let is_its = |portion: &&TestPortion| record.portion_codes.contains(&portion.portion_code);
    match data.test_portions.iter().find(|portion| !is_its(portion)) {
        Some(portion) => Err(Error::UnknownPortion(portion.portion_code.clone())),
        None => Ok(()),
    }
}

/// Refuses findings in `enforce`.
pub fn enforce(state: &State, findings: &[Finding]) -> Result<(), Error> {
    if state.settings.lint == Mode::Enforce && !findings.is_empty() {
        return Err(Error::Lint(findings.to_vec()));
    }
    Ok(())
}

/// A booking as partners are answered.
///
/// # Errors
/// None that can occur: a booking has its eligibility.
pub fn response(state: &mut State, booking: &Booking, manner: Manner<'_>) -> Result<BookingResponse, Error> {
    let record = state.eligibility(booking.psi_eligiblity_id)?;
    let centers = state.centers();
    let location = booking.location_code.as_deref().filter(|code| centers.get(*code).is_some());
    let timeslot_id = location.map(|code| Numbered::of(centers, code).slot(booking.booking_on));
    let ids = state.ids.edit();
    let drawn = uuid::Uuid::from_u64_pair(ids.number(Kind::Booking), ids.number(Kind::Booking));
    let transaction = uuid::Builder::from_random_bytes(drawn.into_bytes()).into_uuid();
    Ok(BookingResponse {
        is_reschedule: manner.is_reschedule,
        is_confirmed: booking.state == BookingState::Booked,
        is_cancelled: matches!(booking.state, BookingState::Cancelled | BookingState::Released),
        atlas_regn_id: record.id,
        timeslot_start_time: Stamp::seconds(booking.booking_on),
        exam_length: booking.exam_length,
        booking_id: booking.booking_code,
        booking_date: Stamp::seconds(booking.created),
        timeslot_id,
        application_id: manner.application_id.map(str::to_owned),
        csr_user_name: manner.performed_by_user.map(str::to_owned),
        transaction_id: transaction.to_string(),
        location_id: booking.location_code.clone(),
    })
}
