//! Test centers: searched by partners, changed as the vendor's staff do.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::error::Error;
use crate::domain::deed::CenterDeed;
use crate::domain::record::test_center::TestCenter;
use crate::domain::test_center::answer::{Availability, FoundCenter};
use crate::domain::test_center::search::{self, CenterQuery};
use crate::store::account::Account;

/// Something happens to a test center.
///
/// # Errors
/// See [`CenterDeed::apply`].
pub async fn act(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    deed: &CenterDeed,
) -> Result<Arc<TestCenter>, Error> {
    let changed = sandbox.change(account, |state, act| deed.apply(state, code, act));
    changed.await
}

/// The centers that are meant.
///
/// # Errors
/// See [`search::search`].
pub async fn search(sandbox: &Sandbox, account: &Account, query: &CenterQuery) -> Result<Vec<FoundCenter>, Error> {
    sandbox.look(account, |state, _| search::search(state, query)).await
}

/// The center with this code.
///
/// # Errors
/// There is none.
pub async fn get(sandbox: &Sandbox, account: &Account, code: &str) -> Result<FoundCenter, Error> {
    sandbox.look(account, |state, _| search::center(state, code).map(FoundCenter::at_its_place)).await
}

/// The free timeslots of a center.
///
/// # Errors
/// See [`search::availability`].
pub async fn availability(
    sandbox: &Sandbox,
    account: &Account,
    code: &str,
    days: (Option<&str>, Option<&str>),
    test_code: Option<&str>,
) -> Result<Availability, Error> {
    sandbox.look(account, |state, now| search::availability(state, code, days, test_code, now)).await
}
