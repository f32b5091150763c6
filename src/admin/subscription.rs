//! Subscriptions to the outgoing services.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::page::Page;
use super::path::{InAccount, OutServicePath};
use crate::domain::outbox::resend::Flush;
use crate::domain::record::delivery::DeliveryView;
use crate::domain::record::subscription::Subscription;
use crate::http::answer::{Answer, Json, NoContent};
use crate::http::body::Document;
use crate::service::{delivery, subscription};

/// List the subscriptions of an account, by service.
#[utoipa::path(get, path = "list_subscriptions")]
pub async fn list_subscriptions(at: InAccount) -> Answer<Json<BTreeMap<String, Arc<Subscription>>>> {
    let all: BTreeMap<_, _> = subscription::list(&at.sandbox, &*at.account()?)
        .await
        .into_iter()
        .map(|(service, found)| (service.name().to_owned(), found))
        .collect();
    Ok(Json(all))
}

/// Get a subscription.
#[utoipa::path(get, path = "get_subscription")]
pub async fn get_subscription(at: InAccount<OutServicePath>) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(Json(subscription::get(&at.sandbox, &account, service).await?))
}

/// Replace a subscription: what is absent takes its default, except the secret, which stays.
#[utoipa::path(put, path = "put_subscription")]
pub async fn put_subscription(
    at: InAccount<OutServicePath>,
    input: Document<Subscription>,
) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(Json(subscription::put(&at.sandbox, &account, service, input.0).await?))
}

/// End a subscription; what waits is discarded.
#[utoipa::path(delete, path = "delete_subscription")]
pub async fn delete_subscription(at: InAccount<OutServicePath>) -> Answer<NoContent> {
    let (account, service) = (at.account()?, at.path.service()?);
    subscription::delete(&at.sandbox, &account, service).await?;
    Ok(NoContent)
}

/// Hold notifications back.
#[utoipa::path(post, path = "pause_subscription")]
pub async fn pause_subscription(at: InAccount<OutServicePath>) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(Json(subscription::pause(&at.sandbox, &account, service, true).await?))
}

/// Let notifications go again.
#[utoipa::path(post, path = "resume_subscription")]
pub async fn resume_subscription(at: InAccount<OutServicePath>) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(Json(subscription::pause(&at.sandbox, &account, service, false).await?))
}

/// Make a new signing secret; the one before signs as well until the next rotation.
#[utoipa::path(post, path = "rotate_secret", responses(
    (status = 409, description = "The subscription is not signed.")
))]
pub async fn rotate_secret(at: InAccount<OutServicePath>) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(Json(subscription::rotate_secret(&at.sandbox, &account, service).await?))
}

/// Let notifications go that a fault holds back (`hold`, `reorder`), in an order of your own.
#[utoipa::path(
    post,
    path = "flush_subscription",
    request_body = Option<Flush>,
    responses((status = 409, description = "A delivery is not held."))
)]
pub async fn flush_subscription(
    at: InAccount<OutServicePath>,
    input: Document<Flush>,
) -> Answer<Json<Page<DeliveryView>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    let items = delivery::flush(&at.sandbox, &account, service, &input.0).await?;
    let items = items.iter().map(|delivery| DeliveryView::from(&**delivery)).collect();
    Ok(Json(Page { items, next_cursor: None }))
}
