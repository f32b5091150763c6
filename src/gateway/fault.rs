//! The gateway's faults, in its own shapes.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::service::InService;
use crate::domain::record::settings::Profile;
use crate::domain::record::throttle::{Level, Throttled};
use crate::domain::value::stamp::Timestamp;

/// Why the gateway refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The source address is not on the account's allow list.
    NotAllowed {
        /// The address.
        peer: String,
    },
    /// No bearer token.
    MissingCredentials,
    /// An unknown, expired or revoked token.
    InvalidCredentials {
        /// The context of the API that was called.
        context: String,
        /// Its version.
        version: &'static str,
    },
    /// A production key, which the sandbox has no endpoint for.
    ProductionKey,
    /// The application is not subscribed to the service.
    NotSubscribed,
    /// The application's subscription is blocked.
    SubscriptionBlocked,
    /// The application's subscription is on hold, or was rejected.
    SubscriptionInactive,
    /// The token lacks the scope of the service.
    MissingScope,
    /// A call beyond its tier.
    Throttled(Throttled),
    /// The API is blocked.
    ApiBlocked,
    /// For fault injection only.
    Unclassified,
    /// For fault injection only: unknown, expired and revoked tokens are [`Self::InvalidCredentials`].
    InactiveToken,
    /// No API is served at the path.
    UnknownPath,
    /// The API does not offer the method.
    UnknownMethod,
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
    /// The code in words.
    pub message: String,
    /// What to do.
    pub description: String,
    /// When the next call gets through, where calls were throttled.
    #[serde(rename = "nextAccessTime", skip_serializing_if = "Option::is_none")]
    pub next_access_time: Option<String>,
}

struct FaultText {
    status: StatusCode,
    code: u32,
    message: &'static str,
    description: String,
    namespace: &'static str,
    prefix: &'static str,
    next_access: Option<String>,
}

const SECURITY: &str = "http://wso2.org/apimanager/security";
const THROTTLING: &str = "http://wso2.org/apimanager/throttling";
const MANAGER: &str = "http://wso2.org/apimanager";

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Cause {
    /// The cause that a code stands for, as fault injection names it; `None` for a code that is not the gateway's.
    pub fn of_code(code: u32, service: InService, next_access: Timestamp) -> Option<Self> {
        let throttled = |level| Self::Throttled(Throttled { level, next_access });
        Some(match code {
            900_900 => Self::Unclassified,
            900_901 => Self::InvalidCredentials {
                context: format!("{}/{}", service.context(), service.version()),
                version: service.version(),
            },
            900_902 => Self::MissingCredentials,
            900_904 => Self::InactiveToken,
            900_906 => Self::UnknownPath,
            900_907 => Self::SubscriptionBlocked,
            900_908 => Self::NotSubscribed,
            900_909 => Self::SubscriptionInactive,
            900_910 => Self::MissingScope,
            900_800 => throttled(Level::Api),
            900_803 => throttled(Level::Application),
            900_804 => throttled(Level::Subscription),
            700_700 => Self::ApiBlocked,
            _ => return None,
        })
    }

    /// The answer for a caller of this profile.
    ///
    /// Source: platform §2.
    pub fn answer(&self, request: &HttpRequest, profile: Profile) -> HttpResponse {
        let words = self.text(profile);
        // 1.10 answers authentication faults in XML always.
        let is_authentication = words.namespace == SECURITY;
        let wants_json = request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/json")
            && !(profile == Profile::Wso2V1 && is_authentication);
        let mut answer = HttpResponse::build(words.status);
        if words.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, r#"OAuth2 realm="WSO2 API Manager""#));
        }
        if wants_json {
            let FaultText { code, message, description, next_access: next_access_time, .. } = words;
            let fault = FaultDetail { code, message: message.to_owned(), description, next_access_time };
            return answer.json(FaultBody { fault });
        }
        let FaultText { code, message, description, namespace, prefix: p, next_access, .. } = words;
        let next = next_access.map(|at| format!("<{p}:nextAccessTime>{at}</{p}:nextAccessTime>")).unwrap_or_default();
        answer.insert_header((CONTENT_TYPE, "application/xml")).body(format!(
            "<{p}:fault xmlns:{p}=\"{namespace}\"><{p}:code>{code}</{p}:code><{p}:message>{message}</{p}:message>\
             <{p}:description>{}</{p}:description>{next}</{p}:fault>",
            escape(&description)
        ))
    }

    #[allow(clippy::too_many_lines, reason = "one table, a row for each cause")]
    fn text(&self, profile: Profile) -> FaultText {
        let fault = |status, code, message, description: &str| FaultText {
            status,
            code,
            message,
            description: description.to_owned(),
            namespace: SECURITY,
            prefix: "ams",
            next_access: None,
        };
        match self {
            Self::NotAllowed { peer } => fault(
                StatusCode::FORBIDDEN,
                900_910,
                "Access denied",
                &format!("The source address {peer} is not on the allow list of the account"),
            ),
            Self::MissingCredentials => fault(
                StatusCode::UNAUTHORIZED,
                900_902,
                "Missing Credentials",
                "Required OAuth credentials not provided. Make sure your API invocation call has a header: \
                 \"Authorization: Bearer ACCESS_TOKEN\"",
            ),
            Self::InvalidCredentials { context, version } => fault(
                StatusCode::UNAUTHORIZED,
                900_901,
                "Invalid Credentials",
                &format!(
                    "Access failure for API: {context}, version: {version}. Make sure your have given the correct \
                     access token"
                ),
            ),
            Self::ProductionKey => fault(
                StatusCode::FORBIDDEN,
                900_901,
                "Production key offered to the API with no production endpoint",
                "Production key offered to the API with no production endpoint",
            ),
            Self::NotSubscribed => fault(
                StatusCode::FORBIDDEN,
                900_908,
                "Resource forbidden ",
                "The application is not subscribed to this API",
            ),
            Self::SubscriptionBlocked => fault(
                StatusCode::UNAUTHORIZED,
                900_907,
                "The requested API is temporarily blocked",
                "The subscription of the application to this API is blocked",
            ),
            Self::SubscriptionInactive => fault(
                StatusCode::UNAUTHORIZED,
                900_909,
                "The subscription to the API is inactive",
                "The subscription of the application to this API is on hold or was rejected",
            ),
            Self::MissingScope => fault(
                StatusCode::FORBIDDEN,
                900_910,
                "The access token does not allow you to access the requested resource",
                "The token lacks the scope of this API",
            ),
            Self::Unclassified => fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                900_900,
                "Unclassified Authentication Failure",
                "Unclassified Authentication Failure",
            ),
            Self::InactiveToken => fault(
                StatusCode::UNAUTHORIZED,
                900_904,
                "Access Token Inactive",
                "The access token is inactive. Ask for a new one",
            ),
            Self::Throttled(Throttled { level, next_access }) => FaultText {
                code: match level {
                    Level::Application if profile == Profile::Wso2 => 900_803,
                    Level::Subscription if profile == Profile::Wso2 => 900_804,
                    Level::Api | Level::Application | Level::Subscription => 900_800,
                },
                namespace: THROTTLING,
                prefix: "amt",
                next_access: (profile == Profile::Wso2)
                    .then(|| next_access.format("%Y-%b-%d %H:%M:%S+0000 UTC").to_string()),
                ..fault(StatusCode::TOO_MANY_REQUESTS, 900_800, "Message throttled out", "You have exceeded your quota")
            },
            Self::ApiBlocked => FaultText {
                namespace: MANAGER,
                prefix: "am",
                ..fault(
                    StatusCode::SERVICE_UNAVAILABLE,
                    700_700,
                    "API blocked",
                    "This API has been blocked temporarily. Please try again later or contact the system \
                     administrators.",
                )
            },
            Self::UnknownPath | Self::UnknownMethod if profile == Profile::Wso2V1 => FaultText {
                status: StatusCode::FORBIDDEN,
                code: 900_906,
                message: "No matching resource found in the API for the given request",
                description: "Check the API documentation and add a proper REST resource path to the invocation URL"
                    .to_owned(),
                namespace: SECURITY,
                prefix: "ams",
                next_access: None,
            },
            Self::UnknownPath => FaultText {
                status: StatusCode::NOT_FOUND,
                code: 404,
                message: "No matching resource found for given API Request",
                description: "No API is served at this path; see /openapi.json for those that are".to_owned(),
                namespace: MANAGER,
                prefix: "am",
                next_access: None,
            },
            Self::UnknownMethod => FaultText {
                status: StatusCode::METHOD_NOT_ALLOWED,
                code: 405,
                message: "Method not allowed for given API resource",
                description: "The API is served at this path, but not with this method".to_owned(),
                namespace: MANAGER,
                prefix: "am",
                next_access: None,
            },
        }
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
        for code in
            [900_900, 900_901, 900_902, 900_904, 900_907, 900_908, 900_909, 900_910, 900_800, 900_803, 900_804, 700_700]
        {
            let cause = Cause::of_code(code, InService::Booking, Timestamp::UNIX_EPOCH).expect("a cause");
            assert_eq!(cause.text(Profile::Wso2).code, code);
        }
        let unknown = Cause::of_code(900_906, InService::Booking, Timestamp::UNIX_EPOCH).expect("a cause");
        assert_eq!(unknown.text(Profile::Wso2V1).code, 900_906);
        assert_eq!(Cause::of_code(1, InService::Booking, Timestamp::UNIX_EPOCH), None);
    }
}
