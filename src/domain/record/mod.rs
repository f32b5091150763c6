//! The things that an account holds: a file each.

pub mod application;
pub mod authentication;
pub mod booking;
pub mod candidate;
pub mod catalog;
pub mod clock;
pub mod delivery;
pub mod eligibility;
pub mod fault;
pub mod result;
pub mod settings;
pub mod subscription;
pub mod test;
pub mod test_center;
pub mod throttle;
pub mod user;
pub mod voucher;
#[cfg(test)]
mod whole;
