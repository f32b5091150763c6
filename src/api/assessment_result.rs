//! The Assessment Result service: external test drivers finish exams with it.

use actix_web::HttpResponse;

use crate::domain::result::input::ResultInput;
use crate::domain::result::notice::AssessmentResultDocument;
use crate::gateway::caller::{Caller, GetResult, PutBookingResult};
use crate::gateway::fault::FaultBody;
use crate::http::body::Body;
use crate::http::error::{ErrorModel, Refused};
use crate::service::booking;

/// Send a result by booking code.
///
/// Completes a scheduled booking, and replaces the result of a completed one.
#[utoipa::path(
    put,
    path = "put_booking_result",
    tag = "Assessment Result",
    params(("booking_code" = String, Path, description = "The code of the booking.")),
    request_body = ResultInput,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The result was taken; no body."),
        (status = 400, description = "No such booking, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn put_booking_result(
    caller: Caller<PutBookingResult>,
    body: Body<ResultInput>,
) -> Result<HttpResponse, Refused> {
    let put = booking::put_result(&caller.sandbox, &caller.account, caller.part("booking_code"), &body.0);
    caller.words(put.await)?;
    Ok(HttpResponse::Ok().finish())
}

/// Get a result: the whole document that `results_url` of a notification points to.
#[utoipa::path(
    get,
    path = "get_result",
    tag = "Assessment Result",
    params(
        ("account_code" = String, Path, description = "The account."),
        ("booking_code" = String, Path, description = "The code of the booking."),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The result.", body = AssessmentResultDocument<'static>),
        (status = 400, description = "No such booking.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another's.", body = ErrorModel),
        (status = 404, description = "The booking has no result yet.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("assumed")))
)]
pub async fn get_result(caller: Caller<GetResult>) -> Result<HttpResponse, Refused> {
    let document =
        caller.words(booking::result(&caller.sandbox, &caller.account, caller.part("booking_code")).await)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(document))
}
