//! How close the sandbox is to Atlas: the ledger of all that it acts on, and how each line is known.

mod entry;
mod ledger;

pub use entry::{Entry, LEGEND, Legend};
pub use ledger::LEDGER;
