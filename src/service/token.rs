//! The Token API: clients, and the tokens they get.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::{Sandbox, clock, secret};
use crate::domain::contract::error::Error;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::settings::Profile;
use crate::domain::record::token::{EndCause, Token};
use crate::domain::token::{self, Asked, GrantRefusal, GrantRequest, Issue, Texts};
use crate::store::account::Account;
use crate::store::token::KnownToken;

/// A client that showed its key and secret.
#[derive(Debug, Clone)]
pub struct Client {
    /// The account its key selects.
    pub account: Arc<Account>,
    /// Its consumer key.
    pub consumer_key: String,
}

/// The client behind a consumer key and secret; compared in constant time.
pub async fn authenticate(sandbox: &Sandbox, key: &str, given: &str) -> Option<Client> {
    let account = sandbox.store.by_consumer_key(key)?;
    let matches = sandbox.look(&account, |state, _| {
        let (secret, _) = state.application(key)?.secret(key)?;
        Some(bool::from(secret.as_bytes().ct_eq(given.as_bytes())))
    });
    matches.await?.then(|| Client { account, consumer_key: key.to_owned() })
}

/// Issues a token.
///
/// # Errors
/// [`GrantRefusal`].
pub async fn issue(
    sandbox: &Sandbox,
    client: &Client,
    request: GrantRequest<'_>,
    scope: Option<&str>,
    shortened: Option<u32>,
) -> Result<Issue, GrantRefusal> {
    let request = match request {
        GrantRequest::Refresh { refresh, .. } => {
            let known = sandbox.store.tokens.find(refresh);
            let row = known.filter(|known| Arc::ptr_eq(&known.account, &client.account)).map(|known| known.row);
            GrantRequest::Refresh { refresh, row }
        }
        other => other,
    };
    let asked = Asked { consumer_key: &client.consumer_key, request, scope, shortened };
    let random = [secret::uuid(), secret::uuid()];
    let changed = sandbox.change(&client.account, |state, act| {
        let [access, refresh] = random.map(|uuid| token::text(state.settings.profile, uuid));
        Ok((token::issue(state, asked, &Texts { access, refresh }, act.wall), Notices::new()))
    });
    // Nothing of it fails but by its own refusals; a text that is taken would be a wonder.
    changed.await.map_or(Err(GrantRefusal::GrantNotAllowed), |changed| changed.value)
}

/// Ends the pair behind a token of this client; `None` for an unknown one.
pub async fn revoke(sandbox: &Sandbox, client: &Client, text: &str) -> Option<Arc<Token>> {
    let known = sandbox.store.tokens.find(text).filter(|known| Arc::ptr_eq(&known.account, &client.account))?;
    let changed = sandbox.change(&client.account, |state, _| {
        Ok((token::revoke(state, &client.consumer_key, known.row, text), Notices::new()))
    });
    changed.await.ok().and_then(|changed| changed.value)
}

/// Ends a pair for a fault; a static token stays.
pub async fn end(sandbox: &Sandbox, known: &KnownToken) {
    let ended = sandbox.change(&known.account, |state, _| {
        let is_static = state.tokens().row(known.row).is_none_or(|token| token.is_static());
        if !is_static {
            state.end_token(known.row, EndCause::Revoked);
        }
        Ok(((), Notices::new()))
    });
    // Nothing of it is refused.
    let _done: Result<_, Error> = ended.await;
}

/// The token behind a bearer token, if it works now.
pub async fn working(sandbox: &Sandbox, text: &str) -> Option<(Arc<KnownToken>, Arc<Token>)> {
    let known = sandbox.store.tokens.find(text).filter(|known| !known.is_refresh)?;
    let wall = clock::wall();
    let token = sandbox.look(&known.account, |state, _| {
        state.tokens().row(known.row).filter(|token| token::is_active(state, token, wall)).cloned()
    });
    let token = token.await.filter(|token| token.access == text)?;
    Some((known, token))
}

/// The gateway profile of an account.
pub async fn profile(sandbox: &Sandbox, account: &Account) -> Profile {
    sandbox.look(account, |state, _| state.settings.profile).await
}
