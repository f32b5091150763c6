//! Fixture files: finds and reads them, and tells what is wrong with them. (Playing scenarios is planned.)

mod check;
mod file;
mod folder;

pub use check::Check;
pub use file::Fixture;
pub use folder::{Found, STDIN, find};
