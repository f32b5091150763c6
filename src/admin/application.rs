//! Applications: their keys, and their subscriptions to services.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::account::Secrets;
use super::path::{ApplicationPath, ApplicationServicePath, InAccount};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::InService;
use crate::domain::record::application::{Application, KeySet, KeyType, ServiceSubscription, SubscriptionState, Tier};
use crate::http::answer::{Answer, Created, Json, NoContent};
use crate::http::body::Document;
use crate::http::page::{self, Page, Paging};
use crate::http::query::Query;
use crate::service::access;

/// Which key set is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichKeys {
    /// PRODUCTION or SANDBOX; both where absent.
    pub key_type: Option<KeyType>,
}

/// A subscription's tier and state; what is absent takes its default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSubscriptionInput {
    /// The throttling tier.
    pub tier: Tier,
    /// How it stands.
    pub state: SubscriptionState,
}

fn shown(mut application: Application, secrets: bool) -> Application {
    if !secrets {
        application.credentials_mut().for_each(|(_, secret)| "***".clone_into(secret));
    }
    application
}

async fn find(at: &InAccount<ApplicationPath>) -> Result<Application, Error> {
    let found = access::application(&at.sandbox, &*at.account()?, &at.path.name).await?;
    Ok(Application::clone(&found))
}

fn unsubscribed(service: InService) -> Error {
    Error::NotFound { kind: "subscription to", id: service.name().to_owned() }
}

async fn make_keys(at: &InAccount<ApplicationPath>, mut set: KeySet) -> Result<KeySet, Error> {
    let account = at.account()?;
    access::fill_keys(&mut set);
    access::change(&at.sandbox, &account, |state| {
        access::put_keys(access::application_mut(state, &at.path.name)?, set.clone());
        Ok(set.clone())
    })
    .await
}

/// List the applications of an account, the first one first.
#[utoipa::path(get, path = "list_applications")]
pub async fn list_applications(
    at: InAccount,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Answer<Json<Page<Application>>> {
    let all = access::applications(&at.sandbox, &*at.account()?).await;
    Ok(Json(page::cut_in_order(&paging, all, |one| shown(Application::clone(&one), query.secrets))?))
}

/// Make an application; absent keys and secrets are made up.
#[utoipa::path(post, path = "create_application", responses(
    (status = 409, description = "The name or a key is taken, or the owner is no user.")
))]
pub async fn create_application(at: InAccount, application: Document<Application>) -> Answer<Created<Application>> {
    let account = at.account()?;
    let mut application = application.0;
    if application.name.is_empty() {
        return Err(Error::Invalid("name: expected a text that is not empty, got \"\"".to_owned()).into());
    }
    access::fill_application(&mut application);
    let made = access::change(&at.sandbox, &account, |state| {
        if state.applications.get(&application.name).is_some() {
            return Err(Error::Conflict(format!("name: {:?} is taken", application.name)));
        }
        state.applications.insert(application.clone());
        Ok(application.clone())
    })
    .await?;
    Ok(Created(made))
}

/// Get an application.
#[utoipa::path(get, path = "get_application")]
pub async fn get_application(at: InAccount<ApplicationPath>, query: Query<Secrets>) -> Answer<Json<Application>> {
    Ok(Json(shown(find(&at).await?, query.secrets)))
}

/// Replace an application: what is absent takes its default, except the keys, which stay. The body has its name.
#[utoipa::path(put, path = "put_application", responses(
    (status = 409, description = "A key is taken, or the owner is no user.")
))]
pub async fn put_application(
    at: InAccount<ApplicationPath>,
    input: Document<Application>,
) -> Answer<Json<Application>> {
    let account = at.account()?;
    let input = input.0;
    if input.name != at.path.name {
        return Err(Error::Invalid(format!("name: expected {:?}, got {:?}", at.path.name, input.name)).into());
    }
    let put = access::change(&at.sandbox, &account, |state| {
        let known = access::application_mut(state, &at.path.name)?;
        let mut input = input.clone();
        if input.consumer_key.is_empty() {
            input.consumer_key.clone_from(&known.consumer_key);
            input.key_type = known.key_type;
        }
        if input.consumer_secret.is_empty() {
            input.consumer_secret.clone_from(&known.consumer_secret);
        }
        if input.keys.is_empty() {
            input.keys.clone_from(&known.keys);
        }
        *known = input;
        access::fill_application(known);
        Ok(known.clone())
    })
    .await?;
    Ok(Json(put))
}

/// Delete an application; its tokens end.
#[utoipa::path(delete, path = "delete_application")]
pub async fn delete_application(at: InAccount<ApplicationPath>) -> Answer<NoContent> {
    let account = at.account()?;
    access::change(&at.sandbox, &account, |state| {
        access::application_mut(state, &at.path.name)?;
        state.applications.remove(&at.path.name);
        Ok(())
    })
    .await?;
    Ok(NoContent)
}

/// List the key sets of an application.
#[utoipa::path(get, path = "list_keys")]
pub async fn list_keys(
    at: InAccount<ApplicationPath>,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Answer<Json<Page<KeySet>>> {
    let application = shown(find(&at).await?, query.secrets);
    Ok(Json(page::cut_in_order(&paging, access::key_sets(&application), |set| set)?))
}

/// Generate a key set, in the place of the one of its type; the tokens of the old keys end.
#[utoipa::path(post, path = "create_keys", responses((status = 409, description = "The key is taken.")))]
pub async fn create_keys(at: InAccount<ApplicationPath>, set: Document<KeySet>) -> Answer<Created<KeySet>> {
    Ok(Created(make_keys(&at, set.0).await?))
}

/// Regenerate a key set: a key or secret that is absent is made anew; the tokens of the old keys end.
#[utoipa::path(put, path = "put_keys", responses((status = 409, description = "The key is taken.")))]
pub async fn put_keys(at: InAccount<ApplicationPath>, set: Document<KeySet>) -> Answer<Json<KeySet>> {
    Ok(Json(make_keys(&at, set.0).await?))
}

/// Take keys away; their tokens end.
#[utoipa::path(delete, path = "delete_keys")]
pub async fn delete_keys(at: InAccount<ApplicationPath>, query: Query<WhichKeys>) -> Answer<NoContent> {
    let account = at.account()?;
    access::change(&at.sandbox, &account, |state| {
        access::drop_keys(access::application_mut(state, &at.path.name)?, query.key_type);
        Ok(())
    })
    .await?;
    Ok(NoContent)
}

/// List the subscriptions of an application.
#[utoipa::path(get, path = "list_application_subscriptions")]
pub async fn list_application_subscriptions(
    at: InAccount<ApplicationPath>,
    paging: Query<Paging>,
) -> Answer<Json<Page<ServiceSubscription>>> {
    Ok(Json(page::cut_in_order(&paging, find(&at).await?.subscriptions, |one| one)?))
}

/// Get a subscription of an application.
#[utoipa::path(get, path = "get_application_subscription")]
pub async fn get_application_subscription(at: InAccount<ApplicationServicePath>) -> Answer<Json<ServiceSubscription>> {
    let application = access::application(&at.sandbox, &*at.account()?, &at.path.name).await?;
    let service = at.path.service()?;
    Ok(Json(*application.subscription(service).ok_or_else(|| unsubscribed(service))?))
}

/// Subscribe an application to a service.
#[utoipa::path(post, path = "create_application_subscription", responses(
    (status = 409, description = "It is subscribed already.")
))]
pub async fn create_application_subscription(
    at: InAccount<ApplicationServicePath>,
    input: Document<ServiceSubscriptionInput>,
) -> Answer<Created<ServiceSubscription>> {
    let account = at.account()?;
    let service = at.path.service()?;
    let ServiceSubscriptionInput { tier, state } = input.0;
    let subscription = ServiceSubscription { service, tier, state };
    access::change(&at.sandbox, &account, |state| {
        let application = access::application_mut(state, &at.path.name)?;
        if application.subscription(service).is_some() {
            return Err(Error::Conflict(format!("{:?} is subscribed to {service} already", at.path.name)));
        }
        application.subscriptions.push(subscription);
        Ok(())
    })
    .await?;
    Ok(Created(subscription))
}

/// Set the tier and state of a subscription, or make it: what is absent takes its default.
#[utoipa::path(put, path = "put_application_subscription")]
pub async fn put_application_subscription(
    at: InAccount<ApplicationServicePath>,
    input: Document<ServiceSubscriptionInput>,
) -> Answer<Json<ServiceSubscription>> {
    let account = at.account()?;
    let service = at.path.service()?;
    let ServiceSubscriptionInput { tier, state } = input.0;
    let subscription = ServiceSubscription { service, tier, state };
    access::change(&at.sandbox, &account, |state| {
        let all = &mut access::application_mut(state, &at.path.name)?.subscriptions;
        match all.iter_mut().find(|known| known.service == service) {
            Some(known) => *known = subscription,
            None => all.push(subscription),
        }
        Ok(())
    })
    .await?;
    Ok(Json(subscription))
}

/// End a subscription of an application.
#[utoipa::path(delete, path = "delete_application_subscription")]
pub async fn delete_application_subscription(at: InAccount<ApplicationServicePath>) -> Answer<NoContent> {
    let account = at.account()?;
    let service = at.path.service()?;
    access::change(&at.sandbox, &account, |state| {
        let application = access::application_mut(state, &at.path.name)?;
        application.subscription(service).ok_or_else(|| unsubscribed(service))?;
        application.subscriptions.retain(|known| known.service != service);
        Ok(())
    })
    .await?;
    Ok(NoContent)
}
