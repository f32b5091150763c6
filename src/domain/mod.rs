//! The vendor's rules: a pure state machine. No I/O, no clock, no lock, no async.
//!
//! Its floors, from the ground up: `value`, `contract`, `record`, `state`, `outbox` and `site`, the rooms of the vendor's services,
//! what stands above them (`again`, `deed`, `due`, `operations`, `query`), `fault`, and `fixture`.

pub mod again;
pub mod booking;
pub mod contract;
pub mod deed;
pub mod due;
pub mod eligibility;
pub mod fault;
pub mod fixture;
pub mod getting_started;
pub mod operations;
pub mod outbox;
pub mod payment;
pub mod proctoring;
pub mod publication;
pub mod query;
pub mod record;
pub mod result;
pub mod scheduling;
pub mod site;
pub mod state;
pub mod test_center;
pub mod token;
pub mod value;
pub mod voucher;
