//! The catalog of an account, and its candidates.

use std::sync::Arc;

use serde::Deserialize;
use utoipa::ToSchema;

use super::path::{CandidatePath, InAccount, TestCenterPath, TestPath, VoucherPath};
use super::refusal::QueueFull;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::OnClose;
use crate::domain::deed::CenterDeed;
use crate::domain::record::candidate::Candidate;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::record::voucher::VoucherView;
use crate::domain::state::State;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::page::{self, Page, Paging};
use crate::http::query::Query;
use crate::service::{test_center, voucher};

fn found<T>(record: Option<T>, kind: &'static str, id: &str) -> Answer<Json<T>> {
    let record = record.ok_or_else(|| Error::NotFound { kind, id: id.to_owned() })?;
    Ok(Json(record))
}

/// List the tests of an account, by code.
#[utoipa::path(get, path = "list_tests")]
pub async fn list_tests(at: InAccount, paging: Query<Paging>) -> Answer<Json<Page<Arc<Test>>>> {
    let rows = |state: &State, _| page::cut_in_order(&paging, state.tests.values(), Arc::clone);
    Ok(Json(at.look(rows).await??))
}

/// Get a test.
#[utoipa::path(get, path = "get_test")]
pub async fn get_test(at: InAccount<TestPath>) -> Answer<Json<Arc<Test>>> {
    let id = &at.path.test_code;
    found(at.look(|state, _| state.tests.get(id).cloned()).await?, "test", id)
}

/// List the test centers of an account, by code.
#[utoipa::path(get, path = "list_test_centers")]
pub async fn list_test_centers(at: InAccount, paging: Query<Paging>) -> Answer<Json<Page<Arc<TestCenter>>>> {
    let rows = |state: &State, _| page::cut_by_code(&paging, state.centers(), Arc::clone);
    Ok(Json(at.look(rows).await??))
}

/// Get a test center.
#[utoipa::path(get, path = "get_test_center")]
pub async fn get_test_center(at: InAccount<TestCenterPath>) -> Answer<Json<Arc<TestCenter>>> {
    let id = &at.path.location_code;
    found(at.look(|state, _| state.centers().get(id).cloned()).await?, "test center", id)
}

/// How a test center closes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CloseInput {
    /// What becomes of the bookings there; as the setting `on_close` has it where absent.
    pub on_close: Option<OnClose>,
    /// It closes for good, and never opens again.
    pub permanently: bool,
}

/// Close a test center: it takes no bookings, and a Test Center Notification names those it has.
#[utoipa::path(
    post,
    path = "close_test_center",
    responses((status = 409, description = "It is closed already."), QueueFull)
)]
pub async fn close_test_center(
    at: InAccount<TestCenterPath>,
    input: Document<CloseInput>,
) -> Answer<Json<Arc<TestCenter>>> {
    let CloseInput { on_close, permanently } = input.0;
    let (account, deed) = (at.account()?, CenterDeed::Close { on_close, permanently });
    Ok(Json(test_center::act(&at.sandbox, &account, &at.path.location_code, &deed).await?))
}

/// Add a test center, or change its record: a Test Center Notification says so. Its status stays.
///
/// An account without centers of its own has the shipped ones beside it from then on.
#[utoipa::path(put, path = "put_test_center", responses(QueueFull))]
pub async fn put_test_center(
    at: InAccount<TestCenterPath>,
    input: Document<TestCenter>,
) -> Answer<Json<Arc<TestCenter>>> {
    let (code, sent) = (&at.path.location_code, &input.0.location_code);
    if code != sent {
        return Err(Error::Invalid(format!("location_code: expected {code:?} as in the path, got {sent:?}")).into());
    }
    let (account, deed) = (at.account()?, CenterDeed::Put(Box::new(input.0)));
    Ok(Json(test_center::act(&at.sandbox, &account, &at.path.location_code, &deed).await?))
}

/// Open a test center again.
#[utoipa::path(post, path = "reopen_test_center", responses(
    (status = 409, description = "It is open already, or closed for good."), QueueFull
))]
pub async fn reopen_test_center(at: InAccount<TestCenterPath>) -> Answer<Json<Arc<TestCenter>>> {
    let account = at.account()?;
    Ok(Json(test_center::act(&at.sandbox, &account, &at.path.location_code, &CenterDeed::Reopen).await?))
}

/// List the vouchers of an account, by code.
#[utoipa::path(get, path = "list_account_vouchers")]
pub async fn list_account_vouchers(at: InAccount, paging: Query<Paging>) -> Answer<Json<Page<VoucherView>>> {
    let rows = |state: &State, now| page::cut_by_code(&paging, &state.vouchers, |one| state.voucher_view(one, now));
    Ok(Json(at.look(rows).await??))
}

/// Get a voucher.
#[utoipa::path(get, path = "get_account_voucher")]
pub async fn get_account_voucher(at: InAccount<VoucherPath>) -> Answer<Json<VoucherView>> {
    Ok(Json(voucher::get(&at.sandbox, &*at.account()?, &at.path.voucher_code).await?))
}

/// List the candidates of an account, by code.
#[utoipa::path(get, path = "list_candidates")]
pub async fn list_candidates(at: InAccount, paging: Query<Paging>) -> Answer<Json<Page<Candidate>>> {
    let rows = |state: &State, _| page::cut_in_order(&paging, state.candidates(), Clone::clone);
    Ok(Json(at.look(rows).await??))
}

/// Get a candidate.
#[utoipa::path(get, path = "get_candidate")]
pub async fn get_candidate(at: InAccount<CandidatePath>) -> Answer<Json<Candidate>> {
    let id = &at.path.candidate_id;
    let newest = |state: &State, _| {
        let mut records = state.candidate(id).ok()?;
        records.next_back().map(|record| Candidate::clone(&record.candidate))
    };
    found(at.look(newest).await?, "candidate", id)
}
