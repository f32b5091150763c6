//! HTTP Message Signatures (RFC 9421) with a content digest (RFC 9530).
//!
//! Source: RFC 9421 §2.5 (signature base), §3.3.3 (hmac-sha256), §3.3.6 (ed25519); RFC 9530 §2.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::ed25519;
use super::key::Algorithm;

/// What a notification's signature covers, in this order.
pub const COVERED: [&str; 5] = ["@method", "@target-uri", "content-type", "content-digest", "webhook-id"];

/// HMAC-SHA256 over some bytes.
pub fn hmac(key: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(bytes);
    Some(mac)
}

/// The value of `content-digest`.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// The signature base: one line for each component, then the parameters.
pub fn base<'a>(components: impl IntoIterator<Item = (&'a str, &'a str)>, parameters: &str) -> String {
    let mut base = String::new();
    for (name, value) in components {
        // Writing to a string cannot fail.
        let _written = writeln!(base, "\"{name}\": {value}");
    }
    base + "\"@signature-params\": " + parameters
}

/// The values of `signature-input` and `signature`: `sig1` by the first key, `sig2` by the key from before the rotation.
///
/// `values` are those of [`COVERED`]. `None` without keys, or if one of them is malformed.
pub fn sign(
    algorithm: Algorithm,
    keys: &[String],
    key_id: &str,
    created: i64,
    values: [&str; 5],
) -> Option<(String, String)> {
    let (mut inputs, mut signatures) = (Vec::new(), Vec::new());
    for (index, key) in keys.iter().enumerate() {
        let label = index + 1;
        let suffix = if index == 0 { "" } else { "-previous" };
        let names = COVERED.map(|name| format!("\"{name}\"")).join(" ");
        let parameters = format!("({names});created={created};keyid=\"{key_id}{suffix}\";alg=\"{}\"", algorithm.name());
        let base = base(COVERED.into_iter().zip(values), &parameters);
        let signature = sign_base(algorithm, key, base.as_bytes())?;
        inputs.push(format!("sig{label}={parameters}"));
        signatures.push(format!("sig{label}=:{}:", STANDARD.encode(signature)));
    }
    (!inputs.is_empty()).then(|| (inputs.join(", "), signatures.join(", ")))
}

/// The signature of a base; `None` if the key is malformed.
fn sign_base(algorithm: Algorithm, key: &str, base: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        Algorithm::HmacSha256 => {
            let key = STANDARD.decode(key.strip_prefix("whsec_")?).ok()?;
            Some(hmac(&key, base)?.finalize().into_bytes().to_vec())
        }
        Algorithm::Ed25519 => Some(ed25519::private_key(key)?.sign(base).as_ref().to_vec()),
    }
}

/// The members of a dictionary header, each with its label: split at the commas outside quotes.
///
/// Source: RFC 8941 §3.2.
pub fn members(text: &str) -> Vec<(&str, &str)> {
    let (mut start, mut is_quoted) = (0, false);
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found.into_iter().filter_map(|member| member.trim().split_once('=')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_hmac_example_comes_out() {
        // Source: RFC 9421 B.2.5, key test-shared-secret (B.1.5).
        let key = "whsec_uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
        let base = base(
            [
                ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
                ("@authority", "example.com"),
                ("content-type", "application/json"),
            ],
            r#"("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
        );
        let signature = sign_base(Algorithm::HmacSha256, key, base.as_bytes()).expect("signed");
        assert_eq!(STANDARD.encode(signature), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    }

    #[test]
    fn the_published_ed25519_example_comes_out() {
        // Source: RFC 9421 B.2.6, key test-key-ed25519 (B.1.4): the seed is the last 32 bytes of its PKCS #8.
        let key = "whsk_n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU=";
        let base = base(
            [
                ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
                ("@method", "POST"),
                ("@path", "/foo"),
                ("@authority", "example.com"),
                ("content-type", "application/json"),
                ("content-length", "18"),
            ],
            r#"("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
        );
        let signature = sign_base(Algorithm::Ed25519, key, base.as_bytes()).expect("signed");
        assert_eq!(
            STANDARD.encode(signature),
            "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
        );
    }

    #[test]
    fn the_published_digests_come_out() {
        // Source: RFC 9530 appendix B (with the newline), RFC 9421 §1.4 (without).
        assert_eq!(
            content_digest(b"{\"hello\": \"world\"}\n"),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
        assert_eq!(content_digest(b"{\"hello\": \"world\"}"), "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
    }
}
