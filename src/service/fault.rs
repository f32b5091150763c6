//! Faults on request, per account.

use std::sync::Arc;

use super::{Account, Sandbox, clock};
use crate::domain::contract::error::Error;
use crate::domain::fault;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::fault::{Fault, FaultInput, Faults};
use crate::domain::value::stamp::WallTime;

/// The faults of an account.
pub async fn list(sandbox: &Sandbox, account: &Account) -> Vec<Fault> {
    let wall = clock::wall();
    sandbox.look(account, |state, _| state.faults.active(wall).cloned().collect()).await
}

/// Adds one, or those of a set.
///
/// # Errors
/// Those of [`fault::add`].
pub async fn add(sandbox: &Sandbox, account: &Arc<Account>, input: &FaultInput) -> Result<Vec<Fault>, Error> {
    change(sandbox, account, |faults, wall| fault::add(faults, input, wall)).await
}

/// Puts these in place of all there are.
///
/// # Errors
/// Those of [`fault::replace`].
pub async fn replace(sandbox: &Sandbox, account: &Arc<Account>, inputs: &[FaultInput]) -> Result<(), Error> {
    change(sandbox, account, |faults, wall| fault::replace(faults, inputs, wall).map_err(fault::refusal)).await
}

/// Removes all.
///
/// # Errors
/// None.
pub async fn clear(sandbox: &Sandbox, account: &Arc<Account>) -> Result<(), Error> {
    change(sandbox, account, |faults, _| {
        faults.clear();
        Ok(())
    })
    .await
}

/// Removes one.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<(), Error> {
    change(sandbox, account, |faults, _| faults.remove(id)).await
}

async fn change<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    mut act: impl FnMut(&mut Faults, WallTime) -> Result<T, Error>,
) -> Result<T, Error> {
    let changed =
        sandbox.change(account, |state, occasion| Ok((act(state.faults.edit(), occasion.wall)?, Notices::new())));
    changed.await
}
