//! The OAuth2 tokens that were fetched: a purse for each life of an account, so that nobody has another's.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use reqwest::Client;
use tokio::time::Instant as Deadline;

use super::grant::{self, Refusal, Token};
use crate::domain::outbox::Job;
use crate::domain::record::authentication::{Auth, ClientCredentials, Tls};
use crate::domain::record::subscription::Subscription;
use crate::domain::value::stamp::Timestamp;
use crate::service::Account;

/// How many credentials' tokens an account keeps.
const KEPT: usize = 32;

/// The purses of all accounts that need one.
#[derive(Debug, Default)]
pub struct Purses {
    /// By the account's address: another account may have its code by now. The address is not given away again as long
    /// as the entry stands.
    lives: Mutex<HashMap<usize, Life>>,
    /// Of those that need none; stays empty.
    none: Arc<Purse>,
}

/// One life of an account: it ends with a reset.
#[derive(Debug)]
struct Life {
    account: Weak<Account>,
    epoch: u64,
    purse: Arc<Purse>,
}

impl Purses {
    /// The purse for a job of an account.
    pub fn of(&self, account: &Arc<Account>, job: &Job) -> Arc<Purse> {
        if !matches!(job.subscription.auth, Auth::OAuth2(_)) {
            return Arc::clone(&self.none);
        }
        let mut lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Arc::as_ptr(account).addr();
        match lives.get(&address) {
            Some(life) if life.epoch == job.epoch => return Arc::clone(&life.purse),
            // An attempt from before a reset; what it fetches, nobody else gets.
            Some(life) if life.epoch > job.epoch => return Arc::default(),
            Some(_) => {}
            None => lives.retain(|_, life| life.account.strong_count() > 0),
        }
        let life = Life { account: Arc::downgrade(account), epoch: job.epoch, purse: Arc::default() };
        Arc::clone(&lives.entry(address).insert_entry(life).get().purse)
    }
}

/// The OAuth2 tokens of one life of an account.
#[derive(Debug, Default)]
pub struct Purse {
    /// The one that was used last is the last.
    slots: Mutex<Vec<Arc<Slot>>>,
}

/// The token of one client at one endpoint.
#[derive(Debug)]
struct Slot {
    credentials: ClientCredentials,
    tls: Option<Arc<Tls>>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<Arc<Token>>,
    /// Weak: when all who wait for it are gone, it ends.
    fetch: Option<WeakShared<Fetch>>,
}

type Fetch = Pin<Box<dyn Future<Output = Result<Arc<Token>, Missed>> + Send>>;

/// Why a fetch gave no token.
#[derive(Debug, Clone)]
enum Missed {
    Refused(Arc<Refusal>),
    /// The endpoint hung for as long as the attempt that began the fetch could wait.
    Hung(Duration),
}

/// Who asks for a token.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// What asks the endpoint.
    pub client: &'a Client,
    /// What it is for.
    pub subscription: &'a Subscription,
    /// Until when it is of use.
    pub deadline: Deadline,
    /// The account's instant, where its tokens live by that.
    pub now: Option<Timestamp>,
}

impl Purse {
    /// The token for a subscription, none where it needs none; another one than the `refused` one, which is forgotten.
    ///
    /// # Errors
    /// Why there is none, in words; whether trying again may help.
    pub async fn bearer(
        &self,
        need: Need<'_>,
        refused: Option<&Arc<Token>>,
    ) -> Result<Option<Arc<Token>>, (String, bool)> {
        let subscription = need.subscription;
        let Auth::OAuth2(credentials) = &subscription.auth else { return Ok(None) };
        let limit = subscription.timeout.0;
        let slot = self.slot(credentials, subscription.tls.as_ref());
        let found = async {
            loop {
                let fetch = match slot.look(need, refused) {
                    Ok(token) => return Ok(token),
                    Err(fetch) => fetch,
                };
                match fetch.await {
                    Ok(token) => return Ok(token),
                    // Who began it could wait for less time than this one can.
                    Err(Missed::Hung(after)) if after < limit => {}
                    Err(Missed::Hung(_)) => return Err(None),
                    Err(Missed::Refused(refusal)) => return Err(Some(refusal)),
                }
            }
        };
        match tokio::time::timeout_at(need.deadline, found).await.unwrap_or(Err(None)) {
            Ok(token) => Ok(Some(token)),
            Err(Some(refusal)) => Err((refusal.reason.clone(), refusal.passing)),
            Err(None) => {
                let what = format!("gave no answer within {} (timeout)", subscription.timeout);
                Err((Refusal::new(credentials, &what, true).reason, true))
            }
        }
    }

    fn slot(&self, credentials: &ClientCredentials, tls: Option<&Arc<Tls>>) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|slot| slot.credentials == *credentials && slot.tls.as_ref() == tls);
        let slot = match known {
            Some(known) => slots.remove(known),
            None => Arc::new(Slot { credentials: credentials.clone(), tls: tls.cloned(), held: Mutex::default() }),
        };
        if slots.len() == KEPT {
            slots.remove(0);
        }
        slots.push(Arc::clone(&slot));
        slot
    }
}

impl Slot {
    /// The token that is held, or the one fetch that gets it.
    fn look(self: &Arc<Self>, need: Need<'_>, refused: Option<&Arc<Token>>) -> Result<Arc<Token>, Shared<Fetch>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &held.token
            && token.end.is_after(need.now)
            && refused.is_none_or(|refused| !Arc::ptr_eq(refused, token))
        {
            return Ok(Arc::clone(token));
        }
        held.token = None;
        if let Some(fetch) = held.fetch.as_ref().and_then(WeakShared::upgrade) {
            return Err(fetch);
        }
        let fetch = Arc::clone(self).fetch(need.client.clone(), need.subscription.timeout.0, need.now).shared();
        held.fetch = fetch.downgrade();
        Err(fetch)
    }

    fn fetch(self: Arc<Self>, client: Client, limit: Duration, now: Option<Timestamp>) -> Fetch {
        Box::pin(async move {
            let asked = tokio::time::timeout(limit, grant::ask(&client, &self.credentials, now)).await;
            let got = match asked {
                Ok(Ok(token)) => Ok(Arc::new(token)),
                Ok(Err(refusal)) => Err(Missed::Refused(Arc::new(refusal))),
                Err(_) => Err(Missed::Hung(limit)),
            };
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.token = got.as_ref().ok().cloned();
            held.fetch = None;
            drop(held);
            got
        })
    }
}
