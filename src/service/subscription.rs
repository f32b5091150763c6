//! Subscriptions to the outgoing services.

use std::sync::Arc;

use super::{Sandbox, secret};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::outbox;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::subscription::{KeyKind, Signing, Subscription};
use crate::domain::state::State;
use crate::store::account::Account;

/// The subscription.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(sandbox: &Sandbox, account: &Account, service: OutService) -> Result<Arc<Subscription>, Error> {
    let found = sandbox.look(account, |state, _| state.subscriptions.get(&service).cloned()).await;
    found.ok_or_else(|| missing(service))
}

/// All subscriptions of an account.
pub async fn list(sandbox: &Sandbox, account: &Account) -> Vec<(OutService, Arc<Subscription>)> {
    let all =
        |state: &State, _| state.subscriptions.iter().map(|(service, found)| (*service, Arc::clone(found))).collect();
    sandbox.look(account, all).await
}

/// Replaces the subscription: what is absent takes its default, except the secret, which stays.
///
/// # Errors
/// [`Error::Invalid`] for a value that does not fit.
pub async fn put(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    subscription: Subscription,
) -> Result<Arc<Subscription>, Error> {
    let wrong = subscription.misfits();
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong.join("; ")));
    }
    let sent = subscription;
    change(sandbox, account, |state| {
        let mut subscription = sent.clone();
        if let Some(old) = state.subscriptions.get(&service) {
            keep_secrets(&mut subscription.signing, &old.signing);
        }
        complete(&mut subscription);
        let kept = Arc::new(subscription);
        state.subscriptions.put(service, Arc::clone(&kept));
        Ok(kept)
    })
    .await
}

/// Ends the subscription; what waits is discarded.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(sandbox: &Sandbox, account: &Arc<Account>, service: OutService) -> Result<(), Error> {
    change(sandbox, account, |state| state.subscriptions.remove(&service).map(drop).ok_or_else(|| missing(service)))
        .await
}

/// Holds notifications back, or lets them go again.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn pause(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    paused: bool,
) -> Result<Arc<Subscription>, Error> {
    update(sandbox, account, service, |_, subscription| {
        subscription.paused = paused;
        Ok(())
    })
    .await
}

/// Makes a new secret; the old one signs as well until the next rotation.
///
/// # Errors
/// [`Error::NotFound`]; a subscription that is not signed.
pub async fn rotate_secret(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
) -> Result<Arc<Subscription>, Error> {
    update(sandbox, account, service, |account_secret, subscription| {
        let signing = &mut subscription.signing;
        let (new, fallback) = match signing.kind() {
            Some(KeyKind::Shared) => (secret::signing(), Some(account_secret.to_owned())),
            Some(KeyKind::Pair) => (secret::private_key(), None),
            None => {
                return Err(Error::Conflict("the subscription is not signed (signing.type is none)".to_owned()));
            }
        };
        if let Some((secret, previous)) = signing.secrets_mut() {
            *previous = secret.replace(new).or(fallback);
        }
        complete(subscription);
        Ok(())
    })
    .await
}

/// Makes up the key pair that is absent, and says the public keys.
pub(super) fn complete(subscription: &mut Subscription) {
    let signing = &mut subscription.signing;
    if signing.kind() == Some(KeyKind::Pair)
        && let Some((secret, _)) = signing.secrets_mut()
    {
        secret.get_or_insert_with(secret::private_key);
    }
    signing.publish(secret::public_key);
}

/// Keeps the secrets where none was sent and the old ones are of the same kind.
fn keep_secrets(sent: &mut Signing, old: &Signing) {
    if sent.kind() == old.kind()
        && let Some((secret @ None, previous)) = sent.secrets_mut()
    {
        let (kept, before) = old.secrets();
        (*secret, *previous) = (kept.cloned(), before.cloned());
    }
}

async fn update(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    mut update: impl FnMut(&str, &mut Subscription) -> Result<(), Error>,
) -> Result<Arc<Subscription>, Error> {
    change(sandbox, account, |state| {
        let secret = state.account.signing_secret.clone();
        update(&secret, state.subscriptions.get_mut(&service).ok_or_else(|| missing(service))?)?;
        state.subscriptions.get(&service).cloned().ok_or_else(|| missing(service))
    })
    .await
}

async fn change<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    mut change: impl FnMut(&mut State) -> Result<T, Error>,
) -> Result<T, Error> {
    let changed = sandbox.change(account, |state, _| {
        let value = change(state)?;
        outbox::follow_subscription(state);
        Ok((value, Notices::new()))
    });
    changed.await
}

fn missing(service: OutService) -> Error {
    Error::NotFound { kind: "subscription", id: service.to_string() }
}
