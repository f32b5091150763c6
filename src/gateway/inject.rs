//! Faults on request, in the shapes of the gateway, the token endpoint and the services.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::bearer::Bearer;
use crate::domain::fault::{Effect, TokenEffect};
use crate::domain::operation::Operation;
use crate::http::call::Call;
use crate::http::error::error_model;
use crate::service::Sandbox;

/// Does what an effect does to the call's token, and gives the answer it asks for; none where it leaves the answer
/// to the operation.
pub fn answer(sandbox: &Sandbox, request: &HttpRequest, call: &Call, effect: &Effect) -> Option<HttpResponse> {
    if let Some(token) = effect.token {
        end_token(sandbox, request, token);
    }
    call.token_life.set(effect.expires_in);
    if let Some(code) = effect.gateway {
        return Some(gateway_fault(request, code));
    }
    let status = StatusCode::from_u16(effect.status?).ok()?;
    let is_token = matches!(call.operation.get(), Some(Operation::IssueToken | Operation::RevokeToken));
    Some(if is_token {
        oauth(status, effect.error.as_deref())
    } else {
        error_model(status, described(status).to_owned())
    })
}

/// The call goes on with a token that works no more.
fn end_token(sandbox: &Sandbox, request: &HttpRequest, effect: TokenEffect) {
    let shown = request.extensions().get::<Bearer>().cloned();
    if let Some(Bearer::Valid(token)) = shown {
        if effect == TokenEffect::Revoked && token.expires.is_some() {
            sandbox.store.tokens.revoke(&token);
        }
        request.extensions_mut().insert(Bearer::Invalid);
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

/// Status, message and description of a gateway code.
///
/// Source: platform §2, whose table gives no description for some; those are assumed to repeat the message.
fn words(code: u32) -> (u16, &'static str, &'static str) {
    match code {
        700_700 => (503, "API blocked", "This API has been blocked temporarily"),
        900_800 | 900_803 | 900_804 => (429, "Message throttled out", "You have exceeded your quota"),
        900_901 => (401, "Invalid Credentials", "Make sure your have given the correct access token"),
        900_902 => (401, "Missing Credentials", "Required OAuth credentials not provided"),
        900_904 => (401, "Access Token Inactive", "Access Token Inactive"),
        900_906 => (
            403,
            "No matching resource found in the API for the given request",
            "Check the API documentation and add a proper REST resource path to the invocation URL",
        ),
        900_907 => (401, "The requested API is temporarily blocked", "The requested API is temporarily blocked"),
        900_908 => (403, "Resource forbidden ", "The application is not subscribed to this API"),
        900_909 => (401, "The subscription to the API is inactive", "The subscription to the API is inactive"),
        900_910 => (
            403,
            "The access token does not allow you to access the requested resource",
            "The access token does not allow you to access the requested resource",
        ),
        _ => (500, "Unclassified Authentication Failure", "Unclassified Authentication Failure"),
    }
}

fn gateway_fault(request: &HttpRequest, code: u32) -> HttpResponse {
    let (status, message, description) = words(code);
    let mut answer = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN));
    if status == 401 {
        answer.insert_header((WWW_AUTHENTICATE, r#"OAuth2 realm="WSO2 API Manager""#));
    }
    if request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/json") {
        let fault = serde_json::json!({ "code": code, "message": message, "description": description });
        return answer.json(serde_json::json!({ "fault": fault }));
    }
    let (p, namespace) = match status {
        429 => ("amt", "throttling"),
        _ => ("ams", "security"),
    };
    answer.insert_header((CONTENT_TYPE, "application/xml")).body(format!(
        "<{p}:fault xmlns:{p}=\"http://wso2.org/apimanager/{namespace}\"><{p}:code>{code}</{p}:code><{p}:message>\
         {message}</{p}:message><{p}:description>{description}</{p}:description></{p}:fault>"
    ))
}
