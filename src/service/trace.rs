//! The caller's trace: `traceparent` is taken from a call and passed on to the notifications that it caused.
//!
//! Source: W3C Trace Context; the header goes from the middleware to the delivery row without every operation
//! having to carry it.

use std::sync::Arc;

tokio::task_local! {
    static PARENT: Arc<str>;
}

/// Plays a call under its caller's trace.
pub async fn under<F: Future>(parent: Option<Arc<str>>, call: F) -> F::Output {
    match parent {
        Some(parent) => PARENT.scope(parent, call).await,
        None => call.await,
    }
}

/// The trace of the call that is being played.
pub fn parent() -> Option<Arc<str>> {
    PARENT.try_with(Arc::clone).ok()
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
