//! Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
//!
//! Source: the Standard Webhooks specification, symmetric signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far `webhook-timestamp` may be from the receiver's clock, in seconds.
pub const TOLERANCE: i64 = 300;

/// Why a notification cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The secret is not `whsec_` and base64.
    #[error("the secret is not whsec_ and base64")]
    Secret,
}

/// The value of `webhook-signature`: one signature for each secret, the newest first.
///
/// # Errors
/// [`SigningError::Secret`], if one of the secrets is malformed.
pub fn sign(secrets: &[String], id: &str, timestamp: i64, body: &[u8]) -> Result<String, SigningError> {
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

fn mac(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<Hmac<Sha256>, SigningError> {
    let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok()).ok_or(SigningError::Secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SigningError::Secret)?;
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
}
