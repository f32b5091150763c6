//! Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
//!
//! Source: the Standard Webhooks specification, symmetric signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far `webhook-timestamp` may be from the receiver's clock, in seconds.
pub const TOLERANCE: i64 = 300;

/// Why a notification does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The secret is not `whsec_` and base64.
    #[error("the secret is not whsec_ and base64")]
    Secret,
    /// The timestamp is not a number.
    #[error("webhook-timestamp is not a number of seconds")]
    Timestamp,
    /// The timestamp is too old or too new.
    #[error("webhook-timestamp is {0} seconds from now; at most 300 are allowed")]
    Skew(i64),
    /// None of the signatures fits.
    #[error("no signature fits the body")]
    Signature,
}

/// The value of `webhook-signature`: one signature a secret, the newest first.
///
/// # Errors
/// [`Invalid::Secret`].
pub fn sign(secrets: &[String], id: &str, timestamp: i64, body: &[u8]) -> Result<String, Invalid> {
    let mut value = String::with_capacity(48 * secrets.len());
    for secret in secrets {
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str("v1,");
        STANDARD.encode_string(mac(secret, id, timestamp, body)?.finalize().into_bytes(), &mut value);
    }
    Ok(value)
}

/// Verifies a received notification as a receiver should: timestamp first, then any of the signatures, in constant
/// time, over the body's own bytes.
///
/// # Errors
/// [`Invalid`].
pub fn verify(secret: &str, id: &str, timestamp: &str, signature: &str, body: &[u8], now: i64) -> Result<(), Invalid> {
    let at: i64 = timestamp.parse().map_err(|_| Invalid::Timestamp)?;
    let skew = now.saturating_sub(at);
    if skew.saturating_abs() > TOLERANCE {
        return Err(Invalid::Skew(skew));
    }
    let mac = mac(secret, id, at, body)?;
    let fits = signature
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .filter_map(|one| STANDARD.decode(one).ok())
        .any(|one| mac.clone().verify_slice(&one).is_ok());
    if fits { Ok(()) } else { Err(Invalid::Signature) }
}

fn mac(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<Hmac<Sha256>, Invalid> {
    let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok()).ok_or(Invalid::Secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Invalid::Secret)?;
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_published_example_comes_out() {
        // Source: the example of the Standard Webhooks libraries.
        let signed =
            sign(&[SECRET.to_owned()], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn an_independent_library_accepts_what_we_sign() {
        let now = chrono::DateTime::from_timestamp(0, 0).map_or(0, |_| {
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
        });
        let body = "{\"name\":\"Zoë\"}".as_bytes();
        let signed = sign(&[SECRET.to_owned()], "msg_1", now, body).expect("signed");
        let webhook = standardwebhooks::Webhook::new(SECRET).expect("a secret");
        let mut headers = http::HeaderMap::new();
        for (name, value) in
            [("webhook-id", "msg_1".to_owned()), ("webhook-timestamp", now.to_string()), ("webhook-signature", signed)]
        {
            headers.insert(name, value.parse().expect("a value"));
        }
        webhook.verify(body, &headers).expect("verifies");
    }

    #[test]
    fn what_was_tampered_with_does_not_verify() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
        let both = sign(&[other.clone(), SECRET.to_owned()], "msg_1", 1000, b"{}").expect("signed");
        let check = |secret: &str, id, at, signature: &str, body, now| verify(secret, id, at, signature, body, now);
        assert_eq!(check(SECRET, "msg_1", "1000", &both, b"{}", 1300), Ok(()));
        assert_eq!(check(SECRET, "msg_1", "1000", &both, b"{ }", 1000), Err(Invalid::Signature));
        assert_eq!(check(SECRET, "msg_2", "1000", &both, b"{}", 1000), Err(Invalid::Signature));
        assert_eq!(check(SECRET, "msg_1", "1000", &both, b"{}", 1301), Err(Invalid::Skew(301)));
        assert_eq!(check(SECRET, "msg_1", "1000", &both, b"{}", 699), Err(Invalid::Skew(-301)));
        assert_eq!(check(SECRET, "msg_1", "soon", &both, b"{}", 1000), Err(Invalid::Timestamp));
        assert_eq!(check("secret", "msg_1", "1000", &both, b"{}", 1000), Err(Invalid::Secret));
    }
}
