//! The gateway's faults, in its own shapes.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::service::InService;
use crate::domain::record::settings::Profile;
use crate::domain::record::throttle::{Level, Throttled};
use crate::domain::value::stamp::Timestamp;
use crate::http::fault::drop_connection;

/// Why the gateway refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The source address is not on the account's allow list.
    NotAllowed {
        /// The connection is closed without an answer.
        is_dropped: bool,
    },
    /// No bearer token.
    MissingCredentials,
    /// A token that the API does not accept.
    Denied(Denial, Api),
    /// A production key, which the sandbox has no endpoint for.
    ProductionKey,
    /// A call beyond its tier.
    Throttled(Throttled),
    /// The API is blocked.
    ApiBlocked,
    /// For fault injection only.
    Unclassified,
    /// The service behind the gateway does not answer; for fault injection only.
    BackEnd(BackEnd),
    /// The path is none of an API, or none of an API's resources.
    UnknownPath {
        /// An API is served there, and it has no such resource.
        is_in_api: bool,
    },
    /// The resource does not offer the method.
    UnknownMethod,
}

/// Why an API does not accept a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// It is unknown, expired or revoked.
    InvalidCredentials,
    /// For fault injection only: unknown, expired and revoked tokens are [`Self::InvalidCredentials`].
    InactiveToken,
    /// The application is not subscribed to the service.
    NotSubscribed,
    /// The application's subscription is blocked.
    SubscriptionBlocked,
    /// The application's subscription is on hold, or was rejected.
    SubscriptionInactive,
    /// The token lacks the scope of the service.
    MissingScope,
}

/// How a service behind the gateway fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackEnd {
    /// It takes no connection.
    Unreachable,
    /// It does not answer in time.
    Silent,
}

/// The API that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// Its service.
    pub service: InService,
    /// The version in its path.
    pub version: &'static str,
}

/// The JSON form of a fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultBody {
    /// The fault.
    pub fault: FaultDetail,
}

/// A fault's members.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultDetail {
    /// The gateway's code, like 900902.
    pub code: u32,
    /// `Status report`, where the fault is neither of authentication nor of throttling.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The code in words.
    pub message: String,
    /// What to do.
    pub description: String,
    /// When the next call gets through, where calls were throttled.
    #[serde(rename = "nextAccessTime", skip_serializing_if = "Option::is_none")]
    pub next_access_time: Option<String>,
}

/// A fault in words.
struct FaultText {
    status: StatusCode,
    code: u32,
    family: Family,
    message: &'static str,
    description: Cow<'static, str>,
    next_access: Option<String>,
}

/// The vocabulary a fault is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Security,
    Throttling,
    Manager,
}

impl Family {
    /// Prefix and namespace.
    fn xml(self) -> (&'static str, &'static str) {
        match self {
            Self::Security => ("ams", "http://wso2.org/apimanager/security"),
            Self::Throttling => ("amt", "http://wso2.org/apimanager/throttling"),
            Self::Manager => ("am", "http://wso2.org/apimanager"),
        }
    }

    /// Whether a fault is written in JSON.
    ///
    /// Source: platform §2. Authentication and throttling faults follow `Accept`, in 1.10 the first are XML always; the
    /// others have the type of the request, which is none for GET, DELETE and HEAD.
    fn is_json(self, request: &HttpRequest, profile: Profile) -> bool {
        let header = |name| request.headers().get(name).map_or(&b""[..], HeaderValue::as_bytes);
        match self {
            Self::Security if profile == Profile::Wso2V1 => false,
            Self::Security | Self::Throttling => header(ACCEPT) == b"application/json",
            Self::Manager => {
                let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
                let kind = header(CONTENT_TYPE).split(|byte| *byte == b';').next().unwrap_or_default();
                has_body && kind.trim_ascii().eq_ignore_ascii_case(b"application/json")
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, version } = self;
        write!(f, "Access failure for API: {}/{version}, version: {version}", service.context())
    }
}

impl Denial {
    /// The code, and what it says.
    fn code(self) -> Coded {
        match self {
            Self::InvalidCredentials => (StatusCode::UNAUTHORIZED, 900_901, "Invalid Credentials"),
            Self::InactiveToken => (StatusCode::UNAUTHORIZED, 900_904, "Access Token Inactive"),
            Self::NotSubscribed => (StatusCode::FORBIDDEN, 900_908, "Resource forbidden "),
            Self::SubscriptionBlocked => {
                (StatusCode::UNAUTHORIZED, 900_907, "The requested API is temporarily blocked")
            }
            Self::SubscriptionInactive => {
                (StatusCode::UNAUTHORIZED, 900_909, "The subscription to the API is inactive")
            }
            Self::MissingScope => {
                (StatusCode::FORBIDDEN, 900_910, "The access token does not allow you to access the requested resource")
            }
        }
    }

    /// Source: platform §2. Assumed: what 1.10 says, but for 900901.
    fn description(self, api: Api, profile: Profile) -> Cow<'static, str> {
        let (_, code, message) = self.code();
        match (profile, self) {
            (Profile::Wso2, Self::InvalidCredentials) => {
                format!("{api} status: ({code}) - {message}. Make sure you have given the correct access token").into()
            }
            (Profile::Wso2, _) => format!("{api} status: ({code}) - {message}").into(),
            (Profile::Wso2V1, Self::InvalidCredentials) => {
                format!("{api}. Make sure your have given the correct access token").into()
            }
            (Profile::Wso2V1, Self::InactiveToken) => "The access token is inactive. Ask for a new one".into(),
            (Profile::Wso2V1, Self::NotSubscribed) => "The application is not subscribed to this API".into(),
            (Profile::Wso2V1, Self::SubscriptionBlocked) => {
                "The subscription of the application to this API is blocked".into()
            }
            (Profile::Wso2V1, Self::SubscriptionInactive) => {
                "The subscription of the application to this API is on hold or was rejected".into()
            }
            (Profile::Wso2V1, Self::MissingScope) => "The token lacks the scope of this API".into(),
        }
    }
}

impl Cause {
    /// Whether it says that there is no token, or none that works.
    pub fn is_of_the_token(&self) -> bool {
        matches!(self, Self::MissingCredentials | Self::Denied(Denial::InvalidCredentials, _))
    }

    /// The cause that a code stands for, as fault injection names it; `None` for a code that is not the gateway's.
    pub fn of_code(code: u32, service: InService, next_access: Timestamp) -> Option<Self> {
        let denied = |denial| Self::Denied(denial, Api { service, version: service.version() });
        let throttled = |level| Self::Throttled(Throttled { level, next_access });
        Some(match code {
            101_503 => Self::BackEnd(BackEnd::Unreachable),
            101_504 => Self::BackEnd(BackEnd::Silent),
            700_700 => Self::ApiBlocked,
            900_800 => throttled(Level::Api),
            900_802 => throttled(Level::Resource),
            900_803 => throttled(Level::Application),
            900_804 => throttled(Level::Subscription),
            900_805 => Self::NotAllowed { is_dropped: false },
            900_807 => throttled(Level::Burst),
            900_900 => Self::Unclassified,
            900_901 => denied(Denial::InvalidCredentials),
            900_902 => Self::MissingCredentials,
            900_904 => denied(Denial::InactiveToken),
            900_906 => Self::UnknownPath { is_in_api: true },
            900_907 => denied(Denial::SubscriptionBlocked),
            900_908 => denied(Denial::NotSubscribed),
            900_909 => denied(Denial::SubscriptionInactive),
            900_910 => denied(Denial::MissingScope),
            _ => return None,
        })
    }

    /// The answer for a caller of this profile.
    ///
    /// Source: platform §2.
    pub fn answer(&self, request: &HttpRequest, profile: Profile) -> HttpResponse {
        let FaultText { status, code, family, message, description, next_access } = self.text(profile);
        let mut answer = HttpResponse::build(status);
        if *self == (Self::NotAllowed { is_dropped: true }) {
            return drop_connection(answer.finish());
        }
        if status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, challenge(profile)));
        }
        let kind = (family == Family::Manager).then_some("Status report");
        if family.is_json(request, profile) {
            let (message, description) = (message.to_owned(), description.into_owned());
            let fault = FaultDetail { code, kind, message, description, next_access_time: next_access };
            return answer.json(FaultBody { fault });
        }
        let (p, namespace) = family.xml();
        let kind = kind.map(|kind| format!("<{p}:type>{kind}</{p}:type>")).unwrap_or_default();
        let next = next_access.map(|at| format!("<{p}:nextAccessTime>{at}</{p}:nextAccessTime>")).unwrap_or_default();
        answer.insert_header((CONTENT_TYPE, "application/xml")).body(format!(
            "<{p}:fault xmlns:{p}=\"{namespace}\"><{p}:code>{code}</{p}:code>{kind}<{p}:message>{message}</{p}:message>\
             <{p}:description>{}</{p}:description>{next}</{p}:fault>",
            escape(&description)
        ))
    }

    fn text(&self, profile: Profile) -> FaultText {
        match self {
            Self::NotAllowed { .. } => FaultText {
                family: Family::Throttling,
                ..security(
                    (StatusCode::FORBIDDEN, 900_805, "Message blocked"),
                    "You have been blocked from accessing the resource",
                )
            },
            Self::MissingCredentials => security(
                (StatusCode::UNAUTHORIZED, 900_902, "Missing Credentials"),
                "Required OAuth credentials not provided. Make sure your API invocation call has a header: \
                 \"Authorization: Bearer ACCESS_TOKEN\"",
            ),
            Self::Denied(denial, api) => security(denial.code(), denial.description(*api, profile)),
            Self::ProductionKey => {
                let words = "Production key offered to the API with no production endpoint";
                security((StatusCode::FORBIDDEN, 900_901, words), words)
            }
            Self::Unclassified => {
                let words = "Unclassified Authentication Failure";
                security((StatusCode::INTERNAL_SERVER_ERROR, 900_900, words), words)
            }
            Self::Throttled(throttled) => throttled_text(*throttled, profile),
            Self::ApiBlocked => manager(
                (StatusCode::SERVICE_UNAVAILABLE, 700_700, "API blocked"),
                "This API has been blocked temporarily. Please try again later or contact the system administrators.",
            ),
            Self::BackEnd(failure) => {
                let (code, description) = match failure {
                    BackEnd::Unreachable => (101_503, "Error connecting to the back end"),
                    BackEnd::Silent => (101_504, "Send timeout"),
                };
                manager((StatusCode::INTERNAL_SERVER_ERROR, code, "Runtime Error"), description)
            }
            Self::UnknownPath { is_in_api: false } => {
                manager((StatusCode::NOT_FOUND, 404, "Not Found"), "The requested resource is not available.")
            }
            Self::UnknownPath { .. } | Self::UnknownMethod if profile == Profile::Wso2V1 => security(
                (StatusCode::FORBIDDEN, 900_906, "No matching resource found in the API for the given request"),
                "Check the API documentation and add a proper REST resource path to the invocation URL",
            ),
            Self::UnknownPath { .. } => manager(
                (StatusCode::NOT_FOUND, 404, "Runtime Error"),
                "No matching resource found for given API Request",
            ),
            Self::UnknownMethod => manager(
                (StatusCode::METHOD_NOT_ALLOWED, 405, "Runtime Error"),
                "Method not allowed for given API resource",
            ),
        }
    }
}

/// A status, a code, and the code in words.
type Coded = (StatusCode, u32, &'static str);

fn security((status, code, message): Coded, description: impl Into<Cow<'static, str>>) -> FaultText {
    let description = description.into();
    FaultText { status, code, family: Family::Security, message, description, next_access: None }
}

fn manager(coded: Coded, description: &'static str) -> FaultText {
    FaultText { family: Family::Manager, ..security(coded, description) }
}

/// Source: platform §2, the challenge of every 401.
fn challenge(profile: Profile) -> &'static str {
    match profile {
        Profile::Wso2 => {
            "OAuth2 realm=\"WSO2 API Manager\", error=\"invalid token\", \
             error_description=\"The access token expired\""
        }
        Profile::Wso2V1 => "OAuth2 realm=\"WSO2 API Manager\"",
    }
}

fn throttled_text(Throttled { level, next_access }: Throttled, profile: Profile) -> FaultText {
    let is_new = profile == Profile::Wso2;
    FaultText {
        status: StatusCode::TOO_MANY_REQUESTS,
        code: match level {
            Level::Resource if is_new => 900_802,
            Level::Application if is_new => 900_803,
            Level::Subscription if is_new => 900_804,
            Level::Burst if is_new => 900_807,
            _ => 900_800,
        },
        family: Family::Throttling,
        message: "Message throttled out",
        description: "You have exceeded your quota".into(),
        next_access: is_new.then(|| next_access.format("%Y-%b-%d %H:%M:%S+0000 UTC").to_string()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_leads_to_the_fault_that_has_it() {
        let codes = [
            101_503, 101_504, 700_700, 900_800, 900_802, 900_803, 900_804, 900_805, 900_807, 900_900, 900_901, 900_902,
            900_904, 900_907, 900_908, 900_909, 900_910,
        ];
        for code in codes {
            let cause = Cause::of_code(code, InService::Booking, Timestamp::UNIX_EPOCH).expect("a cause");
            assert_eq!(cause.text(Profile::Wso2).code, code);
        }
        let unknown = Cause::of_code(900_906, InService::Booking, Timestamp::UNIX_EPOCH).expect("a cause");
        assert_eq!(unknown.text(Profile::Wso2V1).code, 900_906);
        assert_eq!(Cause::of_code(1, InService::Booking, Timestamp::UNIX_EPOCH), None);
    }
}
