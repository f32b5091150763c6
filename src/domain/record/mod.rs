//! The things that an account holds: a file each.

pub mod account;
pub mod answered;
pub mod application;
pub mod authentication;
pub mod booking;
pub mod candidate;
pub mod clock;
pub mod delivery;
pub mod eligibility;
pub mod fault;
pub mod invitation;
pub mod payment;
pub mod place;
pub mod publication;
pub mod result;
pub mod session;
pub mod settings;
pub mod subscription;
pub mod test;
pub mod test_center;
pub mod throttle;
pub mod token;
pub mod user;
pub mod voucher;

use std::fmt::Debug;
use std::hash::Hash;

/// A record that is found by an identifier of its own.
pub trait Record: Clone {
    /// Unique within the account.
    type Id: Hash + Eq + Clone + Debug;

    /// Its identifier.
    fn id(&self) -> Self::Id;
}
#[cfg(test)]
mod whole;
