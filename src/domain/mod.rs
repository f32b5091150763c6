//! The vendor's rules: a pure state machine. No I/O, no clock, no lock, no async.

pub mod booking;
pub mod contract;
pub mod eligibility;
pub mod fault;
pub mod fixture;
pub mod getting_started;
pub mod notification;
pub mod operations;
pub mod outbox;
pub mod record;
pub mod result;
pub mod state;
pub mod test_center;
pub mod token;
pub mod value;
