//! A value in a few shards, so that workers that write at once do not wait for each other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many shards there are.
const SHARDS: usize = 4;

/// A worker writes to the shard of its own: it neither waits for another one, nor frees what that one allocated, nor
/// takes its cache lines.
#[derive(Debug, Default)]
pub struct Sharded<T>([Shard<T>; SHARDS]);

/// On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard<T>(Mutex<T>);

thread_local! {
    /// The shard of this thread.
    static OWN: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS
    };
}

impl<T> Sharded<T> {
    /// The shard of this thread, locked.
    pub fn own(&self) -> MutexGuard<'_, T> {
        lock(&self.0[OWN.with(|own| *own)])
    }

    /// Each shard, locked one after the other.
    pub fn iter(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.0.iter().map(lock)
    }

    /// How many shards there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn lock<T>(shard: &Shard<T>) -> MutexGuard<'_, T> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}
