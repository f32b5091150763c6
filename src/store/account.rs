//! One account: its state behind one lock, and what stands beside the state.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::journal::Journal;
use super::token::Issued;
use crate::domain::fixture::given::Given;
use crate::domain::state::State;
use crate::domain::value::id::AccountCode;

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
    listening: AtomicUsize,
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
            listening: AtomicUsize::new(0),
            queued: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            faulty: AtomicBool::new(false),
        }
    }

    /// The state, locked. A panic under the lock leaves a state that its operation had not finished; it stays usable.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something happened; next to nothing while nobody does.
    ///
    /// Called after the change was made under a lock that those who wait look under as well, so that one of the two
    /// sees the other.
    pub fn announce(&self) {
        if self.listening.load(Ordering::SeqCst) > 0 {
            self.changed.notify_waiters();
        }
    }

    /// Begins to listen to what happens.
    pub fn listen(&self) -> Listening<'_> {
        self.listening.fetch_add(1, Ordering::SeqCst);
        Listening(self)
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
        self.changed.notify_waiters();
    }

    /// Whether the account was deleted.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// Somebody who waits for an account; until it is dropped, the account announces what happens.
#[derive(Debug)]
pub struct Listening<'a>(&'a Account);

impl Listening<'_> {
    /// Resolves when something happens after this call; look at the state in between.
    pub fn changed(&self) -> Notified<'_> {
        self.0.changed.notified()
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.listening.fetch_sub(1, Ordering::SeqCst);
    }
}
