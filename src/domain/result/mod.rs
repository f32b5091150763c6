//! Results of exams, as external test drivers send them.

pub mod input;
pub mod notice;
pub mod operations;

use std::sync::Arc;

use crate::domain::booking;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::BookingState;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::result::ExamResult;
use crate::domain::state::{Act, State};
use crate::domain::value::id::BookingCode;
use input::ResultInput;
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
    let (done, mut notices) = booking::complete(state, code, result.map(|input| received(input, act)))?;
    if has_result {
        notices.extend(ResultNotice::of(code));
    }
    Ok((done, notices))
}

/// Takes a result: it completes a scheduled booking, and replaces the result of a completed one.
///
/// Source: contract §5; the states are assumed.
///
/// # Errors
/// When the code names no booking of the account, or the booking is in another state.
pub fn put(state: &mut State, code: &str, input: &ResultInput, act: &Act) -> Result<(Arc<Booking>, Notices), Error> {
    let code = booking::code(state, code)?;
    match state.booking(code)?.state {
        BookingState::Booked => complete(state, code, Some(input), act),
        BookingState::Completed => {
            let booking = state.change_booking(code, |booking| booking.result = Some(received(input, act)))?;
            Ok((booking, ResultNotice::of(code).collect()))
        }
        state => Err(Error::BookingTransition { action: "take a result for", state }),
    }
}

fn received(input: &ResultInput, act: &Act) -> ExamResult {
    ExamResult { result: input.result, score: input.score.clone(), received: act.now }
}
