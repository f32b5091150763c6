//! Outgoing calls: the dispatcher takes due deliveries, and an attempt sends one of them.

pub mod attempt;
pub mod authorization;
pub mod client;
pub mod dispatcher;
pub mod failure;
pub mod grant;
pub mod request;
pub mod resolver;
pub mod secret;
pub mod token_cache;
pub mod trust;
