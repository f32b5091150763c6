//! The Token API: the forms and the documents of its two operations, which the gateway answers.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use crate::gateway::oauth::OAuthError;
use crate::gateway::token::{self, TokenAnswer};
use crate::service::Sandbox;

super::handler::handlers![issue_token, revoke_token];

/// The form of a token request.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "documents the form; it is read leniently, member by member")]
pub struct TokenForm {
    /// `password`, `client_credentials` or `refresh_token`.
    #[schema(example = "password")]
    grant_type: String,
    /// For `password`.
    #[schema(example = "demo")]
    username: Option<String>,
    /// For `password`.
    #[schema(example = "demo-pass")]
    password: Option<String>,
    /// For `refresh_token`.
    refresh_token: Option<String>,
    /// Unknown scopes are dropped.
    scope: Option<String>,
    /// For `client_credentials`: the life in seconds.
    validity_period: Option<String>,
    /// The consumer key, where it does not come as HTTP Basic.
    client_id: Option<String>,
    /// The consumer secret, where it does not come as HTTP Basic.
    client_secret: Option<String>,
}

/// The form of a revocation.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "documents the form; it is read leniently, member by member")]
pub struct RevokeForm {
    /// An access or a refresh token.
    token: String,
    /// Ignored: both kinds are looked up.
    token_type_hint: Option<String>,
}

/// Issue a token.
///
/// For one consumer key, user and scope an active token is handed out again, until its last 300 seconds.
#[utoipa::path(
    post,
    path = "issue_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    security((), ("consumer_key" = [])),
    responses(
        (status = 200, description = "A token.", body = TokenAnswer<'static>),
        (status = 400, description = "The grant was refused.", body = OAuthError),
        (status = 401, description = "The client did not authenticate.", body = OAuthError),
    )
)]
pub async fn issue_token(request: HttpRequest, sandbox: Data<Arc<Sandbox>>) -> HttpResponse {
    token::issue_token(&request, &sandbox).await
}

/// Revoke a token.
///
/// Revoking either token of a pair ends both; an unknown token is a 200 as well.
#[utoipa::path(
    post,
    path = "revoke_token",
    request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"),
    security(("consumer_key" = [])),
    responses(
        (status = 200, description = "The token does not work any more."),
        (status = 400, description = "No token was given.", body = OAuthError),
        (status = 401, description = "The client did not authenticate.", body = OAuthError),
    )
)]
pub async fn revoke_token(request: HttpRequest, sandbox: Data<Arc<Sandbox>>) -> HttpResponse {
    token::revoke_token(&request, &sandbox).await
}
