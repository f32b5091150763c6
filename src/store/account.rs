//! One account: its state behind one lock, and what stands beside the state.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::journal::Journal;
use super::token::Issued;
use crate::domain::given::Given;
use crate::domain::id::AccountCode;
use crate::domain::state::State;

/// An account of the server.
#[derive(Debug)]
pub struct Account {
    /// Its code.
    pub code: AccountCode,
    /// One lock for all of it: a booking, its eligibility, the seat and the delivery change together. A std mutex,
    /// held for microseconds and never across an await.
    state: Mutex<State>,
    /// The journal has a lock of its own, so that writing an entry never waits for a change.
    pub journal: Journal,
    /// The tokens that are handed out again.
    pub issued: Mutex<Issued>,
    /// The document it was made from, completed: what a reset goes back to.
    pub origin: Arc<Given>,
    /// Advances queue here, one behind the other.
    pub advancing: tokio::sync::Mutex<()>,
    changed: Notify,
    queued: AtomicBool,
    closed: AtomicBool,
    faulty: AtomicBool,
}

impl Account {
    /// An account around a state.
    pub fn new(state: State, origin: Given, journal_entries: usize) -> Self {
        Self {
            code: state.code.clone(),
            state: Mutex::new(state),
            journal: Journal::new(journal_entries),
            issued: Mutex::default(),
            origin: Arc::new(origin),
            advancing: tokio::sync::Mutex::default(),
            changed: Notify::new(),
            queued: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            faulty: AtomicBool::new(false),
        }
    }

    /// The state, locked. A panic under the lock leaves a state that its operation had not finished; it stays usable.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something happened.
    pub fn announce(&self) {
        self.changed.notify_waiters();
    }

    /// Resolves when something happens after the call to [`Notify::notified`]; look at the state in between.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }

    /// Marks the account as handed to the dispatcher; false where it is already.
    pub fn enqueue(&self) -> bool {
        !self.queued.swap(true, Ordering::AcqRel)
    }

    /// The dispatcher has the account in hand; later work queues it again.
    pub fn dequeue(&self) {
        self.queued.store(false, Ordering::Release);
    }

    /// Whether calls may meet faults: spares a lock where there are none.
    pub fn has_faults(&self) -> bool {
        self.faulty.load(Ordering::Acquire)
    }

    /// Faults were set, or none are left.
    pub fn mark_faults(&self, any: bool) {
        self.faulty.store(any, Ordering::Release);
    }

    /// The account was deleted.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.announce();
    }

    /// Whether the account was deleted.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}
