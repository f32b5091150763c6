//! The index of bearer tokens: whose a token is. It holds hashes; the tokens themselves are rows of their accounts.

use std::sync::{Arc, Mutex};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use foldhash::fast::RandomState;

use super::account::Account;
use crate::domain::contract::error::Error;
use crate::domain::record::throttle::Usage;
use crate::domain::record::token::Token;
use crate::domain::value::hash::Hash;

/// A token that the server knows.
#[derive(Debug)]
pub struct KnownToken {
    /// The account that it selects.
    pub account: Arc<Account>,
    /// Its row there.
    pub row: u64,
    /// It is a refresh token.
    pub is_refresh: bool,
    /// Its calls in the present minute, where a tier limits them; not part of the account's state.
    pub usage: Mutex<Usage>,
}

impl KnownToken {
    fn new(account: &Arc<Account>, row: u64, is_refresh: bool) -> Arc<Self> {
        Arc::new(Self { account: Arc::clone(account), row, is_refresh, usage: Mutex::default() })
    }
}

/// The tokens of all accounts.
#[derive(Debug, Default)]
pub struct Tokens(DashMap<Hash, Arc<KnownToken>, RandomState>);

/// The texts of a token, hashed; true for the refresh token.
pub(super) fn hashes(token: &Token) -> impl Iterator<Item = (Hash, bool)> {
    token.texts().enumerate().map(|(index, text)| (Hash::of(text), index > 0))
}

impl Tokens {
    /// The token with this text; one that expired is found as well.
    pub fn find(&self, text: &str) -> Option<Arc<KnownToken>> {
        self.0.get(&Hash::of(text)).map(|found| Arc::clone(&found))
    }

    /// Takes a text for a token of an account; true if it was free.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is another account's.
    pub(super) fn claim(
        &self,
        (hash, is_refresh): (Hash, bool),
        account: &Arc<Account>,
        row: u64,
    ) -> Result<bool, Error> {
        let known = || KnownToken::new(account, row, is_refresh);
        match self.0.entry(hash) {
            Entry::Occupied(mut taken) if Arc::ptr_eq(&taken.get().account, account) => {
                if taken.get().row != row {
                    taken.insert(known());
                }
                Ok(false)
            }
            Entry::Occupied(_) => {
                Err(Error::Conflict("static_tokens: another account of this server has one of them".to_owned()))
            }
            Entry::Vacant(place) => {
                place.insert(known());
                Ok(true)
            }
        }
    }

    /// Gives a text to a token of an account, whoever has it now.
    pub(super) fn give(&self, (hash, is_refresh): (Hash, bool), account: &Arc<Account>, row: u64) {
        let is_same = |known: &Arc<KnownToken>| known.row == row && Arc::ptr_eq(&known.account, account);
        if !self.0.get(&hash).is_some_and(|known| is_same(&known)) {
            self.0.insert(hash, KnownToken::new(account, row, is_refresh));
        }
    }

    /// Forgets a text, if it is an account's.
    pub(super) fn forget(&self, hash: &Hash, account: &Arc<Account>) {
        self.0.remove_if(hash, |_, known| Arc::ptr_eq(&known.account, account));
    }
}
