//! Applications: their keys, and their subscriptions to services.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::account::Secrets;
use super::page::{self, Page, Paging};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::InService;
use crate::domain::record::application::{Application, KeySet, KeyType, ServiceSubscription, SubscriptionState, Tier};
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::{Account, Sandbox, access};

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

fn service(name: &str) -> Result<InService, Error> {
    name.parse().map_err(|_| Error::NotFound { kind: "service", id: name.to_owned() })
}

fn unsubscribed(service: InService) -> Error {
    Error::NotFound { kind: "subscription to", id: service.name().to_owned() }
}

/// List the applications of an account, the first one first.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), Paging, Secrets),
    responses(
        (status = 200, description = "The applications.", body = Page<Application>),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/applications")]
pub async fn list_applications(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let all = account.lock().applications.clone();
    Ok(answer::ok(&page::cut_in_order(&paging, all, |one| shown(one, query.secrets))?))
}

/// Make an application; absent keys and secrets are made up.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = Application,
    responses(
        (status = 201, description = "The application, secrets included.", body = Application),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/applications")]
pub async fn create_application(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    application: Document<Application>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let mut application = application.0;
    if application.name.is_empty() {
        return Err(Error::Invalid("name: expected a text that is not empty, got \"\"".to_owned()).into());
    }
    access::fill_application(&mut application);
    let made = access::change(&sandbox, &account, |_, applications| {
        if applications.iter().any(|known| known.name == application.name) {
            return Err(Error::Conflict(format!("name: {:?} is taken", application.name)));
        }
        applications.push(application.clone());
        Ok(application)
    })?;
    Ok(answer::json(StatusCode::CREATED, &made))
}

/// Get an application.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), Secrets),
    responses(
        (status = 200, description = "The application.", body = Application),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/applications/{name}")]
pub async fn get_application(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    query: Query<Secrets>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    Ok(answer::ok(&shown(find(&account, &path.1)?, query.secrets)))
}

/// Replace an application: what is absent takes its default, except the keys, which stay. The body has its name.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application.")),
    request_body = Application,
    responses(
        (status = 200, description = "The application, secrets included.", body = Application),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/applications/{name}")]
pub async fn put_application(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<Application>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let mut input = input.0;
    if input.name != path.1 {
        return Err(Error::Invalid(format!("name: expected {:?}, got {:?}", path.1, input.name)).into());
    }
    let put = access::change(&sandbox, &account, |_, applications| {
        let known = access::application(applications, &path.1)?;
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
    Ok(answer::ok(&put))
}

/// Delete an application; its tokens end.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[delete("/accounts/{account_code}/applications/{name}")]
pub async fn delete_application(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    access::change(&sandbox, &account, |_, applications| {
        access::application(applications, &path.1)?;
        applications.retain(|application| application.name != path.1);
        Ok(())
    })?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the key sets of an application.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), Paging, Secrets),
    responses(
        (status = 200, description = "The key sets.", body = Page<KeySet>),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/applications/{name}/keys")]
pub async fn list_keys(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let application = shown(find(&account, &path.1)?, query.secrets);
    Ok(answer::ok(&page::cut_in_order(&paging, access::key_sets(&application), |set| set)?))
}

/// Generate a key set, in the place of the one of its type; the tokens of the old keys end.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application.")),
    request_body = KeySet,
    responses(
        (status = 201, description = "The key set, secret included.", body = KeySet),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/applications/{name}/keys")]
pub async fn create_keys(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    set: Document<KeySet>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let set = access::change(&sandbox, &account, |_, applications| {
        Ok(access::put_keys(access::application(applications, &path.1)?, set.0))
    })?;
    Ok(answer::json(StatusCode::CREATED, &set))
}

/// Regenerate a key set: a key or secret that is absent is made anew; the tokens of the old keys end.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application.")),
    request_body = KeySet,
    responses(
        (status = 200, description = "The key set, secret included.", body = KeySet),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/applications/{name}/keys")]
pub async fn put_keys(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    set: Document<KeySet>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let set = access::change(&sandbox, &account, |_, applications| {
        Ok(access::put_keys(access::application(applications, &path.1)?, set.0))
    })?;
    Ok(answer::ok(&set))
}

/// Take keys away; their tokens end.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), WhichKeys),
    responses(
        (status = 204, description = "They are gone."),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[delete("/accounts/{account_code}/applications/{name}/keys")]
pub async fn delete_keys(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    query: Query<WhichKeys>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    access::change(&sandbox, &account, |_, applications| {
        access::drop_keys(access::application(applications, &path.1)?, query.key_type);
        Ok(())
    })?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the subscriptions of an application.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), Paging),
    responses(
        (status = 200, description = "The subscriptions.", body = Page<ServiceSubscription>),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/applications/{name}/subscriptions")]
pub async fn list_application_subscriptions(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    Ok(answer::ok(&page::cut_in_order(&paging, find(&account, &path.1)?.subscriptions, |one| one)?))
}

/// Get a subscription of an application.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), ("service" = InService, Path, description = "The service.")),
    responses(
        (status = 200, description = "The subscription.", body = ServiceSubscription),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/applications/{name}/subscriptions/{service}")]
pub async fn get_application_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let (application, service) = (find(&account, &path.1)?, service(&path.2)?);
    Ok(answer::ok(application.subscription(service).ok_or_else(|| unsubscribed(service))?))
}

/// Subscribe an application to a service.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), ("service" = InService, Path, description = "The service.")),
    request_body = ServiceSubscriptionInput,
    responses(
        (status = 201, description = "The subscription.", body = ServiceSubscription),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/applications/{name}/subscriptions/{service}")]
pub async fn create_application_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String, String)>,
    input: Document<ServiceSubscriptionInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let service = service(&path.2)?;
    let ServiceSubscriptionInput { tier, state } = input.0;
    let subscription = ServiceSubscription { service, tier, state };
    access::change(&sandbox, &account, |_, applications| {
        let application = access::application(applications, &path.1)?;
        if application.subscription(service).is_some() {
            return Err(Error::Conflict(format!("{:?} is subscribed to {service} already", path.1)));
        }
        application.subscriptions.push(subscription);
        Ok(())
    })?;
    Ok(answer::json(StatusCode::CREATED, &subscription))
}

/// Set the tier and state of a subscription, or make it: what is absent takes its default.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), ("service" = InService, Path, description = "The service.")),
    request_body = ServiceSubscriptionInput,
    responses(
        (status = 200, description = "The subscription.", body = ServiceSubscription),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/applications/{name}/subscriptions/{service}")]
pub async fn put_application_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String, String)>,
    input: Document<ServiceSubscriptionInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let service = service(&path.2)?;
    let ServiceSubscriptionInput { tier, state } = input.0;
    let subscription = ServiceSubscription { service, tier, state };
    access::change(&sandbox, &account, |_, applications| {
        let all = &mut access::application(applications, &path.1)?.subscriptions;
        match all.iter_mut().find(|known| known.service == service) {
            Some(known) => *known = subscription,
            None => all.push(subscription),
        }
        Ok(())
    })?;
    Ok(answer::ok(&subscription))
}

/// End a subscription of an application.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("name" = String, Path, description = "The application."), ("service" = InService, Path, description = "The service.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[delete("/accounts/{account_code}/applications/{name}/subscriptions/{service}")]
pub async fn delete_application_subscription(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let service = service(&path.2)?;
    access::change(&sandbox, &account, |_, applications| {
        let application = access::application(applications, &path.1)?;
        application.subscription(service).ok_or_else(|| unsubscribed(service))?;
        application.subscriptions.retain(|known| known.service != service);
        Ok(())
    })?;
    Ok(HttpResponse::NoContent().finish())
}
