//! Subscriptions to the outgoing services.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::Secrets;
use super::path::{InAccount, OutServicePath};
use crate::domain::outbox::resend::Flush;
use crate::domain::record::delivery::DeliveryView;
use crate::domain::record::subscription::Subscription;
use crate::http::answer::{Answer, Json, NoContent};
use crate::http::body::Document;
use crate::http::page::Page;
use crate::http::query::Query;
use crate::service::{delivery, subscription};

/// A subscription; its secrets are hidden unless asked for.
fn shown(subscription: &Arc<Subscription>, query: &Secrets) -> Json<Arc<Subscription>> {
    Json(if query.secrets { Arc::clone(subscription) } else { Arc::new(subscription.masked()) })
}

/// List the subscriptions of an account, by service; secrets are hidden unless asked for.
#[utoipa::path(get, path = "list_subscriptions", responses(
    (status = 200, description = "The subscriptions.", body = BTreeMap<String, Subscription>)
))]
pub async fn list_subscriptions(
    at: InAccount,
    query: Query<Secrets>,
) -> Answer<Json<BTreeMap<String, Arc<Subscription>>>> {
    let all: BTreeMap<_, _> = subscription::list(&at.sandbox, &*at.account()?)
        .await
        .into_iter()
        .map(|(service, found)| (service.name().to_owned(), shown(&found, &query).0))
        .collect();
    Ok(Json(all))
}

/// Get a subscription; secrets are hidden unless asked for.
#[utoipa::path(get, path = "get_subscription")]
pub async fn get_subscription(at: InAccount<OutServicePath>, query: Query<Secrets>) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(shown(&subscription::get(&at.sandbox, &account, service).await?, &query))
}

/// Replace a subscription: what is absent takes its default, except the secret, which stays.
#[utoipa::path(put, path = "put_subscription")]
pub async fn put_subscription(
    at: InAccount<OutServicePath>,
    query: Query<Secrets>,
    input: Document<Subscription>,
) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(shown(&subscription::put(&at.sandbox, &account, service, input.0).await?, &query))
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
pub async fn pause_subscription(
    at: InAccount<OutServicePath>,
    query: Query<Secrets>,
) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(shown(&subscription::pause(&at.sandbox, &account, service, true).await?, &query))
}

/// Let notifications go again.
#[utoipa::path(post, path = "resume_subscription")]
pub async fn resume_subscription(
    at: InAccount<OutServicePath>,
    query: Query<Secrets>,
) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    Ok(shown(&subscription::pause(&at.sandbox, &account, service, false).await?, &query))
}

/// Make a new signing secret; the one before signs as well until the next rotation.
///
/// The answer has both; other secrets are hidden unless asked for.
#[utoipa::path(post, path = "rotate_secret", responses(
    (status = 409, description = "The subscription is not signed.")
))]
pub async fn rotate_secret(at: InAccount<OutServicePath>, query: Query<Secrets>) -> Answer<Json<Arc<Subscription>>> {
    let (account, service) = (at.account()?, at.path.service()?);
    let rotated = subscription::rotate_secret(&at.sandbox, &account, service).await?;
    let mut shown = shown(&rotated, &query);
    Arc::make_mut(&mut shown.0).signing.clone_from(&rotated.signing);
    Ok(shown)
}

/// Let notifications go that a fault holds back (`hold`, `reorder`), in an order of your own.
#[utoipa::path(
    post,
    path = "flush_subscription",
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
