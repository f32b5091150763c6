//! The Assessment Result service: external test drivers finish exams with it.

use super::answer::Taken;
use crate::domain::result::input::ResultInput;
use crate::domain::result::notice::AssessmentResultDocument;
use crate::domain::result::operations::{GetResult, PutBookingResult};
use crate::gateway::caller::Caller;
use crate::http::answer::{Json, Written};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::path::parts;
use crate::service::booking;

super::handler::handlers![put_booking_result, get_result];

parts! {
    /// A booking.
    Booking {
        /// The code of the booking.
        booking_code,
    }
}

parts! {
    /// A booking of an account.
    AccountBooking {
        /// The account; another account's code is refused.
        account_code,
        /// The code of the booking.
        booking_code,
    }
}

/// Send a result by booking code.
///
/// Completes a scheduled booking, and replaces the result of a completed one.
#[utoipa::path(put, path = "put_booking_result", responses(
    (status = 200, description = "The result was taken; no body."),
    (status = 400, description = "No such booking, or a body that does not fit."),
))]
pub async fn put_booking_result(
    caller: Caller<PutBookingResult, Booking>,
    body: Body<ResultInput>,
) -> Result<Taken, Refused> {
    let put = booking::put_result(&caller.sandbox, &caller.account, &caller.path.booking_code, &body.0);
    caller.map_refusal(put.await)?;
    Ok(Taken)
}

/// Get a result: the whole document that `results_url` of a notification points to.
#[utoipa::path(get, path = "get_result", responses(
    (status = 200, description = "The result."),
    (status = 400, description = "No such account or booking."),
    (status = 404, description = "The booking has no result yet."),
))]
pub async fn get_result(
    caller: Caller<GetResult, AccountBooking>,
) -> Result<Written<Json<AssessmentResultDocument<'static>>>, Refused> {
    let document =
        caller.map_refusal(booking::result(&caller.sandbox, &caller.account, &caller.path.booking_code).await)?;
    Ok(Written::text(document))
}
