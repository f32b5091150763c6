//! The built-in receivers of an account: each captures notifications, and answers as it is told.

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ContentBuilder, Object, RefOr, Required, Schema};

use super::path::{InAccount, InboxPath};
use crate::domain::contract::error::Error;
use crate::domain::value::hidden::{self, MASK};
use crate::http::answer::{Answer, Json, NoContent};
use crate::http::body::{Document, read_control};
use crate::http::connection;
use crate::http::operation::{Answers, LATE, Signature, Takes};
use crate::http::page::{Page, Paging};
use crate::http::query::Query;
use crate::service::clock;
use crate::service::inbox::{self, BYTES, Behaviour, Message, Script};

/// A call of an inbox: anything that is sent there.
pub struct Incoming {
    at: InAccount<InboxPath>,
    request: HttpRequest,
    body: Payload,
}

/// What an inbox answered.
#[derive(Debug)]
pub struct Answered(HttpResponse);

impl FromRequest for Incoming {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, body: &mut Payload) -> Self::Future {
        let mut read = || {
            let at = InAccount::extract(request).into_inner()?;
            Ok(Self { at, request: request.clone(), body: body.take() })
        };
        ready(read())
    }
}

impl Takes for Incoming {
    fn say(signature: &mut Signature) {
        InAccount::<InboxPath>::say(signature);
        let content = ContentBuilder::new().schema(Some(anything())).build();
        let body = RequestBodyBuilder::new().description(Some("Anything.")).content("application/json", content);
        signature.request_body = Some(body.required(Some(Required::False)).build());
        signature.answers(408, LATE);
        signature.answers(409, "The account has 100 inboxes, all with a script or a subscription.");
        signature.answers(413, "It is larger than all an inbox may hold.");
    }
}

fn anything() -> RefOr<Schema> {
    Object::with_type(SchemaType::AnyValue).into()
}

impl Answers for Answered {
    fn say(signature: &mut Signature) {
        let words =
            "Captured: `booking_code` as it came, or what the inbox is told to answer, with another status, too.";
        signature.answers_with(200, words, anything());
    }
}

impl Responder for Answered {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

impl Incoming {
    async fn capture(self) -> Answer<Answered> {
        let Self { at, request, mut body } = self;
        let body = read_control(&request, &mut body, BYTES).await?;
        let account = at.account()?;
        let headers = request.headers().iter().map(|(name, value)| {
            let is_secret = hidden::is_secret(name.as_str());
            let value = if is_secret { MASK.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.as_str().to_owned(), value.into_owned())
        });
        let json: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
        let booking_code = json.as_ref().and_then(|json| json.get("booking_code")).cloned();
        let message = Message {
            id: 0,
            received: clock::wall(),
            method: request.method().to_string(),
            target: hidden::hide_query(&request.uri().to_string()).into_owned(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
            json: None,
            answered: 0,
        };
        let behaviour = inbox::receive(&at.sandbox, &account, &at.path.name, message).await?;
        connection::pause(&at.sandbox, &request, behaviour.delay.0).await;
        let status = StatusCode::from_u16(behaviour.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        response.content_type("application/json");
        for (name, value) in &behaviour.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        let documented = || serde_json::json!({ "booking_code": booking_code }).to_string();
        Ok(Answered(response.body(behaviour.body.unwrap_or_else(documented))))
    }
}

/// Capture a request.
#[utoipa::path(put, path = "put_message")]
pub async fn put_message(call: Incoming) -> Answer<Answered> {
    call.capture().await
}

/// Capture a request.
#[utoipa::path(post, path = "post_message")]
pub async fn post_message(call: Incoming) -> Answer<Answered> {
    call.capture().await
}

/// Capture an xAPI statement: an inbox is a store of statements, too.
#[utoipa::path(put, path = "put_statement")]
pub async fn put_statement(call: Incoming) -> Answer<Answered> {
    call.capture().await
}

/// List what an inbox captured, oldest first; the newest 1000 are kept.
///
/// `/_sandbox/inbox/{name}` is the demo account's, for every operation of an inbox.
#[utoipa::path(get, path = "list_inbox")]
pub async fn list_inbox(at: InAccount<InboxPath>, paging: Query<Paging>) -> Answer<Json<Page<Message>>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let mut items = at.account()?.inboxes.messages(&at.path.name, after, limit + 1);
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| has_more).map(|last| last.id.to_string());
    Ok(Json(Page { items, next_cursor }))
}

/// Empty an inbox, its script as well.
#[utoipa::path(delete, path = "clear_inbox")]
pub async fn clear_inbox(at: InAccount<InboxPath>) -> Answer<NoContent> {
    at.account()?.inboxes.clear(&at.path.name);
    Ok(NoContent)
}

/// The most that a script may have, in bytes.
const SCRIPT_BYTES: usize = 256 * 1024;

/// Script the answers of an inbox; they are used up in order, then it answers 200 again.
#[utoipa::path(put, path = "put_behaviour", responses(
    (status = 409, description = "The account has 100 inboxes, all with a script or a subscription.")
))]
pub async fn put_behaviour(at: InAccount<InboxPath>, script: Document<Script, SCRIPT_BYTES>) -> Answer<Json<Script>> {
    let account = at.account()?;
    if let Some(wrong) = script.0.answers.iter().enumerate().find_map(|(index, answer)| misfit(index, answer)) {
        return Err(Error::Invalid(wrong).into());
    }
    inbox::set_script(&at.sandbox, &account, &at.path.name, script.0.clone()).await?;
    Ok(Json(script.0))
}

/// What is wrong with an answer of a script.
fn misfit(index: usize, answer: &Behaviour) -> Option<String> {
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
