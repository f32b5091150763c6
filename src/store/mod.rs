//! Where state is kept: account code to `Mutex<State>`, tokens, keys, the journals.

pub mod account;
pub mod journal;
pub mod shard;
pub mod token;

use std::sync::Arc;

use dashmap::mapref::entry::Entry;
use dashmap::{DashMap, DashSet};
use foldhash::fast::RandomState;

use crate::domain::contract::error::Error;
use crate::domain::outbox::Outbox;
use crate::domain::value::id::{AccountCode, Code, Registry};
use account::Account;
use journal::Journal;
use token::Tokens;

/// All accounts of a server. No map guard leaves this module.
#[derive(Debug)]
pub struct Store {
    accounts: DashMap<AccountCode, Arc<Account>>,
    keys: DashMap<String, Arc<Account>>,
    codes: DashSet<Code, RandomState>,
    /// Issued and static tokens.
    pub tokens: Tokens,
    /// Calls that no account could be told for.
    pub journal: Journal,
}

impl Store {
    /// An empty store whose own journal keeps this many entries.
    pub fn new(journal_entries: usize) -> Self {
        Self {
            accounts: DashMap::new(),
            keys: DashMap::new(),
            codes: DashSet::default(),
            tokens: Tokens::default(),
            journal: Journal::new(journal_entries),
        }
    }

    /// The account with this code.
    pub fn account(&self, code: &str) -> Option<Arc<Account>> {
        self.accounts.get(code).map(|found| Arc::clone(&found))
    }

    /// The account that a consumer key selects.
    pub fn by_consumer_key(&self, key: &str) -> Option<Arc<Account>> {
        self.keys.get(key).map(|found| Arc::clone(&found))
    }

    /// All accounts, by code.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let mut accounts: Vec<_> = self.accounts.iter().map(|entry| Arc::clone(&entry)).collect();
        accounts.sort_by(|a, b| a.code.cmp(&b.code));
        accounts
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Adds an account with its keys and static tokens, or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the code, a key or a token is taken.
    pub fn insert(&self, account: &Arc<Account>, keys: &[String], tokens: &[String]) -> Result<(), Error> {
        match self.accounts.entry(account.code.clone()) {
            Entry::Occupied(_) => {
                return Err(Error::Conflict(format!("account_code: {} is taken", account.code)));
            }
            Entry::Vacant(place) => {
                place.insert(Arc::clone(account));
            }
        }
        self.claim(account, keys, tokens).inspect_err(|_| {
            self.accounts.remove(&account.code);
        })
    }

    /// Gives an account more keys and static tokens, all or none; what it has already stays.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a key or a token is another account's.
    pub fn claim(&self, account: &Arc<Account>, keys: &[String], tokens: &[String]) -> Result<(), Error> {
        let (mut new_keys, mut new_tokens) = (Vec::new(), Vec::new());
        let claimed = keys
            .iter()
            .try_for_each(|key| match self.keys.entry(key.clone()) {
                Entry::Occupied(taken) if Arc::ptr_eq(taken.get(), account) => Ok(()),
                Entry::Occupied(_) => {
                    Err(Error::Conflict("consumer_key: another account of this server has it".to_owned()))
                }
                Entry::Vacant(place) => {
                    place.insert(Arc::clone(account));
                    new_keys.push(key);
                    Ok(())
                }
            })
            .and_then(|()| {
                tokens.iter().try_for_each(|token| {
                    if self.tokens.claim_static(token, account)? {
                        new_tokens.push(token);
                    }
                    Ok(())
                })
            });
        claimed.inspect_err(|_| {
            for key in &new_keys {
                self.keys.remove(*key);
            }
            for token in &new_tokens {
                self.tokens.forget(token);
            }
        })
    }

    /// Takes an account out with all that is its own.
    pub fn remove(&self, code: &str) -> Option<Arc<Account>> {
        let (_, account) = self.accounts.remove(code)?;
        let (keys, tokens) = {
            let mut state = account.lock();
            for code in state.identifiers() {
                self.codes.remove(&code);
            }
            // Nothing more is sent, and an attempt under way finds no row to record.
            state.outbox = Outbox::default();
            state.epoch += 1;
            (state.consumer_keys(), state.static_tokens.clone())
        };
        for key in &keys {
            self.keys.remove_if(key, |_, owner| Arc::ptr_eq(owner, &account));
        }
        for token in &tokens {
            self.tokens.forget(token);
        }
        self.tokens.forget_all(&account);
        account.close();
        Some(account)
    }

    /// Takes keys and static tokens back from an account that dropped them.
    pub fn unclaim(&self, keys: &[String], tokens: &[String]) {
        for key in keys {
            self.keys.remove(key);
        }
        for token in tokens {
            self.tokens.forget(token);
        }
    }

    /// Takes an identifier; false where another record of the server has it.
    pub fn claim_code(&self, code: Code) -> bool {
        self.codes.insert(code)
    }

    /// Gives identifiers back.
    pub fn release(&self, codes: impl IntoIterator<Item = Code>) {
        for code in codes {
            self.codes.remove(&code);
        }
    }
}

impl Registry for Store {
    fn claim(&self, code: Code) -> bool {
        self.claim_code(code)
    }
}
