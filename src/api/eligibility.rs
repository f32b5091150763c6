//! The Eligibility service: who may take which test, when.

use actix_web::http::StatusCode;
use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::eligibility::TestLaunchInfo;
use crate::domain::eligibility::input::{EligibilityInput, VoucherCodes};
use crate::domain::record::eligibility::View;
use crate::gateway::caller::{
    Caller, CancelEligibility, CreateEligibility, GetTestLaunchInfo, ListEligibilities, ListEligibilitiesByStatus,
    ListEligibilitiesByTest, ReplaceVouchers, UpdateEligibility,
};
use crate::gateway::fault::FaultBody;
use crate::http::answer;
use crate::http::body::Body;
use crate::http::error::{ErrorModel, Refused};
use crate::service::eligibility::{self, Found};

/// A candidate of an account.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "documents the path; its parts are read by name")]
pub struct Candidate {
    /// The account; another account's code is refused.
    account_code: String,
    /// The partner's identifier of the candidate.
    candidate_id: String,
}

/// A candidate and a test of an account.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "documents the path; its parts are read by name")]
pub struct CandidateTest {
    /// The account; another account's code is refused.
    account_code: String,
    /// The partner's identifier of the candidate.
    candidate_id: String,
    /// The partner's code of the test.
    test_code: String,
}

/// Which records are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ByStatus {
    /// `active`, `inactive` or `all`; a missing one reads as `all`.
    status: Option<String>,
}

fn records(found: &Found) -> HttpResponse {
    let mut body = Vec::with_capacity(1024 * found.records.len() + 2);
    body.push(b'[');
    for (index, record) in found.records.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        record.write(found.now, &mut body);
    }
    body.push(b']');
    answer::written(StatusCode::OK, body)
}

/// Create an eligibility.
///
/// Refused while an open one for the same candidate and test stands.
#[utoipa::path(
    post,
    path = "create_eligibility",
    tag = "Eligibility",
    params(("account_code" = String, Path, description = "The account; another account's code is refused.")),
    request_body = EligibilityInput,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The record.", body = View<'static>),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
        (status = 413, description = "The body is over 1 MiB.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn create_eligibility(
    caller: Caller<CreateEligibility>,
    body: Body<EligibilityInput>,
) -> Result<HttpResponse, Refused> {
    let (record, now) = caller.changed(eligibility::create(&caller.sandbox, &caller.account, &body.0).await)?;
    Ok(answer::json(StatusCode::CREATED, &record.view(now)))
}

/// Cancel the open eligibility of a candidate and test.
///
/// A booking is cancelled first, and its notification is sent.
/// A request body is ignored.
#[utoipa::path(
    delete,
    path = "cancel_eligibility",
    tag = "Eligibility",
    params(CandidateTest),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is cancelled."),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
        (status = 404, description = "No open eligibility links the candidate and the test.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn cancel_eligibility(caller: Caller<CancelEligibility>) -> Result<HttpResponse, Refused> {
    let changed =
        eligibility::cancel(&caller.sandbox, &caller.account, caller.part("candidate_id"), caller.part("test_code"));
    caller.changed(changed.await)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Update the open eligibility of a candidate and test.
///
/// The test, the accommodations, the candidate id and the client eligibility id cannot change.
/// Members that are absent keep their value.
#[utoipa::path(
    put,
    path = "update_eligibility",
    tag = "Eligibility",
    params(CandidateTest),
    request_body = EligibilityInput,
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is updated."),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
        (status = 404, description = "No open eligibility links the candidate and the test.", body = ErrorModel),
        (status = 413, description = "The body is over 1 MiB.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn update_eligibility(
    caller: Caller<UpdateEligibility>,
    body: Body<EligibilityInput>,
) -> Result<HttpResponse, Refused> {
    let (account, input) = (&caller.account, &body.0);
    let changed =
        eligibility::update(&caller.sandbox, account, caller.part("candidate_id"), caller.part("test_code"), input);
    caller.changed(changed.await)?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the eligibilities of a candidate by status.
///
/// Open records come first, then the newest.
#[utoipa::path(
    get,
    path = "list_eligibilities_by_status",
    tag = "Eligibility",
    params(Candidate, ByStatus),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The records.", body = Vec<View<'static>>),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn list_eligibilities_by_status(
    caller: Caller<ListEligibilitiesByStatus>,
    query: Query<ByStatus>,
) -> Result<HttpResponse, Refused> {
    let status = query.status.as_deref();
    let found = eligibility::by_status(&caller.sandbox, &caller.account, caller.part("candidate_id"), status);
    let (found, finding) = caller.words(found.await)?;
    caller.found(finding);
    Ok(records(&found))
}

/// List the eligibilities of a candidate for a test.
///
/// Open records come first, then the newest.
#[utoipa::path(
    get,
    path = "list_eligibilities_by_test",
    tag = "Eligibility",
    params(CandidateTest),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The records.", body = Vec<View<'static>>),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
        (status = 404, description = "No open eligibility links the candidate and the test.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn list_eligibilities_by_test(caller: Caller<ListEligibilitiesByTest>) -> Result<HttpResponse, Refused> {
    let found =
        eligibility::of_test(&caller.sandbox, &caller.account, caller.part("candidate_id"), caller.part("test_code"));
    Ok(records(&caller.words(found.await)?))
}

/// List the eligibilities of a candidate.
///
/// Open records come first, then the newest.
#[utoipa::path(
    get,
    path = "list_eligibilities",
    tag = "Eligibility",
    params(Candidate),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The records.", body = Vec<View<'static>>),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn list_eligibilities(caller: Caller<ListEligibilities>) -> Result<HttpResponse, Refused> {
    let found = eligibility::of_candidate(&caller.sandbox, &caller.account, caller.part("candidate_id"));
    Ok(records(&caller.words(found.await)?))
}

/// Replace the vouchers of the open eligibility of a candidate and test.
///
/// What is attached and absent from the body is unlinked.
#[utoipa::path(
    put,
    path = "replace_vouchers",
    tag = "Eligibility",
    params(CandidateTest),
    request_body = Vec<String>,
    security(("bearer" = [])),
    responses(
        (status = 204, description = "They are replaced."),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
        (status = 404, description = "No open eligibility links the candidate and the test.", body = ErrorModel),
        (status = 413, description = "The body is over 1 MiB.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn replace_vouchers(
    caller: Caller<ReplaceVouchers>,
    body: Body<VoucherCodes>,
) -> Result<HttpResponse, Refused> {
    let (account, codes) = (&caller.account, &body.0.value.0);
    let changed = eligibility::replace_vouchers(
        &caller.sandbox,
        account,
        caller.part("candidate_id"),
        caller.part("test_code"),
        codes,
    );
    caller.changed(changed.await)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Get what starts the test of a scheduled eligibility.
#[utoipa::path(
    get,
    path = "get_test_launch_info",
    tag = "Eligibility",
    params(("psi_eligibility_code" = String, Path, description = "The `psi_eligiblity_id` of the record.")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Where to start the test.", body = TestLaunchInfo),
        (status = 400, description = "An unknown account, candidate or test, or a body that does not fit.", body = ErrorModel),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The role is missing, or the account is another one.", body = ErrorModel),
    ),
    extensions(("x-fidelity" = json!("documented")))
)]
pub async fn get_test_launch_info(
    caller: Caller<GetTestLaunchInfo>,
    request: HttpRequest,
) -> Result<HttpResponse, Refused> {
    let (code, base_url) = (caller.part("psi_eligibility_code"), answer::base_url(&request));
    let info = eligibility::launch_info(&caller.sandbox, &caller.account, code, &base_url);
    Ok(answer::ok(&caller.words(info.await)?))
}
