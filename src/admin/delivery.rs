//! Deliveries, their attempts, and the error queue.

use std::sync::Arc;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{self, Page, Paging};
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::service::OutService;
use crate::domain::outbox::Manner;
use crate::domain::record::delivery::{Attempt, Delivery, DeliveryStatus};
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::Sandbox;
use crate::service::delivery::{self, Again, Filter, Rehearsal};

/// Which deliveries are listed; all where nothing is given.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFilter {
    /// By identifier.
    pub id: Option<String>,
    /// By service.
    pub service: Option<OutService>,
    /// By status.
    pub status: Option<DeliveryStatus>,
    /// By what happened.
    pub change_reason: Option<ChangeReason>,
    /// By booking.
    pub booking_code: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// Created at this instant or later.
    #[serde(default, with = "stamp::optional")]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Created before this instant.
    #[serde(default, with = "stamp::optional")]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// How many items at most: 1 to 500, 50 where absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl DeliveryFilter {
    fn split(&self) -> (Filter, Paging) {
        let filter = Filter {
            id: self.id.clone(),
            service: self.service,
            status: self.status,
            change_reason: self.change_reason,
            booking_code: self.booking_code.clone(),
            candidate_id: self.candidate_id.clone(),
            since: self.since,
            until: self.until,
        };
        (filter, Paging { limit: self.limit, cursor: self.cursor.clone() })
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
    pub change_reason: Option<ChangeReason>,
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

    fn filter(self) -> Filter {
        let Self { id, service, change_reason, booking_code, candidate_id, since, until, .. } = self;
        Filter { id, service, status: None, change_reason, booking_code, candidate_id, since, until }
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
    #[schema(value_type = Vec<Delivery>)]
    pub items: Vec<Arc<Delivery>>,
    /// Of a dry run: what would be sent, to the byte, in the same order; the first 500, and none that a fault would lose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Vec<Rehearsal>>,
}

fn list(sandbox: &Sandbox, account_code: &str, filter: &Filter, paging: &Paging) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(account_code)?;
    let after = paging.after()?;
    let state = account.lock();
    let rows = state.outbox.rows.after(after).filter(|(_, delivery)| filter.takes(delivery));
    let page = page::cut(paging, rows, Arc::clone)?;
    drop(state);
    Ok(answer::ok(&page))
}

/// List deliveries, oldest first.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account."), DeliveryFilter),
    responses(
        (status = 200, description = "The deliveries.", body = Page<Delivery>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/deliveries")]
pub async fn list_deliveries(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<DeliveryFilter>,
) -> Result<HttpResponse, ControlError> {
    let (filter, paging) = query.split();
    list(&sandbox, &path, &filter, &paging)
}

/// Get a delivery.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account."), ("id" = String, Path, description = "The delivery; also its `webhook-id`.")),
    responses((status = 200, description = "The delivery.", body = Delivery), (status = 404, description = "No such account or delivery.", body = Problem))
)]
#[get("/accounts/{account_code}/deliveries/{id}")]
pub async fn get_delivery(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    Ok(answer::ok(&delivery::get(&*sandbox.account(&path.0)?, &path.1)?))
}

/// List the attempts of a delivery, oldest first: what was sent, what came back, why it ended so.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account."), ("id" = String, Path, description = "The delivery; also its `webhook-id`.")),
    responses((status = 200, description = "The newest 20 attempts.", body = Page<Attempt>), (status = 404, description = "No such account or delivery.", body = Problem))
)]
#[get("/accounts/{account_code}/deliveries/{id}/attempts")]
pub async fn list_attempts(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let items = delivery::attempts(&*sandbox.account(&path.0)?, &path.1)?;
    Ok(answer::ok(&Page { items, next_cursor: None }))
}

/// Send a delivery again, with its recorded `webhook-id` and body, or told anew.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account."), ("id" = String, Path, description = "The delivery; also its `webhook-id`.")),
    request_body = Option<ResendOneInput>,
    responses(
        (status = 200, description = "The delivery that waits to be sent: a new one with `as: now`.", body = Delivery),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account or delivery.", body = Problem),
        (status = 409, description = "It still waits, or there is nowhere to send it.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/deliveries/{id}/resend")]
pub async fn resend_delivery(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<ResendOneInput>,
) -> Result<HttpResponse, ControlError> {
    let again = Again { manner: input.0.r#as, rate: None };
    Ok(answer::ok(&delivery::resend(&sandbox, &sandbox.account(&path.0)?, &path.1, again)?))
}

/// List the error queue: the deliveries that failed, oldest first.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account."), DeliveryFilter),
    responses(
        (status = 200, description = "The deliveries.", body = Page<Delivery>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/error-queue")]
pub async fn list_error_queue(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<DeliveryFilter>,
) -> Result<HttpResponse, ControlError> {
    let (filter, paging) = query.split();
    list(&sandbox, &path, &Filter { status: Some(DeliveryStatus::Failed), ..filter }, &paging)
}

/// Send the error queue again, or the part of it that a filter takes.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = ResendInput,
    responses(
        (status = 200, description = "What was, or would be, sent again.", body = Resent),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
        (status = 409, description = "There is nowhere to send it.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/error-queue/resend")]
pub async fn resend_error_queue(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    input: Document<ResendInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let (dry_run, again) = (input.0.dry_run, input.0.again());
    let filter = input.0.filter();
    if !dry_run {
        return Ok(done(delivery::resend_failed(&sandbox, &account, &filter, again)?));
    }
    let items = delivery::list_failed(&account, &filter);
    let ids: Vec<_> = items.iter().map(|delivery| Arc::clone(&delivery.id)).collect();
    let requests = Some(delivery::rehearse(&sandbox, &account, &ids, again)?);
    Ok(answer::ok(&Resent { dry_run, count: items.len(), items, requests }))
}

fn done(items: Vec<Arc<Delivery>>) -> HttpResponse {
    answer::ok(&Resent { dry_run: false, count: items.len(), items, requests: None })
}

/// Give a delivery up: it is not sent, or not sent again.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account."), ("id" = String, Path, description = "The delivery; also its `webhook-id`.")),
    responses(
        (status = 200, description = "The delivery, discarded.", body = Delivery),
        (status = 404, description = "No such account or delivery.", body = Problem),
        (status = 409, description = "It is being sent, was delivered, or is discarded already.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/deliveries/{id}/discard")]
pub async fn discard_delivery(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    Ok(answer::ok(&delivery::discard(&sandbox, &sandbox.account(&path.0)?, &path.1)?))
}

/// Discard the error queue, or the part of it that a filter takes.
#[utoipa::path(
    tag = "Deliveries",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = ResendInput,
    responses(
        (status = 200, description = "What was, or would be, discarded.", body = Resent),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/error-queue/discard")]
pub async fn discard_error_queue(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    input: Document<ResendInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    if input.0.r#as.is_some() || input.0.rate.is_some() {
        return Err(Error::Invalid("as, rate: expected neither: nothing is sent".to_owned()).into());
    }
    let dry_run = input.0.dry_run;
    let filter = input.0.filter();
    if !dry_run {
        return Ok(done(delivery::discard_failed(&sandbox, &account, &filter)?));
    }
    let items = delivery::list_failed(&account, &filter);
    Ok(answer::ok(&Resent { dry_run, count: items.len(), items, requests: None }))
}
