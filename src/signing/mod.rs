//! Signing outgoing requests: bytes, a key and an instant become headers, and back. Pure.

pub mod certificate;
pub mod ed25519;
pub mod explain;
pub mod http_message;
pub mod key;
mod received;
pub mod standard_webhooks;
mod variant;
