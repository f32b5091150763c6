//! Test centers: closed and opened again, as the vendor's staff do.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::error::Error;
use crate::domain::record::test_center::TestCenter;
use crate::domain::test_center::{self, OnClose};
use crate::store::account::Account;

/// Closes a test center.
///
/// # Errors
/// See [`test_center::close`].
pub fn close(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    on_close: OnClose,
) -> Result<Arc<TestCenter>, Error> {
    let changed = sandbox.change(account, |state, act| test_center::close(state, code, on_close, act.now))?;
    Ok(changed.value)
}

/// Opens a test center again.
///
/// # Errors
/// See [`test_center::reopen`].
pub fn reopen(sandbox: &Sandbox, account: &Arc<Account>, code: &str) -> Result<Arc<TestCenter>, Error> {
    let changed = sandbox.change(account, |state, act| test_center::reopen(state, code, act.now))?;
    Ok(changed.value)
}
