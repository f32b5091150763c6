//! Faults on request, per account.

use std::sync::Arc;

use super::{Account, Sandbox, clock};
use crate::domain::contract::error::Error;
use crate::domain::fault;
use crate::domain::record::fault::{Fault, FaultInput, Faults};
use crate::domain::state::State;

/// The faults of an account.
pub fn list(account: &Account) -> Vec<Fault> {
    account.lock().faults.alive(clock::wall()).to_vec()
}

/// Adds one, or those of a set.
///
/// # Errors
/// Those of [`fault::add`].
pub fn add(sandbox: &Sandbox, account: &Arc<Account>, input: &FaultInput) -> Result<Vec<Fault>, Error> {
    change(sandbox, account, |faults| fault::add(faults, input, clock::wall()))
}

/// Puts these in place of all there are.
///
/// # Errors
/// Those of [`fault::replace`].
pub fn replace(sandbox: &Sandbox, account: &Arc<Account>, inputs: &[FaultInput]) -> Result<(), Error> {
    change(sandbox, account, |faults| fault::replace(faults, inputs, clock::wall()))
}

/// Removes all.
///
/// # Errors
/// None.
pub fn clear(sandbox: &Sandbox, account: &Arc<Account>) -> Result<(), Error> {
    change(sandbox, account, |faults| {
        faults.clear();
        Ok(())
    })
}

/// Removes one.
///
/// # Errors
/// [`Error::NotFound`].
pub fn remove(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<(), Error> {
    change(sandbox, account, |faults| faults.remove(id))
}

/// Whether any live, as the account marks it for its calls.
pub fn has_any(state: &mut State) -> bool {
    !state.faults.alive(clock::wall()).is_empty()
}

fn change<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    act: impl FnOnce(&mut Faults) -> Result<T, Error>,
) -> Result<T, Error> {
    let changed = sandbox.change(account, |state, _| {
        let value = act(&mut state.faults)?;
        account.mark_faults(has_any(state));
        Ok((value, Vec::new()))
    })?;
    Ok(changed.value)
}
