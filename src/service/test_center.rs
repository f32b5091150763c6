//! Test centers: closed and opened again, as the vendor's staff do.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::error::Error;
use crate::domain::deed::CenterDeed;
use crate::domain::record::test_center::TestCenter;
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
