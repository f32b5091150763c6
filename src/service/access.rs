//! Users and applications of an account: changed all or nothing; what is gone takes its tokens with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Sandbox, secret};
use crate::domain::contract::error::Error;
use crate::domain::record::application::{Application, KeySet, KeyType};
use crate::domain::record::user::User;
use crate::store::account::Account;

/// Changes users and applications; passwords, keys and secrets that are empty then are made up.
///
/// # Errors
/// What the edit refused with; an owner who is no user; a consumer key that is taken. Nothing changed then.
pub fn change<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    edit: impl FnOnce(&mut Vec<User>, &mut Vec<Application>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut state = account.lock();
    let (mut users, mut applications) = (state.users.clone(), state.applications.clone());
    let value = edit(&mut users, &mut applications)?;
    for application in &applications {
        if let Some(wrong) = application.fault() {
            return Err(Error::Body(vec![wrong]));
        }
        if let Some(owner) = &application.owner
            && !users.iter().any(|user| user.username == *owner)
        {
            let name = &application.name;
            return Err(Error::Conflict(format!(
                "owner of {name:?}: expected one of the account's users, got {owner:?}"
            )));
        }
    }
    let keys: Vec<String> = applications.iter().flat_map(Application::consumer_keys).cloned().collect();
    let mut seen = BTreeSet::new();
    if !keys.iter().all(|key| seen.insert(key)) {
        return Err(Error::Conflict("consumer_key: another key set of the account has it".to_owned()));
    }
    sandbox.store.claim(account, &keys, &[])?;
    let gone_keys: Vec<String> = state.consumer_keys().into_iter().filter(|key| !keys.contains(key)).collect();
    let gone_users: Vec<String> = state.users.iter().map(|user| user.username.clone()).collect();
    let gone_users: Vec<String> =
        gone_users.into_iter().filter(|name| !users.iter().any(|user| user.username == *name)).collect();
    (state.users, state.applications) = (users, applications);
    drop(state);
    sandbox.store.unclaim(&gone_keys, &[]);
    // Not under the account's lock: whoever issues a token takes the two the other way round.
    sandbox.store.tokens.end_where(account, |token| {
        token.consumer_key.as_ref().is_some_and(|key| gone_keys.contains(key))
            || token.username.as_ref().is_some_and(|name| gone_users.contains(name))
    });
    account.announce();
    Ok(value)
}

/// The application with this name.
///
/// # Errors
/// [`Error::NotFound`].
pub fn application<'a>(applications: &'a mut [Application], name: &str) -> Result<&'a mut Application, Error> {
    let missing = || Error::NotFound { kind: "application", id: name.to_owned() };
    applications.iter_mut().find(|application| application.name == name).ok_or_else(missing)
}

/// A password where there is none.
pub fn fill_user(user: &mut User) {
    if user.password.is_empty() {
        user.password = secret::password();
    }
}

/// Keys and secrets where there are none.
pub fn fill_application(application: &mut Application) {
    for text in application.credentials_mut().flat_map(|(key, secret)| [key, secret]) {
        fill(text);
    }
}

/// Gives an application a key set, in the place of the one of its type; what is empty is made up.
pub fn put_keys(application: &mut Application, mut set: KeySet) -> KeySet {
    fill(&mut set.consumer_key);
    fill(&mut set.consumer_secret);
    let made = set.clone();
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
    made
}

/// Takes the key set of a type away; all where none is named.
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
