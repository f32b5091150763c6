//! Tests as partners write and publish them, and what the vendor's staff decide.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::outbox::notice::Notices;
use crate::domain::publication::input::TestInput;
use crate::domain::publication::{self, Decision, PublicationRecord, TestRecord};
use crate::domain::record::publication::Publication;
use crate::store::account::Account;

/// Writes the draft of a test; true if there was no such test.
///
/// # Errors
/// See [`publication::put`].
pub async fn put(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    test_code: &str,
    input: &Checked<TestInput>,
) -> Result<(TestRecord, bool), Error> {
    let changed = sandbox.change(account, |state, _| Ok((publication::put(state, test_code, input)?, Notices::new())));
    changed.await
}

/// A test.
///
/// # Errors
/// [`Error::UnknownTest`].
pub async fn get(sandbox: &Sandbox, account: &Account, test_code: &str) -> Result<TestRecord, Error> {
    sandbox.look(account, |state, _| publication::get(state, test_code)).await
}

/// Some tests after a code; and whether there are more.
pub async fn list(sandbox: &Sandbox, account: &Account, after: Option<&str>, limit: usize) -> (Vec<TestRecord>, bool) {
    sandbox.look(account, |state, _| publication::list(state, after, limit)).await
}

/// Retires a test.
///
/// # Errors
/// See [`publication::retire`].
pub async fn retire(sandbox: &Sandbox, account: &Arc<Account>, test_code: &str) -> Result<(), Error> {
    let changed =
        sandbox.change(account, |state, act| Ok((publication::retire(state, test_code, act)?, Notices::new())));
    changed.await
}

/// Hands a draft in.
///
/// # Errors
/// See [`publication::publish`].
pub async fn publish(sandbox: &Sandbox, account: &Arc<Account>, test_code: &str) -> Result<PublicationRecord, Error> {
    let changed =
        sandbox.change(account, |state, act| Ok((publication::publish(state, test_code, act)?, Notices::new())));
    changed.await.map(|publication| PublicationRecord::from(&*publication))
}

/// A publication of a test.
///
/// # Errors
/// See [`publication::of_test`].
pub async fn of_test(
    sandbox: &Sandbox,
    account: &Account,
    test_code: &str,
    id: &str,
) -> Result<PublicationRecord, Error> {
    let found = sandbox.look(account, |state, _| publication::of_test(state, test_code, id)).await;
    found.map(|publication| PublicationRecord::from(&*publication))
}

/// The vendor's staff decide on a publication.
///
/// # Errors
/// See [`publication::decide`].
pub async fn decide(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: &str,
    decision: Decision,
    messages: &[String],
) -> Result<Arc<Publication>, Error> {
    let changed = sandbox
        .change(account, |state, act| Ok((publication::decide(state, id, decision, messages, act)?, Notices::new())));
    changed.await
}
