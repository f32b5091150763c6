//! Subscriptions to the outgoing services.

use std::sync::Arc;

use super::{Sandbox, account as accounts, secret};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::outbox;
use crate::domain::record::subscription::{KeyKind, Signing, Subscription};
use crate::domain::state::State;
use crate::store::account::Account;

/// The subscription.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(account: &Account, service: OutService) -> Result<Arc<Subscription>, Error> {
    account.lock().subscriptions.get(&service).cloned().ok_or_else(|| missing(service))
}

/// All subscriptions of an account.
pub fn list(account: &Account) -> Vec<(OutService, Arc<Subscription>)> {
    account.lock().subscriptions.iter().map(|(service, found)| (*service, Arc::clone(found))).collect()
}

/// Replaces the subscription: what is absent takes its default, except the secret, which stays.
///
/// # Errors
/// [`Error::Invalid`] for a value that does not fit.
pub fn put(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    mut subscription: Subscription,
) -> Result<Arc<Subscription>, Error> {
    accounts::resolve_inbox(sandbox, &mut subscription);
    if let Some(wrong) = subscription.fault() {
        return Err(Error::Invalid(wrong));
    }
    change(sandbox, account, |state| {
        if let Some(old) = state.subscriptions.get(&service) {
            keep_secrets(&mut subscription.signing, &old.signing);
        }
        complete(&mut subscription);
        let kept = Arc::new(subscription);
        state.subscriptions.insert(service, Arc::clone(&kept));
        Ok(kept)
    })
}

/// Ends the subscription; what waits is discarded.
///
/// # Errors
/// [`Error::NotFound`].
pub fn delete(sandbox: &Sandbox, account: &Arc<Account>, service: OutService) -> Result<(), Error> {
    change(sandbox, account, |state| state.subscriptions.remove(&service).map(drop).ok_or_else(|| missing(service)))
}

/// Holds notifications back, or lets them go again.
///
/// # Errors
/// [`Error::NotFound`].
pub fn pause(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    paused: bool,
) -> Result<Arc<Subscription>, Error> {
    update(sandbox, account, service, |_, subscription| {
        subscription.paused = paused;
        Ok(())
    })
}

/// Makes a new secret; the old one signs as well until the next rotation.
///
/// # Errors
/// [`Error::NotFound`]; a subscription that is not signed.
pub fn rotate_secret(
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

fn update(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    service: OutService,
    update: impl FnOnce(&str, &mut Subscription) -> Result<(), Error>,
) -> Result<Arc<Subscription>, Error> {
    change(sandbox, account, |state| {
        let secret = state.signing_secret.clone();
        let kept = state.subscriptions.get_mut(&service).ok_or_else(|| missing(service))?;
        update(&secret, Arc::make_mut(kept))?;
        Ok(Arc::clone(kept))
    })
}

fn change<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    change: impl FnOnce(&mut State) -> Result<T, Error>,
) -> Result<T, Error> {
    sandbox
        .change(account, |state, _| {
            let value = change(state)?;
            outbox::follow_subscription(state);
            Ok((value, Vec::new()))
        })
        .map(|changed| changed.value)
}

fn missing(service: OutService) -> Error {
    Error::NotFound { kind: "subscription", id: service.to_string() }
}
