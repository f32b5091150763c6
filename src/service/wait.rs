//! Waiting for something to happen, instead of sleeping.

use std::time::Duration;

use crate::store::account::Account;
use crate::store::feed::Heard;

/// The longest wait.
pub const LONGEST: Duration = Duration::from_mins(5);

/// Looks until there is something, or the time is over. `look` is given what happened since the last look; nothing at
/// the first, and where too much happened to be told.
pub async fn listen<T>(
    account: &Account,
    timeout: Duration,
    mut look: impl FnMut(Option<Heard>) -> Option<T>,
) -> Option<T> {
    let deadline = tokio::time::Instant::now() + timeout.min(LONGEST);
    // Before the first look, so that nothing in between is missed.
    let mut listener = account.feed.listen();
    if let Some(found) = look(None) {
        return Some(found);
    }
    loop {
        let heard = match listener.next() {
            Some(heard) => heard,
            None if account.is_closed() => return None,
            None => {
                let heard = tokio::time::timeout_at(deadline, listener.hear_or(|| account.is_closed())).await;
                match heard {
                    Ok(Some(heard)) => heard,
                    Ok(None) | Err(_) => return None,
                }
            }
        };
        if let Some(found) = look(Some(heard)) {
            return Some(found);
        }
    }
}

/// Looks until there is something, or the time is over.
pub async fn until<T>(account: &Account, timeout: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    listen(account, timeout, |_| look()).await
}
