//! Handles one call to the receiver: verifies, reads, stores and counts it; each step can refuse it.

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

use super::ledger::{CallOutcome, EVENTS, ReceiverLedger};
use super::notification::{Notification, OutService};
use super::script::FailureScript;
use super::store::{FileStore, StoredNotification};
use super::verify::{SignedCall, Verifier};

/// The most bytes of bodies that are kept in memory.
const KEPT: usize = 64 << 20;

/// A verified notification.
#[derive(Debug, Clone)]
pub struct ReceivedNotification {
    /// Its `webhook-id`.
    pub id: String,
    /// The service that sent it.
    pub service: OutService,
    /// Its body.
    pub body: Value,
    /// The bytes as they came.
    pub raw: Bytes,
}

/// The report of one call.
#[derive(Debug, Clone, Serialize)]
pub struct CallReport {
    /// When, in seconds since 1970.
    pub at: i64,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The status of the answer; absent if there was none.
    pub status: Option<u16>,
    /// Its `webhook-id`, once verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The notification, once verified.
    #[serde(flatten)]
    pub notification: Option<Notification>,
}

/// What all calls share.
#[derive(Debug)]
pub(super) struct NotificationInbox {
    pub(super) verifier: Verifier,
    pub(super) delay: Duration,
    pub(super) now: fn() -> i64,
    pub(super) observer: Option<UnboundedSender<CallReport>>,
    pub(super) arrived: Notify,
    /// One lock, because a call changes all of it together; never held across an await.
    pub(super) state: Mutex<InboxState>,
}

/// What a call changes.
#[derive(Debug)]
pub(super) struct InboxState {
    pub(super) ledger: ReceiverLedger,
    pub(super) script: FailureScript,
    pub(super) store: Option<FileStore>,
    pub(super) received: VecDeque<ReceivedNotification>,
    /// The number of notifications since the start; `bytes` is the size of those that are kept.
    pub(super) taken: usize,
    bytes: usize,
}

impl InboxState {
    pub(super) fn new(script: FailureScript) -> Self {
        Self { ledger: ReceiverLedger::default(), script, store: None, received: VecDeque::new(), taken: 0, bytes: 0 }
    }

    fn keep(&mut self, received: ReceivedNotification) {
        self.taken += 1;
        self.bytes += received.raw.len();
        self.received.push_back(received);
        while self.received.len() > EVENTS || self.bytes > KEPT {
            self.bytes -= self.received.pop_front().map_or(self.bytes, |oldest| oldest.raw.len());
        }
    }
}

impl NotificationInbox {
    pub(super) fn state(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn report(&self, report: CallReport) {
        if let Some(observer) = &self.observer {
            // The observer may be gone.
            let _gone = observer.send(report);
        }
        self.arrived.notify_waiters();
    }

    /// Handles a call as a sound receiver does.
    pub(super) fn handle(&self, request: &HttpRequest, body: Result<Bytes, actix_web::Error>) -> CallReport {
        let at = (self.now)();
        let refused = |(status, reason): (StatusCode, String)| {
            self.state().ledger.refuse(status.as_u16());
            let (outcome, status, reason) = (CallOutcome::Refused, Some(status.as_u16()), Some(reason));
            CallReport { at, outcome, status, id: None, reason, notification: None }
        };
        let verified = self.read(request, body).and_then(|(id, json, raw)| {
            let notification = Notification::read(&json).map_err(|reason| (StatusCode::BAD_REQUEST, reason))?;
            let outcome = self.take(&id, &notification, json, raw)?;
            Ok((id, notification, outcome))
        });
        match verified {
            Err(refusal) => refused(refusal),
            Ok((id, notification, outcome)) => CallReport {
                at,
                outcome,
                status: Some(200),
                id: Some(id),
                reason: None,
                notification: Some(notification),
            },
        }
    }

    /// The call's id and body, after its type, size and signature were checked.
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
            let connection = request.connection_info();
            format!("{}://{}{}", connection.scheme(), connection.host(), request.uri())
        };
        let call = SignedCall { headers: &headers, body: &body, method: request.method().as_str(), url: &url };
        let id = self.verifier.verify(call, (self.now)()).map_err(|reason| (StatusCode::UNAUTHORIZED, reason))?;
        let json = serde_json::from_slice(&body)
            .map_err(|error| (StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))?;
        Ok((id, json, body))
    }

    /// Stores a notification, and counts it only if that worked.
    fn take(
        &self,
        id: &str,
        notification: &Notification,
        body: Value,
        raw: Bytes,
    ) -> Result<CallOutcome, (StatusCode, String)> {
        let mut state = self.state();
        if state.ledger.knows(id) {
            return Ok(state.ledger.take(id, notification));
        }
        let stored = StoredNotification { id: id.to_owned(), received: (self.now)(), body };
        if let Some(store) = &mut state.store {
            let wrong = |error| (StatusCode::INTERNAL_SERVER_ERROR, format!("the store cannot be written: {error}"));
            store.append(&stored).map_err(wrong)?;
        }
        state.keep(ReceivedNotification { id: stored.id, service: notification.service, body: stored.body, raw });
        Ok(state.ledger.take(id, notification))
    }
}

/// Whether a content type is `application/json`, with or without parameters.
fn is_json(value: &[u8]) -> bool {
    let essence = value.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}
