//! Faults on request, in the shapes of the gateway, the token endpoint and the services.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::bearer::{self, Bearer};
use super::fault::Cause;
use crate::domain::contract::operation::Operation;
use crate::domain::contract::service::InService;
use crate::domain::record::fault::{Effect, TokenEffect};
use crate::http::call::Call;
use crate::http::error::error_model;
use crate::service::{Sandbox, clock, token};

/// Does what an effect does to the call's token, and gives the answer it asks for; `None` if it leaves the answer
/// to the operation.
pub fn answer<'a>(
    sandbox: &'a Sandbox,
    request: &'a HttpRequest,
    call: &'a Call,
    effect: &'a Effect,
) -> LocalBoxFuture<'a, Option<HttpResponse>> {
    Box::pin(answer_to(sandbox, request, call, effect))
}

async fn answer_to(sandbox: &Sandbox, request: &HttpRequest, call: &Call, effect: &Effect) -> Option<HttpResponse> {
    if let Some(token) = effect.token {
        end_token(sandbox, request, token).await;
    }
    call.token_life.set(effect.expires_in);
    if let Some(code) = effect.gateway {
        return gateway_fault(sandbox, request, call, code).await;
    }
    let status = StatusCode::from_u16(effect.status?).ok()?;
    let is_token = call.operation.get().is_some_and(Operation::is_token);
    Some(if is_token {
        oauth(status, effect.error.as_deref())
    } else {
        error_model(status, described(status).to_owned())
    })
}

/// The call goes on with a token that works no more.
async fn end_token(sandbox: &Sandbox, request: &HttpRequest, effect: TokenEffect) {
    let shown = request.extensions().get::<Bearer>().cloned();
    if let Some(Bearer::Known(known)) = shown {
        if effect == TokenEffect::Revoked
            && let Some(text) = bearer::text(request.headers())
        {
            token::end(sandbox, &known, text).await;
        }
        request.extensions_mut().insert(Bearer::Unknown);
    }
}

/// Assumed: what Atlas' services say when they are down is not known.
fn described(status: StatusCode) -> &'static str {
    match status.as_u16() {
        500 => "An unexpected error occurred.",
        503 => "The service is temporarily unavailable.",
        _ => "The request could not be processed.",
    }
}

fn oauth(status: StatusCode, error: Option<&str>) -> HttpResponse {
    let (error, description) = match (error, status.as_u16()) {
        (Some("invalid_client"), _) | (None, 401) => ("invalid_client", "Client Authentication failed."),
        (Some(error), _) => (error, "The request could not be processed."),
        (None, 503) => ("temporarily_unavailable", "The service is temporarily unavailable."),
        (None, 500..) => ("server_error", "An unexpected error occurred."),
        (None, _) => ("invalid_request", "The request could not be processed."),
    };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        answer.insert_header((WWW_AUTHENTICATE, r#"Basic realm="WSO2 API Manager""#));
    }
    answer.json(serde_json::json!({ "error_description": description, "error": error }))
}

/// The gateway's fault of a code, as the call's own account would get it.
async fn gateway_fault(sandbox: &Sandbox, request: &HttpRequest, call: &Call, code: u32) -> Option<HttpResponse> {
    let service = call.operation.get().and_then(|operation| operation.service).unwrap_or(InService::GettingStarted);
    let account = call.account.borrow().clone();
    let profile = match account {
        Some(account) => token::profile(sandbox, &account).await,
        None => sandbox.options.profile,
    };
    let cause = Cause::of_code(code, service, clock::wall() + chrono::Duration::minutes(1))?;
    Some(cause.answer(request, profile))
}
