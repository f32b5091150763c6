//! How the sandbox authenticates to the partner, and which certificates it trusts: `auth` and `tls` of a subscription.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::value::hidden::{self, MASK};
use crate::domain::value::url;
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
    /// All that is wrong with it: each time the member and what was expected.
    pub fn misfits(&self) -> Vec<String> {
        let visible = |member: &str, text: &str| {
            (!is_header_value(text)).then(|| format!("{member}: expected visible characters of ASCII, got others"))
        };
        match self {
            Self::None | Self::Basic { .. } => Vec::new(),
            Self::Bearer { token } => visible("auth.token", token).into_iter().collect(),
            Self::Header { name, value } => {
                let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                let of_name = if name.is_empty() || !name.bytes().all(is_name) {
                    Some(format!(
                        "auth.name: expected letters, digits, - and _ as in the name of a header, got {name:?}"
                    ))
                } else {
                    is_reserved(name).then(|| {
                        format!(
                            "auth.name: expected a header that neither frames the request nor is signed, got {name:?}"
                        )
                    })
                };
                of_name.into_iter().chain(visible("auth.value", value)).collect()
            }
            Self::OAuth2(credentials) => credentials.misfits(),
        }
    }

    /// The same with its secrets hidden.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut shown = self.clone();
        shown.secrets_mut().into_iter().filter(|secret| !secret.is_empty()).for_each(|secret| MASK.clone_into(secret));
        if let Self::OAuth2(credentials) = &mut shown {
            credentials.token_url = hidden::hide_query(&credentials.token_url).into_owned();
        }
        shown
    }

    /// Whether a secret is what hidden ones are shown as: somebody sends back what was shown.
    pub fn is_masked(&self) -> bool {
        !self.hidden_members().is_empty()
    }

    /// The members whose secrets are hidden, by their paths in a subscription.
    pub fn hidden_members(&self) -> Vec<&'static str> {
        let members = match self {
            Self::None => Vec::new(),
            Self::Basic { username, password } if password.is_empty() => vec![("auth.username", username == MASK)],
            Self::Basic { password, .. } => vec![("auth.password", password == MASK)],
            Self::Bearer { token } => vec![("auth.token", token == MASK)],
            Self::Header { value, .. } => vec![("auth.value", value == MASK)],
            Self::OAuth2(credentials) => vec![
                ("auth.token_url", credentials.token_url.contains(&format!("={MASK}"))),
                ("auth.client_secret", credentials.client_secret == MASK),
                (
                    "auth.params",
                    credentials.params.iter().any(|(name, value)| hidden::is_secret(name) && value == MASK),
                ),
            ],
        };
        members.into_iter().filter(|(_, is_hidden)| *is_hidden).map(|(member, _)| member).collect()
    }

    fn secrets_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::None => Vec::new(),
            // Without a password, the user name is the key.
            Self::Basic { username, password } => vec![if password.is_empty() { username } else { password }],
            Self::Bearer { token } => vec![token],
            Self::Header { value, .. } => vec![value],
            Self::OAuth2(credentials) => {
                let params = credentials.params.iter_mut().filter(|(name, _)| hidden::is_secret(name));
                std::iter::once(&mut credentials.client_secret).chain(params.map(|(_, value)| value)).collect()
            }
        }
    }
}

/// Whether a header belongs to the message itself: it frames it, says what it is, or is signed.
fn is_reserved(name: &str) -> bool {
    const BEGIN: [&str; 4] = ["content-", "webhook-", "proxy-", "sec-"];
    const WHOLE: [&str; 15] = [
        "connection",
        "date",
        "digest",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "signature",
        "signature-input",
        "te",
        "traceparent",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-experience-api-version",
    ];
    let name = name.to_ascii_lowercase();
    BEGIN.iter().any(|begin| name.starts_with(begin)) || WHOLE.contains(&name.as_str())
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

    fn misfits(&self) -> Vec<String> {
        let mut wrong: Vec<_> = url::misfit("auth.token_url", &self.token_url).into_iter().collect();
        for (member, text) in [("client_id", &self.client_id), ("client_secret", &self.client_secret)] {
            if text.is_empty() {
                wrong.push(format!("auth.{member}: expected a text that is not empty, got \"\""));
            }
        }
        let reserved = ["grant_type", "client_id", "client_secret", "scope"];
        let names = self.params.keys().filter(|name| reserved.contains(&name.as_str()));
        wrong.extend(names.map(|name| {
            format!(
                "auth.params.{name}: expected other members than {}, which are members of auth",
                reserved.join(", ")
            )
        }));
        wrong
    }
}

impl Tls {
    /// All that is wrong with it: each time the member and what was expected.
    pub fn misfits(&self) -> Vec<String> {
        // Whom it believes and what it shows have nothing to do with each other.
        let Pem { client_cert, client_key, ca } = self.pem();
        let parts = [Pem { ca, ..Pem::default() }, Pem { client_cert, client_key, ca: None }];
        parts.into_iter().filter_map(|pem| certificate::read(pem).err()).collect()
    }

    /// Its texts, to be read.
    pub fn pem(&self) -> Pem<'_> {
        let Self { client_cert, client_key, ca, insecure: _ } = self;
        Pem { client_cert: client_cert.as_deref(), client_key: client_key.as_deref(), ca: ca.as_deref() }
    }

    /// The same with its private key hidden.
    #[must_use]
    pub fn masked(&self) -> Self {
        Self { client_key: self.client_key.as_ref().map(|_| MASK.to_owned()), ..self.clone() }
    }

    /// Whether it asks for nothing.
    pub fn is_plain(&self) -> bool {
        self.client_cert.is_none() && self.ca.is_none() && !self.insecure
    }
}

/// Whether a text can be the value of a header.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| (32..127).contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_belongs_to_the_message_is_refused() {
        let auth = |name: &str| Auth::Header { name: name.to_owned(), value: "v".to_owned() };
        for name in [
            "content-length",
            "Content-Type",
            "content-digest",
            "Transfer-Encoding",
            "connection",
            "host",
            "Webhook-Id",
            "webhook-signature",
            "signature",
            "signature-input",
            "expect",
            "traceparent",
        ] {
            let told = auth(name).misfits().pop().unwrap_or_else(|| panic!("{name} was taken"));
            assert!(told.starts_with("auth.name: ") && told.contains(name), "{told}");
        }
        for name in ["authorization", "X-Api-Key", "apikey", "x-partner-signature", "cookie", "user-agent"] {
            assert!(auth(name).misfits().is_empty(), "{name}");
        }
    }

    #[test]
    fn every_secret_is_masked_and_nothing_else() {
        let mut client = ClientCredentials::new("http://h", "me", "s3cret");
        client.params =
            [("audience", "you"), ("client_assertion", "s3cret")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        for auth in [
            Auth::Basic { username: "me".to_owned(), password: "s3cret".to_owned() },
            Auth::Basic { username: "s3cret".to_owned(), password: String::new() },
            Auth::Bearer { token: "s3cret".to_owned() },
            Auth::Header { name: "x".to_owned(), value: "s3cret".to_owned() },
            Auth::OAuth2(client),
        ] {
            let shown = serde_json::to_string(&auth.masked()).unwrap();
            assert!(!shown.contains("s3cret") && shown.contains(MASK) && auth.masked().is_masked(), "{shown}");
            assert!(!auth.is_masked());
            assert!(!shown.contains("audience") || shown.contains("you"), "{shown}");
        }
    }
}
