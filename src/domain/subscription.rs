//! Where and how the sandbox notifies the partner: one subscription per account and outgoing service.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::span::Span;
use super::stamp::Resolution;

/// A service that calls the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutService {
    /// A candidate booked, moved, cancelled, took or missed an exam.
    BookingNotification,
}

impl OutService {
    /// The name in paths of the control API and in fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Self::BookingNotification => "booking_notification",
        }
    }
}

impl fmt::Display for OutService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for OutService {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "booking_notification" => Ok(Self::BookingNotification),
            _ => Err(()),
        }
    }
}

/// A subscription to an outgoing service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The partner's URL, its query string included.
    #[schema(example = "http://localhost:9090/notifications")]
    pub url: String,
    /// Whether notifications are sent at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Notifications wait until the subscription is resumed.
    #[serde(default)]
    pub paused: bool,
    /// How the sandbox shows the partner who it is.
    #[serde(default)]
    pub auth: Auth,
    /// How the notification is signed.
    #[serde(default)]
    pub signing: Signing,
    /// PUT, as documented, or POST.
    #[serde(default)]
    pub method: Method,
    /// Which answers count as delivered.
    #[serde(default)]
    pub success: Success,
    /// From connect to the last byte of the answer.
    #[serde(default = "five_seconds")]
    #[schema(value_type = String, example = "5s")]
    pub timeout: Span,
    /// Whether failed notifications are sent again without being asked.
    #[serde(default)]
    pub retry: Retry,
    /// When they are: the waits before the second, third, ... attempt, on the account's clock.
    #[serde(default = "retry_schedule")]
    #[schema(value_type = Vec<String>)]
    pub retry_schedule: Vec<Span>,
    /// The resolution of `booking_on` and `effective_date`.
    #[serde(default)]
    pub timestamps: Resolution,
    /// Adds `address_1` to `address_3`, `city`, `state`, `country`, `postal_code`.
    #[serde(default)]
    pub structured_address: bool,
    /// How many notifications may be under way at once.
    #[serde(default = "sixteen")]
    pub concurrency: u16,
}

impl Subscription {
    /// A subscription with the defaults of the contract.
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            enabled: true,
            paused: false,
            auth: Auth::default(),
            signing: Signing::default(),
            method: Method::default(),
            success: Success::default(),
            timeout: five_seconds(),
            retry: Retry::default(),
            retry_schedule: retry_schedule(),
            timestamps: Resolution::default(),
            structured_address: false,
            concurrency: sixteen(),
        }
    }

    /// What is wrong with it: the member and what was expected.
    pub fn fault(&self) -> Option<String> {
        let host = self
            .url
            .strip_prefix("http://")
            .or_else(|| self.url.strip_prefix("https://"))
            .and_then(|rest| rest.split(['/', '?', '#']).next());
        if host.is_none_or(str::is_empty) || self.url.contains(char::is_whitespace) {
            return Some(format!("url: expected http://host/path or https://host/path, got {:?}", self.url));
        }
        if host.is_some_and(|host| host.contains('@')) {
            return Some("url: expected no credentials in it; give them as auth".to_owned());
        }
        if self.concurrency == 0 {
            return Some("concurrency: expected 1 or more, got 0".to_owned());
        }
        if self.timeout.0.is_zero() {
            return Some("timeout: expected more than 0s, got 0s".to_owned());
        }
        if let Auth::Header { name, value } = &self.auth
            && (name.is_empty()
                || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                || !is_header_value(value))
        {
            return Some(format!("auth: expected a header name and a value of visible characters, got name {name:?}"));
        }
        if let Auth::Bearer { token } = &self.auth
            && !is_header_value(token)
        {
            return Some("auth.token: expected visible characters".to_owned());
        }
        let Signing::StandardWebhooks { secret, previous_secret } = &self.signing else { return None };
        secret.iter().chain(previous_secret).find_map(|secret| secret_fault("signing.secret", secret))
    }
}

/// What is wrong with a signing secret.
pub fn secret_fault(member: &str, secret: &str) -> Option<String> {
    use base64::Engine as _;
    let key = secret.strip_prefix("whsec_").and_then(|key| base64::engine::general_purpose::STANDARD.decode(key).ok());
    match key {
        Some(key) if (16..=128).contains(&key.len()) => None,
        _ => Some(format!("{member}: expected whsec_ and 16 to 128 bytes in base64")),
    }
}

fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| (32..127).contains(&b))
}

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
}

/// How a notification is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Signing {
    /// Standard Webhooks, HMAC-SHA256.
    StandardWebhooks {
        /// `whsec_` and base64; the account's secret where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        /// The secret before the last rotation: while it stands, both sign.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_secret: Option<String>,
    },
    /// Not at all.
    None,
}

impl Default for Signing {
    fn default() -> Self {
        Self::StandardWebhooks { secret: None, previous_secret: None }
    }
}

/// The method of a notification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// As documented.
    #[default]
    Put,
    /// Needed by a real receiver.
    Post,
}

/// Which answers count as delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Success {
    /// 200 exactly, as documented.
    #[default]
    #[serde(rename = "200")]
    Ok,
    /// Any 2xx.
    #[serde(rename = "2xx")]
    Any2xx,
}

/// Whether failed notifications are sent again without being asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// They wait in the error queue.
    #[default]
    Manual,
    /// 500, a timeout and no connection are tried again on a schedule, then wait in the error queue.
    Automatic,
}

fn yes() -> bool {
    true
}

fn five_seconds() -> Span {
    Span::seconds(5)
}

fn retry_schedule() -> Vec<Span> {
    [5, 60, 600, 3600].map(Span::seconds).to_vec()
}

fn sixteen() -> u16 {
    16
}
