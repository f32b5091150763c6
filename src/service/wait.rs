//! Waiting for something to happen, instead of sleeping.

use std::time::Duration;

use super::Sandbox;
use crate::store::account::Account;

/// The longest wait.
pub const LONGEST: Duration = Duration::from_mins(5);

/// Looks, and again whenever something has happened, until there is something or the time is over; `None` at once where
/// the account is deleted or the server stops.
pub async fn until<T>(
    sandbox: &Sandbox,
    account: &Account,
    timeout: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    let is_over = || account.is_closed() || sandbox.is_stopping();
    let deadline = tokio::time::Instant::now() + timeout.min(LONGEST);
    // Before the first look, so that nothing in between is missed.
    let mut listener = account.feed.listen();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        match tokio::time::timeout_at(deadline, listener.hear_or(is_over)).await {
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}
