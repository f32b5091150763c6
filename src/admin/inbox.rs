//! The built-in receiver: captures notifications, and answers as it is told.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use futures_util::StreamExt;

use super::page::{Page, Paging};
use crate::domain::contract::error::Error;
use crate::http::answer;
use crate::http::body::{Document, in_time};
use crate::http::error::{ControlError, Problem};
use crate::http::journal;
use crate::service::inbox::{BYTES, Behaviour, Message, Script};
use crate::service::{Sandbox, clock};

/// Capture a request.
#[utoipa::path(
    tag = "Inbox",
    params(("name" = String, Path, description = "The inbox; any name will do.")),
    request_body(content = Object, description = "Anything."),
    security(()),
    responses(
        (status = 200, description = "Captured; another status where the inbox is told so."),
        (status = 413, description = "It is larger than all an inbox may hold.", body = Problem),
    )
)]
#[put("/inbox/{name}")]
pub async fn put_message(
    sandbox: Data<Arc<Sandbox>>,
    request: HttpRequest,
    path: Path<String>,
    body: Payload,
) -> Result<HttpResponse, ControlError> {
    capture(&sandbox, &request, &path, body).await
}

/// Capture a request.
#[utoipa::path(
    tag = "Inbox",
    params(("name" = String, Path, description = "The inbox; any name will do.")),
    request_body(content = Object, description = "Anything."),
    security(()),
    responses(
        (status = 200, description = "Captured; another status where the inbox is told so."),
        (status = 413, description = "It is larger than all an inbox may hold.", body = Problem),
    )
)]
#[post("/inbox/{name}")]
pub async fn post_message(
    sandbox: Data<Arc<Sandbox>>,
    request: HttpRequest,
    path: Path<String>,
    body: Payload,
) -> Result<HttpResponse, ControlError> {
    capture(&sandbox, &request, &path, body).await
}

/// Capture an xAPI statement: an inbox is a store of statements, too.
#[utoipa::path(
    tag = "Inbox",
    params(("name" = String, Path, description = "The inbox; any name will do.")),
    request_body(content = Object, description = "Anything."),
    security(()),
    responses(
        (status = 200, description = "Captured; another status where the inbox is told so."),
        (status = 413, description = "It is larger than all an inbox may hold.", body = Problem),
    )
)]
#[put("/inbox/{name}/statements")]
pub async fn put_statement(
    sandbox: Data<Arc<Sandbox>>,
    request: HttpRequest,
    path: Path<String>,
    body: Payload,
) -> Result<HttpResponse, ControlError> {
    capture(&sandbox, &request, &path, body).await
}

async fn capture(
    sandbox: &Sandbox,
    request: &HttpRequest,
    name: &str,
    body: Payload,
) -> Result<HttpResponse, ControlError> {
    let body = in_time(request, read(body)).await??;
    let headers = request.headers().iter().map(|(name, value)| {
        let is_secret = journal::is_secret(name.as_str());
        let value = if is_secret { "***".into() } else { String::from_utf8_lossy(value.as_bytes()) };
        (name.as_str().to_owned(), value.into_owned())
    });
    let json: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    let booking_code = json.as_ref().and_then(|json| json.get("booking_code")).cloned();
    let message = Message {
        id: 0,
        received: clock::wall(),
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        json: None,
        answered: 0,
    };
    let behaviour = sandbox.inboxes.receive(name, message)?;
    if !behaviour.delay.0.is_zero() {
        tokio::time::sleep(behaviour.delay.0).await;
    }
    let status = StatusCode::from_u16(behaviour.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    for (name, value) in &behaviour.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    let documented = || serde_json::json!({ "booking_code": booking_code }).to_string();
    Ok(response.body(behaviour.body.unwrap_or_else(documented)))
}

/// Reads a body to its end, so that its sender gets to see the answer; one that no inbox could hold is refused.
async fn read(mut payload: Payload) -> Result<Vec<u8>, Error> {
    let (mut body, mut size) = (Vec::new(), 0);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Error::Invalid(format!("the body broke off: {error}")))?;
        size += chunk.len();
        if size <= BYTES {
            body.extend_from_slice(&chunk);
        }
    }
    if size > BYTES { Err(Error::TooLarge { limit: BYTES }) } else { Ok(body) }
}

/// List what an inbox captured, oldest first; the newest 1000 are kept.
#[utoipa::path(
    tag = "Inbox",
    params(("name" = String, Path, description = "The inbox."), Paging),
    responses(
        (status = 200, description = "The messages.", body = Page<Message>),
        (status = 400, description = "A parameter does not fit.", body = Problem),
    )
)]
#[get("/inbox/{name}")]
pub async fn list_inbox(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ControlError> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let mut items = sandbox.inboxes.messages(&path, after, limit + 1);
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| has_more).map(|last| last.id.to_string());
    Ok(answer::ok(&Page { items, next_cursor }))
}

/// Empty an inbox, its script as well.
#[utoipa::path(
    tag = "Inbox",
    params(("name" = String, Path, description = "The inbox.")),
    responses((status = 204, description = "It is empty."))
)]
#[delete("/inbox/{name}")]
pub async fn clear_inbox(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> HttpResponse {
    sandbox.inboxes.clear(&path);
    HttpResponse::NoContent().finish()
}

/// Script the answers of an inbox; they are used up in order, then it answers 200 again.
#[utoipa::path(
    tag = "Inbox",
    params(("name" = String, Path, description = "The inbox.")),
    request_body = Script,
    responses(
        (status = 200, description = "The script.", body = Script),
        (status = 400, description = "A member does not fit.", body = Problem),
    )
)]
#[put("/inbox/{name}/behaviour")]
pub async fn put_behaviour(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    script: Document<Script>,
) -> Result<HttpResponse, ControlError> {
    if let Some(wrong) = script.0.answers.iter().enumerate().find_map(|(index, answer)| fault(index, answer)) {
        return Err(Error::Invalid(wrong).into());
    }
    sandbox.inboxes.set_script(&path, script.0.clone())?;
    Ok(answer::ok(&script.0))
}

/// What is wrong with an answer of a script.
fn fault(index: usize, answer: &Behaviour) -> Option<String> {
    // 1xx would not end the exchange.
    if !(200..=599).contains(&answer.status) {
        return Some(format!("answers[{index}].status: expected 200 to 599, got {}", answer.status));
    }
    if answer.times == Some(0) {
        return Some(format!("answers[{index}].times: expected 1 or more, got 0"));
    }
    let is_header = |(name, value): &(&String, &String)| {
        HeaderName::try_from(name.as_str()).is_ok() && HeaderValue::try_from(value.as_str()).is_ok()
    };
    let wrong = answer.headers.iter().find(|header| !is_header(header));
    wrong.map(|(name, value)| format!("answers[{index}].headers: expected a name and a value, got {name:?}: {value:?}"))
}
