//! The Eligibility service: who may take which test, when.

use std::sync::Arc;

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::answer::List;
use crate::domain::contract::lint::Finding;
use crate::domain::eligibility::TestLaunchInfo;
use crate::domain::eligibility::input::{EligibilityInput, VoucherCodes};
use crate::domain::eligibility::operations::{
    CancelEligibility, CreateEligibility, GetTestLaunchInfo, ListEligibilities, ListEligibilitiesByStatus,
    ListEligibilitiesByTest, ReplaceVouchers, UpdateEligibility,
};
use crate::domain::record::eligibility::{Eligibility, View};
use crate::domain::value::stamp::Timestamp;
use crate::gateway::caller::Caller;
use crate::http::answer::{self, Created, Json, NoContent};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::path::parts;
use crate::http::query::Query;
use crate::service::eligibility::{self, FoundEligibilities};

super::handler::handlers![
    list_eligibilities,
    create_eligibility,
    list_eligibilities_by_test,
    list_eligibilities_by_status,
    update_eligibility,
    cancel_eligibility,
    replace_vouchers,
    get_test_launch_info,
];

parts! {
    /// The candidates of an account.
    Candidates {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// A candidate of an account.
    Candidate {
        /// The account; another account's code is refused.
        account_code,
        /// The partner's identifier of the candidate.
        candidate_id,
    }
}

parts! {
    /// A candidate and a test of an account.
    CandidateTest {
        /// The account; another account's code is refused.
        account_code,
        /// The partner's identifier of the candidate.
        candidate_id,
        /// The partner's code of the test.
        test_code,
    }
}

parts! {
    /// A record by its own code.
    Record {
        /// The `psi_eligiblity_id` of the record.
        psi_eligibility_code,
    }
}

/// Which records are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(from = "Vec<(String, String)>")]
pub struct ByStatus {
    /// `active`, `inactive` or `all`; a missing one reads as `all`.
    #[param(pattern = "^(active|inactive|all)$")]
    status: Option<String>,
}

/// Of several values none is one that can be passed: they are refused with the vendor's text for such a one.
impl From<Vec<(String, String)>> for ByStatus {
    fn from(fields: Vec<(String, String)>) -> Self {
        let values = fields.into_iter().filter(|(name, _)| name == "status").map(|(_, value)| value);
        Self { status: values.reduce(|one, other| format!("{one},{other}")) }
    }
}

/// A record as it is answered at an instant.
#[derive(Debug)]
pub struct EligibilityAt(Arc<Eligibility>, Timestamp);

impl Serialize for EligibilityAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.view(self.1).serialize(serializer)
    }
}

impl PartialSchema for EligibilityAt {
    fn schema() -> RefOr<Schema> {
        View::schema()
    }
}

impl ToSchema for EligibilityAt {
    fn name() -> std::borrow::Cow<'static, str> {
        View::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        View::schemas(schemas);
    }
}

fn records(found: &FoundEligibilities) -> List<EligibilityAt> {
    let mut body = Vec::with_capacity(1536 * found.records.len() + 2);
    body.push(b'[');
    for (index, record) in found.records.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        record.write(found.now, &mut body);
    }
    body.push(b']');
    List::new(body)
}

/// Why no open eligibility is changed or listed.
const UNLINKED: &str = "No open eligibility links the candidate and the test.";

/// Create an eligibility.
///
/// Refused while an open one for the same candidate and test stands.
#[utoipa::path(post, path = "create_eligibility", responses((status = 201, description = "The record.")))]
pub async fn create_eligibility(
    caller: Caller<CreateEligibility, Candidates>,
    body: Body<EligibilityInput>,
) -> Result<Created<EligibilityAt>, Refused> {
    let mut found = Vec::new();
    let made = eligibility::create(&caller.sandbox, &caller.account, &body.0, &mut found).await;
    caller.found(found);
    let (record, now) = caller.map_refusal(made)?;
    Ok(Created(EligibilityAt(record, now)))
}

/// Cancel the open eligibility of a candidate and test.
///
/// A booking is cancelled first, and its notification is sent.
/// A request body is ignored.
#[utoipa::path(delete, path = "cancel_eligibility", responses(
    (status = 204, description = "It is cancelled."),
    (status = 404, description = UNLINKED),
))]
pub async fn cancel_eligibility(caller: Caller<CancelEligibility, CandidateTest>) -> Result<NoContent, Refused> {
    let CandidateTest { candidate_id, test_code, .. } = &caller.path;
    caller.map_refusal(eligibility::cancel(&caller.sandbox, &caller.account, candidate_id, test_code).await)?;
    Ok(NoContent)
}

/// Update the open eligibility of a candidate and test.
///
/// The test, the accommodations, the candidate id and the client eligibility id cannot change.
/// Members that are absent keep their value.
#[utoipa::path(put, path = "update_eligibility", responses(
    (status = 204, description = "It is updated."),
    (status = 404, description = UNLINKED),
))]
pub async fn update_eligibility(
    caller: Caller<UpdateEligibility, CandidateTest>,
    body: Body<EligibilityInput>,
) -> Result<NoContent, Refused> {
    let CandidateTest { candidate_id, test_code, .. } = &caller.path;
    let mut found = Vec::new();
    let (sandbox, account) = (&caller.sandbox, &caller.account);
    let updated = eligibility::update(sandbox, account, candidate_id, test_code, &body.0, &mut found).await;
    caller.found(found);
    caller.map_refusal(updated)?;
    Ok(NoContent)
}

/// List the eligibilities of a candidate by status.
///
/// Open records come first, then the newest.
#[utoipa::path(get, path = "list_eligibilities_by_status", responses((status = 200, description = "The records.")))]
pub async fn list_eligibilities_by_status(
    caller: Caller<ListEligibilitiesByStatus, Candidate>,
    query: Query<ByStatus>,
) -> Result<List<EligibilityAt>, Refused> {
    let (candidate_id, status) = (&caller.path.candidate_id, query.status.as_deref());
    caller.found(Finding::of_status(status));
    let found = eligibility::by_status(&caller.sandbox, &caller.account, candidate_id, status);
    Ok(records(&caller.map_refusal(found.await)?))
}

/// List the eligibilities of a candidate for a test.
///
/// Open records come first, then the newest.
#[utoipa::path(get, path = "list_eligibilities_by_test", responses(
    (status = 200, description = "The records."),
    (status = 404, description = UNLINKED),
))]
pub async fn list_eligibilities_by_test(
    caller: Caller<ListEligibilitiesByTest, CandidateTest>,
) -> Result<List<EligibilityAt>, Refused> {
    let CandidateTest { candidate_id, test_code, .. } = &caller.path;
    let found = eligibility::of_test(&caller.sandbox, &caller.account, candidate_id, test_code);
    Ok(records(&caller.map_refusal(found.await)?))
}

/// List the eligibilities of a candidate.
///
/// Open records come first, then the newest.
#[utoipa::path(get, path = "list_eligibilities", responses((status = 200, description = "The records.")))]
pub async fn list_eligibilities(caller: Caller<ListEligibilities, Candidate>) -> Result<List<EligibilityAt>, Refused> {
    let found = eligibility::of_candidate(&caller.sandbox, &caller.account, &caller.path.candidate_id);
    Ok(records(&caller.map_refusal(found.await)?))
}

/// Replace the vouchers of the open eligibility of a candidate and test.
///
/// What is attached and absent from the body is unlinked.
#[utoipa::path(put, path = "replace_vouchers", responses(
    (status = 204, description = "They are replaced."),
    (status = 404, description = UNLINKED),
))]
pub async fn replace_vouchers(
    caller: Caller<ReplaceVouchers, CandidateTest>,
    body: Body<VoucherCodes>,
) -> Result<NoContent, Refused> {
    let CandidateTest { candidate_id, test_code, .. } = &caller.path;
    let replaced = eligibility::replace_vouchers(&caller.sandbox, &caller.account, candidate_id, test_code, &body.0);
    caller.map_refusal(replaced.await)?;
    Ok(NoContent)
}

/// Get what starts the test of a scheduled eligibility.
#[utoipa::path(get, path = "get_test_launch_info", responses(
    (status = 200, description = "Where to start the test."),
    (status = 400, description = "No such record, or one that is not scheduled."),
))]
pub async fn get_test_launch_info(
    caller: Caller<GetTestLaunchInfo, Record>,
    request: HttpRequest,
) -> Result<Json<TestLaunchInfo>, Refused> {
    let (code, base_url) = (&caller.path.psi_eligibility_code, answer::base_url(&request));
    let info = eligibility::launch_info(&caller.sandbox, &caller.account, code, &base_url);
    Ok(Json(caller.map_refusal(info.await)?))
}
