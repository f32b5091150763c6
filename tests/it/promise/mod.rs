//! The documents promise a status where a call reaches it, and nowhere else.

mod control;
mod edge;
mod refusal;
mod service;
mod staff;
pub mod tour;
mod vendor;
