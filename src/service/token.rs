//! The Token API's rules: who gets which token, and when the same one again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use subtle::ConstantTimeEq;

use super::{Sandbox, clock, secret};
use crate::domain::contract::service::InService;
use crate::domain::record::application::Grant;
use crate::domain::record::settings::{Profile, Timekeeper};
use crate::domain::value::stamp::Timestamp;
use crate::store::account::Account;
use crate::store::token::Token;

/// The life of an access token, in seconds. Observed.
pub const ACCESS_LIFE: i64 = 3600;
/// The life of a refresh token, in seconds. Observed.
pub const REFRESH_LIFE: i64 = 84_600;
/// What the gateway takes off `expires_in` for clocks that differ, in seconds. Observed.
pub const SKEW: i64 = 300;

/// A client that showed its key and secret.
#[derive(Debug, Clone)]
pub struct Client {
    /// The account its key selects.
    pub account: Arc<Account>,
    /// Its consumer key.
    pub consumer_key: String,
}

/// What a token is asked for with.
#[derive(Debug)]
pub enum Request<'a> {
    /// A user's name and password.
    Password {
        /// The name.
        username: &'a str,
        /// The password.
        password: &'a str,
    },
    /// The application itself; with the life it asks for, in seconds.
    ClientCredentials {
        /// `validity_period`.
        validity: Option<i64>,
    },
    /// A refresh token.
    Refresh {
        /// The token.
        refresh: &'a str,
    },
}

/// Why no token was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The application may not use the grant.
    GrantNotAllowed,
    /// The user name or the password is wrong.
    WrongPassword {
        /// The name that was sent.
        username: String,
    },
    /// The refresh token is unknown, used or superseded.
    UnknownRefresh,
    /// The refresh token's time is over.
    ExpiredRefresh,
}

/// An issued token.
#[derive(Debug)]
pub struct Issue {
    /// The token.
    pub token: Arc<Token>,
    /// Seconds left, as the answer says.
    pub expires_in: i64,
    /// The access token that a refresh ended.
    pub ended: Option<Arc<Token>>,
}

/// The client behind a consumer key and secret; compared in constant time.
pub fn authenticate(sandbox: &Sandbox, key: &str, given: &str) -> Option<Client> {
    let account = sandbox.store.by_consumer_key(key)?;
    let matches = {
        let state = account.lock();
        let (secret, _) = state.application(key)?.secret(key)?;
        bool::from(secret.as_bytes().ct_eq(given.as_bytes()))
    };
    matches.then(|| Client { account, consumer_key: key.to_owned() })
}

/// The gateway profile of the client's account.
pub fn profile(client: &Client) -> Profile {
    client.account.lock().settings.profile
}

/// Issues a token.
///
/// # Errors
/// [`Refusal`].
pub fn issue(sandbox: &Sandbox, client: &Client, request: &Request<'_>, scope: &str) -> Result<Issue, Refusal> {
    let grant = match request {
        Request::Password { .. } => Grant::Password,
        Request::ClientCredentials { .. } => Grant::ClientCredentials,
        Request::Refresh { .. } => Grant::RefreshToken,
    };
    let wall = clock::wall();
    let (now, owner, life, scope) = {
        let state = client.account.lock();
        let application = state.application(&client.consumer_key).ok_or(Refusal::GrantNotAllowed)?;
        if !application.grants.contains(&grant) {
            return Err(Refusal::GrantNotAllowed);
        }
        if let Request::Password { username, password } = request {
            let known = state.user(username);
            let matches = known.is_some_and(|user| bool::from(user.password.as_bytes().ct_eq(password.as_bytes())));
            if !matches {
                return Err(Refusal::WrongPassword { username: (*username).to_owned() });
            }
        }
        let first = state.users.first().map(|user| user.username.clone()).unwrap_or_default();
        let life = application.secret(&client.consumer_key).and_then(|(_, life)| life).map_or(ACCESS_LIFE, i64::from);
        let owner = application.owner.clone().unwrap_or(first);
        (token_time(&state, wall), owner, life, known_scope(scope, &state.settings.scopes))
    };
    match request {
        Request::Password { username, .. } => {
            let holder = (client.consumer_key.clone(), (*username).to_owned(), scope);
            Ok(again_or_new(sandbox, client, holder, life, true, now))
        }
        Request::ClientCredentials { validity } => {
            let holder = (client.consumer_key.clone(), owner, format!("am_application_scope {scope}"));
            let life = validity.filter(|seconds| *seconds > 0).unwrap_or(life);
            Ok(again_or_new(sandbox, client, holder, life, false, now))
        }
        Request::Refresh { refresh } => renew(sandbox, client, refresh, life, now),
    }
}

/// A token of a shorter life in place of the one that was issued; it is not handed out again.
pub fn shorten(sandbox: &Sandbox, issue: &Issue, seconds: u32) -> Issue {
    let old = &issue.token;
    let now = token_time(&old.account.lock(), clock::wall());
    let client =
        Client { account: Arc::clone(&old.account), consumer_key: old.consumer_key.clone().unwrap_or_default() };
    let holder = (client.consumer_key.clone(), old.username.clone().unwrap_or_default(), old.scope.clone());
    let token = new_token(&client, &holder, i64::from(seconds), old.refresh.is_some(), now);
    let tokens = &sandbox.store.tokens;
    tokens.revoke(old);
    let mut issued = client.account.issued.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.add(&mut issued, &token, now);
    drop(issued);
    Issue { token, expires_in: i64::from(seconds), ended: issue.ended.clone() }
}

/// The pair behind a token of this client, to revoke it; none for an unknown one.
pub fn revoke(sandbox: &Sandbox, client: &Client, token: &str) -> Option<Arc<Token>> {
    let tokens = &sandbox.store.tokens;
    let found = tokens.find(token).or_else(|| tokens.find_by_refresh(token))?;
    if found.consumer_key.as_ref() != Some(&client.consumer_key) {
        return None;
    }
    tokens.revoke(&found).then_some(found)
}

/// The instant that token life is measured by: the wall's, or the account's where `tokens: clock` says so.
pub fn token_time(state: &crate::domain::state::State, wall: Timestamp) -> Timestamp {
    match state.settings.tokens {
        Timekeeper::Wall => wall,
        Timekeeper::Clock => state.clock.now(wall),
    }
}

/// The scopes that are known, by name; `default` where none is left.
///
/// Source: platform §1. Assumed: the known ones are `default` and those that the account's services ask for.
fn known_scope(asked: &str, scopes: &BTreeMap<InService, String>) -> String {
    let is_known = |word: &&str| *word == "default" || scopes.values().any(|scope| scope == word);
    let known: BTreeSet<&str> = asked.split_whitespace().filter(is_known).collect();
    if known.is_empty() { "default".to_owned() } else { Vec::from_iter(known).join(" ") }
}

/// For one (consumer key, user, scope) an active token is handed out again.
fn again_or_new(
    sandbox: &Sandbox,
    client: &Client,
    holder: (String, String, String),
    life: i64,
    with_refresh: bool,
    now: Timestamp,
) -> Issue {
    // Held from the look-up to the entry, so that clients that ask at once get the same token.
    let mut issued = client.account.issued.lock().unwrap_or_else(PoisonError::into_inner);
    if life >= SKEW
        && let Some(token) = issued.newest.get(&holder)
        && token.refresh.is_some() == with_refresh
        && let Some(left) = token.expires.map(|end| (end - now).num_seconds() - SKEW)
        && left > 0
    {
        return Issue { token: Arc::clone(token), expires_in: left, ended: None };
    }
    let token = new_token(client, &holder, life, with_refresh, now);
    if life >= SKEW {
        issued.newest.insert(holder, Arc::clone(&token));
    }
    sandbox.store.tokens.add(&mut issued, &token, now);
    Issue { token, expires_in: life, ended: None }
}

/// A new pair for a refresh token; the old pair dies.
fn renew(sandbox: &Sandbox, client: &Client, refresh: &str, life: i64, now: Timestamp) -> Result<Issue, Refusal> {
    let tokens = &sandbox.store.tokens;
    let old = tokens
        .find_by_refresh(refresh)
        .filter(|token| token.consumer_key.as_ref() == Some(&client.consumer_key))
        .ok_or(Refusal::UnknownRefresh)?;
    if old.refresh_expires.is_some_and(|end| end <= now) {
        return Err(Refusal::ExpiredRefresh);
    }
    let holder = (client.consumer_key.clone(), old.username.clone().unwrap_or_default(), old.scope.clone());
    let is_superseded = {
        let issued = client.account.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.newest.get(&holder).is_some_and(|newest| !Arc::ptr_eq(newest, &old))
    };
    // Of two that use the same refresh token at once, one wins.
    if is_superseded || !tokens.revoke(&old) {
        return Err(Refusal::UnknownRefresh);
    }
    let token = new_token(client, &holder, life, true, now);
    let mut issued = client.account.issued.lock().unwrap_or_else(PoisonError::into_inner);
    issued.newest.insert(holder, Arc::clone(&token));
    tokens.add(&mut issued, &token, now);
    drop(issued);
    Ok(Issue { token, expires_in: life, ended: Some(old) })
}

fn new_token(
    client: &Client,
    (consumer_key, username, scope): &(String, String, String),
    life: i64,
    with_refresh: bool,
    now: Timestamp,
) -> Arc<Token> {
    let make = || match profile(client) {
        Profile::Wso2 => secret::uuid().to_string(),
        Profile::Wso2V1 => secret::uuid().simple().to_string(),
    };
    let end = |seconds: i64| {
        chrono::Duration::try_seconds(seconds)
            .and_then(|life| now.checked_add_signed(life))
            .unwrap_or(Timestamp::MAX_UTC)
    };
    Arc::new(Token {
        account: Arc::clone(&client.account),
        access: make(),
        refresh: with_refresh.then(make),
        consumer_key: Some(consumer_key.clone()),
        username: Some(username.clone()),
        scope: scope.clone(),
        expires: Some(end(life)),
        refresh_expires: with_refresh.then(|| end(REFRESH_LIFE)),
        usage: Mutex::default(),
    })
}
