//! Eligibilities: who may take which test, when; the status machine of a record.

mod check;
mod filter;
pub mod input;
mod launch;
mod operation;
pub mod operations;

pub use check::{of_earlier, of_new, status_missing};
pub use filter::Filter;
pub use launch::{TestLaunchInfo, check_launch, launch_info, launch_note};
pub use operation::{
    approve, block, cancel, create, create_as, of_candidate, of_test, record_as, replace_vouchers, update,
};
