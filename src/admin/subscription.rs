//! Subscriptions to the outgoing services.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post, put};

use super::page::Page;
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::outbox::Flush;
use crate::domain::record::delivery::Delivery;
use crate::domain::record::subscription::Subscription;
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::{Account, Sandbox, delivery, subscription};

fn target(sandbox: &Sandbox, path: &(String, String)) -> Result<(Arc<Account>, OutService), Error> {
    let account = sandbox.account(&path.0)?;
    let service = path.1.parse().map_err(|_| Error::NotFound { kind: "outgoing service", id: path.1.clone() })?;
    Ok((account, service))
}

/// List the subscriptions of an account, by service.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account.")),
    responses(
        (status = 200, description = "The subscriptions.", body = BTreeMap<String, Subscription>),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/subscriptions")]
pub async fn list_subscriptions(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> Result<HttpResponse, ControlError> {
    let all: BTreeMap<_, _> = subscription::list(&*sandbox.account(&path)?)
        .into_iter()
        .map(|(service, found)| (service.name(), found))
        .collect();
    Ok(answer::ok(&all))
}

/// Get a subscription.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    responses(
        (status = 200, description = "The subscription.", body = Subscription),
        (status = 404, description = "No such account, service or subscription.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/subscriptions/{service}")]
pub async fn get_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    Ok(answer::ok(&subscription::get(&account, service)?))
}

/// Replace a subscription: what is absent takes its default, except the secret, which stays.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    request_body = Subscription,
    responses(
        (status = 200, description = "The subscription.", body = Subscription),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account, service or subscription.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/subscriptions/{service}")]
pub async fn put_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<Subscription>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    Ok(answer::ok(&subscription::put(&sandbox, &account, service, input.0)?))
}

/// End a subscription; what waits is discarded.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    responses((status = 204, description = "It is gone."), (status = 404, description = "No such account, service or subscription.", body = Problem))
)]
#[delete("/accounts/{account_code}/subscriptions/{service}")]
pub async fn delete_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    subscription::delete(&sandbox, &account, service)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hold notifications back.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    responses((status = 200, description = "The subscription.", body = Subscription), (status = 404, description = "No such account, service or subscription.", body = Problem))
)]
#[post("/accounts/{account_code}/subscriptions/{service}/pause")]
pub async fn pause_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    Ok(answer::ok(&subscription::pause(&sandbox, &account, service, true)?))
}

/// Let notifications go again.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    responses((status = 200, description = "The subscription.", body = Subscription), (status = 404, description = "No such account, service or subscription.", body = Problem))
)]
#[post("/accounts/{account_code}/subscriptions/{service}/resume")]
pub async fn resume_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    Ok(answer::ok(&subscription::pause(&sandbox, &account, service, false)?))
}

/// Make a new signing secret; the one before signs as well until the next rotation.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    responses(
        (status = 200, description = "The subscription.", body = Subscription),
        (status = 404, description = "No such account, service or subscription.", body = Problem),
        (status = 409, description = "The subscription is not signed.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/subscriptions/{service}/rotate-secret")]
pub async fn rotate_secret(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    Ok(answer::ok(&subscription::rotate_secret(&sandbox, &account, service)?))
}

/// Let notifications go that a fault holds back (`hold`, `reorder`), in an order of your own.
#[utoipa::path(
    tag = "Subscriptions",
    params(("account_code" = String, Path, description = "The account."), ("service" = OutService, Path, description = "The outgoing service.")),
    request_body = Option<Flush>,
    responses(
        (status = 200, description = "What was let go, in order.", body = Page<Delivery>),
        (status = 400, description = "A member does not fit.", body = Problem),
        (status = 404, description = "No such account, service or delivery.", body = Problem),
        (status = 409, description = "A delivery is not held.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/subscriptions/{service}/flush")]
pub async fn flush_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<Flush>,
) -> Result<HttpResponse, ControlError> {
    let (account, service) = target(&sandbox, &path)?;
    let items = delivery::flush(&sandbox, &account, service, &input.0)?;
    Ok(answer::ok(&Page { items, next_cursor: None }))
}
