//! The gateway's faults, in its own shapes.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::settings::Profile;

/// Why the gateway lets a call not through.
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
}

struct Words {
    status: StatusCode,
    code: u32,
    message: &'static str,
    description: String,
    namespace: &'static str,
    prefix: &'static str,
}

const SECURITY: &str = "http://wso2.org/apimanager/security";
const MANAGER: &str = "http://wso2.org/apimanager";

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Cause {
    /// The answer for a caller of this profile.
    ///
    /// Source: platform §2.
    pub fn answer(&self, request: &HttpRequest, profile: Profile) -> HttpResponse {
        let words = self.words(profile);
        // 1.10 answers authentication faults in XML always.
        let is_authentication = words.namespace == SECURITY;
        let wants_json = request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/json")
            && !(profile == Profile::Wso2V1 && is_authentication);
        let mut answer = HttpResponse::build(words.status);
        if words.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, r#"OAuth2 realm="WSO2 API Manager""#));
        }
        if wants_json {
            let Words { code, message, description, .. } = words;
            let fault = FaultDetail { code, message: message.to_owned(), description };
            return answer.json(FaultBody { fault });
        }
        let Words { code, message, description, namespace, prefix: p, .. } = words;
        answer.insert_header((CONTENT_TYPE, "application/xml")).body(format!(
            "<{p}:fault xmlns:{p}=\"{namespace}\"><{p}:code>{code}</{p}:code><{p}:message>{message}</{p}:message>\
             <{p}:description>{}</{p}:description></{p}:fault>",
            escape(&description)
        ))
    }

    fn words(&self, profile: Profile) -> Words {
        let fault = |status, code, message, description: &str| Words {
            status,
            code,
            message,
            description: description.to_owned(),
            namespace: SECURITY,
            prefix: "ams",
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
            Self::UnknownPath | Self::UnknownMethod if profile == Profile::Wso2V1 => Words {
                status: StatusCode::FORBIDDEN,
                code: 900_906,
                message: "No matching resource found in the API for the given request",
                description: "Check the API documentation and add a proper REST resource path to the invocation URL"
                    .to_owned(),
                namespace: SECURITY,
                prefix: "ams",
            },
            Self::UnknownPath => Words {
                status: StatusCode::NOT_FOUND,
                code: 404,
                message: "No matching resource found for given API Request",
                description: "No API is served at this path; see /openapi.json for those that are".to_owned(),
                namespace: MANAGER,
                prefix: "am",
            },
            Self::UnknownMethod => Words {
                status: StatusCode::METHOD_NOT_ALLOWED,
                code: 405,
                message: "Method not allowed for given API resource",
                description: "The API is served at this path, but not with this method".to_owned(),
                namespace: MANAGER,
                prefix: "am",
            },
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
