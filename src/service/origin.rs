//! Where what happens comes from: the trace of the call, which is passed on to the notifications, and the address that
//! it came by, with which links in them begin.
//!
//! Source: W3C Trace Context. Both go from the middleware to the delivery row without every operation having to carry
//! them.

use std::sync::Arc;

/// What is known of the call that is being played.
#[derive(Debug, Default)]
pub struct Origin {
    /// Its `traceparent`.
    pub trace: Option<Arc<str>>,
    /// The URL under which the caller reaches this server, without a slash at the end; only of calls that may change
    /// something.
    pub base_url: Option<Box<str>>,
}

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Plays a call as the origin of what happens.
pub async fn under<F: Future>(origin: Origin, call: F) -> F::Output {
    match origin {
        Origin { trace: None, base_url: None } => call.await,
        origin => ORIGIN.scope(origin, call).await,
    }
}

/// The trace of the call that is being played.
pub fn trace() -> Option<Arc<str>> {
    ORIGIN.try_with(|origin| origin.trace.clone()).ok()?
}

/// The URL under which the caller of the call that is being played reaches this server.
pub fn base_url() -> Option<String> {
    ORIGIN.try_with(|origin| origin.base_url.as_deref().map(str::to_owned)).ok()?
}

/// Whether a header is one of version 00: `00-<32 hex>-<16 hex>-<2 hex>`.
pub fn is_valid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    parts.len() == 4
        && parts.iter().map(|part| part.len()).eq([2, 32, 16, 2])
        && parts.iter().all(|part| is_hex(part))
        && parts[1].bytes().any(|b| b != b'0')
        && parts[2].bytes().any(|b| b != b'0')
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn only_a_well_formed_trace_is_passed_on() {
        for (text, valid) in [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("trace\r\nx: y", false),
        ] {
            assert_eq!(is_valid(text), valid, "{text}");
        }
    }
}
