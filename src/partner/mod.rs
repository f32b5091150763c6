//! The other side: the reference receiver that verifies, drops duplicates and orders.

pub mod receiver;
