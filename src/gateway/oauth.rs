//! The token endpoint's errors, worded by profile.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::record::settings::Profile;
use crate::domain::token::GrantRefusal;

/// The body of a refusal by the token endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct OAuthError {
    /// What is wrong, in words.
    pub error_description: String,
    /// The code, as in RFC 6749.
    pub error: &'static str,
}

/// Why the token endpoint refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OAuth {
    /// No client authentication, a malformed one, both ways at once, an unknown key, a wrong secret.
    InvalidClient,
    /// `/revoke` with a wrong secret.
    UnauthorizedClient,
    /// No `grant_type`, or no form.
    MissingGrantType,
    /// A `grant_type` that is not known.
    UnknownGrantType,
    /// Members of the form are missing.
    MissingParameters(Vec<&'static str>),
    /// No token was issued.
    Refused(GrantRefusal),
    /// `/revoke` without a token.
    InvalidRevocation,
}

impl OAuth {
    /// The answer for an account of this profile.
    ///
    /// Source: platform §1, the table of errors.
    pub fn answer(&self, profile: Profile) -> HttpResponse {
        let is_old = profile == Profile::Wso2V1;
        let bad = StatusCode::BAD_REQUEST;
        let (status, error, description) = match self {
            Self::InvalidClient => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "Client Authentication failed.".to_owned())
            }
            Self::UnauthorizedClient => {
                (StatusCode::UNAUTHORIZED, "unauthorized_client", "Client Authentication failed.".to_owned())
            }
            Self::MissingGrantType => (bad, "invalid_request", "Missing grant_type parameter value".to_owned()),
            Self::UnknownGrantType if is_old => {
                (bad, "invalid_request", "Invalid grant_type parameter value".to_owned())
            }
            Self::UnknownGrantType => (bad, "unsupported_grant_type", "Unsupported grant_type value".to_owned()),
            Self::MissingParameters(names) => {
                (bad, "invalid_request", format!("Missing parameters: {}", names.join(", ")))
            }
            Self::Refused(GrantRefusal::WrongPassword { username }) => {
                let domain = if is_old { "@carbon.super" } else { "" };
                (bad, "invalid_grant", format!("Authentication failed for {username}{domain}"))
            }
            Self::Refused(GrantRefusal::GrantNotAllowed | GrantRefusal::UnknownRefresh) => {
                (bad, "invalid_grant", "Provided Authorization Grant is invalid".to_owned())
            }
            Self::Refused(GrantRefusal::ExpiredRefresh) => {
                (bad, if is_old { "invalid_request" } else { "invalid_grant" }, "Refresh token is expired.".to_owned())
            }
            Self::InvalidRevocation => (bad, "invalid_request", "Invalid revocation request".to_owned()),
        };
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
        if status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, r#"Basic realm="WSO2 API Manager""#));
        }
        answer.json(OAuthError { error_description: description, error })
    }
}
