//! The ways a notification can be signed, by their names and by the headers they leave.

use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;

use super::header::header;

/// How a notification is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Standard Webhooks, HMAC-SHA256.
    #[default]
    StandardWebhooks,
    /// Standard Webhooks, ed25519.
    Ed25519,
    /// RFC 9421.
    HttpMessageSignatures,
}

impl Scheme {
    /// The scheme that the headers of a notification point to; `None` if they hold no signature.
    pub fn of(headers: &[(String, String)]) -> Option<Self> {
        let value = |name| header(headers, name).ok();
        if value("signature-input").is_some() || value("signature").is_some() {
            return Some(Self::HttpMessageSignatures);
        }
        let is_pair = value("webhook-signature")?.starts_with("v1a,");
        Some(if is_pair { Self::Ed25519 } else { Self::StandardWebhooks })
    }
}

impl FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "standard-webhooks" => Ok(Self::StandardWebhooks),
            "ed25519" => Ok(Self::Ed25519),
            "http-message-signatures" => Ok(Self::HttpMessageSignatures),
            _ => Err(format!("expected standard-webhooks, ed25519 or http-message-signatures, got {text:?}")),
        }
    }
}
