//! Eligibilities: looked at, and what Atlas staff or the candidate do with them.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::path::{EligibilityPath, InAccount};
use super::refusal::QueueFull;
use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::Status;
use crate::domain::deed::EligibilityDeed;
use crate::domain::query::EligibilityQuery;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::{Eligibility, View};
use crate::domain::state::State;
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Timestamp;
use crate::http::answer::{Answer, Json, Written};
use crate::http::body::Document;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::service::eligibility::FoundEligibilities;
use crate::service::{booking, eligibility};

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

page::filter! {
    /// Which eligibilities are listed.
    pub struct EligibilityFilter {
        /// By candidate.
        pub candidate_id: Option<String>,
        /// By the partner's identifier.
        pub client_eligibility_id: Option<String>,
        /// By test.
        pub test_code: Option<String>,
        /// By status.
        pub status: Option<Status>,
    }
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

/// One eligibility.
type One = Written<Json<EligibilityView<'static>>>;

fn one(found: &FoundEligibilities) -> Answer<One> {
    let record = found.records.first().ok_or_else(|| Error::Internal("a change without its record".to_owned()))?;
    Ok(Written::ok(&shown(record, found.now)))
}

/// List eligibilities, oldest first.
#[utoipa::path(get, path = "list_account_eligibilities")]
pub async fn list_account_eligibilities(
    at: InAccount,
    query: Query<EligibilityFilter>,
) -> Answer<Written<Json<Page<EligibilityView<'static>>>>> {
    let paging = query.paging();
    let after = paging.after()?;
    let wanted = EligibilityQuery {
        candidate_id: query.candidate_id.clone(),
        client_eligibility_id: query.client_eligibility_id.clone(),
        test_code: query.test_code.clone(),
        status: query.status,
        ..EligibilityQuery::default()
    };
    let rows = |state: &State, now| {
        let rows = state.eligibilities().after(after).filter(|(_, record)| wanted.takes(record));
        (page::cut(&paging, rows, Arc::clone), now)
    };
    let (page, now) = at.look(rows).await?;
    let page = page?;
    let items = page.items.iter().map(|record| shown(record, now)).collect();
    Ok(Written::ok(&Page { items, next_cursor: page.next_cursor }))
}

/// Get an eligibility.
#[utoipa::path(get, path = "get_eligibility")]
pub async fn get_eligibility(at: InAccount<EligibilityPath>) -> Answer<One> {
    let (account, id) = (at.account()?, at.path.id()?);
    one(&eligibility::get(&at.sandbox, &account, id).await?)
}

/// Approve a pending registration.
#[utoipa::path(post, path = "approve_eligibility", responses((status = 409, description = "It is not pending.")))]
pub async fn approve_eligibility(at: InAccount<EligibilityPath>) -> Answer<One> {
    let (account, id) = (at.account()?, at.path.id()?);
    one(&eligibility::act(&at.sandbox, &account, id, &EligibilityDeed::Approve).await?)
}

/// Block the candidate: the record is not eligible to schedule.
#[utoipa::path(post, path = "block_eligibility")]
pub async fn block_eligibility(at: InAccount<EligibilityPath>) -> Answer<One> {
    let (account, id) = (at.account()?, at.path.id()?);
    one(&eligibility::act(&at.sandbox, &account, id, &EligibilityDeed::Block).await?)
}

/// Lift the block.
#[utoipa::path(post, path = "unblock_eligibility")]
pub async fn unblock_eligibility(at: InAccount<EligibilityPath>) -> Answer<One> {
    let (account, id) = (at.account()?, at.path.id()?);
    one(&eligibility::act(&at.sandbox, &account, id, &EligibilityDeed::Unblock).await?)
}

/// Book as the candidate does; what the body leaves out is chosen.
#[utoipa::path(post, path = "schedule_eligibility", responses(
    (status = 409, description = "Not eligible to schedule, or no free seat."), QueueFull
))]
pub async fn schedule_eligibility(
    at: InAccount<EligibilityPath>,
    input: Document<ScheduleInput>,
) -> Answer<Json<Arc<Booking>>> {
    let (account, id) = (at.account()?, at.path.id()?);
    Ok(Json(booking::schedule(&at.sandbox, &account, id, &input.0).await?))
}
