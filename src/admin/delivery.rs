//! Deliveries, their attempts, and the error queue.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::path::{DeliveryPath, InAccount};
use super::refusal::QueueFull;
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::Reason;
use crate::domain::contract::service::OutService;
use crate::domain::outbox::resend::Manner;
use crate::domain::query::DeliveryQuery;
use crate::domain::record::delivery::{Attempt, Delivery, DeliveryStatus, DeliveryView};
use crate::domain::state::State;
use crate::domain::value::hidden;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::page::{self, Page, Paging};
use crate::http::query::Query;
use crate::service::delivery::{self, Again, Rehearsal};

page::filter! {
    /// Which deliveries are listed; all where nothing is given.
    pub struct DeliveryFilter {
        /// By identifier.
        pub id: Option<String>,
        /// By service.
        pub service: Option<OutService>,
        /// By status.
        pub status: Option<DeliveryStatus>,
        /// By what happened.
        pub change_reason: Option<Reason>,
        /// By booking.
        pub booking_code: Option<String>,
        /// By candidate.
        pub candidate_id: Option<String>,
        /// Created at this instant or later.
        #[serde(default, with = "stamp::optional")]
        #[param(value_type = Option<String>, format = DateTime)]
        pub since: Option<Timestamp>,
        /// Created before this instant.
        #[serde(default, with = "stamp::optional")]
        #[param(value_type = Option<String>, format = DateTime)]
        pub until: Option<Timestamp>,
    }
}

impl DeliveryFilter {
    fn filter(&self) -> DeliveryQuery {
        DeliveryQuery {
            id: self.id.clone(),
            service: self.service,
            status: self.status,
            change_reason: self.change_reason,
            booking_code: self.booking_code.clone(),
            candidate_id: self.candidate_id.clone(),
            since: self.since,
            until: self.until,
            ..DeliveryQuery::default()
        }
    }
}

/// Which rows of the error queue are sent again, or discarded; all where empty.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResendInput {
    /// By identifier.
    pub id: Option<String>,
    /// By service.
    pub service: Option<OutService>,
    /// By what happened.
    pub change_reason: Option<Reason>,
    /// By booking.
    pub booking_code: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// Created at this instant or later.
    #[serde(with = "stamp::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Created before this instant.
    #[serde(with = "stamp::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Only says which rows it would be, and what would be sent, to the byte.
    pub dry_run: bool,
    /// To resend: how many a second at most, on the account's clock. A candidate's newer notifications wait for theirs.
    #[schema(minimum = 0.001, maximum = 1_000_000)]
    pub rate: Option<f64>,
    /// To resend: as what.
    pub r#as: Option<Manner>,
}

impl ResendInput {
    fn again(&self) -> Again {
        Again { manner: self.r#as.unwrap_or_default(), rate: self.rate }
    }

    fn filter(self) -> DeliveryQuery {
        let Self { id, service, change_reason, booking_code, candidate_id, since, until, .. } = self;
        let all = DeliveryQuery::default();
        DeliveryQuery { id, service, change_reason, booking_code, candidate_id, since, until, ..all }
    }
}

/// How a delivery is sent again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResendOneInput {
    /// As what.
    pub r#as: Manner,
}

/// What was, or would be, sent again or discarded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resent {
    /// Whether it was a dry run.
    pub dry_run: bool,
    /// How many.
    pub count: usize,
    /// Which, oldest first.
    pub items: Vec<DeliveryView>,
    /// Of a dry run: what would be sent, to the byte, in the same order; the first 500, and none that a fault would lose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Vec<Rehearsal>>,
}

async fn list(at: &InAccount, query: &DeliveryQuery, paging: &Paging) -> Answer<Json<Page<DeliveryView>>> {
    let after = paging.after()?;
    let rows = |state: &State, _| {
        let rows = state.deliveries().after(after).filter(|(_, delivery)| query.takes(delivery));
        page::cut(paging, rows, |delivery| DeliveryView::from(&**delivery))
    };
    Ok(Json(at.look(rows).await??))
}

/// List deliveries, oldest first.
#[utoipa::path(get, path = "list_deliveries")]
pub async fn list_deliveries(at: InAccount, query: Query<DeliveryFilter>) -> Answer<Json<Page<DeliveryView>>> {
    list(&at, &query.filter(), &query.paging()).await
}

/// Get a delivery.
#[utoipa::path(get, path = "get_delivery")]
pub async fn get_delivery(at: InAccount<DeliveryPath>) -> Answer<Json<DeliveryView>> {
    Ok(Json(shown(&delivery::get(&at.sandbox, &*at.account()?, &at.path.id).await?)))
}

/// List the attempts of a delivery, oldest first: what was sent, what came back, why it ended so.
#[utoipa::path(get, path = "list_attempts")]
pub async fn list_attempts(at: InAccount<DeliveryPath>) -> Answer<Json<Page<Arc<Attempt>>>> {
    let mut items = delivery::attempts(&at.sandbox, &*at.account()?, &at.path.id).await?;
    for attempt in &mut items {
        if let Cow::Owned(shown) = hidden::hide_query(&attempt.request_line) {
            Arc::make_mut(attempt).request_line = shown;
        }
    }
    Ok(Json(Page { items, next_cursor: None }))
}

/// Send a delivery again, with its recorded `webhook-id` and body, or told anew.
#[utoipa::path(
    post,
    path = "resend_delivery",
    responses((status = 409, description = "It still waits, or there is nowhere to send it."), QueueFull)
)]
pub async fn resend_delivery(
    at: InAccount<DeliveryPath>,
    input: Document<ResendOneInput>,
) -> Answer<Json<DeliveryView>> {
    let again = Again { manner: input.0.r#as, rate: None };
    Ok(Json(shown(&delivery::resend(&at.sandbox, &at.account()?, &at.path.id, again).await?)))
}

/// List the error queue: the deliveries that failed, oldest first.
#[utoipa::path(get, path = "list_error_queue")]
pub async fn list_error_queue(at: InAccount, query: Query<DeliveryFilter>) -> Answer<Json<Page<DeliveryView>>> {
    list(&at, &DeliveryQuery { status: Some(DeliveryStatus::Failed), ..query.filter() }, &query.paging()).await
}

/// Send the error queue again, or the part of it that a filter takes.
#[utoipa::path(post, path = "resend_error_queue", responses(
    (status = 409, description = "There is nowhere to send it."), QueueFull
))]
pub async fn resend_error_queue(at: InAccount, input: Document<ResendInput>) -> Answer<Json<Resent>> {
    let account = at.account()?;
    let (dry_run, again) = (input.0.dry_run, input.0.again());
    let filter = input.0.filter();
    if !dry_run {
        return Ok(Json(resent(&delivery::resend_failed(&at.sandbox, &account, &filter, again).await?, false, None)));
    }
    let items = delivery::list_failed(&at.sandbox, &account, &filter).await;
    let ids: Vec<_> = items.iter().map(|delivery| Arc::clone(&delivery.id)).collect();
    let requests = Some(delivery::rehearse(&at.sandbox, &account, &ids, again)?);
    Ok(Json(resent(&items, true, requests)))
}

fn shown(delivery: &Arc<Delivery>) -> DeliveryView {
    DeliveryView::from(&**delivery)
}

fn resent(deliveries: &[Arc<Delivery>], dry_run: bool, requests: Option<Vec<Rehearsal>>) -> Resent {
    let items: Vec<_> = deliveries.iter().map(shown).collect();
    Resent { dry_run, count: items.len(), items, requests }
}

/// Give a delivery up: it is not sent, or not sent again.
#[utoipa::path(post, path = "discard_delivery", responses(
    (status = 409, description = "It is being sent, was delivered, or is discarded already.")
))]
pub async fn discard_delivery(at: InAccount<DeliveryPath>) -> Answer<Json<DeliveryView>> {
    Ok(Json(shown(&delivery::discard(&at.sandbox, &at.account()?, &at.path.id).await?)))
}

/// Discard the error queue, or the part of it that a filter takes.
#[utoipa::path(post, path = "discard_error_queue")]
pub async fn discard_error_queue(at: InAccount, input: Document<ResendInput>) -> Answer<Json<Resent>> {
    let account = at.account()?;
    if input.0.r#as.is_some() || input.0.rate.is_some() {
        return Err(Error::Invalid("as, rate: expected neither: nothing is sent".to_owned()).into());
    }
    let dry_run = input.0.dry_run;
    let filter = input.0.filter();
    if !dry_run {
        return Ok(Json(resent(&delivery::discard_failed(&at.sandbox, &account, &filter).await?, false, None)));
    }
    let items = delivery::list_failed(&at.sandbox, &account, &filter).await;
    Ok(Json(resent(&items, true, None)))
}
