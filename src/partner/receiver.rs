//! The reference receiver: verifies the signature, drops duplicates by `webhook-id`, orders by `effective_date`.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;
use tokio::sync::Notify;

use crate::signing::standard_webhooks;

/// A verified notification.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its `webhook-id`.
    pub id: String,
    /// Its body.
    pub body: Value,
    /// The bytes as they came.
    pub raw: Bytes,
}

#[derive(Debug)]
struct Desk {
    secret: String,
    seen: Mutex<(BTreeSet<String>, Vec<Received>)>,
    arrived: Notify,
    now: fn() -> i64,
}

/// A running receiver.
#[derive(Debug)]
pub struct Receiver {
    desk: Arc<Desk>,
    url: String,
    handle: ServerHandle,
}

impl Receiver {
    /// Starts a receiver on a free port of this machine; `now` tells the seconds since 1970.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(secret: impl Into<String>, now: fn() -> i64) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}/notifications", listener.local_addr()?);
        let desk = Arc::new(Desk { secret: secret.into(), seen: Mutex::default(), arrived: Notify::new(), now });
        let shared = Data::from(Arc::clone(&desk));
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).route("/notifications", web::put().to(receive))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { desk, url, handle })
    }

    /// Where to send notifications.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until this many have arrived; gives them by candidate and `effective_date`, or what came in time.
    pub async fn wait(&self, count: usize, timeout: Duration) -> Vec<Received> {
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let arrived = self.desk.arrived.notified();
            let mut received = self.desk.seen.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
            let member = |received: &Received, name| received.body[name].as_str().unwrap_or_default().to_owned();
            // Across candidates no order is promised; for one, effective_date tells it.
            let order = |received: &Received| (member(received, "candidate_id"), member(received, "effective_date"));
            if received.len() >= count || tokio::time::timeout_at(deadline, arrived).await.is_err() {
                received.sort_by_key(order);
                return received;
            }
        }
    }

    /// Stops it.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn receive(request: HttpRequest, desk: Data<Desk>, body: Bytes) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let id = header("webhook-id");
    let verified = standard_webhooks::verify(
        &desk.secret,
        id,
        header("webhook-timestamp"),
        header("webhook-signature"),
        &body,
        (desk.now)(),
    );
    if let Err(reason) = verified {
        return HttpResponse::Unauthorized()
            .json(serde_json::json!({ "error": "Unauthorized", "error_description": reason.to_string() }));
    }
    let Ok(json) = serde_json::from_slice::<Value>(&body) else {
        return HttpResponse::BadRequest()
            .json(serde_json::json!({ "error": "Bad Request", "error_description": "the body is not JSON" }));
    };
    let answer = serde_json::json!({ "booking_code": json["booking_code"] });
    {
        let mut seen = desk.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0.insert(id.to_owned()) {
            seen.1.push(Received { id: id.to_owned(), body: json, raw: body });
        }
    }
    desk.arrived.notify_waiters();
    HttpResponse::Ok().json(answer)
}
