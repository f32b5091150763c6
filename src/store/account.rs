//! One account: its state behind one lock, and what stands beside the state.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::feed::{Feed, Happening};
use super::inbox::Inboxes;
use super::journal::{Journal, JournalEntry};
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Rule;
use crate::domain::fixture::given::Given;
use crate::domain::state::State;
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::Timestamp;

/// An account of the server.
#[derive(Debug)]
pub struct Account {
    /// Its code.
    pub code: AccountCode,
    /// One lock for all of it: a booking, its eligibility, the seat and the delivery change together. Who looks
    /// waits for who changes, not for others who look. Held for microseconds and never across an await; its guard never
    /// leaves `store`.
    state: RwLock<State>,
    /// The journal has a lock of its own, so that writing an entry never waits for a change.
    pub journal: Journal,
    /// The built-in receivers, with a lock of their own.
    pub inboxes: Inboxes,
    /// What happens, for those who listen.
    pub feed: Feed,
    /// The document it was made from, completed: what a reset goes back to.
    pub origin: Arc<Given>,
    /// Advances of the clock queue here, one behind the other.
    pub advancing: tokio::sync::Mutex<()>,
    queued: AtomicBool,
    closed: AtomicBool,
    faulty: AtomicBool,
    /// The lint rules that were logged, a bit each.
    logged: AtomicU32,
}

/// A change under way: what was not committed when it is dropped is undone.
#[derive(Debug)]
pub(super) struct Changing<'a> {
    state: RwLockWriteGuard<'a, State>,
    account: &'a Account,
}

impl Account {
    /// An account around a state.
    pub fn new(state: State, origin: Arc<Given>, journal_entries: usize) -> Self {
        Self {
            code: state.code.clone(),
            state: RwLock::new(state),
            journal: Journal::new(journal_entries),
            inboxes: Inboxes::default(),
            feed: Feed::default(),
            origin,
            advancing: tokio::sync::Mutex::default(),
            queued: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            faulty: AtomicBool::new(false),
            logged: AtomicU32::new(0),
        }
    }

    /// Looks at the state, under the lock.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.read())
    }

    /// Begins a change.
    pub(super) fn begin(&self) -> Changing<'_> {
        let state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        Changing { state, account: self }
    }

    /// Begins a change of an account that was not deleted.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub(super) fn begin_open(&self) -> Result<Changing<'_>, Error> {
        let changing = self.begin();
        if self.is_closed() { Err(Error::UnknownAccount(self.code.to_string())) } else { Ok(changing) }
    }

    /// Runs a rule and undoes it, whatever it gave.
    pub fn rehearse<T>(&self, rule: impl FnOnce(&mut State) -> T) -> T {
        rule(self.begin().state())
    }

    /// A rule that panics undoes its change on the way out, so the state behind a poisoned lock is sound.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a call in the journal, and announces it to listeners.
    pub fn keep(&self, entry: JournalEntry) -> u64 {
        let entry = self.journal.write(entry);
        let number = entry.id;
        if self.feed.is_heard() {
            self.feed.announce(Happening::Request(entry));
        } else {
            self.feed.pass();
        }
        number
    }

    /// Empties what stands beside the state: the journal and the inboxes.
    pub fn forget(&self) {
        self.journal.clear();
        self.inboxes.clear_all();
    }

    /// Whether the log has not told yet that the account broke the rule; from now on it has.
    pub fn is_first(&self, rule: Rule) -> bool {
        let bit = 1 << rule as u32;
        self.logged.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// Marks the account as handed to the dispatcher; false if it is already.
    pub fn enqueue(&self) -> bool {
        !self.queued.swap(true, Ordering::AcqRel)
    }

    /// The dispatcher looks at the account; later work queues it again.
    pub fn dequeue(&self) {
        self.queued.store(false, Ordering::Release);
    }

    /// Whether the account has faults: without any, a call takes no lock for them.
    pub fn has_faults(&self) -> bool {
        self.faulty.load(Ordering::Acquire)
    }

    /// The account is not there any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.feed.wake();
    }

    /// Whether the account was deleted.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl Changing<'_> {
    /// The state, to be changed.
    pub fn state(&mut self) -> &mut State {
        &mut self.state
    }

    /// The account is not there any more.
    pub fn close(&self) {
        self.account.close();
    }

    /// Keeps what was changed, and announces it to listeners.
    pub fn commit(&mut self, at: Timestamp) {
        if self.state.faults.is_touched() {
            self.account.faulty.store(!self.state.faults.is_empty(), Ordering::Release);
        }
        let feed = &self.account.feed;
        if feed.is_heard() {
            let set = self.state.change_set(at);
            if self.state.commit() {
                feed.announce(Happening::Change(set));
            }
        } else if self.state.commit() {
            feed.pass();
        }
    }

    /// Puts another state in place of this one, in a new epoch of the account; gives the earlier one.
    pub fn replace(&mut self, mut fresh: State, at: Timestamp) -> State {
        fresh.begin_epoch(self.state.epoch + 1);
        self.account.faulty.store(!fresh.faults.is_empty(), Ordering::Release);
        let earlier = std::mem::replace(&mut *self.state, fresh);
        let feed = &self.account.feed;
        if feed.is_heard() {
            feed.announce(Happening::Reset(self.state.whole(at)));
        } else {
            feed.pass();
        }
        earlier
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.state.roll_back();
    }
}
