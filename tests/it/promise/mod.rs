//! The documents promise a status where a call reaches it, and nowhere else.

mod control;
mod edge;
pub mod tour;
mod vendor;
