//! What the receiver makes of one call: verified, understood, kept, counted; each step under its own refusal.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::ledger::{EVENTS, Ledger, Outcome};
use super::message::{Message, OutService};
use super::script::Script;
use super::store::{Store, Stored};
use super::verify::{Call, Verifier};

/// How many bytes of bodies are kept to look at.
const KEPT: usize = 64 << 20;

/// A verified notification.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its `webhook-id`.
    pub id: String,
    /// The service that sent it.
    pub service: OutService,
    /// Its body.
    pub body: Value,
    /// The bytes as they came.
    pub raw: Bytes,
}

/// What a call was, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Happening {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The status it was answered with; none where it was not answered.
    pub status: Option<u16>,
    /// Its `webhook-id`, once verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it said, once verified.
    #[serde(flatten)]
    pub message: Option<Message>,
}

/// All that the calls share.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) verifier: Verifier,
    pub(super) delay: Duration,
    pub(super) now: fn() -> i64,
    pub(super) observer: Option<UnboundedSender<Happening>>,
    pub(super) arrived: Notify,
    /// One lock for what one call changes together; never held over an await.
    pub(super) book: Mutex<Book>,
}

/// What one call changes together.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) ledger: Ledger,
    pub(super) script: Script,
    pub(super) store: Option<Store>,
    pub(super) received: VecDeque<Received>,
    /// How many were received since the start, and how many bytes of them are kept.
    pub(super) taken: usize,
    bytes: usize,
}

impl Book {
    pub(super) fn new(script: Script) -> Self {
        Self { ledger: Ledger::default(), script, store: None, received: VecDeque::new(), taken: 0, bytes: 0 }
    }

    fn keep(&mut self, received: Received) {
        self.taken += 1;
        self.bytes += received.raw.len();
        self.received.push_back(received);
        while self.received.len() > EVENTS || self.bytes > KEPT {
            self.bytes -= self.received.pop_front().map_or(self.bytes, |oldest| oldest.raw.len());
        }
    }
}

impl Desk {
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, happening: Happening) {
        if let Some(observer) = &self.observer {
            // Who no longer listens is told nothing.
            let _gone = observer.send(happening);
        }
        self.arrived.notify_waiters();
    }

    /// What a sound receiver makes of a call.
    pub(super) fn judge(&self, request: &HttpRequest, body: Result<Bytes, actix_web::Error>) -> Happening {
        let at = (self.now)();
        let refused = |(status, reason): (StatusCode, String)| {
            self.book().ledger.refuse(status.as_u16());
            let (outcome, status, reason) = (Outcome::Refused, Some(status.as_u16()), Some(reason));
            Happening { at, outcome, status, id: None, reason, message: None }
        };
        let verified = self.read(request, body).and_then(|(id, json, raw)| {
            let message = Message::read(&json).map_err(|reason| (StatusCode::BAD_REQUEST, reason))?;
            let outcome = self.take(&id, &message, json, raw)?;
            Ok((id, message, outcome))
        });
        match verified {
            Err(refusal) => refused(refusal),
            Ok((id, message, outcome)) => {
                Happening { at, outcome, status: Some(200), id: Some(id), reason: None, message: Some(message) }
            }
        }
    }

    /// The call's id and body, once type, size and signature fit.
    fn read(
        &self,
        request: &HttpRequest,
        body: Result<Bytes, actix_web::Error>,
    ) -> Result<(String, Value, Bytes), (StatusCode, String)> {
        let body = body.map_err(|error| (error.as_response_error().status_code(), error.to_string()))?;
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers: Vec<(String, String)> =
            request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect();
        if !request.headers().get("content-type").is_some_and(|value| is_json(value.as_bytes())) {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type: expected application/json".to_owned()));
        }
        let url = {
            let told = request.connection_info();
            format!("{}://{}{}", told.scheme(), told.host(), request.uri())
        };
        let call = Call { headers: &headers, body: &body, method: request.method().as_str(), url: &url };
        let id = self.verifier.verify(call, (self.now)()).map_err(|reason| (StatusCode::UNAUTHORIZED, reason))?;
        let json = serde_json::from_slice(&body)
            .map_err(|error| (StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))?;
        Ok((id, json, body))
    }

    /// Keeps a notification, and only then counts it.
    fn take(&self, id: &str, message: &Message, body: Value, raw: Bytes) -> Result<Outcome, (StatusCode, String)> {
        let mut book = self.book();
        if book.ledger.knows(id) {
            return Ok(book.ledger.take(id, message));
        }
        let stored = Stored { id: id.to_owned(), received: (self.now)(), body };
        if let Some(store) = &mut book.store {
            let wrong = |error| (StatusCode::INTERNAL_SERVER_ERROR, format!("the store cannot be written: {error}"));
            store.append(&stored).map_err(wrong)?;
        }
        book.keep(Received { id: stored.id, service: message.service, body: stored.body, raw });
        Ok(book.ledger.take(id, message))
    }
}

/// `application/json`, with or without parameters.
fn is_json(value: &[u8]) -> bool {
    let essence = value.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}
