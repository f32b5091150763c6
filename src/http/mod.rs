//! What both faces share: the error tables, body extractors, the journal middleware.

pub mod answer;
pub mod arriving;
pub mod body;
pub mod call;
pub mod connection;
pub mod error;
pub mod face;
pub mod fault;
pub mod forwarded;
pub mod heavy;
pub mod journal;
pub mod operation;
pub mod page;
pub mod path;
pub mod payload;
pub mod peer;
pub mod query;
pub mod route;
mod secret;
