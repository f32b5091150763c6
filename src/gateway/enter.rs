//! The way into the vendor's face: finds the account and the operation, keeps the journal.

use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderValue,
};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::bearer::{self, Bearer};
use super::fault::Cause;
use super::route::{self, MatchedRoute};
use super::{allow, basic, inject};
use crate::domain::value::hidden;
use crate::http::answer;
use crate::http::call::{Call, Miss};
use crate::http::connection::Connection;
use crate::http::fault::Dropped;
use crate::http::{face, journal};
use crate::service::origin::{self, Origin};
use crate::service::{Account, Sandbox, token};

/// Where calls go that have no operation; nothing is served there.
static NOWHERE: LazyLock<PathAndQuery> = LazyLock::new(|| PathAndQuery::from_static("/~"));

/// The middleware in front of everything.
///
/// # Errors
/// The connection broke.
pub async fn enter(mut request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    // The path as actix' router sees it, which knows `%5f` for `_`.
    let path = request.match_info().as_str();
    let origin = origin(&request);
    if face::is_own(path) || (path == "/" && face::is_for_a_person(request.headers())) {
        return origin::under(origin, next.call(request)).await;
    }
    let Some(sandbox) = request.app_data::<Data<Arc<Sandbox>>>().cloned() else {
        return next.call(request).await;
    };
    let target = hidden::hide_query(request.uri().path_and_query().map_or(path, PathAndQuery::as_str)).into();
    let bearer = bearer::read(&sandbox, request.headers());
    let account = account(&sandbox, &request, &bearer);
    let call = Rc::new(Call::default());
    // A path that no operation has leads nowhere, whatever it is.
    let mut handler = &*NOWHERE;
    let mut offered = None;
    match route::find(request.method().as_str(), path, request.uri().path()) {
        MatchedRoute::Operation(route, offer, parts) => {
            handler = &offer.handler;
            match parts {
                Ok(parts) => *call.parts.borrow_mut() = parts,
                Err(part) => *call.misspelt.borrow_mut() = Some((part, request.path().to_owned())),
            }
            call.operation.set(Some(offer.operation));
            call.version.set(route.version);
            offered = Some(&route.methods);
        }
        MatchedRoute::WrongMethod(route) => {
            call.miss.set(Some(Miss::Method));
            offered = Some(&route.methods);
        }
        MatchedRoute::Nothing => call.miss.set(route::is_in_api(path).then_some(Miss::Resource)),
    }
    send_to(&mut request, handler);
    *call.account.borrow_mut() = account;
    request.extensions_mut().insert(bearer);
    // Pinned here: it is large, and would be moved from hand to hand.
    let played = pin!(journal::play(&sandbox, call, target, request, next, inject::answer));
    let mut response = origin::under(origin, played).await?;
    // The answer to a HEAD has no body that could break off.
    if response.response().extensions().contains::<Dropped>()
        && let Some(connection) = Connection::of(response.request())
    {
        connection.client.cut();
    }
    if let Some(methods) = offered {
        share(response.headers_mut(), methods);
    }
    Ok(response)
}

/// Lets pages of any origin call the resource.
///
/// Source: platform §2, CORS. Assumed: every answer of a known resource carries the headers.
fn share(headers: &mut HeaderMap, methods: &HeaderValue) {
    const ALLOWED: HeaderValue = HeaderValue::from_static("authorization,Access-Control-Allow-Origin,Content-Type");
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, const { HeaderValue::from_static("*") });
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED);
}

/// Where what the call causes comes from.
fn origin(request: &ServiceRequest) -> Origin {
    let base_url = if request.method().is_safe() { None } else { answer::told_base_url(request.request()) };
    Origin { trace: traceparent(request.headers()), base_url: base_url.map(String::into_boxed_str) }
}

/// The caller's trace, where it is a well-formed one.
fn traceparent(headers: &HeaderMap) -> Option<Arc<str>> {
    headers.get("traceparent")?.to_str().ok().filter(|text| origin::is_valid(text)).map(Arc::from)
}

/// The account: of the token, else of the consumer key, else of the code in the path.
fn account(sandbox: &Sandbox, request: &ServiceRequest, bearer: &Bearer) -> Option<Arc<Account>> {
    if let Bearer::Known(known) = bearer {
        return Some(Arc::clone(&known.account));
    }
    let client = basic::read(request.headers()).ok().flatten();
    if let Some(account) = client.and_then(|client| sandbox.store.by_consumer_key(&client.key)) {
        return Some(account);
    }
    let mut segments = request.path().split('/');
    segments.find(|segment| *segment == "accounts")?;
    sandbox.store.account(segments.next()?)
}

/// Sends the call to its handler; the query stays.
fn send_to(request: &mut ServiceRequest, handler: &PathAndQuery) {
    let with_query = request.uri().query().map(|query| format!("{handler}?{query}"));
    let path = match with_query {
        Some(path) => PathAndQuery::from_maybe_shared(path.into_bytes()).unwrap_or_else(|_| handler.clone()),
        None => handler.clone(),
    };
    let uri = Uri::from(path);
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// Whatever has no operation: an unknown path, or a known one with another method.
pub async fn unmatched(request: &HttpRequest) -> HttpResponse {
    let call = Call::of(request);
    let Some(sandbox) = request.app_data::<Data<Arc<Sandbox>>>() else { return HttpResponse::NotFound().finish() };
    if let Some(refused) = allow::answer(sandbox, &call, request).await {
        return refused;
    }
    if call.miss.get() == Some(Miss::Method) && request.method() == Method::OPTIONS {
        return HttpResponse::Ok().finish();
    }
    let cause = match call.miss.get() {
        Some(Miss::Method) => Cause::UnknownMethod,
        Some(Miss::Resource) => Cause::UnknownPath { is_in_api: true },
        None => Cause::UnknownPath { is_in_api: false },
    };
    let account = call.account.borrow().clone();
    let profile = match account {
        Some(account) => token::profile(sandbox, &account).await,
        None => sandbox.options.profile,
    };
    cause.answer(request, profile)
}
