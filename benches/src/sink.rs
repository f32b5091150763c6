//! The receiver of notifications: answers 200 at once, and counts.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::Result;
use serde_json::json;
use tokio::sync::watch;

use crate::bare;

/// What the receiver has seen.
struct SinkState {
    /// Notifications; watched by `/wait`.
    count: AtomicU64,
    /// Of these, the ones that carry a Standard Webhooks signature.
    signed: AtomicU64,
    /// The body of the first one.
    first: OnceLock<Bytes>,
    /// The count that `/wait` waits for.
    target: AtomicU64,
    reached: watch::Sender<u64>,
}

/// Serves `PUT /notifications`, `GET /seen`, `GET /first`, and `GET /wait/{count}`, which answers once `count` came.
pub fn serve(port_file: &Path) -> Result<()> {
    let seen = Data::new(SinkState {
        count: AtomicU64::new(0),
        signed: AtomicU64::new(0),
        first: OnceLock::new(),
        target: AtomicU64::new(u64::MAX),
        reached: watch::Sender::new(0),
    });
    bare::serve(port_file, |listener| {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(seen.clone())
                .route("/notifications", web::put().to(take))
                .route("/seen", web::get().to(show))
                .route("/first", web::get().to(first))
                .route("/wait/{count}", web::get().to(wait))
        });
        Ok(server.workers(2).listen(listener)?.run())
    })
}

async fn take(request: HttpRequest, body: Bytes, seen: Data<SinkState>) -> HttpResponse {
    let headers = request.headers();
    let signature = headers.get("webhook-signature").is_some_and(|value| !value.is_empty());
    let all = ["webhook-id", "webhook-timestamp"].iter().all(|name| headers.contains_key(*name));
    if signature && all && !body.is_empty() {
        seen.signed.fetch_add(1, Ordering::SeqCst);
    }
    if seen.first.get().is_none() {
        // Another worker may have been first.
        let _ = seen.first.set(body);
    }
    let count = seen.count.fetch_add(1, Ordering::SeqCst) + 1;
    if count >= seen.target.load(Ordering::SeqCst) {
        seen.reached.send_replace(count);
    }
    HttpResponse::Ok().content_type("application/json").body(r#"{"booking_code":"BENCHMRK"}"#)
}

async fn show(seen: Data<SinkState>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "count": seen.count.load(Ordering::SeqCst),
        "signed": seen.signed.load(Ordering::SeqCst),
    }))
}

async fn first(seen: Data<SinkState>) -> HttpResponse {
    match seen.first.get() {
        Some(body) => HttpResponse::Ok().content_type("application/json").body(body.clone()),
        None => HttpResponse::NotFound().body("no notification came yet"),
    }
}

async fn wait(path: web::Path<u64>, seen: Data<SinkState>) -> HttpResponse {
    let target = path.into_inner();
    let mut reached = seen.reached.subscribe();
    seen.target.store(target, Ordering::SeqCst);
    // Those that came before the target was set have told nobody.
    if seen.count.load(Ordering::SeqCst) < target {
        // The sender lives as long as the server: no error can come.
        let _ = reached.wait_for(|&count| count >= target).await;
    }
    show(seen).await
}
