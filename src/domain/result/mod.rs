//! The result of an exam.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::booking::{self, Booking, BookingState};
use crate::domain::contract::error::Error;
use crate::domain::contract::event::Event;
use crate::domain::eligibility::input::ResultInput;
use crate::domain::state::{Act, State};
use crate::domain::value::stamp::{self, Instant};

/// How an exam ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// Neither; comes with a score.
    Na,
}

impl std::str::FromStr for Outcome {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "PASS" => Ok(Self::Pass),
            "FAIL" => Ok(Self::Fail),
            "NA" => Ok(Self::Na),
            _ => Err(()),
        }
    }
}

/// A result as kept with its booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExamResult {
    /// PASS, FAIL or NA.
    pub result: Outcome,
    /// The score as it was sent.
    pub score: String,
    /// When it arrived.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub received: Instant,
}

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
