//! Issued tokens: one lookup tells whose a bearer token is.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use foldhash::fast::RandomState;

use super::account::Account;
use crate::domain::contract::error::Error;
use crate::domain::record::throttle::Usage;
use crate::domain::value::stamp::Timestamp;

/// An access token with its refresh token.
pub struct Token {
    /// The account it selects.
    pub account: Arc<Account>,
    /// The access token itself.
    pub access: String,
    /// Its refresh token, where the grant gives one.
    pub refresh: Option<String>,
    /// The application's key; none for a static token, which stands for the first application.
    pub consumer_key: Option<String>,
    /// The user; none for a static token, which acts as the first user.
    pub username: Option<String>,
    /// Its scope.
    pub scope: String,
    /// When it ends; a static token never does.
    pub expires: Option<Timestamp>,
    /// When its refresh token ends.
    pub refresh_expires: Option<Timestamp>,
    /// Its calls in the present minute, where a tier limits them.
    pub usage: Mutex<Usage>,
}

/// Secrets stay out of debug output.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("account", &self.account.code)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// What a token is handed out again for.
pub type Holder = (String, String, String);

/// The newest token of each (consumer key, user, scope), and all others that still live.
#[derive(Debug, Default)]
pub struct Issued {
    /// The newest of each holder.
    pub newest: HashMap<Holder, Arc<Token>>,
    /// All of the account's tokens that have not been found dead yet.
    pub all: Vec<Arc<Token>>,
}

/// How long an expired refresh token is told from an unknown one.
const REMEMBERED: chrono::Duration = chrono::Duration::days(7);

/// The tokens of all accounts.
#[derive(Debug, Default)]
pub struct Tokens {
    access: DashMap<String, Arc<Token>, RandomState>,
    refresh: DashMap<String, Arc<Token>>,
}

impl Tokens {
    /// The token behind a bearer token; expired ones are found as well.
    pub fn find(&self, access: &str) -> Option<Arc<Token>> {
        self.access.get(access).map(|found| Arc::clone(&found))
    }

    /// The pair that a refresh token belongs to.
    pub fn find_by_refresh(&self, refresh: &str) -> Option<Arc<Token>> {
        self.refresh.get(refresh).map(|found| Arc::clone(&found))
    }

    /// Adds a token, and forgets those of the account that ended before `now`. The caller holds the account's list
    /// from its look-up on, so that nobody is handed a token that does not work yet.
    pub fn add(&self, issued: &mut Issued, token: &Arc<Token>, now: Timestamp) {
        let remembered = |end: Timestamp| end + REMEMBERED > now;
        let (kept, ended): (Vec<_>, Vec<_>) = issued.all.drain(..).partition(|token| {
            token.expires.is_none_or(|end| end > now) || token.refresh_expires.is_some_and(remembered)
        });
        issued.all = kept;
        issued.all.push(Arc::clone(token));
        for token in ended {
            self.drop_pair(&token);
        }
        if let Some(refresh) = &token.refresh {
            self.refresh.insert(refresh.clone(), Arc::clone(token));
        }
        self.access.insert(token.access.clone(), Arc::clone(token));
    }

    /// Ends a pair: neither of its tokens works any more. False where another caller ended it first.
    pub fn revoke(&self, token: &Arc<Token>) -> bool {
        let mut issued = token.account.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let had = issued.all.len();
        issued.all.retain(|other| !Arc::ptr_eq(other, token));
        issued.newest.retain(|_, other| !Arc::ptr_eq(other, token));
        let was_there = issued.all.len() < had;
        drop(issued);
        self.drop_pair(token);
        was_there
    }

    /// Adds a static token; false where the account has it already.
    ///
    /// # Errors
    /// [`Error::Conflict`] where it is another account's.
    pub fn claim_static(&self, access: &str, account: &Arc<Account>) -> Result<bool, Error> {
        match self.access.entry(access.to_owned()) {
            Entry::Occupied(taken) if Arc::ptr_eq(&taken.get().account, account) => Ok(false),
            Entry::Occupied(_) => {
                Err(Error::Conflict("static_tokens: another account of this server has one of them".to_owned()))
            }
            Entry::Vacant(place) => {
                place.insert(Arc::new(Token {
                    account: Arc::clone(account),
                    access: access.to_owned(),
                    refresh: None,
                    consumer_key: None,
                    username: None,
                    scope: "default".to_owned(),
                    expires: None,
                    refresh_expires: None,
                    usage: Mutex::default(),
                }));
                Ok(true)
            }
        }
    }

    /// Forgets one access token.
    pub fn forget(&self, access: &str) {
        self.access.remove(access);
    }

    /// Forgets all issued tokens of an account.
    pub fn forget_all(&self, account: &Account) {
        let all = {
            let mut issued = account.issued.lock().unwrap_or_else(PoisonError::into_inner);
            issued.newest.clear();
            std::mem::take(&mut issued.all)
        };
        for token in all {
            self.drop_pair(&token);
        }
    }

    /// Ends the tokens of an account that meet a condition.
    pub fn end_where(&self, account: &Account, is_over: impl Fn(&Token) -> bool) {
        let ended: Vec<_> = {
            let mut issued = account.issued.lock().unwrap_or_else(PoisonError::into_inner);
            issued.newest.retain(|_, token| !is_over(token));
            let (ended, kept) = issued.all.drain(..).partition(|token| is_over(token));
            issued.all = kept;
            ended
        };
        for token in ended {
            self.drop_pair(&token);
        }
    }

    fn drop_pair(&self, token: &Token) {
        self.access.remove(&token.access);
        if let Some(refresh) = &token.refresh {
            self.refresh.remove(refresh);
        }
    }
}
