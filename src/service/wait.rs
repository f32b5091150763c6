//! Waiting for something to happen, instead of sleeping.

use std::time::Duration;

use crate::store::account::Account;

/// The longest wait.
pub const LONGEST: Duration = Duration::from_mins(5);

/// Looks until there is something, or the time is over.
pub async fn until<T>(account: &Account, timeout: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = tokio::time::Instant::now() + timeout.min(LONGEST);
    let listening = account.listen();
    loop {
        let changed = listening.changed();
        tokio::pin!(changed);
        // Registered before the look, so that nothing in between is missed.
        changed.as_mut().enable();
        if let Some(found) = look() {
            return Some(found);
        }
        if account.is_closed() || tokio::time::timeout_at(deadline, changed).await.is_err() {
            return None;
        }
    }
}
