//! The reference receiver of all six outgoing services: an HTTP server around the inbox.
//!
//! It verifies the bytes as they came, drops duplicates by `webhook-id`, orders events by `effective_date`, stores them,
//! and shows what it knows at `/` and `/state`. On request it fails.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::body::{BodyStream, BoxBody};
use actix_web::dev::ServerHandle;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

pub use super::inbox::{CallReport, ReceivedNotification};
use super::inbox::{InboxState, NotificationInbox};
use super::ledger::{CallCounts, CallOutcome, LedgerState, LedgerView};
use super::notification::{Content, Notification};
use super::script::{FailureScript, FailureStep};
use super::store::{FileStore, StoreError, StoredNotification};
use super::verify::Verifier;

/// The largest body that is accepted, in bytes; a sound receiver accepts 1 MiB.
const LIMIT: usize = 2 << 20;

/// How far `webhook-timestamp` may be from the receiver's clock, by default.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// How a receiver behaves.
#[derive(Debug)]
pub struct Options {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Answers HTTPS with this, and no HTTP.
    pub tls: Option<rustls::ServerConfig>,
    /// `whsec_` secrets and `whpk_` public keys; several while one is rotated.
    pub secrets: Vec<String>,
    /// How far the timestamp of a signature may be from `now`.
    pub tolerance: Duration,
    /// Which calls fail, and how.
    pub script: FailureScript,
    /// How long to wait before an answer, after the call has had its effect.
    pub delay: Duration,
    /// The file for accepted notifications.
    pub store: Option<PathBuf>,
    /// The clock, in seconds since 1970; [`crate::seconds`] outside of tests.
    pub now: fn() -> i64,
    /// Gets a report of each call.
    pub observer: Option<UnboundedSender<CallReport>>,
}

impl Options {
    /// A receiver on a free port of this machine, without failures and without a file.
    pub fn new<S: Into<String>>(secrets: impl IntoIterator<Item = S>, now: fn() -> i64) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            secrets: secrets.into_iter().map(Into::into).collect(),
            tolerance: TOLERANCE,
            script: FailureScript::default(),
            delay: Duration::ZERO,
            store: None,
            now,
            observer: None,
        }
    }
}

/// Why a receiver does not start.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// A secret is malformed.
    #[error("{0}")]
    Secret(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, std::io::Error),
    /// The file of `store` cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line of `store` is not a notification.
    #[error("store: line {0}: {1}")]
    Stored(usize, String),
}

/// A running receiver.
#[derive(Debug)]
pub struct Receiver {
    inbox: Arc<NotificationInbox>,
    address: SocketAddr,
    url: String,
    handle: ServerHandle,
}

impl Receiver {
    /// Starts a receiver on a free port of this machine; `now` is its clock, in seconds since 1970.
    ///
    /// # Errors
    /// No port is free, or the secret is malformed.
    pub fn start(secret: impl Into<String>, now: fn() -> i64) -> Result<Self, ReceiverError> {
        Self::start_with(Options::new([secret], now))
    }

    /// Starts a receiver; needs a Tokio runtime.
    ///
    /// # Errors
    /// [`ReceiverError`].
    pub fn start_with(options: Options) -> Result<Self, ReceiverError> {
        let verifier = Verifier::new(&options.secrets, options.tolerance).map_err(ReceiverError::Secret)?;
        let mut state = InboxState::new(options.script);
        if let Some(path) = &options.store {
            let (store, held) = FileStore::open(path)?;
            for (index, StoredNotification { id, body, .. }) in held.into_iter().enumerate() {
                let notification =
                    Notification::read(&body).map_err(|reason| ReceiverError::Stored(index + 1, reason))?;
                state.ledger.take(&id, &notification);
            }
            state.store = Some(store);
        }
        let wrong = |error| ReceiverError::Bind(options.listen, error);
        let listener = TcpListener::bind(options.listen).map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        let inbox = Arc::new(NotificationInbox {
            verifier,
            delay: options.delay,
            now: options.now,
            observer: options.observer,
            arrived: Notify::new(),
            state: Mutex::new(state),
        });
        let shared = Data::from(Arc::clone(&inbox));
        let server = HttpServer::new(move || {
            let limit = PayloadConfig::new(LIMIT);
            App::new().app_data(shared.clone()).app_data(limit).default_service(web::to(answer))
        })
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals();
        let (server, scheme) = match options.tls {
            Some(tls) => (server.listen_rustls_0_23(listener, tls), "https"),
            None => (server.listen(listener), "http"),
        };
        let server = server.map_err(wrong)?.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { inbox, address, url: format!("{scheme}://{address}/notifications"), handle })
    }

    /// The URL for notifications. Any other path works as well, for example that of an xAPI statement:
    /// `{url}/statements`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until `count` notifications have arrived, each counted once, or the timeout is over.
    ///
    /// Returns those that came, sorted by candidate and `effective_date`; bodies without these members come first. Only
    /// the newest are kept: at most 10,000, and at most 64 MiB.
    pub async fn wait(&self, count: usize, timeout: Duration) -> Vec<ReceivedNotification> {
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let arrived = self.inbox.arrived.notified();
            let (mut received, taken) = {
                let state = self.inbox.state();
                (state.received.iter().cloned().collect::<Vec<_>>(), state.taken)
            };
            let member =
                |received: &ReceivedNotification, name| received.body[name].as_str().unwrap_or_default().to_owned();
            // Across candidates no order is promised; for one candidate, effective_date tells it.
            let order = |received: &ReceivedNotification| {
                (member(received, "candidate_id"), member(received, "effective_date"))
            };
            if taken >= count || tokio::time::timeout_at(deadline, arrived).await.is_err() {
                received.sort_by_key(order);
                return received;
            }
        }
    }

    /// All that is known; if a candidate is given, with the records and events of this candidate only.
    pub fn state(&self, candidate_id: Option<&str>) -> LedgerState {
        self.inbox.state().ledger.state(candidate_id)
    }

    /// The number of calls, by how they ended.
    pub fn counts(&self) -> CallCounts {
        self.inbox.state().ledger.counts()
    }

    /// What a table with room for this many records shows.
    pub fn view(&self, room: usize) -> LedgerView {
        self.inbox.state().ledger.view(room)
    }

    /// Fails by this script from now on.
    pub fn play(&self, script: FailureScript) {
        self.inbox.state().script = script;
    }

    /// Stops it; answers under way have one second.
    pub async fn stop(self) {
        self.handle.stop(true).await;
    }
}

async fn answer(
    request: HttpRequest,
    inbox: Data<NotificationInbox>,
    body: Result<Bytes, actix_web::Error>,
) -> HttpResponse {
    match (request.method(), request.path()) {
        (&Method::PUT | &Method::POST, _) => receive(&request, &inbox, body).await,
        (&Method::GET, "/") => page(),
        (&Method::GET, "/state") => {
            let query: Vec<(String, String)> =
                form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
            let candidate = query.iter().find(|(name, _)| name == "candidate_id").map(|(_, id)| id.as_str());
            let state = inbox.state().ledger.state(candidate);
            HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(state)
        }
        (&Method::GET, _) => HttpResponse::NotFound().json(wrong(StatusCode::NOT_FOUND, "only / and /state")),
        _ => HttpResponse::MethodNotAllowed()
            .insert_header(("allow", "PUT, POST, GET"))
            .json(wrong(StatusCode::METHOD_NOT_ALLOWED, "a notification is a PUT, or a POST")),
    }
}

/// The page with a table that updates itself; it loads nothing from elsewhere.
fn page() -> HttpResponse {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", policy))
        .body(include_str!("page.html"))
}

async fn receive(
    request: &HttpRequest,
    inbox: &NotificationInbox,
    body: Result<Bytes, actix_web::Error>,
) -> HttpResponse {
    // In a statement of its own, so that the lock is released at its end.
    let step = inbox.state().script.step();
    let mut report = match step {
        FailureStep::Status(200..300) => inbox.handle(request, body),
        FailureStep::Status(_) | FailureStep::Hang | FailureStep::Close => {
            inbox.state().ledger.fail();
            let at = (inbox.now)();
            CallReport { at, outcome: CallOutcome::Scripted, status: None, id: None, reason: None, notification: None }
        }
    };
    if step != FailureStep::Hang && !inbox.delay.is_zero() {
        tokio::time::sleep(inbox.delay).await;
    }
    if let FailureStep::Status(status) = step
        && report.outcome != CallOutcome::Refused
    {
        report.status = Some(status);
    }
    let response = response(&report);
    inbox.report(report);
    match step {
        FailureStep::Hang => std::future::pending().await,
        FailureStep::Status(_) => response,
        FailureStep::Close => {
            // An error before the first byte closes the connection, and even the head is not sent.
            let failed = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
            let failed = futures_util::stream::once(async { Err::<Bytes, _>(failed) });
            response.set_body(BoxBody::new(BodyStream::new(failed)))
        }
    }
}

/// The answer to the sender.
fn response(report: &CallReport) -> HttpResponse {
    let status = report.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    match &report.notification {
        // Only a Booking Notification's answer has a documented body; for the other services only the status counts.
        Some(Notification { content: Content::Booking(booking), .. }) => {
            response.json(json!({ "booking_code": booking.booking_code }))
        }
        Some(_) => response.json(json!({})),
        None => response.json(wrong(status, report.reason.as_deref().unwrap_or("the receiver was told to fail"))),
    }
}

fn wrong(status: StatusCode, description: &str) -> Value {
    json!({ "error": status.canonical_reason().unwrap_or_default(), "error_description": description })
}
