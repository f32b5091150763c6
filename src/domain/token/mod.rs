//! The Token API: tokens are issued and revoked.

pub mod operations;
