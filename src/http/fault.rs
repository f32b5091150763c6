//! Injected faults: finds the one that fires for a call, and spoils the answer.

use std::io;
use std::time::Duration;

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody, SizedStream};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, StreamExt};

use super::call::Call;
use crate::domain::contract::operation::Operation;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::fault::{Connection, Damage, Effect, Facts, Fired};
use crate::service::Sandbox;

/// Words the answer of an effect; the gateway's, whose layer is above.
pub type AnswerWriter =
    for<'a> fn(&'a Sandbox, &'a HttpRequest, &'a Call, &'a Effect) -> LocalBoxFuture<'a, Option<HttpResponse>>;

/// In how many parts a slow body comes.
const PARTS: u32 = 10;
/// How long the first half of a cut body gets to leave.
const FLUSH: Duration = Duration::from_millis(50);

/// The fault that fires for a call; one atomic read if its account has none.
pub async fn fire(sandbox: &Sandbox, call: &Call, target: &str, request: &ServiceRequest) -> Option<Fired> {
    let is_token = call.operation.get().is_some_and(Operation::is_token);
    if is_token && call.account.borrow().is_none() {
        // The consumer key may stand in the form.
        let body = call.body.borrow();
        let key = form_urlencoded::parse(&body).find(|(name, _)| name == "client_id").map(|(_, key)| key);
        let account = key.and_then(|key| sandbox.store.by_consumer_key(&key));
        *call.account.borrow_mut() = account;
    }
    let account = call.account.borrow().clone()?;
    if !account.has_faults() {
        return None;
    }
    let in_path = call.parts.borrow().iter().find(|part| part.name == "candidate_id").map(|part| part.text.clone());
    let candidate = in_path.or_else(|| candidate(&call.body.borrow()));
    let headers = request.headers();
    let changed = sandbox.change(&account, |state, act| {
        let facts = Facts {
            operation: call.operation.get(),
            method: request.method().as_str(),
            path: target.split('?').next().unwrap_or_default(),
            candidate: candidate.as_deref(),
            header: &|name| headers.get(name).and_then(|value| value.to_str().ok()),
            now: act.now,
            wall: act.wall,
        };
        let fired = if state.faults.takes(&facts) { state.faults.edit().fire(&facts) } else { None };
        Ok((fired, Notices::new()))
    });
    changed.await.ok()?
}

/// The candidate of a body.
fn candidate(body: &[u8]) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    json["candidate"]["candidate_id"].as_str().map(str::to_owned)
}

/// Marks an answer that is not sent: the connection is closed instead.
#[derive(Debug, Clone, Copy)]
pub struct Dropped;

/// Spoils an answer's headers, body and connection.
pub fn spoil(mut response: HttpResponse, effect: &Effect) -> HttpResponse {
    if let Some(seconds) = effect.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if effect.connection == Some(Connection::Drop) {
        return drop_connection(response);
    }
    if effect.body == Some(Damage::Html) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
    }
    if effect.body.is_none() && effect.slow_body.is_none() {
        return response;
    }
    let (response, body) = response.into_parts();
    let Ok(bytes) = body.try_into_bytes() else { return response.set_body(BoxBody::new(())) };
    let bytes = match effect.body {
        Some(Damage::Malformed) => malformed(&bytes),
        Some(Damage::Html) => {
            Bytes::from_static(b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>")
        }
        Some(Damage::Unsorted) => reversed(&bytes),
        Some(Damage::Truncated) | None => bytes,
    };
    let is_cut = effect.body == Some(Damage::Truncated);
    if !is_cut && effect.slow_body.is_none() {
        return response.set_body(BoxBody::new(bytes));
    }
    let pause = effect.slow_body.map_or(Duration::ZERO, |span| span.0 / PARTS);
    let size = bytes.len();
    let sent = if is_cut { bytes.slice(..size / 2) } else { bytes };
    let part = sent.len().div_ceil(PARTS as usize).max(1);
    let parts: Vec<Bytes> = sent.chunks(part).map(Bytes::copy_from_slice).collect();
    let parts = stream::iter(parts).then(move |part| async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok::<_, io::Error>(part)
    });
    let end = stream::iter(is_cut.then_some(())).then(|()| async {
        tokio::time::sleep(FLUSH).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let body = SizedStream::new(u64::try_from(size).unwrap_or(0), Box::pin(parts.chain(end)));
    debug_assert!(matches!(body.size(), BodySize::Sized(_)));
    response.set_body(BoxBody::new(body))
}

/// Has the connection closed without an answer.
pub fn drop_connection(mut response: HttpResponse) -> HttpResponse {
    response.extensions_mut().insert(Dropped);
    // An error before the first byte closes the connection, and the head is never sent.
    let failed = stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted)) });
    response.set_body(BoxBody::new(BodyStream::new(failed)))
}

/// No JSON any more: the last byte is missing, and a comma stands in its place.
fn malformed(bytes: &Bytes) -> Bytes {
    let mut text = bytes.to_vec();
    text.pop();
    text.push(b',');
    text.into()
}

/// The members of an object in reverse order.
fn reversed(bytes: &Bytes) -> Bytes {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(bytes) else { return bytes.clone() };
    let members: serde_json::Map<_, _> = members.into_iter().rev().collect();
    serde_json::to_vec(&members).map_or_else(|_| bytes.clone(), Bytes::from)
}
