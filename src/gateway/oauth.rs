//! The token endpoint's errors, worded by profile.

use std::borrow::Cow;

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
    /// A parameter comes twice.
    RepeatedParameter,
    /// No application has the consumer key.
    UnknownKey {
        /// The key that was shown.
        key: String,
    },
    /// The secret is not the key's.
    WrongSecret,
    /// No client authentication at all.
    NoClient,
    /// `Authorization: Basic`, and no credentials.
    MalformedBasic,
    /// Basic, and key and secret in the form as well.
    TwoClients,
    /// Why `/revoke` does not know the client.
    Revocation(Box<OAuth>),
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

/// A status, an error code, and what it says.
type Words = (StatusCode, &'static str, Cow<'static, str>);

const fn bad(error: &'static str, description: &'static str) -> Words {
    (StatusCode::BAD_REQUEST, error, Cow::Borrowed(description))
}

const fn failed(error: &'static str) -> Words {
    (StatusCode::UNAUTHORIZED, error, Cow::Borrowed("Client Authentication failed."))
}

impl OAuth {
    /// The answer for an account of this profile.
    pub fn answer(&self, profile: Profile) -> HttpResponse {
        let is_old = profile == Profile::Wso2V1;
        let (status, error, description) = self.words(is_old);
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
        let is_unknown = matches!(self, Self::UnknownKey { .. }) && !is_old;
        if status == StatusCode::UNAUTHORIZED && !is_unknown {
            answer.insert_header((WWW_AUTHENTICATE, r#"Basic realm="WSO2 API Manager""#));
        }
        answer.json(OAuthError { error_description: description.into_owned(), error })
    }

    /// Source: platform §1, the table of errors; `is_old` in 1.10.
    fn words(&self, is_old: bool) -> Words {
        match self {
            Self::RepeatedParameter => bad("invalid_request", "Invalid request with repeated parameters."),
            Self::MissingGrantType => bad("invalid_request", "Missing grant_type parameter value"),
            Self::UnknownGrantType if is_old => bad("invalid_request", "Invalid grant_type parameter value"),
            Self::UnknownGrantType => bad("unsupported_grant_type", "Unsupported grant_type value"),
            Self::MissingParameters(names) => {
                let description = format!("Missing parameters: {}", names.join(" "));
                (StatusCode::BAD_REQUEST, "invalid_request", description.into())
            }
            Self::Refused(refusal) => refused(refusal, is_old),
            Self::InvalidRevocation => bad("invalid_request", "Invalid revocation request"),
            Self::Revocation(cause) => match **cause {
                Self::WrongSecret | Self::UnknownKey { .. } if is_old => failed("unauthorized_client"),
                _ => failed("invalid_client"),
            },
            Self::UnknownKey { key } if !is_old => {
                let description = format!("A valid OAuth client could not be found for client_id: {key}");
                (StatusCode::UNAUTHORIZED, "invalid_client", description.into())
            }
            Self::NoClient if is_old => {
                bad("unsupported_client_authentication_method", "Unsupported Client Authentication Method!")
            }
            Self::MalformedBasic if !is_old => bad(
                "invalid_request",
                "Error decoding authorization header. Space delimited \"<authMethod> <base64Hash>\" format violated.",
            ),
            Self::TwoClients if !is_old => {
                bad("invalid_request", "Request body and headers contain authorization information")
            }
            Self::UnknownKey { .. } | Self::WrongSecret | Self::NoClient | Self::MalformedBasic | Self::TwoClients => {
                failed("invalid_client")
            }
        }
    }
}

fn refused(refusal: &GrantRefusal, is_old: bool) -> Words {
    match refusal {
        GrantRefusal::WrongPassword { username } => {
            let domain = if is_old { "@carbon.super" } else { "" };
            let description = format!("Authentication failed for {username}{domain}");
            (StatusCode::BAD_REQUEST, "invalid_grant", description.into())
        }
        GrantRefusal::ExpiredRefresh if is_old => bad("invalid_request", "Refresh token is expired."),
        GrantRefusal::ExpiredRefresh => bad("invalid_grant", "Refresh token is expired."),
        _ if is_old => bad("invalid_grant", "Provided Authorization Grant is invalid"),
        GrantRefusal::GrantNotAllowed => bad(
            "unauthorized_client",
            "The authenticated client is not authorized to use this authorization grant type",
        ),
        GrantRefusal::UnknownRefresh => bad("invalid_grant", "Persisted access token data not found"),
        GrantRefusal::EndedRefresh => bad("invalid_grant", "Invalid refresh token state"),
        GrantRefusal::SupersededRefresh => bad("invalid_grant", "Invalid refresh token value in the request"),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    /// Platform §1, row by row.
    #[actix_web::test]
    async fn every_refusal_has_the_words_of_its_profile() {
        let failed = "Client Authentication failed.";
        let not_granted = (400, "invalid_grant", "Provided Authorization Grant is invalid", false);
        let same = |row| (row, row);
        let bad = |error, description| (400, error, description, false);
        let client = (401, "invalid_client", failed, true);
        let request = |description| bad("invalid_request", description);
        let key = || "k".to_owned();
        let table = [
            (OAuth::RepeatedParameter, same(request("Invalid request with repeated parameters."))),
            (OAuth::MissingGrantType, same(request("Missing grant_type parameter value"))),
            (
                OAuth::UnknownGrantType,
                (
                    bad("unsupported_grant_type", "Unsupported grant_type value"),
                    request("Invalid grant_type parameter value"),
                ),
            ),
            (
                OAuth::MissingParameters(vec!["password", "username"]),
                same(request("Missing parameters: password username")),
            ),
            (
                OAuth::UnknownKey { key: key() },
                ((401, "invalid_client", "A valid OAuth client could not be found for client_id: k", false), client),
            ),
            (OAuth::WrongSecret, same(client)),
            (
                OAuth::NoClient,
                (client, bad("unsupported_client_authentication_method", "Unsupported Client Authentication Method!")),
            ),
            (
                OAuth::MalformedBasic,
                (
                    request(
                        "Error decoding authorization header. Space delimited \"<authMethod> <base64Hash>\" format violated.",
                    ),
                    client,
                ),
            ),
            (OAuth::TwoClients, (request("Request body and headers contain authorization information"), client)),
            (
                OAuth::Refused(GrantRefusal::WrongPassword { username: key() }),
                (
                    bad("invalid_grant", "Authentication failed for k"),
                    bad("invalid_grant", "Authentication failed for k@carbon.super"),
                ),
            ),
            (
                OAuth::Refused(GrantRefusal::UnknownRefresh),
                (bad("invalid_grant", "Persisted access token data not found"), not_granted),
            ),
            (
                OAuth::Refused(GrantRefusal::EndedRefresh),
                (bad("invalid_grant", "Invalid refresh token state"), not_granted),
            ),
            (
                OAuth::Refused(GrantRefusal::SupersededRefresh),
                (bad("invalid_grant", "Invalid refresh token value in the request"), not_granted),
            ),
            (
                OAuth::Refused(GrantRefusal::ExpiredRefresh),
                (bad("invalid_grant", "Refresh token is expired."), request("Refresh token is expired.")),
            ),
            (
                OAuth::Refused(GrantRefusal::GrantNotAllowed),
                (
                    bad(
                        "unauthorized_client",
                        "The authenticated client is not authorized to use this authorization grant type",
                    ),
                    not_granted,
                ),
            ),
            (OAuth::InvalidRevocation, same(request("Invalid revocation request"))),
            (OAuth::Revocation(Box::new(OAuth::WrongSecret)), (client, (401, "unauthorized_client", failed, true))),
            (OAuth::Revocation(Box::new(OAuth::MalformedBasic)), same(client)),
        ];
        for (cause, (new, old)) in table {
            for (profile, expected) in [(Profile::Wso2, new), (Profile::Wso2V1, old)] {
                let answer = cause.answer(profile);
                let (status, is_challenged) =
                    (answer.status().as_u16(), answer.headers().contains_key(WWW_AUTHENTICATE));
                let body = to_bytes(answer.into_body()).await.expect("a body");
                let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
                let words = (body["error"].as_str().unwrap_or(""), body["error_description"].as_str().unwrap_or(""));
                assert_eq!((status, words.0, words.1, is_challenged), expected, "{profile:?} {cause:?}");
            }
        }
    }
}
