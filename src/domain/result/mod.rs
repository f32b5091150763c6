//! The result of an exam.

pub mod input;
pub mod operations;

use crate::domain::booking::{self};
use crate::domain::contract::error::Error;
use crate::domain::contract::event::Event;
use crate::domain::contract::status::BookingState;
use crate::domain::record::booking::Booking;
use crate::domain::record::result::ExamResult;
use crate::domain::result::input::ResultInput;
use crate::domain::state::{Act, State};

/// Takes a result: it completes a scheduled booking, and replaces the result of a completed one.
///
/// Source: contract §5; the states are assumed.
///
/// # Errors
/// When the code names no booking of the account, or the booking is in another state.
pub fn put(state: &mut State, code: &str, input: ResultInput, act: &Act<'_>) -> Result<(Booking, Vec<Event>), Error> {
    let id = booking::code(state, code)?;
    let found = state.bookings.get(&id).ok_or_else(|| Error::UnknownBooking(code.to_owned()))?;
    let result = ExamResult { result: input.result, score: input.score, received: act.now };
    match found.state {
        BookingState::Booked => booking::complete(state, id, Some(result)),
        BookingState::Completed => {
            state.room_for_deliveries(state.deliveries_of_a_result())?;
            let Some(booking) = state.bookings.get_mut(&id) else {
                return Err(Error::UnknownBooking(code.to_owned()));
            };
            booking.result = Some(result);
            Ok((booking.clone(), vec![Event::ResultArrived { booking: id }]))
        }
        state => Err(Error::BookingTransition { action: "take a result for", state }),
    }
}
