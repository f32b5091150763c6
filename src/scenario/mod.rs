//! Fixture files: finds and reads them, and tells what is wrong with them. (Playing scenarios is planned.)

mod file;
mod folder;

pub use file::{Fixture, WrongFile};
pub use folder::{Found, find};
