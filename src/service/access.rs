//! Users and applications of an account: changed all or nothing; what is gone takes its tokens with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Sandbox, secret};
use crate::domain::contract::error::Error;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::application::{Application, KeySet, KeyType};
use crate::domain::record::user::User;
use crate::domain::state::State;
use crate::domain::token;
use crate::store::account::Account;

/// Changes users and applications.
///
/// # Errors
/// What the edit refused with; an owner who is no user; a consumer key that is taken. Nothing changed then.
pub async fn change<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    mut edit: impl FnMut(&mut State) -> Result<T, Error>,
) -> Result<T, Error> {
    let changed = sandbox.change(account, |state, _| {
        let value = edit(state)?;
        check(state)?;
        token::end_orphans(state);
        Ok((value, Notices::new()))
    });
    changed.await
}

/// What cannot be: an application that does not fit, an owner who is no user, a consumer key twice.
fn check(state: &State) -> Result<(), Error> {
    let mut keys = BTreeSet::new();
    for application in state.applications.iter() {
        let misfits = application.misfits();
        if !misfits.is_empty() {
            return Err(Error::Body(misfits));
        }
        if let Some(owner) = application.owner.as_ref().filter(|owner| state.user(owner).is_none()) {
            let name = &application.name;
            return Err(Error::Conflict(format!(
                "owner of {name:?}: expected one of the account's users, got {owner:?}"
            )));
        }
        if !application.consumer_keys().all(|key| keys.insert(key)) {
            return Err(Error::Conflict("consumer_key: another key set of the account has it".to_owned()));
        }
    }
    Ok(())
}

/// The users of an account, the first one first.
pub async fn users(sandbox: &Sandbox, account: &Account) -> Vec<Arc<User>> {
    sandbox.look(account, |state, _| state.users.iter().cloned().collect()).await
}

/// The applications of an account, the first one first.
pub async fn applications(sandbox: &Sandbox, account: &Account) -> Vec<Arc<Application>> {
    sandbox.look(account, |state, _| state.applications.iter().cloned().collect()).await
}

/// The application with this name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn application(sandbox: &Sandbox, account: &Account, name: &str) -> Result<Arc<Application>, Error> {
    let found = sandbox.look(account, |state, _| state.applications.get(&name.to_owned()).cloned()).await;
    found.ok_or_else(|| missing(name))
}

/// Mutable access to the application with this name.
///
/// # Errors
/// [`Error::NotFound`].
pub fn application_mut<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Application, Error> {
    state.applications.get_mut(&name.to_owned()).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Error {
    Error::NotFound { kind: "application", id: name.to_owned() }
}

/// Makes up a password if there is none.
pub fn fill_user(user: &mut User) {
    if user.password.is_empty() {
        user.password = secret::password();
    }
}

/// Makes up keys and secrets if there are none.
pub fn fill_application(application: &mut Application) {
    for text in application.credentials_mut().flat_map(|(key, secret)| [key, secret]) {
        fill(text);
    }
}

/// Makes up a key and a secret if there are none.
pub fn fill_keys(set: &mut KeySet) {
    fill(&mut set.consumer_key);
    fill(&mut set.consumer_secret);
}

/// Gives an application a key set, in the place of the one of its type.
pub fn put_keys(application: &mut Application, set: KeySet) {
    let KeySet { key_type, consumer_key, consumer_secret, validity_period } = set;
    if application.consumer_key.is_empty() || application.key_type == key_type {
        application.keys.retain(|other| other.key_type != key_type);
        application.key_type = key_type;
        (application.consumer_key, application.consumer_secret) = (consumer_key, consumer_secret);
        application.validity_period = validity_period;
    } else {
        application.keys.retain(|other| other.key_type != key_type);
        application.keys.push(KeySet { key_type, consumer_key, consumer_secret, validity_period });
    }
}

/// Removes the key set of a type; all of them if no type is named.
pub fn drop_keys(application: &mut Application, key_type: Option<KeyType>) {
    let goes = |one: KeyType| key_type.is_none_or(|key_type| key_type == one);
    application.keys.retain(|set| !goes(set.key_type));
    if goes(application.key_type) {
        application.consumer_key.clear();
        application.consumer_secret.clear();
        application.validity_period = None;
    }
}

/// The key sets of an application.
pub fn key_sets(application: &Application) -> Vec<KeySet> {
    let first = KeySet {
        key_type: application.key_type,
        consumer_key: application.consumer_key.clone(),
        consumer_secret: application.consumer_secret.clone(),
        validity_period: application.validity_period,
    };
    let further = application.keys.iter().cloned();
    std::iter::once(first).filter(|set| !set.consumer_key.is_empty()).chain(further).collect()
}

fn fill(text: &mut String) {
    if text.is_empty() {
        *text = secret::key();
    }
}
