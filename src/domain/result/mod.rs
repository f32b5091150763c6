//! Results of exams, as external test drivers send them.

pub mod input;
pub mod notice;
pub mod operations;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::booking;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::BookingState;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::state::{Act, State};
use crate::domain::value::id::BookingCode;
use input::{EligibilityResultInput, ResultDataInput, ResultInput};
use notice::ResultNotice;

/// The exam was taken; the partner is notified of its result, too, if there is one.
///
/// # Errors
/// A booking that is not booked.
pub fn complete(
    state: &mut State,
    code: BookingCode,
    result: Option<&ResultInput>,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let has_result = result.is_some();
    let (done, mut notices) = booking::complete(state, code, result.map(|input| input.received(act.now)))?;
    if has_result {
        notices.extend(ResultNotice::of(code));
    }
    Ok((done, notices))
}

/// Takes a result by its booking's code.
///
/// # Errors
/// When the code names no booking of the account, or the booking is in another state.
pub fn put(state: &mut State, code: &str, input: &ResultInput, act: &Act) -> Result<(Arc<Booking>, Notices), Error> {
    let code = booking::code(state, code)?;
    take(state, code, Some(input), act)
}

/// Takes a result by the partner's identifier of the eligibility.
///
/// Decided: that `eligibility_code` is the partner's (contract §5).
///
/// # Errors
/// When no exam of such an eligibility can take one.
pub fn put_by_eligibility(
    state: &mut State,
    client_eligibility_id: &str,
    input: &EligibilityResultInput,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let exam = exam(state, state.under_client_id(client_eligibility_id));
    let code =
        exam.ok_or_else(|| Error::NoExam { kind: "client eligibility id", id: client_eligibility_id.to_owned() })?;
    take(state, code, input.result().as_ref(), act)
}

/// Takes a result by its candidate.
///
/// # Errors
/// When no exam of the candidate can take one.
pub fn put_by_candidate(
    state: &mut State,
    input: &ResultDataInput,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let candidate_id = input.candidate_id.as_deref().unwrap_or_default();
    let exam = state.candidate(candidate_id).ok().and_then(|records| exam(state, records));
    let code = exam.ok_or_else(|| Error::NoExam { kind: "candidate id", id: candidate_id.to_owned() })?;
    take(state, code, input.result().as_ref(), act)
}

/// The exam of several that a result is meant for: the newest that is scheduled, else the newest that was taken.
///
/// Assumed: contract §5.
fn exam<'a>(state: &State, records: impl Iterator<Item = &'a Arc<Eligibility>>) -> Option<BookingCode> {
    let bookings = records.filter_map(|record| state.booking(record.booking?).ok());
    let newest = bookings
        .filter(|booking| matches!(booking.state, BookingState::Booked | BookingState::Completed))
        .max_by_key(|booking| (booking.state == BookingState::Booked, booking.created))?;
    Some(newest.booking_code)
}

/// A result completes a scheduled booking, and replaces the result of a completed one. One that is there already
/// changes nothing: a driver that got no answer sends it again.
///
/// Source: contract §5; the states are assumed.
fn take(
    state: &mut State,
    code: BookingCode,
    input: Option<&ResultInput>,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = state.booking(code)?;
    match booking.state {
        BookingState::Booked => complete(state, code, input, act),
        BookingState::Completed => match input {
            Some(input) if !booking.result.as_ref().is_some_and(|kept| input.is(kept)) => {
                let booking = state.change_booking(code, |booking| booking.result = Some(input.received(act.now)))?;
                Ok((booking, ResultNotice::of(code).collect()))
            }
            _ => Ok((booking, Notices::new())),
        },
        state => Err(Error::BookingTransition { action: "take a result for", state }),
    }
}
