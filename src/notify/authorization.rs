//! What shows the receiver who the sandbox is: a header of each kind, and OAuth2 tokens, fetched once and kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant as Deadline;

use super::grant::{self, Refusal, Token};
use crate::domain::authentication::{Auth, ClientCredentials, Tls};
use crate::domain::subscription::Subscription;

/// How many credentials' tokens are kept.
const KEPT: usize = 256;

/// Adds the header of a subscription's `auth`; that of a token comes with [`Tokens::bearer`].
///
/// # Errors
/// A value that no header may hold, in words.
pub fn add(auth: &Auth, headers: &mut HeaderMap) -> Result<(), String> {
    match auth {
        Auth::None | Auth::OAuth2(_) => {}
        Auth::Basic { username, password } => {
            let coded = STANDARD.encode(format!("{username}:{password}"));
            headers.insert(AUTHORIZATION, value(&format!("Basic {coded}"))?);
        }
        Auth::Bearer { token } => {
            headers.insert(AUTHORIZATION, value(&format!("Bearer {token}"))?);
        }
        Auth::Header { name, value: text } => {
            let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no header name"))?;
            headers.insert(name, value(text)?);
        }
    }
    Ok(())
}

/// The part of a header's value that nobody may read; none where it is too short to be looked for in other texts.
pub fn secret(value: &str) -> Option<&str> {
    let secret = value.strip_prefix("Basic ").or_else(|| value.strip_prefix("Bearer ")).unwrap_or(value);
    (secret.len() >= 6).then_some(secret)
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "a header of the subscription holds a character no header may".to_owned())
}

/// The OAuth2 tokens of all subscriptions.
#[derive(Debug, Default)]
pub struct Tokens {
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

impl Tokens {
    /// The token for a subscription, none where it needs none; another one than the `refused` one, which is forgotten.
    ///
    /// # Errors
    /// Why there is none, in words; whether trying again may help.
    pub async fn bearer(
        &self,
        client: &Client,
        subscription: &Subscription,
        deadline: Deadline,
        refused: Option<&Arc<Token>>,
    ) -> Result<Option<Arc<Token>>, (String, bool)> {
        let Auth::OAuth2(credentials) = &subscription.auth else { return Ok(None) };
        let limit = subscription.timeout.0;
        let slot = self.slot(credentials, subscription.tls.as_ref());
        let found = async {
            loop {
                let fetch = match slot.look(client, limit, refused) {
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
        match tokio::time::timeout_at(deadline, found).await.unwrap_or(Err(None)) {
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
    fn look(
        self: &Arc<Self>,
        client: &Client,
        limit: Duration,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>, Shared<Fetch>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &held.token
            && token.fresh_until > Instant::now()
            && refused.is_none_or(|refused| !Arc::ptr_eq(refused, token))
        {
            return Ok(Arc::clone(token));
        }
        held.token = None;
        if let Some(fetch) = held.fetch.as_ref().and_then(WeakShared::upgrade) {
            return Err(fetch);
        }
        let fetch = Arc::clone(self).fetch(client.clone(), limit).shared();
        held.fetch = fetch.downgrade();
        Err(fetch)
    }

    fn fetch(self: Arc<Self>, client: Client, limit: Duration) -> Fetch {
        Box::pin(async move {
            let asked = tokio::time::timeout(limit, grant::ask(&client, &self.credentials)).await;
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
