//! Reading the headers of a received notification, and the encodings of the signatures in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::reason::{Diagnosis, VerificationReason};

/// The value of a header (its name in lower case).
///
/// # Errors
/// The header is missing.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Result<&'a str, Diagnosis> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).ok_or_else(|| {
        let hint = format!(
            "the header {name} is missing: was it dropped on the way, or is signing.type of the subscription another?"
        );
        (VerificationReason::MissingHeader, hint)
    })
}

/// The bytes of a signature in hex.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() >= 64 && text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| (0..text.len()).step_by(2).filter_map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect())
}

/// The bytes of padded base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
