//! Signs the probe's calls as a subscription would, with any of the probe's keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::domain::record::subscription::{Algorithm, secret_misfit};
use crate::signing::scheme::Scheme;
use crate::signing::{ed25519, http_message, standard_webhooks};

/// The signing scheme and the keys of a probe.
#[derive(Debug)]
pub struct Signer {
    scheme: Scheme,
    /// The key that the receiver knows.
    pub secret: String,
    /// A key that it knows from before a rotation.
    pub old: Option<String>,
    /// A key that it does not know.
    pub stranger: String,
}

/// What a signature covers.
#[derive(Debug, Clone, Copy)]
pub struct SigningInput<'a> {
    /// The `webhook-id`.
    pub id: &'a str,
    /// When, in seconds since 1970.
    pub at: i64,
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// The `content-type`.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Signer {
    /// A signer with these keys; the stranger's key is derived from `run`.
    ///
    /// # Errors
    /// A key that does not fit the scheme, in words that do not repeat it.
    pub fn new(scheme: Scheme, secret: String, old: Option<String>, run: &str) -> Result<Self, String> {
        let is_pair = match scheme {
            Scheme::StandardWebhooks => false,
            Scheme::Ed25519 => true,
            Scheme::HttpMessageSignatures => secret.starts_with("whsk_"),
        };
        for (name, key) in [("secret", Some(&secret)), ("old-secret", old.as_ref())] {
            let Some(key) = key else { continue };
            if is_pair && ed25519::private_key(key).is_none() {
                return Err(format!(
                    "{name}: expected whsk_ and 32 or 64 bytes in base64: the probe is the one who signs"
                ));
            }
            if let Some(wrong) = secret_misfit(name, key).filter(|_| !is_pair) {
                return Err(wrong);
            }
        }
        if old.as_ref() == Some(&secret) {
            return Err("old-secret: expected another than secret".to_owned());
        }
        let prefix = if is_pair { "whsk_" } else { "whsec_" };
        let stranger = format!("{prefix}{}", STANDARD.encode(Sha256::digest(format!("a stranger of {run}"))));
        Ok(Self { scheme, secret, old, stranger })
    }

    /// The headers of a call that is signed with some keys.
    pub fn headers(&self, keys: &[String], input: SigningInput<'_>) -> Vec<(String, String)> {
        let SigningInput { id, at, method, url, content_type, body } = input;
        let mut headers = vec![("webhook-id".to_owned(), id.to_owned())];
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        // The keys were checked: each of these signs.
        match self.scheme {
            Scheme::StandardWebhooks => {
                add("webhook-timestamp", at.to_string());
                add("webhook-signature", standard_webhooks::sign(keys, id, at, body).unwrap_or_default());
            }
            Scheme::Ed25519 => {
                add("webhook-timestamp", at.to_string());
                add("webhook-signature", ed25519::sign(keys, id, at, body).unwrap_or_default());
            }
            Scheme::HttpMessageSignatures => {
                let algorithm =
                    if self.secret.starts_with("whsk_") { Algorithm::Ed25519 } else { Algorithm::HmacSha256 };
                let digest = http_message::content_digest(body);
                let values = [method, url, content_type, &digest, id];
                let (input, signature) =
                    http_message::sign(algorithm, keys, "atlas-sandbox", at, values).unwrap_or_default();
                add("content-digest", digest);
                add("signature-input", input);
                add("signature", signature);
            }
        }
        headers
    }
}
