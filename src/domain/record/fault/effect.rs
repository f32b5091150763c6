//! What a fault does: to a call that comes in, or to a notification that goes out.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::value::span::Span;

/// The gateway's codes that a fault may answer with.
///
/// Source: platform §2.
pub const GATEWAY_CODES: [u32; 18] = [
    101_503, 101_504, 700_700, 900_800, 900_802, 900_803, 900_804, 900_805, 900_807, 900_900, 900_901, 900_902,
    900_904, 900_906, 900_907, 900_908, 900_909, 900_910,
];
/// The longest that a call is held back.
pub(super) const LONGEST: Duration = Duration::from_mins(10);

/// How long a call is held back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Latency {
    /// Always as long.
    Fixed(Span),
    /// Anything between two.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Mostly about the median, at times much longer; ten minutes at most.
    Lognormal {
        /// Half of the calls take less.
        median: Span,
        /// The deviation of the logarithm, like 0.5.
        sigma: f64,
    },
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// It is closed without an answer.
    Drop,
}

/// What becomes of the answer's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Damage {
    /// Half of it is sent, then the connection is closed.
    Truncated,
    /// It is no JSON any more.
    Malformed,
    /// A page for people.
    Html,
    /// The members of the object come in reverse order.
    Unsorted,
}

/// What becomes of the token that the call showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenEffect {
    /// The call is answered as if the token had expired; the token lives on.
    Expired,
    /// The token and its refresh token are revoked; of a static token, this call alone is refused.
    Revoked,
}

/// What goes wrong; the members may be combined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Effect {
    /// An answer of this status, 400 to 599, with the body of its layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The `error` of the token endpoint's body; goes with `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// A fault of the gateway, by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<u32>,
    /// The answer has `Retry-After`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The call is held back before anything is done: `{"fixed": "2s"}`, `{"uniform": {"min", "max"}}`, or
    /// `{"lognormal": {"median", "sigma"}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        value_type = Option<Object>,
        example = json!({ "lognormal": { "median": "1500ms", "sigma": 0.5 } }),
    )]
    pub latency: Option<Latency>,
    /// What becomes of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// What becomes of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Damage>,
    /// The body comes bit by bit, over this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub slow_body: Option<Span>,
    /// What becomes of the token that the call showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenEffect>,
    /// The token that is issued ends after this many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// The call is carried out before it is answered with `status` or `gateway`, or not at all (`connection`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub applied: bool,
    /// What becomes of notifications; alone, without the members above, which are for calls that come in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<Misdelivery>,
}

/// What becomes of a notification; the members may be combined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Misdelivery {
    /// It is lost: never sent, though the change happened.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// It is sent this much later, on the account's clock; what follows it in order waits as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "30s")]
    pub delay: Option<Span>,
    /// Once delivered, it is sent so many times more, with the same `webhook-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub duplicate: Option<u32>,
    /// It is sent after the so many next ones of its eligibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub reorder: Option<u32>,
    /// It is held until `POST .../subscriptions/{service}/flush`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// Signed with a key that nobody was told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wrong_key: bool,
    /// Signed with the key before the last rotation alone; a wrong one where there was no rotation.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub old_key: bool,
    /// The signature's timestamp is off by so many seconds; below 0 it is in the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = -600)]
    pub skewed_timestamp: Option<i64>,
    /// A letter of the body is another one than was signed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub altered_body: bool,
    /// Half of the body is sent, with a `content-length` that fits; the whole was signed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated_body: bool,
    /// The way to the receiver comes and goes: so many notifications pass, so many are not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flapping: Option<Flapping>,
}

/// A way that comes and goes, counted in notifications that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Flapping {
    /// So many pass.
    #[schema(minimum = 0)]
    pub up: u32,
    /// Then so many attempts fail without being sent.
    #[schema(minimum = 1)]
    pub down: u32,
}

impl Latency {
    pub(super) fn draw(self, first: f64, second: f64) -> Duration {
        let delay = match self {
            Self::Fixed(span) => span.0,
            Self::Uniform { min, max } => min.0 + max.0.saturating_sub(min.0).mul_f64(first),
            Self::Lognormal { median, sigma } => {
                let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
                Duration::try_from_secs_f64(median.0.as_secs_f64() * (sigma * normal).exp()).unwrap_or(LONGEST)
            }
        };
        delay.min(LONGEST)
    }
}
