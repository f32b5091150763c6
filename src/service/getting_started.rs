//! Getting Started: what a partner checks its connection and its token with.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Sandbox, clock};
use crate::domain::contract::service::{InService, Role};
use crate::domain::record::application::KeyType;
use crate::domain::record::token::Token;
use crate::domain::state::State;
use crate::domain::token::token_time;
use crate::domain::value::stamp::{self, Timestamp};
use crate::store::account::Account;

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
pub async fn ping(sandbox: &Sandbox, account: &Account) -> Pong {
    let server_time = sandbox.look(account, |_, now| now).await;
    Pong { message: "pong", server_time, version: env!("CARGO_PKG_VERSION") }
}

/// Tells what a token stands for.
pub async fn whoami(sandbox: &Sandbox, account: &Account, token: &Token) -> Identity {
    let wall = clock::wall();
    let look = |state: &State, _| {
        let user = token.username.as_ref().map_or_else(|| state.first_user(), |username| state.user(username));
        let application =
            token.consumer_key.as_ref().map_or_else(|| state.first_application(), |key| state.application(key));
        let now = token_time(state, wall);
        Identity {
            account_code: state.code.to_string(),
            user: user.map(|user| user.username.clone()),
            roles: user.map(|user| user.roles.clone()).unwrap_or_default(),
            application: application.map(|application| application.name.clone()),
            key_type: application.map(|application| application.key_type),
            subscriptions: application
                .map(|application| application.subscriptions.iter().map(|one| one.service).collect())
                .unwrap_or_default(),
            expires_in: token.expires.map(|end| (end - now).num_seconds()),
        }
    };
    sandbox.look(account, look).await
}
