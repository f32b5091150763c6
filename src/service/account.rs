//! Accounts: made from a `given` document, loaded with more, reset, deleted.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Sandbox, clock, fault, secret, subscription};
use crate::domain::contract::error::Error;
use crate::domain::fixture;
use crate::domain::fixture::given::{Counts, Given, GivenCatalog};
use crate::domain::record::application::Application;
use crate::domain::record::clock::Clock;
use crate::domain::record::subscription::Subscription;
use crate::domain::record::user::User;
use crate::domain::state::{Act, State};
use crate::domain::value::document::{self, Format};
use crate::domain::value::id::{AccountCode, Code, Registry};
use crate::store::account::Account;

/// The server's inbox, as a subscription's URL names it until the server knows its own address.
pub const INBOX: &str = "inbox:";

/// Makes an account. What the document leaves out is made up.
///
/// # Errors
/// A value that does not fit; a code, key or token that is taken.
pub fn create(sandbox: &Sandbox, mut given: Given) -> Result<Arc<Account>, Error> {
    let ttl = given.account.ttl;
    let code = complete(sandbox, &mut given)?;
    let mut state = build(sandbox, &code, &given)?;
    let has_faults = fault::has_any(&mut state);
    let keys = state.consumer_keys();
    let tokens = state.static_tokens.clone();
    let account = Arc::new(Account::new(state, given, sandbox.options.journal_entries));
    account.mark_faults(has_faults);
    if let Err(taken) = sandbox.store.insert(&account, &keys, &tokens) {
        sandbox.store.release(account.lock().identifiers());
        return Err(taken);
    }
    if let Some(ttl) = ttl {
        sandbox.expire(&account, ttl.0);
    }
    Ok(account)
}

/// Deletes an account with all that is its own.
///
/// # Errors
/// [`Error::UnknownAccount`].
pub fn delete(sandbox: &Sandbox, code: &str) -> Result<(), Error> {
    sandbox.store.remove(code).map(drop).ok_or_else(|| Error::UnknownAccount(code.to_owned()))
}

/// Brings an account back to the document it was made from. Issued tokens stay valid; journal, deliveries and clock
/// start anew.
///
/// # Errors
/// The document does not fit any more, which only a clash with a younger account can cause.
pub fn reset(sandbox: &Sandbox, account: &Arc<Account>) -> Result<(), Error> {
    // A fixture may have replaced a key since; the first ones are taken back before anything changes.
    let origin = &account.origin.account;
    let keys: Vec<_> = origin.applications.iter().flatten().flat_map(Application::consumer_keys).cloned().collect();
    sandbox.store.claim(account, &keys, origin.static_tokens.as_deref().unwrap_or_default())?;
    let (old_ids, epoch, old_keys, old_tokens): (Vec<Code>, u64, Vec<String>, Vec<String>) = {
        let state = account.lock();
        (state.identifiers().collect(), state.epoch, state.consumer_keys(), state.static_tokens.clone())
    };
    // The same seed gives the same identifiers again, so the old ones are given back first.
    sandbox.store.release(old_ids);
    let mut fresh = build(sandbox, &account.code, &account.origin)?;
    fresh.epoch = epoch + 1;
    let gone_keys: Vec<_> = old_keys.into_iter().filter(|key| fresh.application(key).is_none()).collect();
    let gone_tokens: Vec<_> = old_tokens.into_iter().filter(|token| !fresh.static_tokens.contains(token)).collect();
    let mut state = account.lock();
    *state = fresh;
    account.mark_faults(fault::has_any(&mut state));
    drop(state);
    sandbox.store.unclaim(&gone_keys, &gone_tokens);
    account.journal.clear();
    sandbox.wake(account);
    account.announce();
    Ok(())
}

/// Brings the whole server back to the state right after start.
///
/// # Errors
/// None that a server that once started can meet; told all the same.
pub fn reset_all(sandbox: &Sandbox) -> Result<(), Error> {
    for account in sandbox.store.accounts() {
        sandbox.store.remove(account.code.as_str());
    }
    sandbox.store.journal.clear();
    sandbox.inboxes.clear_all();
    start(sandbox)
}

/// Makes the accounts that exist at start; made-up codes, keys and secrets are the same after a reset.
///
/// # Errors
/// A document that does not fit.
pub fn start(sandbox: &Sandbox) -> Result<(), Error> {
    if let Some(started) = sandbox.started.get() {
        return started.iter().try_for_each(|given| create(sandbox, (**given).clone()).map(drop));
    }
    let made: Result<Vec<_>, _> = sandbox.options.accounts.iter().map(|given| create(sandbox, given.clone())).collect();
    let origins = made?.iter().map(|account| Arc::clone(&account.origin)).collect();
    // Set once: a reset finds it.
    let _first = sandbox.started.set(origins);
    Ok(())
}

/// Merges a document into an account: all or nothing, built aside and swapped in. No notification leaves.
///
/// # Errors
/// A value that does not fit, or another account's code; a key or token that is taken.
pub fn load(sandbox: &Sandbox, account: &Arc<Account>, mut given: Given) -> Result<Counts, Error> {
    if let Some(code) = given.account.account_code.as_ref().filter(|code| **code != account.code) {
        return Err(Error::Conflict(format!("account.account_code: expected {} or nothing, got {code}", account.code)));
    }
    for user in given.account.users.iter_mut().flatten() {
        fill(&mut user.password, secret::password);
    }
    for application in given.account.applications.iter_mut().flatten() {
        for (key, secret) in application.credentials_mut() {
            fill(key, secret::key);
            fill(secret, secret::key);
        }
    }
    given.subscriptions.iter_mut().for_each(|one| {
        resolve_inbox(sandbox, one);
        subscription::complete(one);
    });
    let wall = clock::wall();
    let claims = Claims { sandbox, taken: RefCell::default() };
    let mut state = account.lock();
    let mut aside = state.clone();
    let act = Act::new(aside.clock.now(wall), &claims);
    let laid = fixture::lay(&mut aside, &given, &act, wall).and_then(|counts| {
        let keys = aside.consumer_keys();
        sandbox.store.claim(account, &keys, &aside.static_tokens)?;
        let replaced = state.consumer_keys();
        sandbox.store.unclaim(&replaced.into_iter().filter(|key| !keys.contains(key)).collect::<Vec<_>>(), &[]);
        Ok(counts)
    });
    match laid {
        Ok(counts) => {
            *state = aside;
            account.mark_faults(fault::has_any(&mut state));
            crate::domain::outbox::follow_subscription(&mut state);
            drop(state);
            sandbox.wake(account);
            account.announce();
            Ok(counts)
        }
        Err(error) => {
            sandbox.store.release(claims.taken.into_inner());
            Err(error)
        }
    }
}

/// Fills in what the document leaves out, so that a reset finds the same account again.
fn complete(sandbox: &Sandbox, given: &mut Given) -> Result<AccountCode, Error> {
    let options = &sandbox.options;
    let code = match &given.account.account_code {
        Some(code) => code.clone(),
        None => secret::account_code().parse().map_err(Error::Internal)?,
    };
    let account = &mut given.account;
    account.account_code = Some(code.clone());
    let settings = account.settings.get_or_insert_default();
    settings.profile.get_or_insert(options.profile);
    settings.lint.get_or_insert(options.lint);
    settings.open_catalog.get_or_insert(options.open_catalog);
    let users = account.users.get_or_insert_with(|| vec![User::new("partner", "")]);
    for user in users {
        fill(&mut user.password, secret::password);
    }
    let applications = account.applications.get_or_insert_with(|| vec![Application::new("DefaultApplication")]);
    for application in applications {
        for (key, secret) in application.credentials_mut() {
            fill(key, secret::key);
            fill(secret, secret::key);
        }
    }
    account.static_tokens.get_or_insert_with(|| vec![secret::uuid().to_string()]);
    let signing = || options.signing_secret.clone().unwrap_or_else(secret::signing);
    account.signing_secret.get_or_insert_with(signing);
    given.seed.get_or_insert(options.seed);
    if given.catalog == GivenCatalog::default() {
        given.catalog = demo().catalog;
    }
    if given.catalog.tests.is_none() {
        given.catalog.tests = demo().catalog.tests;
    }
    if given.clock.is_none() && options.clock.is_some() {
        given.clock = Some(crate::domain::fixture::given::GivenClock { instant: options.clock, frozen: true });
    }
    if given.subscriptions.booking_notification.is_none() {
        given.subscriptions.booking_notification.clone_from(&options.subscription);
    }
    given.subscriptions.iter_mut().for_each(|one| {
        resolve_inbox(sandbox, one);
        subscription::complete(one);
    });
    Ok(code)
}

/// `inbox:NAME` stands for the URL of a built-in inbox.
pub fn resolve_inbox(sandbox: &Sandbox, subscription: &mut Subscription) {
    if let Some(name) = subscription.url.strip_prefix(INBOX) {
        subscription.url = format!("{}/_sandbox/inbox/{name}", sandbox.base_url());
    }
}

fn fill(text: &mut String, make: fn() -> String) {
    if text.is_empty() {
        *text = make();
    }
}

/// The demo account's document.
pub fn demo() -> Given {
    use std::sync::LazyLock;
    static DEMO: LazyLock<Given> =
        LazyLock::new(|| document::read(include_str!("../../fixtures/demo.yaml"), Format::Yaml).unwrap_or_default());
    DEMO.clone()
}

/// Builds the state that a completed document describes.
fn build(sandbox: &Sandbox, code: &AccountCode, given: &Given) -> Result<State, Error> {
    let wall = clock::wall();
    let seed = given.seed.unwrap_or(sandbox.options.seed);
    let secret = given.account.signing_secret.clone().unwrap_or_default();
    let mut state = State::new(code.clone(), seed, Clock::wall(wall), secret);
    let claims = Claims { sandbox, taken: RefCell::default() };
    if let Some(clock) = &given.clock {
        state.clock = Clock::at(clock.instant.unwrap_or(wall), clock.frozen, wall);
    }
    let act = Act::new(state.clock.now(wall), &claims);
    match fixture::lay(&mut state, given, &act, wall) {
        Ok(_) => {
            state.outbox = crate::domain::outbox::Outbox::default();
            Ok(state)
        }
        Err(error) => {
            sandbox.store.release(claims.taken.into_inner());
            Err(error)
        }
    }
}

/// Remembers what was claimed, to give it back when the document is refused.
struct Claims<'a> {
    sandbox: &'a Sandbox,
    taken: RefCell<Vec<Code>>,
}

impl Registry for Claims<'_> {
    fn claim(&self, code: Code) -> bool {
        let free = self.sandbox.store.claim_code(code);
        if free {
            self.taken.borrow_mut().push(code);
        }
        free
    }
}
