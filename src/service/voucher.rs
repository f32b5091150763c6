//! Vouchers: what partners do with them.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::voucher::VoucherView;
use crate::domain::voucher;
use crate::domain::voucher::input::{NewVoucher, VoucherChange};
use crate::store::account::Account;

/// Makes a voucher, or as many as the batch has.
///
/// # Errors
/// See [`voucher::create`].
pub async fn create(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &Checked<NewVoucher>,
) -> Result<Vec<VoucherView>, Error> {
    let changed = sandbox.change(account, |state, act| {
        let made = voucher::create(state, input, act)?;
        Ok((made.iter().map(|one| state.voucher_view(one, act.now)).collect(), Notices::new()))
    });
    changed.await
}

/// A voucher as it is seen now.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(sandbox: &Sandbox, account: &Account, code: &str) -> Result<VoucherView, Error> {
    sandbox.look(account, |state, now| Ok(state.voucher_view(state.voucher(code)?, now))).await
}

/// Extends a voucher, disables it, or enables it again.
///
/// # Errors
/// See [`voucher::update`].
pub async fn update(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    input: &Checked<VoucherChange>,
) -> Result<(), Error> {
    let changed =
        sandbox.change(account, |state, act| voucher::update(state, code, input, act).map(|()| ((), Notices::new())));
    changed.await
}

/// Deletes a voucher.
///
/// # Errors
/// See [`voucher::delete`].
pub async fn delete(sandbox: &Sandbox, account: &Arc<Account>, code: &str) -> Result<(), Error> {
    sandbox.change(account, |state, _| voucher::delete(state, code).map(|()| ((), Notices::new()))).await
}
