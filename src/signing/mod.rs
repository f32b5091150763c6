//! Signing outgoing requests: bytes, a key and an instant become headers, and back. Pure.

pub mod standard_webhooks;
