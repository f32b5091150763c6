//! Eligibilities: looked at, and what Atlas staff or the candidate do with them.

use std::sync::Arc;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{self, Page, Paging};
use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::Status;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::{Eligibility, View};
use crate::domain::value::id::{BookingCode, EligibilityId};
use crate::domain::value::stamp::Timestamp;
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::eligibility::Found;
use crate::service::{Account, Sandbox, booking, eligibility};

/// An eligibility as partners see it, with what only the sandbox knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct EligibilityView<'a> {
    /// The partner's view.
    #[serde(flatten)]
    pub record: View<'a>,
    /// Whether another one for the candidate and test is refused.
    pub open: bool,
    /// Whether staff have blocked it.
    pub blocked: bool,
    /// The latest booking.
    #[schema(value_type = Option<String>, required = true)]
    pub booking_code: Option<BookingCode>,
    /// How the candidate registered.
    #[schema(required = true)]
    pub registration_mode: Option<&'a str>,
    /// Attached vouchers.
    pub voucher_codes: &'a [String],
}

/// Which eligibilities are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EligibilityFilter {
    /// By candidate.
    pub candidate_id: Option<String>,
    /// By the partner's identifier.
    pub client_eligibility_id: Option<String>,
    /// By test.
    pub test_code: Option<String>,
    /// By status.
    pub status: Option<Status>,
    /// How many items at most: 1 to 500, 50 where absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

fn shown(record: &Eligibility, now: Timestamp) -> EligibilityView<'_> {
    EligibilityView {
        record: record.view(now),
        open: record.is_open(),
        blocked: record.blocked,
        booking_code: record.booking,
        registration_mode: record.registration_mode.as_deref(),
        voucher_codes: &record.voucher_codes,
    }
}

fn one(found: &Found) -> Result<HttpResponse, ControlError> {
    let record = found.records.first().ok_or_else(|| Error::Internal("a change without its record".to_owned()))?;
    Ok(answer::ok(&shown(record, found.now)))
}

fn target(sandbox: &Sandbox, path: &(String, String)) -> Result<(Arc<Account>, EligibilityId), Error> {
    let account = sandbox.account(&path.0)?;
    let id = path.1.parse().map_err(|_| Error::UnknownEligibility(path.1.clone()))?;
    Ok((account, id))
}

/// List eligibilities, oldest first.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), EligibilityFilter),
    responses(
        (status = 200, description = "The eligibilities.", body = Page<EligibilityView<'static>>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/eligibilities")]
pub async fn list_account_eligibilities(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<EligibilityFilter>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let paging = Paging { limit: query.limit, cursor: query.cursor.clone() };
    let after = paging.after()?;
    let (page, now) = sandbox.look(&account, |state, now| {
        let rows = state.eligibilities.after(after).filter(|(_, record)| {
            page::takes(query.candidate_id.as_ref(), &record.candidate.candidate_id)
                && page::takes(query.test_code.as_ref(), &record.test_code)
                && query
                    .client_eligibility_id
                    .as_ref()
                    .is_none_or(|id| record.client_eligibility_id.as_ref() == Some(id))
                && query.status.is_none_or(|status| status == record.status)
        });
        (page::cut(&paging, rows, Arc::clone), now)
    });
    let page = page?;
    let items = page.items.iter().map(|record| shown(record, now)).collect();
    Ok(answer::ok(&Page { items, next_cursor: page.next_cursor }))
}

/// Get an eligibility.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("psi_eligiblity_id" = String, Path, description = "The eligibility.")),
    responses((status = 200, description = "The eligibility.", body = EligibilityView<'static>), (status = 404, description = "No such account or eligibility.", body = Problem))
)]
#[get("/accounts/{account_code}/eligibilities/{psi_eligiblity_id}")]
pub async fn get_eligibility(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, id) = target(&sandbox, &path)?;
    let found = sandbox.look(&account, |state, now| state.eligibility(id).map(|record| (record, now)));
    let (record, now) = found?;
    Ok(answer::ok(&shown(&record, now)))
}

/// Approve a pending registration.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("psi_eligiblity_id" = String, Path, description = "The eligibility.")),
    responses(
        (status = 200, description = "The eligibility.", body = EligibilityView<'static>),
        (status = 404, description = "No such account or eligibility.", body = Problem),
        (status = 409, description = "It is not pending.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/approve")]
pub async fn approve_eligibility(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, id) = target(&sandbox, &path)?;
    one(&eligibility::approve(&sandbox, &account, id)?)
}

/// Block the candidate: the record is not eligible to schedule.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("psi_eligiblity_id" = String, Path, description = "The eligibility.")),
    responses((status = 200, description = "The eligibility.", body = EligibilityView<'static>), (status = 404, description = "No such account or eligibility.", body = Problem))
)]
#[post("/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/block")]
pub async fn block_eligibility(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, id) = target(&sandbox, &path)?;
    one(&eligibility::block(&sandbox, &account, id, true)?)
}

/// Lift the block.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("psi_eligiblity_id" = String, Path, description = "The eligibility.")),
    responses((status = 200, description = "The eligibility.", body = EligibilityView<'static>), (status = 404, description = "No such account or eligibility.", body = Problem))
)]
#[post("/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/unblock")]
pub async fn unblock_eligibility(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, id) = target(&sandbox, &path)?;
    one(&eligibility::block(&sandbox, &account, id, false)?)
}

/// Book as the candidate does; what the body leaves out is chosen.
#[utoipa::path(
    tag = "Candidates and staff",
    params(("account_code" = String, Path, description = "The account."), ("psi_eligiblity_id" = String, Path, description = "The eligibility.")),
    request_body = ScheduleInput,
    responses(
        (status = 200, description = "The booking.", body = Booking),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account or eligibility.", body = Problem),
        (status = 409, description = "Not eligible to schedule, or no free seat.", body = Problem),
        (status = 503, description = "The account holds as many deliveries as it may.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/schedule")]
pub async fn schedule_eligibility(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<ScheduleInput>,
) -> Result<HttpResponse, ControlError> {
    let (account, id) = target(&sandbox, &path)?;
    Ok(answer::ok(&booking::schedule(&sandbox, &account, id, input.0)?))
}
