//! Faults that are asked for: known ones are looked up, all are checked, and then they are set.

mod check;
mod known;

use crate::domain::contract::error::Error;
use crate::domain::record::fault::{Fault, FaultInput, Faults};
use crate::domain::value::misfit::Misfit;
use crate::domain::value::stamp::Timestamp;

/// Adds one fault, or those of a set; gives what was added.
///
/// # Errors
/// [`Error::Body`] with all that is wrong, [`Error::Conflict`]; nothing was added then.
pub fn add(faults: &mut Faults, input: &FaultInput, wall: Timestamp) -> Result<Vec<Fault>, Error> {
    faults.add(input.resolve().map_err(Error::Body)?, wall)
}

/// Puts these in place of all there are; numbers and chances begin anew.
///
/// # Errors
/// Those of [`add`], each with the number of its fault; nothing changed then.
pub fn replace(faults: &mut Faults, inputs: &[FaultInput], wall: Timestamp) -> Result<(), Vec<(usize, Error)>> {
    let mut fresh = faults.clone();
    fresh.clear();
    let each = inputs.iter().enumerate();
    let wrong: Vec<_> = each.filter_map(|(index, one)| Some((index, add(&mut fresh, one, wall).err()?))).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    *faults = fresh;
    Ok(())
}

/// What is wrong with a list of faults, as one refusal.
pub fn refusal(wrong: Vec<(usize, Error)>) -> Error {
    let mut misfits = Vec::new();
    let mut conflict = None;
    for (index, error) in wrong {
        match error {
            Error::Body(of_one) => misfits
                .extend(of_one.into_iter().map(|one| Misfit { path: format!("faults[{index}].{}", one.path), ..one })),
            other => drop(conflict.get_or_insert(other)),
        }
    }
    conflict.filter(|_| misfits.is_empty()).unwrap_or(Error::Body(misfits))
}
