//! The server itself: health, reset, the fidelity ledger, metrics.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::contract::lint::Standing;
use crate::http::answer::{Answer, Json, NoContent};
use crate::http::error::problem;
use crate::http::query::Query;
use crate::service::fidelity::{self, Ledger, Subject, Wanted};
use crate::service::metrics::Depths;
use crate::service::{Phase, Sandbox, account};

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `starting` until the fixtures are loaded, or `stopping`.
    pub status: &'static str,
    /// The release.
    pub version: &'static str,
    /// How many accounts there are.
    pub accounts: usize,
}

/// Which lines of the ledger are told.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LedgerFilter {
    /// By service, or what several of them have: `token`, `gateway`, `every_service`, `faults`, `lint`.
    pub service: Option<String>,
    /// By how they are known.
    pub standing: Option<Standing>,
    /// By what they are about.
    pub kind: Option<Subject>,
}

/// Tell how the server is.
#[utoipa::path(get, path = "get_health")]
pub async fn get_health(sandbox: Data<Arc<Sandbox>>) -> Json<Health> {
    Json(Health {
        status: match sandbox.phase() {
            Phase::Starting => "starting",
            Phase::Ready => "ok",
            Phase::Stopping => "stopping",
        },
        version: env!("CARGO_PKG_VERSION"),
        accounts: sandbox.store.len(),
    })
}

/// Go back to the state right after start.
#[utoipa::path(post, path = "reset_server")]
pub async fn reset_server(sandbox: Data<Arc<Sandbox>>) -> Answer<NoContent> {
    account::reset_all(&sandbox)?;
    Ok(NoContent)
}

/// Tell what is known of Atlas, and what is assumed.
#[utoipa::path(get, path = "get_fidelity")]
pub async fn get_fidelity(query: Query<LedgerFilter>) -> Answer<Json<Ledger>> {
    let wanted = Wanted { service: query.service.as_deref(), standing: query.standing, kind: query.kind };
    Ok(Json(fidelity::ledger(&wanted)?))
}

/// Tell that the process lives.
#[utoipa::path(get, path = "livez", responses(
    (status = 200, description = "It lives.", body = String, content_type = "text/plain")
))]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// Tell that the fixtures are loaded.
#[utoipa::path(get, path = "readyz", responses(
    (status = 200, description = "They are loaded.", body = String, content_type = "text/plain")
))]
pub async fn readyz(sandbox: Data<Arc<Sandbox>>) -> HttpResponse {
    let reason = match sandbox.phase() {
        Phase::Ready => return HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n"),
        Phase::Starting => "the fixtures are being loaded",
        Phase::Stopping => "the server stops",
    };
    problem(StatusCode::SERVICE_UNAVAILABLE, reason.to_owned())
}

/// Give the counters, in the Prometheus text format.
#[utoipa::path(get, path = "get_metrics", responses(
    (status = 200, description = "The counters.", body = String, content_type = "application/openmetrics-text")
))]
pub async fn get_metrics(sandbox: Data<Arc<Sandbox>>) -> HttpResponse {
    let counts = sandbox.store.counts();
    let depths = Depths { accounts: sandbox.store.len(), open: counts.open, failed: counts.failed };
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(sandbox.metrics.text(&depths))
}
