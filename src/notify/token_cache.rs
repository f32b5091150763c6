//! Caches the OAuth2 tokens that were fetched: one cache per account and epoch, so that accounts never share a token.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use tokio::time::Instant as Deadline;

use super::client::Clients;
use super::grant::{self, AccessToken, GrantError};
use crate::domain::outbox::Job;
use crate::domain::record::authentication::{Auth, ClientCredentials, Tls};
use crate::domain::record::subscription::Subscription;
use crate::domain::value::stamp::Timestamp;
use crate::service::Account;

/// The most tokens that one cache keeps, each for other credentials.
const KEPT: usize = 32;

/// The token caches of all accounts that use OAuth2.
#[derive(Debug, Default)]
pub struct TokenCaches {
    /// By the address of the account in memory, because a later account may have the same code. The entry's weak pointer
    /// keeps the address from being used again.
    accounts: Mutex<HashMap<usize, AccountTokens>>,
    /// Shared by the accounts without OAuth2; stays empty.
    none: Arc<TokenCache>,
}

/// The tokens of one epoch of an account; a reset ends them.
#[derive(Debug)]
struct AccountTokens {
    account: Weak<Account>,
    epoch: u64,
    cache: Arc<TokenCache>,
}

impl TokenCaches {
    /// The cache for a job of an account.
    pub fn of(&self, account: &Arc<Account>, job: &Job) -> Arc<TokenCache> {
        if !matches!(job.subscription.auth, Auth::OAuth2(_)) {
            return Arc::clone(&self.none);
        }
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Arc::as_ptr(account).addr();
        match accounts.get(&address) {
            Some(tokens) if tokens.epoch == job.epoch => return Arc::clone(&tokens.cache),
            // An attempt from before a reset: its token is shared with nobody.
            Some(tokens) if tokens.epoch > job.epoch => return Arc::default(),
            Some(_) => {}
            None => accounts.retain(|_, tokens| tokens.account.strong_count() > 0),
        }
        let tokens = AccountTokens { account: Arc::downgrade(account), epoch: job.epoch, cache: Arc::default() };
        Arc::clone(&accounts.entry(address).insert_entry(tokens).get().cache)
    }
}

/// The OAuth2 tokens of one account and epoch.
#[derive(Debug, Default)]
pub struct TokenCache {
    /// In order of use, the last one used at the end.
    slots: Mutex<Vec<Arc<TokenSlot>>>,
}

/// The place of one client's token from one endpoint.
#[derive(Debug)]
struct TokenSlot {
    credentials: ClientCredentials,
    tls: Option<Arc<Tls>>,
    state: Mutex<SlotState>,
    /// The status of the answer that began to arrive; 0 while there is none.
    answering: AtomicU16,
}

#[derive(Debug, Default)]
struct SlotState {
    token: Option<Arc<AccessToken>>,
    /// Weak, so that a fetch ends when nobody waits for it.
    fetch: Option<WeakShared<TokenFetch>>,
}

type TokenFetch = Pin<Box<dyn Future<Output = Result<Arc<AccessToken>, FetchError>> + Send>>;

/// Why a fetch got no token.
#[derive(Debug, Clone)]
enum FetchError {
    Refused(Arc<GrantError>),
    /// The endpoint did not answer for as long as the attempt that started the fetch could wait.
    Hung(Duration),
}

/// A request for a token.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// The HTTP clients to fetch it with.
    pub clients: &'a Clients,
    /// The subscription that needs it.
    pub subscription: &'a Subscription,
    /// When it is too late for a token.
    pub deadline: Deadline,
    /// The instant of the account's clock, if its tokens expire by that clock.
    pub now: Option<Timestamp>,
}

impl TokenCache {
    /// The token for a subscription, `None` if it needs none. A token that was `refused` is dropped and replaced.
    ///
    /// # Errors
    /// Why there is no token, and whether another attempt may succeed.
    pub async fn bearer(
        &self,
        request: TokenRequest<'_>,
        refused: Option<&Arc<AccessToken>>,
    ) -> Result<Option<Arc<AccessToken>>, (String, bool)> {
        let subscription = request.subscription;
        let Auth::OAuth2(credentials) = &subscription.auth else { return Ok(None) };
        let limit = subscription.timeout.0;
        let slot = self.slot(credentials, subscription.tls.as_ref());
        let found = async {
            loop {
                let fetch = match slot.token_or_fetch(request, refused) {
                    Ok(token) => return Ok(token),
                    Err(fetch) => fetch,
                };
                match fetch.await {
                    Ok(token) => return Ok(token),
                    // The attempt that started the fetch had less time than this one has.
                    Err(FetchError::Hung(after)) if after < limit => {}
                    Err(FetchError::Hung(_)) => return Err(None),
                    Err(FetchError::Refused(error)) => return Err(Some(error)),
                }
            }
        };
        match tokio::time::timeout_at(request.deadline, found).await.unwrap_or(Err(None)) {
            Ok(token) => Ok(Some(token)),
            Err(Some(error)) => Err((error.reason.clone(), error.passing)),
            Err(None) => {
                let timeout = subscription.timeout;
                let what = match slot.answering.load(Ordering::Relaxed) {
                    0 => format!("gave no answer within {timeout} (timeout)"),
                    status => format!("answered {status}, but its answer did not end within {timeout} (timeout)"),
                };
                Err((GrantError::new(credentials, &what, true).reason, true))
            }
        }
    }

    fn slot(&self, credentials: &ClientCredentials, tls: Option<&Arc<Tls>>) -> Arc<TokenSlot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|slot| slot.credentials == *credentials && slot.tls.as_ref() == tls);
        let slot = if let Some(known) = known {
            slots.remove(known)
        } else {
            let (credentials, tls) = (credentials.clone(), tls.cloned());
            Arc::new(TokenSlot { credentials, tls, state: Mutex::default(), answering: AtomicU16::new(0) })
        };
        if slots.len() == KEPT {
            slots.remove(0);
        }
        slots.push(Arc::clone(&slot));
        slot
    }
}

impl TokenSlot {
    /// The cached token, or else the shared fetch that is getting one.
    fn token_or_fetch(
        self: &Arc<Self>,
        request: TokenRequest<'_>,
        refused: Option<&Arc<AccessToken>>,
    ) -> Result<Arc<AccessToken>, Shared<TokenFetch>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &state.token
            && token.expiry.is_after(request.now)
            && refused.is_none_or(|refused| !Arc::ptr_eq(refused, token))
        {
            return Ok(Arc::clone(token));
        }
        state.token = None;
        if let Some(fetch) = state.fetch.as_ref().and_then(WeakShared::upgrade) {
            return Err(fetch);
        }
        let client = request.clients.fresh.clone();
        let fetch = Arc::clone(self).fetch(client, request.subscription.timeout.0, request.now).shared();
        state.fetch = fetch.downgrade();
        Err(fetch)
    }

    fn fetch(self: Arc<Self>, client: reqwest::Client, limit: Duration, now: Option<Timestamp>) -> TokenFetch {
        Box::pin(async move {
            self.answering.store(0, Ordering::Relaxed);
            let begun = |status| self.answering.store(status, Ordering::Relaxed);
            let asked = tokio::time::timeout(limit, grant::ask(&client, &self.credentials, now, begun)).await;
            let got = match asked {
                Ok(Ok(token)) => Ok(Arc::new(token)),
                Ok(Err(error)) => Err(FetchError::Refused(Arc::new(error))),
                Err(_) => Err(FetchError::Hung(limit)),
            };
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.token = got.as_ref().ok().cloned();
            state.fetch = None;
            drop(state);
            got
        })
    }
}
