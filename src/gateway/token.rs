//! `POST /token` and `POST /revoke`.

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::oauth::OAuth;
use super::{allow, basic};
use crate::domain::contract::error::Error;
use crate::domain::contract::operation::Declared;
use crate::domain::record::settings::Profile;
use crate::domain::token::operations::{IssueToken, RevokeToken};
use crate::domain::token::{GrantRequest, Issue};
use crate::http::call::Call;
use crate::http::error::Refused;
use crate::http::payload;
use crate::service::Sandbox;
use crate::service::token::{self, Client};

/// A token answer; a real client reads the first member only, so their order is part of the contract.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenAnswer<'a> {
    /// Send it as `Authorization: Bearer`.
    pub access_token: &'a str,
    /// For `grant_type=refresh_token`; absent for client credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<&'a str>,
    /// What it may be used for.
    pub scope: &'a str,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
}

/// Issues a token.
///
/// For one consumer key, user and scope an active token is handed out again, until its last 300 seconds.
pub async fn issue_token(request: &HttpRequest, sandbox: &Sandbox) -> HttpResponse {
    let call = Call::of(request);
    call.operation.set(Some(IssueToken::OPERATION));
    if let Some(refused) = too_large(&call) {
        return refused;
    }
    let body = call.body.borrow().clone();
    let form = TokenRequestForm::read(request, &body);
    if let Some(refused) = refused_address(sandbox, request, &call, &form).await {
        return refused;
    }
    match issue(sandbox, request, &call, &form).await {
        Ok(issued) => answer(&issued, profile(sandbox, &call).await),
        Err(error) => error.answer(profile(sandbox, &call).await),
    }
}

/// Revokes a token.
///
/// Revoking either token of a pair ends both; an unknown token is a 200 as well.
pub async fn revoke_token(request: &HttpRequest, sandbox: &Sandbox) -> HttpResponse {
    let call = Call::of(request);
    call.operation.set(Some(RevokeToken::OPERATION));
    if let Some(refused) = too_large(&call) {
        return refused;
    }
    let body = call.body.borrow().clone();
    let form = TokenRequestForm::read(request, &body);
    if let Some(refused) = refused_address(sandbox, request, &call, &form).await {
        return refused;
    }
    match revoke(sandbox, request, &form).await {
        Ok(answer) => answer,
        Err(error) => error.answer(profile(sandbox, &call).await),
    }
}

/// A form, read leniently: what is no form has no members.
struct TokenRequestForm<'a> {
    members: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// A member comes twice.
    is_repeated: bool,
}

impl<'a> TokenRequestForm<'a> {
    fn read(request: &HttpRequest, body: &'a [u8]) -> Self {
        let is_form = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        let mut form = Self { members: HashMap::new(), is_repeated: false };
        if is_form {
            for (name, value) in form_urlencoded::parse(body) {
                form.is_repeated |= form.members.insert(name, value).is_some();
            }
        }
        form
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(|value| &**value).filter(|value| !value.is_empty())
    }
}

/// A form that was cut off is not read at all.
fn too_large(call: &Call) -> Option<HttpResponse> {
    let refused = Refused { operation: call.operation.get(), error: Error::TooLarge { limit: payload::LIMIT } };
    call.too_large.get().then(|| refused.error_response())
}

/// The allow list of the account that the consumer key selects, where the form has it as well.
async fn refused_address(
    sandbox: &Sandbox,
    request: &HttpRequest,
    call: &Call,
    form: &TokenRequestForm<'_>,
) -> Option<HttpResponse> {
    if call.account.borrow().is_none()
        && let Some(key) = form.get("client_id")
    {
        *call.account.borrow_mut() = sandbox.store.by_consumer_key(key);
    }
    allow::answer(sandbox, call, request).await
}

async fn profile(sandbox: &Sandbox, call: &Call) -> Profile {
    let account = call.account.borrow().clone();
    match account {
        Some(account) => token::profile(sandbox, &account).await,
        None => sandbox.options.profile,
    }
}

/// Source: platform §1, the order of checks.
async fn issue(
    sandbox: &Sandbox,
    request: &HttpRequest,
    call: &Call,
    form: &TokenRequestForm<'_>,
) -> Result<Issue, OAuth> {
    if form.is_repeated {
        return Err(OAuth::RepeatedParameter);
    }
    let asked = match form.get("grant_type").ok_or(OAuth::MissingGrantType)? {
        "password" => match (form.get("username"), form.get("password")) {
            (Some(username), Some(password)) => GrantRequest::Password { username, password },
            (username, password) => {
                let missing = [("password", password), ("username", username)];
                let names = missing.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name);
                return Err(OAuth::MissingParameters(names.collect()));
            }
        },
        "client_credentials" => GrantRequest::ClientCredentials {
            validity: form.get("validity_period").and_then(|seconds| seconds.trim().parse().ok()),
        },
        "refresh_token" => GrantRequest::Refresh {
            refresh: form.get("refresh_token").ok_or(OAuth::MissingParameters(vec!["refresh_token"]))?,
            row: None,
        },
        _ => return Err(OAuth::UnknownGrantType),
    };
    let client = client(sandbox, request, form).await?;
    token::issue(sandbox, &client, asked, form.get("scope"), call.token_life.get()).await.map_err(OAuth::Refused)
}

/// The client: by Basic, or by the form. A key that nobody has is told before a secret that is not there.
async fn client(sandbox: &Sandbox, request: &HttpRequest, form: &TokenRequestForm<'_>) -> Result<Client, OAuth> {
    let basic = basic::read(request.headers()).map_err(|_| OAuth::MalformedBasic)?;
    let in_form = (form.get("client_id"), form.get("client_secret"));
    let (key, secret) = match (&basic, in_form) {
        (Some(_), (Some(_), Some(_))) => return Err(OAuth::TwoClients),
        (Some(basic), _) => (basic.key.as_str(), Some(basic.secret.as_str())),
        (None, (Some(key), secret)) => (key, secret),
        (None, (None, _)) => return Err(OAuth::NoClient),
    };
    if sandbox.store.by_consumer_key(key).is_none() {
        return Err(OAuth::UnknownKey { key: key.to_owned() });
    }
    let secret = secret.ok_or(OAuth::NoClient)?;
    token::authenticate(sandbox, key, secret).await.ok_or(OAuth::WrongSecret)
}

fn answer(issued: &Issue, profile: Profile) -> HttpResponse {
    let token = &issued.token;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    if let (Profile::Wso2V1, Some(ended)) = (profile, &issued.ended)
        && let Ok(value) = HeaderValue::from_str(&ended.access)
    {
        answer.insert_header(("DeactivatedAccessToken", value));
    }
    answer.json(TokenAnswer {
        access_token: &token.access,
        refresh_token: token.refresh.as_deref(),
        scope: &token.scope,
        token_type: "Bearer",
        expires_in: issued.expires_in,
    })
}

async fn revoke(sandbox: &Sandbox, request: &HttpRequest, form: &TokenRequestForm<'_>) -> Result<HttpResponse, OAuth> {
    if form.is_repeated {
        return Err(OAuth::RepeatedParameter);
    }
    let client = client(sandbox, request, form).await.map_err(|cause| OAuth::Revocation(Box::new(cause)))?;
    let presented = form.get("token").ok_or(OAuth::InvalidRevocation)?;
    let mut answer = HttpResponse::Ok();
    if let Some(ended) = token::revoke(sandbox, &client, presented).await {
        let pairs = [
            ("RevokedAccessToken", Some(ended.access.as_str())),
            ("AuthorizedUser", ended.username.as_deref()),
            ("RevokedRefreshToken", ended.refresh.as_deref()),
        ];
        for (name, value) in pairs {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                answer.insert_header((name, value));
            }
        }
    }
    Ok(answer.finish())
}
