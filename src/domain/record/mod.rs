//! The things that an account holds: a file each.

pub mod account;
pub mod authentication;
pub mod candidate;
pub mod catalog;
pub mod clock;
pub mod delivery;
pub mod fault;
pub mod settings;
pub mod subscription;
pub mod throttle;
