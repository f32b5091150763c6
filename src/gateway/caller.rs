//! The caller of an operation: an extractor, so that a handler that forgets the checks does not compile.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};

use futures_util::future::LocalBoxFuture;

use super::allow;
use super::bearer::{self, Bearer};
use super::fault::{Api, Cause, Denial};
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::contract::operation::{Declared, Operation};
use crate::domain::contract::service::InService;
use crate::domain::record::application::{Application, KeyType, SubscriptionState};
use crate::domain::record::settings::{Profile, Timekeeper, Unauthorized};
use crate::domain::record::token::Token;
use crate::domain::state::State;
use crate::domain::token;
use crate::domain::value::stamp::{Timestamp, WallTime};
use crate::http::call::{Call, Part};
use crate::http::error::Refused;
use crate::http::operation::{Signature, Takes};
use crate::http::path::FromParts;
use crate::service::{Account, Sandbox, clock};
use crate::store::token::KnownToken;

/// A caller whose address, token, subscription, role and account code were checked, in this order.
pub struct Caller<O, P = ()> {
    /// The sandbox.
    pub sandbox: Data<Arc<Sandbox>>,
    /// The account of the token.
    pub account: Arc<Account>,
    /// The parts of the path.
    pub path: P,
    /// The token.
    pub token: Arc<Token>,
    call: Rc<Call>,
    operation: PhantomData<O>,
}

impl<O: Declared, P> Caller<O, P> {
    /// Words a refusal by the operation.
    #[allow(clippy::unused_self, reason = "the caller's type is what knows the operation")]
    pub fn map_refusal<T>(&self, result: Result<T, Error>) -> Result<T, Refused> {
        result.map_err(|error| Refused { operation: Some(O::OPERATION), error })
    }

    /// Adds findings.
    pub fn found(&self, findings: impl IntoIterator<Item = Finding>) {
        self.call.found(findings);
    }
}

impl<O: Declared, P: FromParts> FromRequest for Caller<O, P> {
    type Error = Stopped;
    type Future = LocalBoxFuture<'static, Result<Self, Stopped>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { check(&request).await })
    }
}

impl<O: Declared, P: FromParts> Takes for Caller<O, P> {
    fn say(signature: &mut Signature) {
        signature.operation = Some(O::OPERATION);
        signature.parameters.extend(P::parameters());
    }
}

/// A call that did not get through to its operation.
#[derive(Debug)]
pub enum Stopped {
    /// The gateway's answer, made where the request is known.
    Fault(Cause, HttpRequest, Profile),
    /// The service's answer.
    Refused(Refused),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(cause, ..) => cause.fmt(f),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl ResponseError for Stopped {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Fault(cause, request, profile) => cause.answer(request, *profile),
            Self::Refused(refused) => refused.error_response(),
        }
    }
}

async fn check<O: Declared, P: FromParts>(request: &HttpRequest) -> Result<Caller<O, P>, Stopped> {
    let operation = O::OPERATION;
    let call = Call::of(request);
    call.operation.set(Some(operation));
    let refuse = |error| Stopped::Refused(Refused { operation: Some(operation), error });
    let sandbox = request
        .app_data::<Data<Arc<Sandbox>>>()
        .cloned()
        .ok_or_else(|| refuse(Error::Internal("no sandbox behind the route".to_owned())))?;
    let known = call.account.borrow().clone();
    let bearer = request.extensions().get::<Bearer>().cloned().unwrap_or(Bearer::Missing);
    let Some(account) = known else {
        let cause = credentials(&bearer, operation, call.version.get());
        return Err(Stopped::Fault(cause, request.clone(), sandbox.options.profile));
    };
    // One lock for the allow list, the token, the subscription and the role.
    let wall = clock::wall();
    let look = |state: &State, now| {
        admit(state, &bearer, request, operation, call.version.get(), (now, wall))
            .map_err(|refusal| (refusal, state.settings.profile, state.settings.unauthorized))
    };
    let token =
        sandbox.look_at(&account, wall, look).await.map_err(|(refusal, profile, unauthorized)| match refusal {
            CallRefusal::Role => refuse(Error::Forbidden),
            CallRefusal::Gateway(cause) if cause.is_of_the_token() && unauthorized == Unauthorized::ErrorModel => {
                refuse(Error::Unauthorized)
            }
            CallRefusal::Gateway(cause) => Stopped::Fault(cause, request.clone(), profile),
        })?;
    if let Some((part, path)) = call.misspelt.take() {
        return Err(refuse(nobody(part, path)));
    }
    let mut parts = call.parts.take();
    if call.version.get().is_some() {
        // The paths of generation 2 lack the account: it is the token's.
        parts.push(Part { name: "account_code", text: account.code.as_str().to_owned() });
    }
    check_account(&sandbox, &parts, &account).map_err(refuse)?;
    call.has_passed.set(true);
    Ok(Caller { account, sandbox, path: P::from_parts(parts), token, call, operation: PhantomData })
}

enum CallRefusal {
    Gateway(Cause),
    Role,
}

impl From<Cause> for CallRefusal {
    fn from(cause: Cause) -> Self {
        Self::Gateway(cause)
    }
}

/// The token, where the call gets through.
///
/// Source: contract §1, the order of checks: allow list, token, subscription, role.
fn admit(
    state: &State,
    bearer: &Bearer,
    request: &HttpRequest,
    operation: &Operation,
    generation: Option<&'static str>,
    (now, wall): (Timestamp, WallTime),
) -> Result<Arc<Token>, CallRefusal> {
    if let Some(cause) = allow::refusal(state, request) {
        return Err(cause.into());
    }
    // Assumed: a blocked API answers before the token is looked at.
    if operation.service.is_some_and(|service| state.settings.blocked_services.contains(&service)) {
        return Err(Cause::ApiBlocked.into());
    }
    let Bearer::Known(known) = bearer else { return Err(credentials(bearer, operation, generation).into()) };
    let text = bearer::text(request.headers()).unwrap_or_default();
    let refused = || credentials(&Bearer::Unknown, operation, generation);
    let token = token::working(state, text, known.row, wall).ok_or_else(refused)?;
    let Some(service) = operation.service else { return Ok(Arc::clone(token)) };
    let application = match &token.consumer_key {
        Some(key) => state.application(key),
        None => state.first_application(),
    };
    if application.is_none() && token.consumer_key.is_some() {
        // Its keys were replaced since.
        return Err(refused().into());
    }
    if token.username.as_ref().is_some_and(|name| !name.is_empty() && state.user(name).is_none()) {
        // The user was deleted since.
        return Err(refused().into());
    }
    let api = Api { service, version: generation.unwrap_or(service.version()) };
    if let Some(application) = application
        && let Some(cause) = unsubscribed(state, (known, token), application, api, now)
    {
        return Err(cause.into());
    }
    if !is_open(state, token, service) {
        return Err(CallRefusal::Role);
    }
    Ok(Arc::clone(token))
}

/// The subscription's state, the scope, the key's type, and the tiers, in this order.
///
/// Assumed: the order, and that a static token stands for sandbox keys.
fn unsubscribed(
    state: &State,
    (known, token): (&KnownToken, &Token),
    application: &Application,
    api: Api,
    now: Timestamp,
) -> Option<Cause> {
    let service = api.service;
    let Some(subscription) = application.subscription(service) else {
        return Some(Cause::Denied(Denial::NotSubscribed, api));
    };
    let key_type = token.consumer_key.as_ref().and_then(|key| application.key_type(key));
    let is_production = key_type == Some(KeyType::Production);
    match subscription.state {
        SubscriptionState::Blocked => return Some(Cause::Denied(Denial::SubscriptionBlocked, api)),
        SubscriptionState::ProdOnlyBlocked if is_production => {
            return Some(Cause::Denied(Denial::SubscriptionBlocked, api));
        }
        SubscriptionState::OnHold | SubscriptionState::Rejected => {
            return Some(Cause::Denied(Denial::SubscriptionInactive, api));
        }
        SubscriptionState::Unblocked | SubscriptionState::ProdOnlyBlocked => {}
    }
    let has = |scope: &String| token.scope.split(' ').any(|own| own == scope);
    if state.settings.scopes.get(&service).is_some_and(|scope| !has(scope)) {
        return Some(Cause::Denied(Denial::MissingScope, api));
    }
    if is_production {
        return Some(Cause::ProductionKey);
    }
    let profile = state.settings.profile;
    let limits = (application.tier.limit(profile), subscription.tier.limit(profile));
    if limits == (None, None) {
        return None;
    }
    let now = match state.settings.throttling {
        Timekeeper::Wall => clock::wall(),
        Timekeeper::Clock => now,
    };
    let mut usage = known.usage.lock().unwrap_or_else(PoisonError::into_inner);
    usage.count(service, limits.0, limits.1, now).err().map(Cause::Throttled)
}

/// Whether the token's user may call a service.
fn is_open(state: &State, token: &Token, service: InService) -> bool {
    let user = match &token.username {
        Some(username) => state.user(username),
        None => state.first_user(),
    };
    service.is_open_to(user.map_or(&[], |user| &user.roles))
}

fn credentials(bearer: &Bearer, operation: &Operation, generation: Option<&'static str>) -> Cause {
    match (bearer, operation.service) {
        (Bearer::Missing, _) | (_, None) => Cause::MissingCredentials,
        (_, Some(service)) => {
            Cause::Denied(Denial::InvalidCredentials, Api { service, version: generation.unwrap_or(service.version()) })
        }
    }
}

/// A part of a path that is no UTF-8 names nobody: the refusal is that of an unknown one.
fn nobody(part: &'static str, path: String) -> Error {
    match part {
        "account_code" => Error::UnknownAccount(path),
        "candidate_id" => Error::UnknownCandidate(path),
        "test_code" | "test_id" => Error::UnknownTest(path),
        "psi_eligibility_code" | "regn_id" => Error::UnknownEligibility(path),
        "booking_code" | "booking_id" => Error::UnknownBooking(path),
        kind => Error::NotFound { kind, id: path },
    }
}

/// An unknown account code is a 400 of the operation, another account's code a 403.
fn check_account(sandbox: &Sandbox, parts: &[Part], own: &Account) -> Result<(), Error> {
    match parts.iter().find(|part| part.name == "account_code") {
        Some(part) if part.text != own.code.as_str() => {
            sandbox.account(&part.text)?;
            Err(Error::Forbidden)
        }
        _ => Ok(()),
    }
}
