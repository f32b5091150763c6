//! The catalog of an account, and its candidates.

use std::sync::Arc;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::page::{self, Page, Paging};
use crate::domain::contract::error::Error;
use crate::domain::record::candidate::Candidate;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::record::voucher::Voucher;
use crate::domain::test_center::OnClose;
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::{Sandbox, test_center};

fn missing(kind: &'static str, id: &str) -> Error {
    Error::NotFound { kind, id: id.to_owned() }
}

/// List the tests of an account, by code.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), Paging),
    responses(
        (status = 200, description = "The tests.", body = Page<Test>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/tests")]
pub async fn list_tests(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let state = account.lock();
    Ok(answer::ok(&page::cut_in_order(&paging, state.catalog.tests.values(), |row| row)?))
}

/// Get a test.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), ("test_code" = String, Path, description = "Its code.")),
    responses((status = 200, description = "The test.", body = Test), (status = 404, description = "No such account or test.", body = Problem))
)]
#[get("/accounts/{account_code}/tests/{test_code}")]
pub async fn get_test(sandbox: Data<Arc<Sandbox>>, path: Path<(String, String)>) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let state = account.lock();
    Ok(answer::ok(state.catalog.tests.get(&path.1).ok_or_else(|| missing("test", &path.1))?))
}

/// List the test centers of an account, by code.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), Paging),
    responses(
        (status = 200, description = "The test centers.", body = Page<TestCenter>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/test_centers")]
pub async fn list_test_centers(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let state = account.lock();
    Ok(answer::ok(&page::cut_in_order(&paging, state.catalog.centers().values(), |row| row)?))
}

/// Get a test center.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), ("location_code" = String, Path, description = "Its code.")),
    responses((status = 200, description = "The test center.", body = TestCenter), (status = 404, description = "No such account or test center.", body = Problem))
)]
#[get("/accounts/{account_code}/test_centers/{location_code}")]
pub async fn get_test_center(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let state = account.lock();
    Ok(answer::ok(state.catalog.centers().get(&path.1).ok_or_else(|| missing("test center", &path.1))?))
}

/// What becomes of the bookings at a center that closes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CloseInput {
    /// What becomes of them.
    pub on_close: OnClose,
}

/// Close a test center: it takes no bookings, and a Test Center Notification names those it has.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), ("location_code" = String, Path, description = "Its code.")),
    request_body = Option<CloseInput>,
    responses(
        (status = 200, description = "The test center.", body = TestCenter),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account or test center.", body = Problem),
        (status = 409, description = "It is closed already.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/test_centers/{location_code}/close")]
pub async fn close_test_center(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<CloseInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    Ok(answer::ok(&test_center::close(&sandbox, &account, &path.1, input.0.on_close)?))
}

/// Open a test center again.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), ("location_code" = String, Path, description = "Its code.")),
    responses(
        (status = 200, description = "The test center.", body = TestCenter),
        (status = 404, description = "No such account or test center.", body = Problem),
        (status = 409, description = "It is open already.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/test_centers/{location_code}/reopen")]
pub async fn reopen_test_center(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    Ok(answer::ok(&test_center::reopen(&sandbox, &account, &path.1)?))
}

/// List the vouchers of an account, by code.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), Paging),
    responses(
        (status = 200, description = "The vouchers.", body = Page<Voucher>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/vouchers")]
pub async fn list_vouchers(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let state = account.lock();
    Ok(answer::ok(&page::cut_in_order(&paging, state.catalog.vouchers.values(), |row| row)?))
}

/// Get a voucher.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), ("voucher_code" = String, Path, description = "Its code.")),
    responses((status = 200, description = "The voucher.", body = Voucher), (status = 404, description = "No such account or voucher.", body = Problem))
)]
#[get("/accounts/{account_code}/vouchers/{voucher_code}")]
pub async fn get_voucher(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let state = account.lock();
    Ok(answer::ok(state.catalog.vouchers.get(&path.1).ok_or_else(|| missing("voucher", &path.1))?))
}

/// List the candidates of an account, by code.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), Paging),
    responses(
        (status = 200, description = "The candidates.", body = Page<Candidate>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/candidates")]
pub async fn list_candidates(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let state = account.lock();
    Ok(answer::ok(&page::cut_in_order(&paging, state.candidates(), |row| row)?))
}

/// Get a candidate.
#[utoipa::path(
    tag = "Catalog",
    params(("account_code" = String, Path, description = "The account."), ("candidate_id" = String, Path, description = "Its code.")),
    responses((status = 200, description = "The candidate.", body = Candidate), (status = 404, description = "No such account or candidate.", body = Problem))
)]
#[get("/accounts/{account_code}/candidates/{candidate_id}")]
pub async fn get_candidate(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let state = account.lock();
    Ok(answer::ok(
        state
            .candidate(&path.1)
            .ok()
            .and_then(Iterator::last)
            .map(|record| &record.candidate)
            .ok_or_else(|| missing("candidate", &path.1))?,
    ))
}
