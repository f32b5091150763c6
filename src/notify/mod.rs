//! Outgoing calls: the dispatcher takes due deliveries, an attempt sends one.

pub mod attempt;
pub mod client;
pub mod dispatcher;
