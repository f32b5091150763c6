//! How an xAPI 1.0.3 statement is sent, and how its identifiers are made.
//!
//! Source: the xAPI 1.0.3 specification.

use crate::domain::value::chance::mix;

/// The header that an xAPI call carries.
///
/// Source: the xAPI 1.0.3 specification.
pub const VERSION: (&str, &str) = ("x-experience-api-version", "1.0.3");

/// The URL that a statement is put to: the partner's endpoint, its own query string kept.
pub fn statements_url(endpoint: &str, delivery: &str) -> String {
    // A fragment is never sent.
    let endpoint = endpoint.split('#').next().unwrap_or_default();
    let (path, query) = endpoint.split_once('?').unwrap_or((endpoint, ""));
    let more = if query.is_empty() { String::new() } else { format!("&{query}") };
    format!("{}/statements?statementId={}{more}", path.trim_end_matches('/'), statement_id(delivery))
}

/// The statement of a delivery: a new delivery, a new statement.
pub fn statement_id(delivery: &str) -> String {
    uuid_of(delivery)
}

/// A UUID that the same text always has.
pub fn uuid_of(text: &str) -> String {
    let half = |start: u64| text.bytes().fold(mix(start), |hash, byte| mix(hash ^ u64::from(byte)));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half(1).to_le_bytes());
    bytes[8..].copy_from_slice(&half(2).to_le_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_put_below_the_endpoint_whatever_its_query() {
        let id = statement_id("msg_1");
        assert_eq!(id.len(), 36);
        for (endpoint, expected) in [
            ("http://lrs/xapi", format!("http://lrs/xapi/statements?statementId={id}")),
            ("http://lrs/xapi/", format!("http://lrs/xapi/statements?statementId={id}")),
            ("http://lrs/xapi#top", format!("http://lrs/xapi/statements?statementId={id}")),
            ("http://lrs/xapi?tenant=1", format!("http://lrs/xapi/statements?statementId={id}&tenant=1")),
        ] {
            assert_eq!(statements_url(endpoint, "msg_1"), expected);
        }
        assert_ne!(statement_id("msg_2"), id);
    }
}
