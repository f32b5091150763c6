//! Signing outgoing requests: bytes, a key and an instant become headers, and back. Pure.

pub mod ed25519;
pub mod explain;
pub mod http_message;
mod received;
pub mod standard_webhooks;
mod variant;
