//! How the sandbox authenticates to the partner, and which certificates it trusts: `auth` and `tls` of a subscription.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::signing::certificate::{self, Pem};

/// How the sandbox shows the partner who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// HTTP Basic.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: String,
    },
    /// A bearer token.
    Bearer {
        /// The token.
        token: String,
    },
    /// A header of any name.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A bearer token of the partner's token endpoint: OAuth2 client credentials.
    OAuth2(ClientCredentials),
}

/// OAuth2 client credentials (RFC 6749 §4.4).
///
/// A token is fetched once, kept until shortly before it ends, and renewed once where the receiver answers 401.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentials {
    /// The partner's token endpoint.
    #[schema(example = "https://partner.example/oauth2/token")]
    pub token_url: String,
    /// The client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The scopes, separated by blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Where the token endpoint finds the client and its secret.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// More members of the form: `audience`, `resource`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// Where a token endpoint finds the client and its secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// In the `authorization` header, each form-encoded (RFC 6749 §2.3.1).
    #[default]
    Basic,
    /// In the form, as `client_id` and `client_secret`.
    Body,
}

/// Whom the sandbox believes, and what it shows, where a subscription or its token endpoint is at an https URL.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// What is shown to a server that asks for a client certificate: PEM, the certificate first, then its issuers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<String>,
    /// The private key of `client_cert`, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
    /// Authorities that are believed in addition to the usual ones, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Believes any certificate.
    #[serde(default)]
    pub insecure: bool,
}

/// Secrets stay out of it.
impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Secrets stay out of it.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("insecure", &self.insecure).finish_non_exhaustive()
    }
}

impl Auth {
    /// What is wrong with it: the member and what was expected.
    pub fn misfit(&self) -> Option<String> {
        match self {
            Self::Header { name, value }
                if name.is_empty()
                    || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                    || !is_header_value(value) =>
            {
                Some(format!("auth: expected a header name and a value of visible characters, got name {name:?}"))
            }
            Self::Bearer { token } if !is_header_value(token) => {
                Some("auth.token: expected visible characters".to_owned())
            }
            Self::OAuth2(credentials) => credentials.misfit(),
            _ => None,
        }
    }
}

impl ClientCredentials {
    /// Credentials with the defaults of the contract.
    pub fn new(token_url: impl Into<String>, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            token_url: token_url.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scope: None,
            client_auth: ClientAuth::default(),
            params: BTreeMap::new(),
        }
    }

    fn misfit(&self) -> Option<String> {
        if let Some(wrong) = url_fault("auth.token_url", &self.token_url) {
            return Some(wrong);
        }
        if self.client_id.is_empty() || self.client_secret.is_empty() {
            return Some("auth: expected a client_id and a client_secret, got an empty one".to_owned());
        }
        let reserved = ["grant_type", "client_id", "client_secret", "scope"];
        self.params
            .keys()
            .find(|name| reserved.contains(&name.as_str()))
            .map(|name| format!("auth.params: expected other members than {}, got {name}", reserved.join(", ")))
    }
}

impl Tls {
    /// What is wrong with it: the member and what was expected.
    pub fn misfit(&self) -> Option<String> {
        certificate::read(self.pem()).err()
    }

    /// Its texts, to be read.
    pub fn pem(&self) -> Pem<'_> {
        let Self { client_cert, client_key, ca, insecure: _ } = self;
        Pem { client_cert: client_cert.as_deref(), client_key: client_key.as_deref(), ca: ca.as_deref() }
    }

    /// Whether it asks for nothing.
    pub fn is_plain(&self) -> bool {
        self.client_cert.is_none() && self.ca.is_none() && !self.insecure
    }
}

/// What is wrong with a URL that is called; it is not repeated where it holds credentials.
pub fn url_fault(member: &str, url: &str) -> Option<String> {
    let host = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
        .and_then(|rest| rest.split(['/', '?', '#']).next());
    if host.is_some_and(|host| host.contains('@')) {
        return Some(format!("{member}: expected no credentials in it; give them as auth"));
    }
    (host.is_none_or(str::is_empty) || url.contains(char::is_whitespace))
        .then(|| format!("{member}: expected http://host/path or https://host/path, got {url:?}"))
}

/// Whether a text can be the value of a header.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| (32..127).contains(&b))
}
