//! The reference receiver of all six outgoing services: verifies the bytes as they came, drops duplicates by
//! `webhook-id`, orders by `effective_date`, stores, and shows what it knows at `/` and `/state`. It can be told to fail.

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

use super::desk::{Book, Desk};
pub use super::desk::{Happening, Received};
use super::ledger::{Counts, Outcome, State, View};
use super::message::{Message, Said};
use super::script::{Script, Step};
use super::store::{Store, StoreError, Stored};
use super::verify::Verifier;

/// A notification of 1 MiB is taken; one of more than this is not.
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
    /// How calls fail.
    pub script: Script,
    /// How long an answer waits, once the call has had its effect.
    pub delay: Duration,
    /// Where to keep what was taken.
    pub store: Option<PathBuf>,
    /// The seconds since 1970; [`crate::seconds`] outside of tests.
    pub now: fn() -> i64,
    /// Is told what happens, as it happens.
    pub observer: Option<UnboundedSender<Happening>>,
}

impl Options {
    /// On a free port of this machine, without misbehaviour, nothing kept.
    pub fn new<S: Into<String>>(secrets: impl IntoIterator<Item = S>, now: fn() -> i64) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            secrets: secrets.into_iter().map(Into::into).collect(),
            tolerance: TOLERANCE,
            script: Script::default(),
            delay: Duration::ZERO,
            store: None,
            now,
            observer: None,
        }
    }
}

/// Why a receiver does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A secret is none.
    #[error("{0}")]
    Secret(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, std::io::Error),
    /// The file of `store` cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line of `store` is no notification.
    #[error("store: line {0}: {1}")]
    Stored(usize, String),
}

/// A running receiver.
#[derive(Debug)]
pub struct Receiver {
    desk: Arc<Desk>,
    address: SocketAddr,
    url: String,
    handle: ServerHandle,
}

impl Receiver {
    /// Starts a receiver on a free port of this machine; `now` tells the seconds since 1970.
    ///
    /// # Errors
    /// No port is free, or the secret is none.
    pub fn start(secret: impl Into<String>, now: fn() -> i64) -> Result<Self, StartError> {
        Self::start_with(Options::new([secret], now))
    }

    /// Starts a receiver, within a runtime of tokio.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start_with(options: Options) -> Result<Self, StartError> {
        let verifier = Verifier::new(&options.secrets, options.tolerance).map_err(StartError::Secret)?;
        let mut book = Book::new(options.script);
        if let Some(path) = &options.store {
            let (store, held) = Store::open(path)?;
            for (index, Stored { id, body, .. }) in held.into_iter().enumerate() {
                let message = Message::read(&body).map_err(|reason| StartError::Stored(index + 1, reason))?;
                book.ledger.take(&id, &message);
            }
            book.store = Some(store);
        }
        let wrong = |error| StartError::Bind(options.listen, error);
        let listener = TcpListener::bind(options.listen).map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        let desk = Arc::new(Desk {
            verifier,
            delay: options.delay,
            now: options.now,
            observer: options.observer,
            arrived: Notify::new(),
            book: Mutex::new(book),
        });
        let shared = Data::from(Arc::clone(&desk));
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
        Ok(Self { desk, address, url: format!("{scheme}://{address}/notifications"), handle })
    }

    /// Where to send notifications; any other path will do, as that of an xAPI statement: `{url}/statements`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until this many have arrived, each counted once; gives them by candidate and `effective_date`, or what came
    /// in time; bodies without these members stand first. Of very many it gives the newest: 10,000, in 64 MiB.
    pub async fn wait(&self, count: usize, timeout: Duration) -> Vec<Received> {
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let arrived = self.desk.arrived.notified();
            let (mut received, taken) = {
                let book = self.desk.book();
                (book.received.iter().cloned().collect::<Vec<_>>(), book.taken)
            };
            let member = |received: &Received, name| received.body[name].as_str().unwrap_or_default().to_owned();
            // Across candidates no order is promised; for one, effective_date tells it.
            let order = |received: &Received| (member(received, "candidate_id"), member(received, "effective_date"));
            if taken >= count || tokio::time::timeout_at(deadline, arrived).await.is_err() {
                received.sort_by_key(order);
                return received;
            }
        }
    }

    /// All that is known; records and events of one candidate alone where one is named.
    pub fn state(&self, candidate_id: Option<&str>) -> State {
        self.desk.book().ledger.state(candidate_id)
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.desk.book().ledger.counts()
    }

    /// What a table with room for so many records shows.
    pub fn view(&self, room: usize) -> View {
        self.desk.book().ledger.view(room)
    }

    /// Misbehaves like this from now on.
    pub fn play(&self, script: Script) {
        self.desk.book().script = script;
    }

    /// Stops it; answers under way have a second.
    pub async fn stop(self) {
        self.handle.stop(true).await;
    }
}

async fn answer(request: HttpRequest, desk: Data<Desk>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    match (request.method(), request.path()) {
        (&Method::PUT | &Method::POST, _) => receive(&request, &desk, body).await,
        (&Method::GET, "/") => page(),
        (&Method::GET, "/state") => {
            let query: Vec<(String, String)> =
                form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
            let candidate = query.iter().find(|(name, _)| name == "candidate_id").map(|(_, id)| id.as_str());
            let state = desk.book().ledger.state(candidate);
            HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(state)
        }
        (&Method::GET, _) => HttpResponse::NotFound().json(wrong(StatusCode::NOT_FOUND, "only / and /state")),
        _ => HttpResponse::MethodNotAllowed()
            .insert_header(("allow", "PUT, POST, GET"))
            .json(wrong(StatusCode::METHOD_NOT_ALLOWED, "a notification is a PUT, or a POST")),
    }
}

/// The table that updates itself; it needs nothing from elsewhere.
fn page() -> HttpResponse {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", policy))
        .body(include_str!("page.html"))
}

async fn receive(request: &HttpRequest, desk: &Desk, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    // In a statement of its own: the lock is let go at its end.
    let step = desk.book().script.step();
    let mut happening = match step {
        Step::Status(200..300) => desk.judge(request, body),
        Step::Status(_) | Step::Hang | Step::Close => {
            desk.book().ledger.fail();
            let at = (desk.now)();
            Happening { at, outcome: Outcome::Scripted, status: None, id: None, reason: None, message: None }
        }
    };
    if step != Step::Hang && !desk.delay.is_zero() {
        tokio::time::sleep(desk.delay).await;
    }
    if let Step::Status(status) = step
        && happening.outcome != Outcome::Refused
    {
        happening.status = Some(status);
    }
    let response = worded(&happening);
    desk.tell(happening);
    match step {
        Step::Hang => std::future::pending().await,
        Step::Status(_) => response,
        Step::Close => {
            // An error before the first byte closes the connection, and the head is never sent.
            let failed = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
            let failed = futures_util::stream::once(async { Err::<Bytes, _>(failed) });
            response.set_body(BoxBody::new(BodyStream::new(failed)))
        }
    }
}

/// What the sender reads.
fn worded(happening: &Happening) -> HttpResponse {
    let status = happening.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    match &happening.message {
        // Documented for a Booking Notification alone; of another service's answer the status counts.
        Some(Message { said: Said::Booking(told), .. }) => response.json(json!({ "booking_code": told.booking_code })),
        Some(_) => response.json(json!({})),
        None => response.json(wrong(status, happening.reason.as_deref().unwrap_or("the receiver was told to fail"))),
    }
}

fn wrong(status: StatusCode, description: &str) -> Value {
    json!({ "error": status.canonical_reason().unwrap_or_default(), "error_description": description })
}
