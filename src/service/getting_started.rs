//! Getting Started: what a partner checks its connection and its token with.

use serde::Serialize;
use utoipa::ToSchema;

use super::{clock, token};
use crate::domain::contract::service::{InService, Role};
use crate::domain::record::application::KeyType;
use crate::domain::value::stamp::{self, Timestamp};
use crate::store::account::Account;
use crate::store::token::Token;

/// The answer of `ping`.
///
/// Assumed: nothing of the service is public.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pong {
    /// `pong`.
    pub message: &'static str,
    /// The account's instant.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
    /// The sandbox's version.
    pub version: &'static str,
}

/// The answer of `whoami`: what the token stands for.
///
/// Assumed: nothing of the service is public.
#[derive(Debug, Serialize, ToSchema)]
pub struct Identity {
    /// The account that the token selects.
    pub account_code: String,
    /// The user whose roles the token has; null where the account has none.
    #[schema(required = true)]
    pub user: Option<String>,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// The application that the token was issued to; null where the account has none.
    #[schema(required = true)]
    pub application: Option<String>,
    /// Which key set the application's key is of.
    #[schema(required = true)]
    pub key_type: Option<KeyType>,
    /// The services it is subscribed to.
    pub subscriptions: Vec<InService>,
    /// Seconds the token has left; null for a static one, which never ends.
    #[schema(required = true)]
    pub expires_in: Option<i64>,
}

/// Answers that the service is there.
pub fn ping(account: &Account) -> Pong {
    let server_time = account.lock().clock.now(clock::wall());
    Pong { message: "pong", server_time, version: env!("CARGO_PKG_VERSION") }
}

/// Tells what a token stands for.
pub fn whoami(token: &Token) -> Identity {
    let wall = clock::wall();
    let state = token.account.lock();
    let user = token.username.as_ref().map_or_else(|| state.users.first(), |username| state.user(username));
    let application =
        token.consumer_key.as_ref().map_or_else(|| state.applications.first(), |key| state.application(key));
    let now = token::token_time(&state, wall);
    Identity {
        account_code: state.code.to_string(),
        user: user.map(|user| user.username.clone()),
        roles: user.map(|user| user.roles.clone()).unwrap_or_default(),
        application: application.map(|application| application.name.clone()),
        key_type: application.map(|application| application.key_type),
        subscriptions: application
            .map(|application| application.subscriptions.iter().map(|subscription| subscription.service).collect())
            .unwrap_or_default(),
        expires_in: token.expires.map(|end| (end - now).num_seconds()),
    }
}
