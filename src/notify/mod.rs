//! Outgoing calls: the dispatcher takes due deliveries, an attempt sends one.

pub mod attempt;
pub mod authorization;
pub mod client;
pub mod dispatcher;
pub mod failure;
pub mod grant;
pub mod purse;
pub mod request;
pub mod secret;
