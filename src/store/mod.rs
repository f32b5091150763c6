//! Where state is kept: account code to `RwLock<State>`, the indexes of keys and tokens, the journals.

pub mod account;
pub mod count;
pub mod feed;
pub mod inbox;
pub mod journal;
pub mod shard;
pub mod token;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::domain::contract::error::Error;
use crate::domain::fixture::given::Given;
use crate::domain::state::State;
use crate::domain::value::hash::Hash;
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::Timestamp;
use account::{Account, Changing};
use count::{AllCounts, Counts};
use journal::Journal;
use token::Tokens;

/// All accounts of a server. No map guard and no lock's guard leaves this module.
#[derive(Debug)]
pub struct Store {
    accounts: DashMap<AccountCode, Arc<Account>>,
    keys: DashMap<String, Arc<Account>>,
    /// The index of bearer tokens.
    pub tokens: Tokens,
    /// Calls that belong to no account.
    pub journal: Journal,
    /// Held while accounts are made, begin anew or are taken out: each of these is one step.
    life: Mutex<()>,
    /// What all accounts have together.
    counts: AllCounts,
}

/// What a change made of an account.
#[derive(Debug)]
pub struct Done<T> {
    /// What the rule gave.
    pub value: T,
    /// Something may be due, or was let go.
    pub may_be_due: bool,
}

/// A state for an account that is made, or begins anew.
#[derive(Debug)]
pub struct Fresh {
    /// The state.
    pub state: State,
    /// The document that it was built from, completed.
    pub origin: Arc<Given>,
    /// The account's instant.
    pub at: Timestamp,
}

/// The names by which the server finds an account: consumer keys and tokens.
#[derive(Debug, Default)]
struct Names {
    keys: HashSet<String>,
    tokens: HashSet<(Hash, bool, u64)>,
}

impl Names {
    /// All that a state has.
    fn of(state: &State) -> Self {
        Self {
            keys: state.applications.iter().flat_map(|one| one.consumer_keys().cloned()).collect(),
            tokens: state
                .tokens()
                .after(0)
                .flat_map(|(row, token)| token::hashes(token).map(move |(hash, is_refresh)| (hash, is_refresh, row)))
                .collect(),
        }
    }

    /// Those of the rows that the present change touched: before it, and now.
    fn touched(state: &State) -> (Self, Self) {
        let (mut before, mut now) = (Self::default(), Self::default());
        for (_, old, new) in state.applications.rows().touched() {
            before.keys.extend(old.iter().flat_map(|one| one.consumer_keys().cloned()));
            now.keys.extend(new.iter().flat_map(|one| one.consumer_keys().cloned()));
        }
        for (row, old, new) in state.tokens().rows().touched() {
            let names = |token| token::hashes(token).map(|(hash, is_refresh)| (hash, is_refresh, *row));
            before.tokens.extend(old.iter().flat_map(|token| names(token)));
            now.tokens.extend(new.iter().flat_map(|token| names(token)));
        }
        (before, now)
    }

    /// Those of the first that the second lacks.
    fn without(self, other: &Self) -> Self {
        let hashes: HashSet<Hash> = other.tokens.iter().map(|(hash, ..)| *hash).collect();
        Self {
            keys: self.keys.into_iter().filter(|key| !other.keys.contains(key)).collect(),
            tokens: self.tokens.into_iter().filter(|(hash, ..)| !hashes.contains(hash)).collect(),
        }
    }
}

impl Store {
    /// An empty store whose own journal keeps this many entries.
    pub fn new(journal_entries: usize) -> Self {
        Self {
            accounts: DashMap::new(),
            keys: DashMap::new(),
            tokens: Tokens::default(),
            journal: Journal::new(journal_entries),
            life: Mutex::new(()),
            counts: AllCounts::default(),
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

    /// What all accounts have together.
    pub fn counts(&self) -> Counts {
        self.counts.now()
    }

    /// Changes an account: one lock, and what the rule refuses is undone. `at` is the account's instant.
    ///
    /// # Errors
    /// The account was deleted; what the rule refused with; a key or a token that is another account's. Nothing changed
    /// then.
    pub fn change<T>(
        &self,
        account: &Arc<Account>,
        rule: impl FnOnce(&mut State) -> Result<(T, Timestamp), Error>,
    ) -> Result<Done<T>, Error> {
        let mut changing = account.begin_open()?;
        let state = changing.state();
        let counts = Counts::of(state);
        let (value, at) = rule(state)?;
        let gone = self.claim_touched(account, state)?;
        let may_be_due = state.touches_what_is_due();
        self.counts.follow(counts, Counts::of(state));
        changing.commit(at);
        drop(changing);
        if let Some(gone) = gone {
            self.forget(account, &gone);
        }
        Ok(Done { value, may_be_due })
    }

    /// Changes several accounts: all of them, or none.
    ///
    /// # Errors
    /// What the rule refused with for one of them.
    pub fn change_all<T>(
        &self,
        accounts: &[Arc<Account>],
        mut rule: impl FnMut(&Account, &mut State) -> Result<(T, Timestamp), Error>,
    ) -> Result<Vec<T>, Error> {
        // Always in the order of their codes, and nobody else locks two.
        let mut sorted: Vec<_> = accounts.iter().collect();
        sorted.sort_by(|a, b| a.code.cmp(&b.code));
        let (mut under_way, mut values) = (Vec::new(), Vec::new());
        for account in sorted {
            let mut changing = account.begin();
            let counts = Counts::of(changing.state());
            let (value, at) = rule(account, changing.state())?;
            values.push(value);
            under_way.push((changing, counts, at));
        }
        for (mut changing, counts, at) in under_way {
            self.counts.follow(counts, Counts::of(changing.state()));
            changing.commit(at);
        }
        Ok(values)
    }

    /// Adds an account with its keys and static tokens, or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the code, a key or a token is taken.
    pub fn insert(&self, account: &Arc<Account>, at: Timestamp) -> Result<(), Error> {
        let _life = self.life();
        // Before it can be found, so that nobody changes it until it is whole.
        let mut changing = account.begin();
        match self.accounts.entry(account.code.clone()) {
            Entry::Occupied(_) => {
                return Err(Error::Conflict(format!("account_code: {} is taken", account.code)));
            }
            Entry::Vacant(place) => {
                place.insert(Arc::clone(account));
            }
        }
        let claimed = self.claim(account, &Names::of(changing.state()));
        if claimed.is_ok() {
            self.counts.follow(Counts::default(), Counts::of(changing.state()));
            changing.commit(at);
        } else {
            account.close();
        }
        drop(changing);
        claimed.inspect_err(|_| {
            self.accounts.remove(&account.code);
        })
    }

    /// Replaces the state of an account, in a new epoch; the new one is made from the present one.
    ///
    /// # Errors
    /// The account was deleted; a key or a token is another account's. Nothing changed then.
    pub fn replace(
        &self,
        account: &Arc<Account>,
        at: Timestamp,
        make: impl FnOnce(&State) -> State,
    ) -> Result<(), Error> {
        let _life = self.life();
        let mut changing = account.begin_open()?;
        let fresh = make(changing.state());
        let (before, now) = (Names::of(changing.state()), Names::of(&fresh));
        self.claim(account, &now)?;
        self.swap(&mut changing, fresh, at);
        drop(changing);
        self.forget(account, &before.without(&now));
        Ok(())
    }

    /// Has the server hold these accounts and no others, in one step. An account with the same origin goes on in a new
    /// epoch, unless it has a time to live; the others are made, or taken out. No two of the states have a key or a token
    /// in common.
    ///
    /// Gives the accounts that were made.
    pub fn replace_all(&self, fresh: Vec<Fresh>, journal_entries: usize, at: Timestamp) -> Vec<Arc<Account>> {
        let _life = self.life();
        let present = self.accounts();
        // In the order of their codes, as everywhere; nobody changes one of them before all are changed.
        let mut changing: Vec<_> = present.iter().map(|account| account.begin()).collect();
        let before: Vec<_> = changing.iter_mut().map(|one| Names::of(one.state())).collect();
        let mut goes_on = vec![false; present.len()];
        let mut made = Vec::new();
        for Fresh { state, origin, at } in fresh {
            let same = |one: &Arc<Account>| Arc::ptr_eq(&one.origin, &origin) && origin.account.ttl.is_none();
            let names = Names::of(&state);
            let account = if let Some(place) = present.iter().position(same) {
                self.swap(&mut changing[place], state, at);
                present[place].forget();
                goes_on[place] = true;
                Arc::clone(&present[place])
            } else {
                let account = Arc::new(Account::new(state, origin, journal_entries));
                let mut one = account.begin();
                self.counts.follow(Counts::default(), Counts::of(one.state()));
                one.commit(at);
                drop(one);
                self.accounts.insert(account.code.clone(), Arc::clone(&account));
                made.push(Arc::clone(&account));
                account
            };
            self.give(&account, names);
        }
        for ((account, changing), goes_on) in present.iter().zip(&mut changing).zip(goes_on) {
            if !goes_on {
                self.accounts.remove_if(&account.code, |_, one| Arc::ptr_eq(one, account));
                self.empty(changing, at);
            }
        }
        for ((account, mut changing), before) in present.iter().zip(changing).zip(before) {
            let now = Names::of(changing.state());
            self.forget(account, &before.without(&now));
        }
        made
    }

    /// Takes an account out with all that is its own.
    pub fn remove(&self, code: &str, at: Timestamp) -> Option<Arc<Account>> {
        let _life = self.life();
        let (_, account) = self.accounts.remove(code)?;
        let mut changing = account.begin();
        let names = Names::of(changing.state());
        self.empty(&mut changing, at);
        drop(changing);
        self.forget(&account, &names);
        Some(account)
    }

    fn life(&self) -> MutexGuard<'_, ()> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another state in place of an account's.
    fn swap(&self, changing: &mut Changing<'_>, fresh: State, at: Timestamp) {
        let counts = Counts::of(changing.state());
        changing.replace(fresh, at);
        self.counts.follow(counts, Counts::of(changing.state()));
    }

    /// Ends an account: nothing more is sent, and an attempt under way finds no row to record.
    fn empty(&self, changing: &mut Changing<'_>, at: Timestamp) {
        // First, so that those who listen take what follows for the end.
        changing.close();
        let state = changing.state();
        let empty = State::new(state.code.clone(), 0, *state.clock, "");
        self.swap(changing, empty, at);
    }

    /// Takes the names that the present change adds; gives those that it drops.
    fn claim_touched(&self, account: &Arc<Account>, state: &State) -> Result<Option<Names>, Error> {
        if !state.applications.rows().is_touched() && !state.tokens().rows().is_touched() {
            return Ok(None);
        }
        let (before, now) = Names::touched(state);
        self.claim(account, &now)?;
        Ok(Some(before.without(&now)))
    }

    /// Takes names for an account, all or none; those it has stay its own.
    fn claim(&self, account: &Arc<Account>, names: &Names) -> Result<(), Error> {
        let mut taken = Names::default();
        let mut claim = || -> Result<(), Error> {
            for key in &names.keys {
                match self.keys.entry(key.clone()) {
                    Entry::Occupied(other) if Arc::ptr_eq(other.get(), account) => {}
                    Entry::Occupied(_) => {
                        return Err(Error::Conflict("consumer_key: another account of this server has it".to_owned()));
                    }
                    Entry::Vacant(place) => {
                        place.insert(Arc::clone(account));
                        taken.keys.insert(key.clone());
                    }
                }
            }
            for (hash, is_refresh, row) in &names.tokens {
                if self.tokens.claim((*hash, *is_refresh), account, *row)? {
                    taken.tokens.insert((*hash, *is_refresh, *row));
                }
            }
            Ok(())
        };
        let claimed = claim();
        claimed.inspect_err(|_| self.forget(account, &taken))
    }

    /// Gives names to an account, whoever has them now.
    fn give(&self, account: &Arc<Account>, names: Names) {
        for key in names.keys {
            self.keys.insert(key, Arc::clone(account));
        }
        for (hash, is_refresh, row) in names.tokens {
            self.tokens.give((hash, is_refresh), account, row);
        }
    }

    /// Gives names of an account back, as far as it still has them.
    fn forget(&self, account: &Arc<Account>, names: &Names) {
        for key in &names.keys {
            self.keys.remove_if(key, |_, owner| Arc::ptr_eq(owner, account));
        }
        for (hash, ..) in &names.tokens {
            self.tokens.forget(hash, account);
        }
    }
}
