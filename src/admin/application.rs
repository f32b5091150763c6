//! Applications: their keys, and their subscriptions to services.

use actix_web::web::Query;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::account::Secrets;
use super::page::{self, Page, Paging};
use super::path::{ApplicationPath, ApplicationServicePath, InAccount};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::InService;
use crate::domain::record::application::{Application, KeySet, KeyType, ServiceSubscription, SubscriptionState, Tier};
use crate::http::answer::{Answer, Created, Json, NoContent};
use crate::http::body::Document;
use crate::service::{Account, access};

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

fn find(account: &Account, name: &str) -> Result<Application, Error> {
    access::application(&mut account.lock().applications, name).cloned()
}

fn unsubscribed(service: InService) -> Error {
    Error::NotFound { kind: "subscription to", id: service.name().to_owned() }
}

fn make_keys(at: &InAccount<ApplicationPath>, set: KeySet) -> Result<KeySet, Error> {
    let account = at.account()?;
    access::change(&at.sandbox, &account, |_, applications| {
        Ok(access::put_keys(access::application(applications, &at.path.name)?, set))
    })
}

/// List the applications of an account, the first one first.
#[utoipa::path(get, path = "list_applications")]
pub async fn list_applications(
    at: InAccount,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Answer<Json<Page<Application>>> {
    let account = at.account()?;
    let all = account.lock().applications.clone();
    Ok(Json(page::cut_in_order(&paging, all, |one| shown(one, query.secrets))?))
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
    let made = access::change(&at.sandbox, &account, |_, applications| {
        if applications.iter().any(|known| known.name == application.name) {
            return Err(Error::Conflict(format!("name: {:?} is taken", application.name)));
        }
        applications.push(application.clone());
        Ok(application)
    })?;
    Ok(Created(made))
}

/// Get an application.
#[utoipa::path(get, path = "get_application")]
pub async fn get_application(at: InAccount<ApplicationPath>, query: Query<Secrets>) -> Answer<Json<Application>> {
    let account = at.account()?;
    Ok(Json(shown(find(&account, &at.path.name)?, query.secrets)))
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
    let mut input = input.0;
    if input.name != at.path.name {
        return Err(Error::Invalid(format!("name: expected {:?}, got {:?}", at.path.name, input.name)).into());
    }
    let put = access::change(&at.sandbox, &account, |_, applications| {
        let known = access::application(applications, &at.path.name)?;
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
    })?;
    Ok(Json(put))
}

/// Delete an application; its tokens end.
#[utoipa::path(delete, path = "delete_application")]
pub async fn delete_application(at: InAccount<ApplicationPath>) -> Answer<NoContent> {
    let account = at.account()?;
    access::change(&at.sandbox, &account, |_, applications| {
        access::application(applications, &at.path.name)?;
        applications.retain(|application| application.name != at.path.name);
        Ok(())
    })?;
    Ok(NoContent)
}

/// List the key sets of an application.
#[utoipa::path(get, path = "list_keys")]
pub async fn list_keys(
    at: InAccount<ApplicationPath>,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Answer<Json<Page<KeySet>>> {
    let account = at.account()?;
    let application = shown(find(&account, &at.path.name)?, query.secrets);
    Ok(Json(page::cut_in_order(&paging, access::key_sets(&application), |set| set)?))
}

/// Generate a key set, in the place of the one of its type; the tokens of the old keys end.
#[utoipa::path(post, path = "create_keys", responses((status = 409, description = "The key is taken.")))]
pub async fn create_keys(at: InAccount<ApplicationPath>, set: Document<KeySet>) -> Answer<Created<KeySet>> {
    Ok(Created(make_keys(&at, set.0)?))
}

/// Regenerate a key set: a key or secret that is absent is made anew; the tokens of the old keys end.
#[utoipa::path(put, path = "put_keys", responses((status = 409, description = "The key is taken.")))]
pub async fn put_keys(at: InAccount<ApplicationPath>, set: Document<KeySet>) -> Answer<Json<KeySet>> {
    Ok(Json(make_keys(&at, set.0)?))
}

/// Take keys away; their tokens end.
#[utoipa::path(delete, path = "delete_keys")]
pub async fn delete_keys(at: InAccount<ApplicationPath>, query: Query<WhichKeys>) -> Answer<NoContent> {
    let account = at.account()?;
    access::change(&at.sandbox, &account, |_, applications| {
        access::drop_keys(access::application(applications, &at.path.name)?, query.key_type);
        Ok(())
    })?;
    Ok(NoContent)
}

/// List the subscriptions of an application.
#[utoipa::path(get, path = "list_application_subscriptions")]
pub async fn list_application_subscriptions(
    at: InAccount<ApplicationPath>,
    paging: Query<Paging>,
) -> Answer<Json<Page<ServiceSubscription>>> {
    let account = at.account()?;
    Ok(Json(page::cut_in_order(&paging, find(&account, &at.path.name)?.subscriptions, |one| one)?))
}

/// Get a subscription of an application.
#[utoipa::path(get, path = "get_application_subscription")]
pub async fn get_application_subscription(at: InAccount<ApplicationServicePath>) -> Answer<Json<ServiceSubscription>> {
    let account = at.account()?;
    let (application, service) = (find(&account, &at.path.name)?, at.path.service()?);
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
    access::change(&at.sandbox, &account, |_, applications| {
        let application = access::application(applications, &at.path.name)?;
        if application.subscription(service).is_some() {
            return Err(Error::Conflict(format!("{:?} is subscribed to {service} already", at.path.name)));
        }
        application.subscriptions.push(subscription);
        Ok(())
    })?;
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
    access::change(&at.sandbox, &account, |_, applications| {
        let all = &mut access::application(applications, &at.path.name)?.subscriptions;
        match all.iter_mut().find(|known| known.service == service) {
            Some(known) => *known = subscription,
            None => all.push(subscription),
        }
        Ok(())
    })?;
    Ok(Json(subscription))
}

/// End a subscription of an application.
#[utoipa::path(delete, path = "delete_application_subscription")]
pub async fn delete_application_subscription(at: InAccount<ApplicationServicePath>) -> Answer<NoContent> {
    let account = at.account()?;
    let service = at.path.service()?;
    access::change(&at.sandbox, &account, |_, applications| {
        let application = access::application(applications, &at.path.name)?;
        application.subscription(service).ok_or_else(|| unsubscribed(service))?;
        application.subscriptions.retain(|known| known.service != service);
        Ok(())
    })?;
    Ok(NoContent)
}
