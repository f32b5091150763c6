//! Signing outgoing requests: bytes, a key and an instant become headers, and back. Pure.

pub mod certificate;
pub mod ed25519;
pub mod explain;
mod header;
pub mod http_message;
pub mod key;
pub mod reason;
mod received;
pub mod scheme;
pub mod standard_webhooks;
mod variant;
