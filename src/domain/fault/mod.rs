//! Faults that are asked for: known ones are looked up, all are checked, and then they are set.

mod check;
mod known;

use crate::domain::contract::error::Error;
use crate::domain::record::fault::{Fault, FaultInput, Faults};
use crate::domain::value::stamp::Timestamp;

/// Adds one fault, or those of a set; gives what was added.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`]; nothing was added then.
pub fn add(faults: &mut Faults, input: &FaultInput, wall: Timestamp) -> Result<Vec<Fault>, Error> {
    faults.add(input.resolve()?, wall)
}

/// Puts these in place of all there are; numbers and chances begin anew.
///
/// # Errors
/// Those of [`add`]; nothing changed then.
pub fn replace(faults: &mut Faults, inputs: &[FaultInput], wall: Timestamp) -> Result<(), Error> {
    let mut fresh = faults.clone();
    fresh.clear();
    for (index, input) in inputs.iter().enumerate() {
        add(&mut fresh, input, wall).map_err(|error| match error {
            Error::Invalid(why) => Error::Invalid(format!("faults[{index}].{why}")),
            other => other,
        })?;
    }
    *faults = fresh;
    Ok(())
}
