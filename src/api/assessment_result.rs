//! The Assessment Result service: external test drivers finish exams with it.

use super::answer::Taken;
use crate::domain::result::input::{EligibilityResultInput, ResultDataInput, ResultInput, RpNowInput};
use crate::domain::result::notice::AssessmentResultDocument;
use crate::domain::result::operations::{
    GetResult, PostRpNowResult, PutBookingResult, PutCandidateResult, PutEligibilityResult,
};
use crate::gateway::caller::Caller;
use crate::http::answer::{Json, Written};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::path::parts;
use crate::service::result;

super::handler::handlers![
    put_booking_result,
    put_eligibility_result,
    put_candidate_result,
    post_rpnow_result,
    get_result
];

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

parts! {
    /// An account.
    Account {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// An eligibility of an account.
    AccountEligibility {
        /// The account; another account's code is refused.
        account_code,
        /// The partner's identifier of the eligibility, its `client_eligibility_id`.
        eligibility_code,
    }
}

/// What a result is answered with.
const TAKEN: &str = "The result was taken, or is there already; no body.";

/// Send a result by booking code.
///
/// Completes a scheduled booking, and replaces the result of a completed one; the same one again changes nothing.
#[utoipa::path(put, path = "put_booking_result", responses(
    (status = 200, description = TAKEN),
    (status = 400, description = "No such booking, or a body that does not fit."),
))]
pub async fn put_booking_result(
    caller: Caller<PutBookingResult, Booking>,
    body: Body<ResultInput>,
) -> Result<Taken, Refused> {
    let put = result::put(&caller.sandbox, &caller.account, &caller.path.booking_code, &body.0);
    caller.map_refusal(put.await)?;
    Ok(Taken)
}

/// Send a result by the partner's identifier of the eligibility.
///
/// Of an empty body it is only known that the exam was taken.
#[utoipa::path(put, path = "put_eligibility_result", responses(
    (status = 200, description = TAKEN),
    (status = 400, description = "No exam of such an eligibility, or a body that does not fit."),
))]
pub async fn put_eligibility_result(
    caller: Caller<PutEligibilityResult, AccountEligibility>,
    body: Body<EligibilityResultInput>,
) -> Result<Taken, Refused> {
    let code = &caller.path.eligibility_code;
    caller.map_refusal(result::put_by_eligibility(&caller.sandbox, &caller.account, code, &body.0).await)?;
    Ok(Taken)
}

/// Send the result of a candidate's exam.
///
/// Of several exams it is for the newest that is scheduled, else for the newest that was taken.
#[utoipa::path(put, path = "put_candidate_result", responses(
    (status = 200, description = TAKEN),
    (status = 400, description = "No exam of such a candidate, or a body that does not fit."),
))]
pub async fn put_candidate_result(
    caller: Caller<PutCandidateResult, Account>,
    body: Body<ResultDataInput>,
) -> Result<Taken, Refused> {
    caller.map_refusal(result::put_by_candidate(&caller.sandbox, &caller.account, &body.0).await)?;
    Ok(Taken)
}

/// Send a result that names its booking, as the `RPNow` test driver does.
#[utoipa::path(post, path = "post_rpnow_result", responses(
    (status = 200, description = TAKEN),
    (status = 400, description = "No such booking, or a body that does not fit."),
))]
pub async fn post_rpnow_result(caller: Caller<PostRpNowResult>, body: Body<RpNowInput>) -> Result<Taken, Refused> {
    caller.map_refusal(result::put_by_rpnow(&caller.sandbox, &caller.account, &body.0).await)?;
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
        caller.map_refusal(result::get(&caller.sandbox, &caller.account, &caller.path.booking_code).await)?;
    Ok(Written::text(document))
}
