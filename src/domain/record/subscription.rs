//! Where and how the sandbox notifies the partner: one subscription per account and outgoing service.

use crate::domain::contract::service::OutService;
use crate::domain::record::authentication::{Auth, Tls};
use crate::domain::value::hidden::{self, MASK};
use crate::domain::value::span::Span;
use crate::domain::value::stamp::Resolution;
use crate::domain::value::url;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::signing::key::{Algorithm, KeyKind, Signing, secret_misfit};

/// A subscription to an outgoing service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The partner's URL, its query string included; `inbox:NAME` is an inbox of the account.
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
    /// Whom the sandbox believes at https URLs, and the certificate it shows (mutual TLS); with any `auth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Tls>)]
    pub tls: Option<Arc<Tls>>,
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
    /// The share of each of these waits that may be added to it, drawn from the account's seed: 0.2 makes 10 s 10 to
    /// 12 s.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schema(minimum = 0, maximum = 1)]
    pub retry_jitter: f64,
    /// The resolution of `booking_on` and `effective_date`.
    #[serde(default)]
    pub timestamps: Resolution,
    /// Adds `address_1` to `address_3`, `city`, `state`, `country`, `postal_code`.
    #[serde(default)]
    pub structured_address: bool,
    /// What becomes of a `candidate_mname` that has no value.
    #[serde(default)]
    pub empty_members: EmptyMembers,
    /// The form of `assessment_results`; the other services have one.
    #[serde(default, skip_serializing_if = "Format::is_xapi")]
    pub format: Format,
    /// How many notifications may be under way at once.
    #[serde(default = "sixteen")]
    #[schema(minimum = 1)]
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
            tls: None,
            signing: Signing::default(),
            method: Method::default(),
            success: Success::default(),
            timeout: five_seconds(),
            retry: Retry::default(),
            retry_schedule: retry_schedule(),
            retry_jitter: 0.0,
            timestamps: Resolution::default(),
            structured_address: false,
            empty_members: EmptyMembers::default(),
            format: Format::default(),
            concurrency: sixteen(),
        }
    }

    /// Whether an answer of this status counts as delivered.
    ///
    /// Source: 200 exactly (contract §7); a store of xAPI statements answers a PUT with 204.
    pub fn takes(&self, service: OutService, status: u16) -> bool {
        match self.success {
            Success::Ok => status == 200 || status == 204 && self.is_statement(service),
            Success::Any2xx => (200..300).contains(&status),
        }
    }

    /// Whether the service sends an xAPI statement.
    pub fn is_statement(&self, service: OutService) -> bool {
        service == OutService::AssessmentResults && self.format == Format::Xapi
    }

    /// The same with its secrets hidden: passwords, tokens, keys, and fields of the URL's query that look like some.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut shown = self.clone();
        shown.url = hidden::hide_query(&self.url).into_owned();
        shown.auth = self.auth.masked();
        shown.tls = self.tls.as_ref().map(|tls| Arc::new(tls.masked()));
        if let Some((secret, previous)) = shown.signing.secrets_mut() {
            secret.iter_mut().chain(previous).for_each(|secret| MASK.clone_into(secret));
        }
        shown
    }

    /// The members whose secrets are hidden, and have to be filled in.
    pub fn hidden_members(&self) -> Vec<&'static str> {
        let url = self.url.contains(&format!("={MASK}")).then_some("url");
        let key = self.tls.as_ref().and_then(|tls| tls.client_key.as_deref()).filter(|key| *key == MASK);
        url.into_iter().chain(self.auth.hidden_members()).chain(key.map(|_| "tls.client_key")).collect()
    }

    /// The same with the secrets of one that is known, where they are hidden here and all else of the URL,
    /// authentication and certificates is alike.
    pub fn revealed(&self, known: &Self) -> Option<Self> {
        let shown = known.masked();
        let is_alike = (&shown.url, &shown.auth, &shown.tls) == (&self.url, &self.auth, &self.tls);
        (is_alike && !self.hidden_members().is_empty()).then(|| {
            let (url, auth, tls) = (known.url.clone(), known.auth.clone(), known.tls.clone());
            Self { url, auth, tls, ..self.clone() }
        })
    }

    /// All that is wrong with it: each time the member and what was expected.
    pub fn misfits(&self) -> Vec<String> {
        let hidden = self.hidden_members().into_iter().map(|member| {
            format!(
                "{member}: expected a secret, got {MASK}, as which hidden ones are shown (?secrets=true shows them)"
            )
        });
        let of_url = url::receiver_misfit("url", &self.url);
        let mut wrong: Vec<_> = of_url.into_iter().chain(hidden).collect();
        if self.concurrency == 0 {
            wrong.push("concurrency: expected 1 or more, got 0".to_owned());
        }
        if !(0.0..=1.0).contains(&self.retry_jitter) {
            wrong.push(format!("retry_jitter: expected 0 to 1, got {}", self.retry_jitter));
        }
        if self.timeout.0.is_zero() {
            wrong.push("timeout: expected more than 0s, got 0s".to_owned());
        }
        wrong.extend(self.auth.misfits());
        wrong.extend(self.tls.iter().flat_map(|tls| tls.misfits()));
        wrong.extend(self.signing.misfits());
        wrong
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

impl Method {
    /// As it stands in a request.
    pub fn name(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Post => "POST",
        }
    }
}

/// What becomes of a member that Atlas sends as an empty text when it has no value.
///
/// Observed: `candidate_mname` is sent, empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmptyMembers {
    /// It is sent as an empty text.
    #[default]
    Send,
    /// It is left out.
    Omit,
}

/// The form of a whole result.
///
/// Observed: xAPI. Assumed: the flat document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// An xAPI 1.0.3 statement, put to `{url}/statements`.
    #[default]
    Xapi,
    /// The sandbox's flat document.
    Json,
}

impl Format {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_xapi(&self) -> bool {
        *self == Self::Xapi
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
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
