//! The signing settings of a subscription: the scheme and its keys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The misfit of a signing secret, if any.
pub fn secret_misfit(member: &str, secret: &str) -> Option<String> {
    use base64::Engine as _;
    let key = secret.strip_prefix("whsec_").and_then(|key| base64::engine::general_purpose::STANDARD.decode(key).ok());
    match key {
        Some(key) if (16..=128).contains(&key.len()) => None,
        _ => Some(format!("{member}: expected whsec_ and 16 to 128 bytes in base64")),
    }
}

/// The misfit of a private key, if any.
fn private_key_fault(member: &str, key: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = key.strip_prefix("whsk_").and_then(|key| base64::engine::general_purpose::STANDARD.decode(key).ok());
    match bytes.map(|bytes| bytes.len()) {
        Some(32 | 64) => None,
        _ => Some(format!("{member}: expected whsk_ and 32 bytes (seed) or 64 bytes (seed, public key) in base64")),
    }
}

/// How a notification is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Signing {
    /// Standard Webhooks, HMAC-SHA256.
    StandardWebhooks {
        /// `whsec_` and base64; the account's secret if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        /// The secret from before the last rotation; as long as it is set, both sign.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_secret: Option<String>,
    },
    /// Standard Webhooks, ed25519 (`v1a`).
    Ed25519(KeyPair),
    /// HTTP Message Signatures (RFC 9421) with a content digest (RFC 9530).
    HttpMessageSignatures(MessageSigning),
    /// Not at all.
    None,
}

/// An ed25519 key pair, and the pair from before the last rotation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyPair {
    /// `whsk_` and base64 of the seed, with or without the public key after it; generated if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The key from before the last rotation; as long as it is set, both sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<String>,
    /// `whpk_` and base64, for the receiver to verify with; computed by the sandbox, whatever was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The public key of `previous_secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_public_key: Option<String>,
}

/// How HTTP Message Signatures are made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSigning {
    /// The algorithm, the parameter `alg`.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// The parameter `keyid`; `atlas-sandbox` if absent. The key from before the last rotation has the suffix `-previous`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `hmac-sha256`: `whsec_` and base64, the account's secret if absent. `ed25519`: `whsk_` and base64, generated if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The secret from before the last rotation; as long as it is set, both sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<String>,
    /// `ed25519`: `whpk_` and base64; computed by the sandbox, whatever was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The public key of `previous_secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_public_key: Option<String>,
}

/// The algorithm of an HTTP Message Signature, by its registered name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC with a shared secret.
    #[default]
    HmacSha256,
    /// A key pair.
    Ed25519,
}

impl Algorithm {
    /// The registered name, the parameter `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// What kind of keys a signature needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `whsec_`.
    Shared,
    /// `whsk_` and `whpk_`.
    Pair,
}

impl Signing {
    /// The kind of its keys; `None` if unsigned.
    pub fn kind(&self) -> Option<KeyKind> {
        match self {
            Self::StandardWebhooks { .. } => Some(KeyKind::Shared),
            Self::Ed25519(_) => Some(KeyKind::Pair),
            Self::HttpMessageSignatures(signing) => Some(match signing.algorithm {
                Algorithm::HmacSha256 => KeyKind::Shared,
                Algorithm::Ed25519 => KeyKind::Pair,
            }),
            Self::None => None,
        }
    }

    /// Its own secrets: the newest, and the one before the last rotation.
    pub fn secrets(&self) -> (Option<&String>, Option<&String>) {
        match self {
            Self::StandardWebhooks { secret, previous_secret }
            | Self::Ed25519(KeyPair { secret, previous_secret, .. })
            | Self::HttpMessageSignatures(MessageSigning { secret, previous_secret, .. }) => {
                (secret.as_ref(), previous_secret.as_ref())
            }
            Self::None => (None, None),
        }
    }

    /// Mutable access to [`Self::secrets`]; `None` if unsigned.
    pub fn secrets_mut(&mut self) -> Option<(&mut Option<String>, &mut Option<String>)> {
        match self {
            Self::StandardWebhooks { secret, previous_secret }
            | Self::Ed25519(KeyPair { secret, previous_secret, .. })
            | Self::HttpMessageSignatures(MessageSigning { secret, previous_secret, .. }) => {
                Some((secret, previous_secret))
            }
            Self::None => None,
        }
    }

    /// Sets the public keys that belong to the secrets.
    pub fn publish(&mut self, public: impl Fn(&str) -> Option<String>) {
        let is_pair = self.kind() == Some(KeyKind::Pair);
        let (Self::Ed25519(KeyPair { secret, previous_secret, public_key, previous_public_key })
        | Self::HttpMessageSignatures(MessageSigning {
            secret,
            previous_secret,
            public_key,
            previous_public_key,
            ..
        })) = self
        else {
            return;
        };
        *public_key = secret.as_deref().filter(|_| is_pair).and_then(&public);
        *previous_public_key = previous_secret.as_deref().filter(|_| is_pair).and_then(&public);
    }

    /// All misfits: each time the member, and what was expected.
    pub fn misfits(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Self::HttpMessageSignatures(MessageSigning { key_id: Some(id), .. }) = self
            && (id.is_empty() || !id.bytes().all(|b| (32..127).contains(&b)) || id.contains(['"', '\\']))
        {
            wrong.push(format!("signing.key_id: expected visible characters without quotes, got {id:?}"));
        }
        let check = match self.kind() {
            Some(KeyKind::Shared) => secret_misfit,
            Some(KeyKind::Pair) => private_key_fault,
            None => return wrong,
        };
        let (secret, previous) = self.secrets();
        let named = [("signing.secret", secret), ("signing.previous_secret", previous)];
        wrong.extend(named.into_iter().filter_map(|(name, text)| check(name, text?)));
        wrong
    }
}

impl Default for Signing {
    fn default() -> Self {
        Self::StandardWebhooks { secret: None, previous_secret: None }
    }
}
