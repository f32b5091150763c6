//! The Token API: clients, and the tokens they get.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::{Sandbox, secret};
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
    changed.await.unwrap_or(Err(GrantRefusal::GrantNotAllowed))
}

/// Ends the pair behind a token of this client; `None` for an unknown one.
pub async fn revoke(sandbox: &Sandbox, client: &Client, text: &str) -> Option<Arc<Token>> {
    let known = sandbox.store.tokens.find(text).filter(|known| Arc::ptr_eq(&known.account, &client.account))?;
    let changed = sandbox.change(&client.account, |state, _| {
        Ok((token::revoke(state, &client.consumer_key, known.row, text), Notices::new()))
    });
    changed.await.ok().flatten()
}

/// Ends the pair of an access token for a fault; a static token stays.
pub async fn end(sandbox: &Sandbox, known: &KnownToken, text: &str) {
    let ended = sandbox.change(&known.account, |state, _| {
        let issued = state.find_token(text, known.row).filter(|(_, token)| !token.is_static());
        if let Some(row) = issued.map(|(row, _)| row) {
            state.end_token(row, EndCause::Revoked);
        }
        Ok(((), Notices::new()))
    });
    // Refused only where the account was deleted, and the token with it.
    let _done: Result<_, Error> = ended.await;
}

/// A bearer token as the server knows it; only its account can say whether it works now.
pub fn known(sandbox: &Sandbox, text: &str) -> Option<Arc<KnownToken>> {
    sandbox.store.tokens.find(text).filter(|known| !known.is_refresh)
}

/// The gateway profile of an account.
pub async fn profile(sandbox: &Sandbox, account: &Account) -> Profile {
    sandbox.look(account, |state, _| state.settings.profile).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::document::{self, DocumentFormat};
    use crate::service::{SandboxOptions, account};

    #[tokio::test]
    async fn a_token_that_a_reset_moved_is_found_by_who_looked_before_it() {
        let (sandbox, _woken) = Sandbox::new(SandboxOptions::for_a_check());
        let given = "{account: {users: [{username: jo, password: pw}], applications:
            [{name: a, consumer_key: k, consumer_secret: s}], static_tokens: [t1, t2]}}";
        let account = account::create(&sandbox, document::read(given, DocumentFormat::Yaml).expect("a document"));
        let account = account.expect("an account");
        let client = Client { account: Arc::clone(&account), consumer_key: "k".to_owned() };
        let by_client = |seconds| GrantRequest::ClientCredentials { validity: Some(seconds) };
        let password = GrantRequest::Password { username: "jo", password: "pw" };
        let first = issue(&sandbox, &client, by_client(60), None, None).await.expect("a token").token;
        let kept = issue(&sandbox, &client, password, None, None).await.expect("a pair").token;
        revoke(&sandbox, &client, &first.access).await.expect("its own");
        let seen = sandbox.store.tokens.find(&kept.access).expect("it is known");
        account::reset(&sandbox, &account).expect("the document fits");
        let now = sandbox.store.tokens.find(&kept.access).expect("it is kept");
        assert_ne!(seen.row, now.row, "the reset moves it, or this test shows nothing");
        for text in [&kept.access, kept.refresh.as_ref().expect("a refresh token")] {
            let found = account.look(|state| state.find_token(text, seen.row).map(|(row, _)| row));
            assert_eq!(found, Some(now.row));
        }
        assert!(account.look(|state| state.find_token(&first.access, seen.row).is_none()));
        assert!(known(&sandbox, &kept.access).is_some_and(|known| known.row == now.row));
    }
}
