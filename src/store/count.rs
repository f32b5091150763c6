//! What accounts hold, counted: of one account, and of all together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::domain::state::State;

/// What is counted of accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counts {
    /// Deliveries that wait, are held back or are being sent.
    pub open: usize,
    /// Deliveries in error queues.
    pub failed: usize,
    /// Bytes of long answers that deliveries keep.
    pub answers: usize,
}

impl Counts {
    /// Those of one account.
    pub fn of(state: &State) -> Self {
        Self { open: state.queues().open(), failed: state.queues().failed(), answers: state.answer_bytes() }
    }
}

/// Those of all accounts.
#[derive(Debug, Default)]
pub struct AllCounts {
    open: AtomicUsize,
    failed: AtomicUsize,
    answers: AtomicUsize,
}

impl AllCounts {
    /// Follows a change of an account.
    pub fn follow(&self, before: Counts, after: Counts) {
        if before != after {
            // Wrapping: what is added and taken away in sum is never below zero.
            self.open.fetch_add(after.open.wrapping_sub(before.open), Ordering::Relaxed);
            self.failed.fetch_add(after.failed.wrapping_sub(before.failed), Ordering::Relaxed);
            self.answers.fetch_add(after.answers.wrapping_sub(before.answers), Ordering::Relaxed);
        }
    }

    /// What they are now.
    pub fn now(&self) -> Counts {
        Counts {
            open: self.open.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            answers: self.answers.load(Ordering::Relaxed),
        }
    }
}
