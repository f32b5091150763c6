//! The request journal: what partners called, what was answered, what the lint found.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::Data;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::path::{InAccount, RequestPath};
use crate::domain::contract::lint::Finding;
use crate::domain::contract::operation::Operation;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer::{Answer, Json, NoContent};
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::service::Sandbox;
use crate::store::journal::JournalEntry;

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
    /// The request's body: any JSON where it is JSON, a text otherwise, null where there is none; up to 64 KiB.
    #[schema(value_type = Value, required = true)]
    pub request_body: Option<Value>,
    /// The size of the whole request body, in bytes.
    pub request_body_size: usize,
    /// The answer's body: any JSON where it is JSON, a text otherwise, null where there is none.
    #[schema(value_type = Value, required = true)]
    pub response_body: Option<Value>,
    /// What the lint found.
    pub lint: Vec<Finding>,
    /// The fault on request that it met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

page::filter! {
    /// Which calls are meant; all where nothing is given.
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
        #[param(maximum = 65535)]
        pub status: Option<u16>,
        /// A part of the request's body.
        pub body: Option<String>,
        /// A lint rule that was broken.
        pub lint: Option<String>,
        /// At this instant or later, wall time.
        #[serde(default, with = "stamp::optional")]
        #[param(value_type = Option<String>, format = DateTime)]
        pub since: Option<Timestamp>,
        /// Before this instant, wall time.
        #[serde(default, with = "stamp::optional")]
        #[param(value_type = Option<String>, format = DateTime)]
        pub until: Option<Timestamp>,
    }
}

/// How many calls a filter takes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Count {
    /// How many.
    pub count: usize,
}

impl RequestFilter {
    /// Whether a call is meant.
    pub fn takes(&self, entry: &JournalEntry) -> bool {
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
            && self.lint.as_ref().is_none_or(|rule| entry.findings.iter().any(|finding| finding.rule.id() == rule))
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

/// The call as it is shown.
pub fn shown(entry: &JournalEntry) -> RequestView {
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
    entries: Vec<Arc<JournalEntry>>,
    filter: &RequestFilter,
    also: impl Fn(&JournalEntry) -> bool,
) -> Answer<Json<Page<RequestView>>> {
    let rows = entries.into_iter().filter(|entry| filter.takes(entry) && also(entry)).map(|entry| (entry.id, entry));
    Ok(Json(page::cut(&filter.paging(), rows, |entry| shown(&entry))?))
}

/// List the calls of an account, oldest first.
#[utoipa::path(get, path = "list_requests")]
pub async fn list_requests(at: InAccount, query: Query<RequestFilter>) -> Answer<Json<Page<RequestView>>> {
    list(at.account()?.journal.entries(), &query, |_| true)
}

/// Count the calls of an account that a filter takes.
#[utoipa::path(get, path = "count_requests")]
pub async fn count_requests(at: InAccount, query: Query<RequestFilter>) -> Answer<Json<Count>> {
    query.paging().limit()?;
    let entries = at.account()?.journal.entries();
    Ok(Json(Count { count: entries.iter().filter(|entry| query.takes(entry)).count() }))
}

/// Find the calls of an account that a filter takes, the newest first.
#[utoipa::path(get, path = "find_requests")]
pub async fn find_requests(at: InAccount, query: Query<RequestFilter>) -> Answer<Json<Page<RequestView>>> {
    let entries = at.account()?.journal.entries();
    let limit = query.paging().limit()?;
    let items = entries.iter().rev().filter(|entry| query.takes(entry)).take(limit).map(|entry| shown(entry)).collect();
    Ok(Json(Page { items, next_cursor: None }))
}

/// List the calls of an account that reached no operation.
#[utoipa::path(get, path = "list_unmatched_requests")]
pub async fn list_unmatched_requests(at: InAccount, query: Query<RequestFilter>) -> Answer<Json<Page<RequestView>>> {
    list(at.account()?.journal.entries(), &query, |entry| entry.operation.is_none())
}

/// Get a call of an account.
#[utoipa::path(get, path = "get_request")]
pub async fn get_request(at: InAccount<RequestPath>) -> Answer<Json<RequestView>> {
    let id = at.path.id()?;
    let entries = at.account()?.journal.entries();
    let entry = entries.iter().find(|entry| entry.id == id).ok_or_else(|| at.path.missing())?;
    Ok(Json(shown(entry)))
}

/// Empty the journal of an account.
#[utoipa::path(delete, path = "clear_requests")]
pub async fn clear_requests(at: InAccount) -> Answer<NoContent> {
    at.account()?.journal.clear();
    Ok(NoContent)
}

/// List the calls that no account could be told for: a bad token, an unknown path.
#[utoipa::path(get, path = "list_unassigned_requests")]
pub async fn list_unassigned_requests(
    sandbox: Data<Arc<Sandbox>>,
    query: Query<RequestFilter>,
) -> Answer<Json<Page<RequestView>>> {
    list(sandbox.store.journal.entries(), &query, |_| true)
}

/// Empty the server's own journal.
#[utoipa::path(delete, path = "clear_unassigned_requests")]
pub async fn clear_unassigned_requests(sandbox: Data<Arc<Sandbox>>) -> NoContent {
    sandbox.store.journal.clear();
    NoContent
}
