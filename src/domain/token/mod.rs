//! The Token API's rules: who gets which token, and when the same one again.

pub mod operations;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use subtle::ConstantTimeEq;

use crate::domain::contract::service::InService;
use crate::domain::record::application::Grant;
use crate::domain::record::settings::{Profile, Timekeeper};
use crate::domain::record::token::{EndCause, Holder, Token};
use crate::domain::state::State;
use crate::domain::value::hash::Hash;
use crate::domain::value::stamp::{Timestamp, WallTime, whole_millis};

/// The life of an access token, in seconds. Observed.
pub const ACCESS_LIFE: i64 = 3600;
/// The life of a refresh token, in seconds. Observed.
pub const REFRESH_LIFE: i64 = 84_600;
/// What the gateway takes off `expires_in` for clocks that differ, in seconds. Observed.
pub const SKEW: i64 = 300;

/// What a token is asked for with.
#[derive(Debug, Clone, Copy)]
pub enum GrantRequest<'a> {
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
        /// Its row, where the server knows it.
        row: Option<u64>,
    },
}

/// Why no token was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantRefusal {
    /// The application may not use the grant.
    GrantNotAllowed,
    /// The user name or the password is wrong.
    WrongPassword {
        /// The name that was sent.
        username: String,
    },
    /// The refresh token is unknown, or another client's.
    UnknownRefresh,
    /// The refresh token was used or revoked.
    EndedRefresh,
    /// A newer pair of the same holder was issued without it.
    SupersededRefresh,
    /// The refresh token's time is over.
    ExpiredRefresh,
}

/// The random texts of a new pair, which may not be needed.
#[derive(Debug, Clone)]
pub struct Texts {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// An issued token.
#[derive(Debug, Clone)]
pub struct Issue {
    /// The token.
    pub token: Token,
    /// Seconds left, as the answer says.
    pub expires_in: i64,
    /// The pair that a refresh ended.
    pub ended: Option<Arc<Token>>,
}

/// What is asked of the token endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The client's key; its secret was checked.
    pub consumer_key: &'a str,
    /// What it shows.
    pub request: GrantRequest<'a>,
    /// The scope it asks for.
    pub scope: Option<&'a str>,
    /// The life of the token that is issued, in seconds, where a fault shortens it.
    pub shortened: Option<u32>,
}

/// Issues a token.
///
/// # Errors
/// [`GrantRefusal`]; nothing changed then.
pub fn issue(state: &mut State, asked: Asked<'_>, texts: &Texts, wall: WallTime) -> Result<Issue, GrantRefusal> {
    let grant = match asked.request {
        GrantRequest::Password { .. } => Grant::Password,
        GrantRequest::ClientCredentials { .. } => Grant::ClientCredentials,
        GrantRequest::Refresh { .. } => Grant::RefreshToken,
    };
    let application = state.application(asked.consumer_key).cloned().ok_or(GrantRefusal::GrantNotAllowed)?;
    if !application.grants.contains(&grant) {
        return Err(GrantRefusal::GrantNotAllowed);
    }
    let life = application.secret(asked.consumer_key).and_then(|(_, life)| life).map_or(ACCESS_LIFE, i64::from);
    let now = token_time(state, wall);
    let scope = known_scope(asked.scope.unwrap_or("default"), &state.settings.scopes);
    let key = || asked.consumer_key.to_owned();
    let life = Life { seconds: life, shortened: asked.shortened.map(i64::from) };
    match asked.request {
        GrantRequest::Password { username, password } => {
            let known = state.user(username);
            let matches = known.is_some_and(|user| bool::from(user.password.as_bytes().ct_eq(password.as_bytes())));
            if !matches {
                return Err(GrantRefusal::WrongPassword { username: username.to_owned() });
            }
            Ok(again_or_new(state, (key(), username.to_owned(), scope), life, true, texts, now))
        }
        GrantRequest::ClientCredentials { validity } => {
            let first = || state.first_user().map(|user| user.username.clone()).unwrap_or_default();
            let owner = application.owner.clone().unwrap_or_else(first);
            let seconds = validity.filter(|seconds| *seconds > 0).unwrap_or(life.seconds);
            let holder = (key(), owner, format!("am_application_scope {scope}"));
            Ok(again_or_new(state, holder, Life { seconds, ..life }, false, texts, now))
        }
        GrantRequest::Refresh { refresh, row } => {
            let scope = asked.scope.map(|_| scope.as_str());
            renew(state, asked.consumer_key, (refresh, row), scope, life, texts, now)
        }
    }
}

/// The life of an access token, in seconds.
#[derive(Debug, Clone, Copy)]
struct Life {
    seconds: i64,
    /// What a fault makes of it.
    shortened: Option<i64>,
}

impl Life {
    fn end(self) -> i64 {
        self.shortened.unwrap_or(self.seconds)
    }
}

/// Ends the pair of a token of this client, by either of its texts.
pub fn revoke(state: &mut State, consumer_key: &str, row: u64, text: &str) -> Option<Arc<Token>> {
    let (row, token) = state.find_token(text, row)?;
    let is_own = token.consumer_key.as_deref() == Some(consumer_key);
    if is_own { state.end_token(row, EndCause::Revoked) } else { None }
}

/// Ends the tokens whose key or user is gone.
pub fn end_orphans(state: &mut State) {
    let is_orphan = |token: &Token| {
        let key = token.consumer_key.as_ref().is_some_and(|key| state.application(key).is_none());
        let user = token.username.as_ref().is_some_and(|name| !name.is_empty() && state.user(name).is_none());
        key || user
    };
    let orphans: Vec<u64> = state.tokens().after(0).filter(|(_, token)| is_orphan(token)).map(|(row, _)| row).collect();
    for row in orphans {
        state.end_token(row, EndCause::Orphaned);
    }
}

/// The access token with this text, if it works now; `row` is where the server last saw it.
pub fn working<'a>(state: &'a State, text: &str, row: u64, wall: WallTime) -> Option<&'a Arc<Token>> {
    let (_, token) = state.find_token(text, row)?;
    token.expires.is_none_or(|end| token_time(state, wall) < end).then_some(token)
}

/// The instant that token life is measured by: the machine's, or the account's if `tokens: clock` says so.
pub fn token_time(state: &State, wall: WallTime) -> Timestamp {
    whole_millis(match state.settings.tokens {
        Timekeeper::Wall => wall,
        Timekeeper::Clock => state.clock.now(wall),
    })
}

/// How a profile writes a token: a UUID, as text.
pub fn text(profile: Profile, uuid: uuid::Uuid) -> String {
    match profile {
        Profile::Wso2 => uuid.to_string(),
        Profile::Wso2V1 => uuid.simple().to_string(),
    }
}

/// The scopes that are known, by name; `default` if none is left.
///
/// Source: platform §1. Assumed: the known ones are `default` and those that the account's services ask for.
fn known_scope(asked: &str, scopes: &BTreeMap<InService, String>) -> String {
    let is_known = |word: &&str| *word == "default" || scopes.values().any(|scope| scope == word);
    let known: BTreeSet<&str> = asked.split_whitespace().filter(is_known).collect();
    if known.is_empty() { "default".to_owned() } else { Vec::from_iter(known).join(" ") }
}

/// For one (consumer key, user, scope) an active token is handed out again.
fn again_or_new(
    state: &mut State,
    holder: Holder,
    life: Life,
    with_refresh: bool,
    texts: &Texts,
    now: Timestamp,
) -> Issue {
    if life.seconds >= SKEW
        && let Some(token) = state.newest_token(&holder)
        && token.refresh.is_some() == with_refresh
        && let Some(left) = token.expires.map(|end| (end - now).num_seconds() - SKEW)
        && left > 0
    {
        if life.shortened.is_none() {
            return Issue { token: Token::clone(token), expires_in: left, ended: None };
        }
        if let Some(row) = state.tokens().number(&token.access.clone()) {
            state.end_token(row, EndCause::Revoked);
        }
    }
    // A short one supersedes refresh tokens; what has none goes on with the longer one.
    let is_newest = with_refresh || life.end() >= SKEW;
    let token = Token { is_newest, ..new_token(holder, life.end(), with_refresh, texts, now) };
    add(state, &token, now);
    Issue { token, expires_in: life.end(), ended: None }
}

/// A new pair for a refresh token; the old pair ends.
///
/// Assumed: a scope narrows what the old pair had; what it had not is dropped without an error.
fn renew(
    state: &mut State,
    consumer_key: &str,
    (refresh, row): (&str, Option<u64>),
    scope: Option<&str>,
    life: Life,
    texts: &Texts,
    now: Timestamp,
) -> Result<Issue, GrantRefusal> {
    let is_own = |token: &Token| {
        token.consumer_key.as_deref() == Some(consumer_key) && token.refresh.as_deref() == Some(refresh)
    };
    let found = row.and_then(|row| state.find_token(refresh, row)).filter(|(_, token)| is_own(token));
    let Some((row, old)) = found.map(|(row, token)| (row, Arc::clone(token))) else {
        let ended = state.ended_tokens.get(&Hash::of(refresh));
        return Err(match ended.map(|ended| ended.cause) {
            Some(EndCause::Expired) => GrantRefusal::ExpiredRefresh,
            Some(EndCause::Used | EndCause::Revoked) => GrantRefusal::EndedRefresh,
            Some(EndCause::Orphaned) | None => GrantRefusal::UnknownRefresh,
        });
    };
    if old.refresh_expires.is_some_and(|end| end <= now) {
        return Err(GrantRefusal::ExpiredRefresh);
    }
    let user = old.username.clone().unwrap_or_default();
    let holder = (consumer_key.to_owned(), user.clone(), old.scope.clone());
    if state.newest_token(&holder).is_some_and(|newest| newest.access != old.access) {
        return Err(GrantRefusal::SupersededRefresh);
    }
    let ended = state.end_token(row, EndCause::Used);
    let granted: Vec<&str> = old.scope.split(' ').collect();
    let narrowed = scope.map(|asked| asked.split(' ').filter(|word| granted.contains(word)).collect::<Vec<_>>());
    let scope = narrowed.filter(|words| !words.is_empty()).map_or_else(|| old.scope.clone(), |words| words.join(" "));
    let holder = (consumer_key.to_owned(), user, scope);
    let token = new_token(holder, life.end(), true, texts, now);
    add(state, &token, now);
    Ok(Issue { token, expires_in: life.end(), ended })
}

/// Adds a token, and ends those that have expired with their refresh tokens.
fn add(state: &mut State, token: &Token, now: Timestamp) {
    for row in state.expired_tokens(now) {
        state.end_token(row, EndCause::Expired);
    }
    state.add_token(token.clone());
}

fn new_token(
    (consumer_key, username, scope): Holder,
    life: i64,
    with_refresh: bool,
    texts: &Texts,
    now: Timestamp,
) -> Token {
    let end = |seconds: i64| {
        let life = chrono::Duration::try_seconds(seconds);
        life.and_then(|life| now.checked_add_signed(life)).unwrap_or(Timestamp::MAX_UTC)
    };
    Token {
        access: texts.access.clone(),
        refresh: with_refresh.then(|| texts.refresh.clone()),
        consumer_key: Some(consumer_key),
        username: Some(username),
        scope,
        expires: Some(end(life)),
        refresh_expires: with_refresh.then(|| end(REFRESH_LIFE)),
        is_newest: true,
    }
}
