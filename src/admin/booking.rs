//! Bookings: looked at, and what the candidate and staff do with them.

use std::sync::Arc;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{self, Page, Paging};
use crate::domain::booking::input::ScheduleInput;
use crate::domain::booking::{self};
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{BookingState, Outcome};
use crate::domain::record::booking::Booking;
use crate::domain::result::input::ResultInput;
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::Sandbox;
use crate::service::booking::{Action, act};

/// Which bookings are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookingFilter {
    /// By candidate.
    pub candidate_id: Option<String>,
    /// By test.
    pub test_code: Option<String>,
    /// By state.
    pub state: Option<BookingState>,
    /// How many items at most: 1 to 500, 50 where absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A result to finish the exam with; none where empty.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompleteInput {
    /// PASS, FAIL or NA.
    pub result: Option<Outcome>,
    /// The score.
    pub score: Option<Score>,
}

/// A score, as a string or a number.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Score {
    /// As a string.
    Text(String),
    /// As a number.
    Number(f64),
}

impl CompleteInput {
    fn result(self) -> Result<Option<ResultInput>, Error> {
        let score = match self.score {
            Some(Score::Text(text)) => Some(text),
            Some(Score::Number(number)) => Some(number.to_string()),
            None => None,
        };
        match (self.result, score) {
            (None, None) => Ok(None),
            (Some(Outcome::Na), None) => {
                Err(Error::Invalid("score: expected one beside the result NA, got nothing".to_owned()))
            }
            (Some(result), score) => Ok(Some(ResultInput { result, score: score.unwrap_or_default() })),
            (None, Some(_)) => {
                Err(Error::Invalid("result: expected PASS, FAIL or NA beside the score, got nothing".to_owned()))
            }
        }
    }
}

fn done(sandbox: &Sandbox, path: &(String, String), action: Action) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    Ok(answer::ok(&act(sandbox, &account, &path.1, action)?))
}

/// List bookings, oldest first.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), BookingFilter),
    responses(
        (status = 200, description = "The bookings.", body = Page<Booking>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/bookings")]
pub async fn list_bookings(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<BookingFilter>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let paging = Paging { limit: query.limit, cursor: query.cursor.clone() };
    let after = paging.after()?;
    let state = account.lock();
    let rows = state.bookings.after(after).filter(|(_, booking)| {
        page::takes(query.candidate_id.as_ref(), &booking.candidate_id)
            && page::takes(query.test_code.as_ref(), &booking.test_code)
            && query.state.is_none_or(|state| state == booking.state)
    });
    let page = page::cut(&paging, rows, Arc::clone)?;
    drop(state);
    Ok(answer::ok(&page))
}

/// Get a booking.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("booking_code" = String, Path, description = "The booking.")),
    responses((status = 200, description = "The booking.", body = Booking), (status = 404, description = "No such account or booking.", body = Problem))
)]
#[get("/accounts/{account_code}/bookings/{booking_code}")]
pub async fn get_booking(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let state = account.lock();
    let found = booking::code(&state, &path.1).and_then(|code| state.booking(code))?;
    drop(state);
    Ok(answer::ok(&found))
}

/// Move a booking as the candidate does.
///
/// A new booking code is issued; the old one is unknown afterwards.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("booking_code" = String, Path, description = "The booking.")),
    request_body = ScheduleInput,
    responses(
        (status = 200, description = "The booking.", body = Booking),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account or booking.", body = Problem),
        (status = 409, description = "The booking does not allow it.", body = Problem),
        (status = 503, description = "The account holds as many deliveries as it may.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/bookings/{booking_code}/reschedule")]
pub async fn reschedule_booking(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<ScheduleInput>,
) -> Result<HttpResponse, ControlError> {
    done(&sandbox, &path, Action::Reschedule(input.0))
}

/// Cancel a booking; the eligibility stays open.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("booking_code" = String, Path, description = "The booking.")),
    responses(
        (status = 200, description = "The booking.", body = Booking),
        (status = 404, description = "No such account or booking.", body = Problem),
        (status = 409, description = "The booking does not allow it.", body = Problem),
        (status = 503, description = "The account holds as many deliveries as it may.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/bookings/{booking_code}/cancel")]
pub async fn cancel_booking(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    done(&sandbox, &path, Action::Cancel)
}

/// Finish the exam, with a result or without.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("booking_code" = String, Path, description = "The booking.")),
    request_body = CompleteInput,
    responses(
        (status = 200, description = "The booking.", body = Booking),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account or booking.", body = Problem),
        (status = 409, description = "The booking does not allow it.", body = Problem),
        (status = 503, description = "The account holds as many deliveries as it may.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/bookings/{booking_code}/complete")]
pub async fn complete_booking(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<CompleteInput>,
) -> Result<HttpResponse, ControlError> {
    done(&sandbox, &path, Action::Complete(input.0.result()?))
}

/// Note that the candidate did not come.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("booking_code" = String, Path, description = "The booking.")),
    responses(
        (status = 200, description = "The booking.", body = Booking),
        (status = 404, description = "No such account or booking.", body = Problem),
        (status = 409, description = "The booking does not allow it.", body = Problem),
        (status = 503, description = "The account holds as many deliveries as it may.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/bookings/{booking_code}/absent")]
pub async fn mark_absent(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    done(&sandbox, &path, Action::Absent)
}

/// Excuse the absence, before or after it was noted.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("booking_code" = String, Path, description = "The booking.")),
    responses(
        (status = 200, description = "The booking.", body = Booking),
        (status = 404, description = "No such account or booking.", body = Problem),
        (status = 409, description = "The booking does not allow it.", body = Problem),
        (status = 503, description = "The account holds as many deliveries as it may.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/bookings/{booking_code}/excuse")]
pub async fn excuse_absence(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    done(&sandbox, &path, Action::Excuse)
}
