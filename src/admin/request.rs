//! The request journal: what partners called, what was answered, what the lint found.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, delete, get};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::page::{self, Page, Paging};
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::contract::operation::Operation;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer;
use crate::http::error::{ControlError, Problem};
use crate::service::Sandbox;
use crate::store::journal::Entry;

/// A call as the journal shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestView {
    /// 1 for the first call of the journal.
    pub id: u64,
    /// When it came, wall time.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// The service, where one was reached.
    #[schema(required = true)]
    pub service: Option<&'static str>,
    /// The operation, where one was reached.
    #[schema(required = true)]
    pub operation: Option<&'static str>,
    /// The caller's address.
    #[schema(required = true)]
    pub peer: Option<String>,
    /// The answer's status.
    pub status: u16,
    /// Milliseconds from the head to the answer.
    pub duration_ms: f64,
    /// The request's headers; credentials are hidden.
    pub request_headers: BTreeMap<String, String>,
    /// The request's body: JSON where it is JSON, text otherwise; up to 64 KiB.
    #[schema(value_type = Option<Object>, required = true)]
    pub request_body: Option<Value>,
    /// The size of the whole request body, in bytes.
    pub request_body_size: usize,
    /// The answer's body: JSON where it is JSON, text otherwise.
    #[schema(value_type = Option<Object>, required = true)]
    pub response_body: Option<Value>,
    /// What the lint found.
    pub lint: Vec<Finding>,
    /// The fault on request that it met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Which calls are meant; all where nothing is given.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RequestFilter {
    /// By method.
    pub method: Option<String>,
    /// A part of path and query.
    pub path: Option<String>,
    /// By service.
    pub service: Option<String>,
    /// By operation.
    pub operation: Option<String>,
    /// By the answer's status.
    pub status: Option<u16>,
    /// A part of the request's body.
    pub body: Option<String>,
    /// A lint rule that was broken.
    pub lint: Option<String>,
    /// At this instant or later, wall time.
    #[serde(default, with = "stamp::optional")]
    #[param(value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// Before this instant, wall time.
    #[serde(default, with = "stamp::optional")]
    #[param(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// How many items at most: 1 to 500, 50 where absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How many calls a filter takes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Count {
    /// How many.
    pub count: usize,
}

impl RequestFilter {
    /// Whether a call is meant.
    pub fn takes(&self, entry: &Entry) -> bool {
        let operation = entry.operation.map(Operation::name);
        let service = entry.operation.map(Operation::service_name);
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&entry.method))
            && self.path.as_ref().is_none_or(|path| entry.target.contains(path.as_str()))
            && self.service.as_deref().is_none_or(|wanted| service == Some(wanted))
            && self.operation.as_deref().is_none_or(|wanted| operation == Some(wanted))
            && self.status.is_none_or(|status| status == entry.status)
            && self
                .body
                .as_ref()
                .is_none_or(|part| String::from_utf8_lossy(entry.request.body()).contains(part.as_str()))
            && self.lint.as_ref().is_none_or(|rule| entry.findings.iter().any(|finding| finding.rule == rule))
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }

    fn paging(&self) -> Paging {
        Paging { limit: self.limit, cursor: self.cursor.clone() }
    }
}

/// The call as it is shown.
pub fn shown(entry: &Entry) -> RequestView {
    RequestView {
        id: entry.id,
        at: entry.at,
        method: entry.method.to_string(),
        target: entry.target.to_string(),
        service: entry.operation.map(Operation::service_name),
        operation: entry.operation.map(Operation::name),
        peer: entry.peer.map(|peer| peer.to_string()),
        status: entry.status,
        duration_ms: f64::from(entry.duration_us) / 1000.0,
        request_headers: entry.request.headers().into_iter().collect(),
        request_body: body(entry.request.body()),
        request_body_size: entry.request.body_size,
        response_body: body(&entry.response),
        lint: entry.findings.clone(),
        fault: entry.fault.as_deref().map(str::to_owned),
    }
}

fn body(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    Some(serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned())))
}

fn list(
    entries: Vec<Arc<Entry>>,
    filter: &RequestFilter,
    also: impl Fn(&Entry) -> bool,
) -> Result<HttpResponse, ControlError> {
    let rows = entries.into_iter().filter(|entry| filter.takes(entry) && also(entry)).map(|entry| (entry.id, entry));
    Ok(answer::ok(&page::cut(&filter.paging(), rows, |entry| shown(&entry))?))
}

/// List the calls of an account, oldest first.
#[utoipa::path(
    tag = "Requests",
    params(("account_code" = String, Path, description = "The account."), RequestFilter),
    responses(
        (status = 200, description = "The calls.", body = Page<RequestView>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/requests")]
pub async fn list_requests(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<RequestFilter>,
) -> Result<HttpResponse, ControlError> {
    list(sandbox.account(&path)?.journal.entries(), &query, |_| true)
}

/// Count the calls of an account that a filter takes.
#[utoipa::path(
    tag = "Requests",
    params(("account_code" = String, Path, description = "The account."), RequestFilter),
    responses((status = 200, description = "How many.", body = Count), (status = 404, description = "No such account.", body = Problem))
)]
#[get("/accounts/{account_code}/requests/count")]
pub async fn count_requests(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<RequestFilter>,
) -> Result<HttpResponse, ControlError> {
    let entries = sandbox.account(&path)?.journal.entries();
    Ok(answer::ok(&Count { count: entries.iter().filter(|entry| query.takes(entry)).count() }))
}

/// Find the calls of an account that a filter takes, the newest first.
#[utoipa::path(
    tag = "Requests",
    params(("account_code" = String, Path, description = "The account."), RequestFilter),
    responses((status = 200, description = "The calls.", body = Page<RequestView>), (status = 404, description = "No such account.", body = Problem))
)]
#[get("/accounts/{account_code}/requests/find")]
pub async fn find_requests(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<RequestFilter>,
) -> Result<HttpResponse, ControlError> {
    let entries = sandbox.account(&path)?.journal.entries();
    let limit = query.paging().limit()?;
    let items = entries.iter().rev().filter(|entry| query.takes(entry)).take(limit).map(|entry| shown(entry)).collect();
    Ok(answer::ok(&Page { items, next_cursor: None }))
}

/// List the calls of an account that reached no operation.
#[utoipa::path(
    tag = "Requests",
    params(("account_code" = String, Path, description = "The account."), RequestFilter),
    responses((status = 200, description = "The calls.", body = Page<RequestView>), (status = 404, description = "No such account.", body = Problem))
)]
#[get("/accounts/{account_code}/requests/unmatched")]
pub async fn list_unmatched_requests(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    query: Query<RequestFilter>,
) -> Result<HttpResponse, ControlError> {
    list(sandbox.account(&path)?.journal.entries(), &query, |entry| entry.operation.is_none())
}

/// Get a call of an account.
#[utoipa::path(
    tag = "Requests",
    params(("account_code" = String, Path, description = "The account."), ("id" = u64, Path, description = "The number of the call.")),
    responses((status = 200, description = "The call.", body = RequestView), (status = 404, description = "No such account or call.", body = Problem))
)]
#[get("/accounts/{account_code}/requests/{id}")]
pub async fn get_request(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let missing = || Error::NotFound { kind: "request", id: path.1.clone() };
    let id: u64 = path.1.parse().map_err(|_| missing())?;
    let entries = sandbox.account(&path.0)?.journal.entries();
    let entry = entries.iter().find(|entry| entry.id == id).ok_or_else(missing)?;
    Ok(answer::ok(&shown(entry)))
}

/// Empty the journal of an account.
#[utoipa::path(tag = "Requests", params(("account_code" = String, Path, description = "The account.")), responses((status = 204, description = "It is empty."), (status = 404, description = "No such account.", body = Problem)))]
#[delete("/accounts/{account_code}/requests")]
pub async fn clear_requests(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> Result<HttpResponse, ControlError> {
    sandbox.account(&path)?.journal.clear();
    Ok(HttpResponse::NoContent().finish())
}

/// List the calls that no account could be told for: a bad token, an unknown path.
#[utoipa::path(tag = "Requests", params(RequestFilter), responses(
    (status = 200, description = "The calls.", body = Page<RequestView>),
    (status = 400, description = "A parameter does not fit.", body = Problem),
))]
#[get("/requests")]
pub async fn list_unassigned_requests(
    sandbox: Data<Arc<Sandbox>>,
    query: Query<RequestFilter>,
) -> Result<HttpResponse, ControlError> {
    list(sandbox.store.journal.entries(), &query, |_| true)
}

/// Empty the server's own journal.
#[utoipa::path(tag = "Requests", responses((status = 204, description = "It is empty.")))]
#[delete("/requests")]
pub async fn clear_unassigned_requests(sandbox: Data<Arc<Sandbox>>) -> HttpResponse {
    sandbox.store.journal.clear();
    HttpResponse::NoContent().finish()
}
