//! How close the sandbox is to Atlas: all that it acts on, how each statement is known, and from where.

mod entry;
mod ledger;
mod member;
mod services;
mod source;

pub use entry::{Entry, LEGEND, Legend};
use ledger::LEDGER;
pub use member::member;
#[cfg(test)]
pub use member::models;
use services::SERVICES;
pub use source::{EVERY_SERVICE, source};

/// The rules, by service.
pub fn rules() -> impl Iterator<Item = &'static Entry> {
    LEDGER.iter().chain(SERVICES)
}
