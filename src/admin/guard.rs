//! Who may use the control face: the holder of the admin token, else loopback peers.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use subtle::ConstantTimeEq;

use crate::http::error::problem;

/// How the control face is kept.
#[derive(Debug, Clone)]
pub struct Access {
    /// The token to show as `Authorization: Bearer`.
    pub token: Option<Arc<str>>,
    /// Everyone may use it without one.
    pub is_open: bool,
}

/// The middleware in front of `/_sandbox`.
///
/// # Errors
/// The connection broke.
pub async fn guard(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    // The path as the router sees it: `/%5fsandbox` leads to the same handlers.
    let path = request.match_info().as_str();
    if !path.starts_with("/_sandbox") || is_public(&request, path) {
        return next.call(request).await;
    }
    match refusal(&request) {
        None => next.call(request).await,
        Some(refusal) => Ok(request.into_response(refusal)),
    }
}

/// What partners' systems and candidates' browsers reach: sending to an inbox, launch pages, health, the document.
fn is_public(request: &ServiceRequest, path: &str) -> bool {
    let sends = matches!(request.method().as_str(), "PUT" | "POST");
    let is_inbox = path.strip_prefix("/_sandbox/inbox/").is_some_and(|name| !name.contains('/'));
    (sends && is_inbox)
        || path.starts_with("/_sandbox/launch/")
        || path == "/_sandbox/health"
        || path == "/_sandbox/openapi.json"
}

fn refusal(request: &ServiceRequest) -> Option<HttpResponse> {
    let access = request.app_data::<Data<Access>>()?;
    if let Some(token) = &access.token {
        let shown = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .is_some_and(|shown| bool::from(shown.ct_eq(token.as_bytes())));
        return (!shown).then(|| {
            problem(
                StatusCode::UNAUTHORIZED,
                "the control API needs the admin token: Authorization: Bearer <--admin-token>".to_owned(),
            )
        });
    }
    let is_loopback = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    (!access.is_open && !is_loopback).then(|| {
        problem(
            StatusCode::FORBIDDEN,
            "without an admin token the control API answers this machine only: start with --admin-token, or with \
             --admin-open where the network is trusted"
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn without_a_token_only_this_machine_gets_in_unless_the_face_is_open() {
        for (peer, header, token, is_open, expected) in [
            ("127.0.0.1:5", "", None, false, None),
            ("127.8.9.10:5", "", None, false, None),
            ("[::1]:5", "", None, false, None),
            ("[::ffff:127.0.0.1]:5", "", None, false, None),
            ("10.0.0.7:5", "", None, false, Some(403)),
            ("10.0.0.7:5", "Bearer anything", None, false, Some(403)),
            ("[2001:db8::1]:5", "", None, false, Some(403)),
            ("10.0.0.7:5", "", None, true, None),
            ("127.0.0.1:5", "", Some("t"), false, Some(401)),
            ("127.0.0.1:5", "Bearer x", Some("t"), false, Some(401)),
            ("127.0.0.1:5", "bearer t", Some("t"), false, Some(401)),
            ("10.0.0.7:5", "Bearer t", Some("t"), false, None),
        ] {
            let access = Access { token: token.map(Arc::from), is_open };
            let request = TestRequest::default()
                .peer_addr(peer.parse().expect("an address"))
                // Whoever says so is not believed.
                .insert_header(("x-forwarded-for", "127.0.0.1"))
                .insert_header((AUTHORIZATION, header))
                .app_data(Data::new(access))
                .to_srv_request();
            let status = refusal(&request).map(|refusal| refusal.status().as_u16());
            assert_eq!(status, expected, "{peer} {header:?} {token:?} {is_open}");
        }
    }
}
