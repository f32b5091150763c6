//! Accounts: made from a `given` document, loaded with more, reset, deleted.

use std::sync::Arc;

use super::{Sandbox, clock, secret, subscription};
use crate::domain::contract::error::Error;
use crate::domain::fixture::{
    self,
    count::Counts,
    export,
    given::{Given, GivenCatalog},
    mistake::Mistakes,
};
use crate::domain::outbox;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::application::Application;
use crate::domain::record::clock::Clock;
use crate::domain::record::user::User;
use crate::domain::state::{Act, State};
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::{Timestamp, WallTime, whole_millis};
use crate::store::Fresh;
use crate::store::account::Account;

/// Makes an account. What the document leaves out is made up.
///
/// # Errors
/// A value that does not fit; a code, key or token that is taken.
pub fn create(sandbox: &Sandbox, given: Given) -> Result<Arc<Account>, Error> {
    try_create(sandbox, given).map_err(Mistakes::into_error)
}

/// Makes an account, or tells all that is wrong with its document.
///
/// # Errors
/// Those of [`create`], each with its path.
pub fn try_create(sandbox: &Sandbox, mut given: Given) -> Result<Arc<Account>, Mistakes> {
    let ttl = given.account.ttl;
    let code = complete(sandbox, &mut given).map_err(|error| Mistakes::of("account", error))?;
    let (state, now) = build(sandbox, &code, &given, whole_millis(clock::wall()))?;
    let account = Arc::new(Account::new(state, Arc::new(given), sandbox.options.journal_entries));
    sandbox.store.insert(&account, now).map_err(|error| Mistakes::of("account", error))?;
    if let Some(ttl) = ttl {
        sandbox.expire(&account, ttl.0);
    }
    Ok(account)
}

/// Tells all that is wrong with an account's document by itself, and makes no account.
///
/// # Errors
/// Those of [`try_create`], but for what another account has.
pub fn check(sandbox: &Sandbox, mut given: Given) -> Result<(), Mistakes> {
    let code = complete(sandbox, &mut given).map_err(|error| Mistakes::of("account", error))?;
    build(sandbox, &code, &given, whole_millis(clock::wall())).map(drop)
}

/// Deletes an account with all that is its own.
///
/// # Errors
/// [`Error::UnknownAccount`].
pub fn delete(sandbox: &Sandbox, code: &str) -> Result<(), Error> {
    sandbox.store.remove(code, clock::wall()).map(drop).ok_or_else(|| Error::UnknownAccount(code.to_owned()))
}

/// Brings an account back to the document it was made from. Issued tokens stay valid; journal, inboxes, deliveries and
/// clock start anew.
///
/// # Errors
/// A key or static token of the document is another account's by now. Nothing changed then.
pub fn reset(sandbox: &Sandbox, account: &Arc<Account>) -> Result<(), Error> {
    let wall = whole_millis(clock::wall());
    // Built before the account is locked.
    let (mut fresh, now) = build(sandbox, &account.code, &account.origin, wall).map_err(Mistakes::into_error)?;
    sandbox.store.replace(account, now, |present| {
        fresh.keep_tokens(present);
        fresh
    })?;
    account.forget();
    sandbox.wake(account);
    Ok(())
}

/// Brings the whole server back to the state right after start, in one step: a call finds it as it was before, or as it
/// is afterwards. Issued tokens are gone, static ones are not.
///
/// # Errors
/// None that can occur once the server has started; it is passed on all the same.
pub fn reset_all(sandbox: &Sandbox) -> Result<(), Error> {
    let wall = whole_millis(clock::wall());
    let started = sandbox.started.get().map_or(&[][..], Vec::as_slice);
    // Built before anything is locked.
    let built = started.iter().map(|given| {
        let code =
            given.account.account_code.as_ref().ok_or_else(|| Error::Internal("account_code: missing".into()))?;
        let (state, at) = build(sandbox, code, given, wall).map_err(Mistakes::into_error)?;
        Ok(Fresh { state, origin: Arc::clone(given), at })
    });
    let made = sandbox.store.replace_all(built.collect::<Result<_, Error>>()?, sandbox.options.journal_entries, wall);
    for account in made {
        if let Some(ttl) = account.origin.account.ttl {
            sandbox.expire(&account, ttl.0);
        }
    }
    sandbox.store.journal.clear();
    sandbox.store.accounts().iter().for_each(|account| sandbox.wake(account));
    Ok(())
}

/// Makes the accounts that exist at start; made-up codes, keys and secrets are the same after a reset.
///
/// # Errors
/// The documents that do not fit, each with its place in the list and all that is wrong with it.
pub fn start(sandbox: &Sandbox) -> Result<(), Vec<(usize, Mistakes)>> {
    let (mut origins, mut wrong) = (Vec::new(), Vec::new());
    for (index, given) in sandbox.options.accounts.iter().enumerate() {
        match try_create(sandbox, given.clone()) {
            Ok(account) => origins.push(Arc::clone(&account.origin)),
            Err(mistakes) => wrong.push((index, mistakes)),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // Set once: a reset finds it.
    let _first = sandbox.started.set(origins);
    Ok(())
}

/// Merges a document into an account: all or nothing. No notification leaves.
///
/// # Errors
/// A value that does not fit, or another account's code; a key or token that is taken.
pub async fn load(sandbox: &Sandbox, account: &Arc<Account>, mut given: Given) -> Result<Counts, Error> {
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
    given.subscriptions.iter_mut().for_each(subscription::complete);
    let changed = sandbox.change(account, |state, act| {
        let counts = fixture::load(state, &given, act).map_err(Mistakes::into_error)?;
        outbox::follow_subscription(state);
        Ok((counts, Notices::new()))
    });
    changed.await
}

/// The account as a document that makes it again; without secrets, a load makes those up.
///
/// # Errors
/// None that can occur; it is passed on all the same.
pub async fn fixture(sandbox: &Sandbox, account: &Account, with_secrets: bool) -> Result<Given, Error> {
    let wall = whole_millis(clock::wall());
    let ttl = account.origin.account.ttl;
    let mut given =
        sandbox.look(account, |state, now| export::export(state, &Act::new(now, wall), with_secrets)).await?;
    given.account.ttl = ttl;
    Ok(given)
}

/// What an account was loaded with, for those who start a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its code.
    pub account_code: AccountCode,
    /// A bearer token that never expires, if it has one.
    pub token: Option<String>,
    /// Tests.
    pub tests: usize,
    /// Eligibilities.
    pub eligibilities: usize,
    /// Bookings.
    pub bookings: usize,
}

/// What the accounts that exist hold.
pub fn summaries(sandbox: &Sandbox) -> Vec<Summary> {
    let summary = |account: &Arc<Account>| {
        account.look(|state| Summary {
            account_code: state.code.clone(),
            token: state.static_tokens().next().map(str::to_owned),
            tests: state.tests.len(),
            eligibilities: state.eligibilities().len(),
            bookings: state.bookings().len(),
        })
    };
    sandbox.store.accounts().iter().map(summary).collect()
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
        given.clock =
            Some(crate::domain::fixture::given::GivenClock { instant: options.clock, frozen: true, factor: None });
    }
    if given.subscriptions.booking_notification.is_none() {
        given.subscriptions.booking_notification.clone_from(&options.subscription);
    }
    given.subscriptions.iter_mut().for_each(subscription::complete);
    Ok(code)
}

fn fill(text: &mut String, make: fn() -> String) {
    if text.is_empty() {
        *text = make();
    }
}

/// The code of the demo account.
pub const DEMO: &str = "DEMO0001";

/// The demo account's document.
pub fn demo() -> Given {
    use std::sync::LazyLock;
    static DEMO: LazyLock<Given> = LazyLock::new(|| {
        document::read(include_str!("../../fixtures/demo.yaml"), DocumentFormat::Yaml).unwrap_or_default()
    });
    DEMO.clone()
}

/// Builds the state that a completed document describes, and gives its instant.
fn build(sandbox: &Sandbox, code: &AccountCode, given: &Given, wall: WallTime) -> Result<(State, Timestamp), Mistakes> {
    let seed = given.seed.unwrap_or(sandbox.options.seed);
    let secret = given.account.signing_secret.as_deref().unwrap_or_default();
    let clock = match &given.clock {
        Some(clock) => clock.clock(wall, wall),
        None => Clock::wall(wall),
    };
    let mut state = State::new(code.clone(), seed, clock, secret);
    let now = whole_millis(clock.now(wall));
    fixture::load(&mut state, given, &Act::new(now, wall))?;
    Ok((state, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::SandboxOptions;

    fn given(text: &str) -> Given {
        document::read(text, DocumentFormat::Yaml).expect("a document")
    }

    #[test]
    fn a_reset_of_the_server_is_one_step_for_those_who_call_meanwhile() {
        let accounts =
            ["{account: {account_code: AAAA0001, static_tokens: [one]}}", "{account: {account_code: BBBB0001}}"];
        let options = SandboxOptions { accounts: accounts.map(given).to_vec(), ..SandboxOptions::for_a_check() };
        let (sandbox, _woken) = Sandbox::new(options);
        start(&sandbox).expect("a start");
        create(&sandbox, given("{account: {account_code: CCCC0001}}")).expect("one that a reset takes out");
        delete(&sandbox, "BBBB0001").expect("one that a reset makes again");
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                        let known = sandbox.store.tokens.find("one").expect("the token is always known");
                        assert!(!known.account.is_closed());
                    }
                });
            }
            let resets = [0; 2].map(|_| threads.spawn(|| (0..100).try_for_each(|_| reset_all(&sandbox))));
            let ended = resets.map(|one| one.join().expect("no panic"));
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(ended.iter().all(Result::is_ok), "{ended:?}");
        });
        let codes: Vec<_> = sandbox.store.accounts().iter().map(|account| account.code.to_string()).collect();
        assert_eq!(codes, ["AAAA0001", "BBBB0001"]);
    }

    #[tokio::test]
    async fn a_deleted_account_takes_nothing_any_more_and_keeps_no_name() {
        let (sandbox, _woken) = Sandbox::new(SandboxOptions::for_a_check());
        let named = |key: &str| given(&format!("{{account: {{applications: [{{name: a, consumer_key: {key}}}]}}}}"));
        let account = create(&sandbox, named("first")).expect("an account");
        // Somebody found it before it was deleted.
        let found = Arc::clone(&account);
        delete(&sandbox, account.code.as_str()).expect("it is there");
        let unknown = |error: Error| matches!(error, Error::UnknownAccount(_));
        assert!(load(&sandbox, &found, named("second")).await.is_err_and(unknown));
        assert!(reset(&sandbox, &found).is_err_and(unknown));
        for key in ["first", "second"] {
            create(&sandbox, named(key)).unwrap_or_else(|error| panic!("{key}: {error}"));
        }
    }
}
