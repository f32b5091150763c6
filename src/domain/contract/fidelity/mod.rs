//! How close the sandbox is to Atlas: the ledger of all that it acts on, and how each line is known.

mod entry;
mod ledger;
mod services;

pub use entry::{Entry, LEGEND, Legend};
use ledger::LEDGER;
use services::SERVICES;

/// All statements, by area.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    LEDGER.iter().chain(SERVICES)
}
