//! Who may use the control face: the holder of the admin token, else loopback clients that call it by a name of theirs.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HOST};
use actix_web::http::{StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use futures_util::FutureExt;
use subtle::ConstantTimeEq;

use crate::domain::contract::error::Error as Fault;
use crate::http::error::{ControlError, problem};
use crate::http::peer;
use crate::service::account::DEMO;

/// How the control face is kept.
#[derive(Debug, Clone)]
pub struct Access {
    /// The token to show as `Authorization: Bearer`.
    pub token: Option<Arc<str>>,
    /// Everyone may use it without one.
    pub is_open: bool,
    /// The socket it answers at, where it has one of its own.
    pub listen: Option<SocketAddr>,
}

/// The middleware in front of `/_sandbox`.
///
/// # Errors
/// The connection broke.
pub async fn guard(mut request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    lead_to_the_demo_account(&mut request);
    // The path as the router sees it: `/%5fsandbox` leads to the same handlers.
    let path = request.match_info().as_str();
    if !path.starts_with("/_sandbox") {
        return next.call(request).await;
    }
    if !is_public(request.method().as_str(), path)
        && let Some(refusal) = refusal(&request)
    {
        return Ok(request.into_response(refusal));
    }
    AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_panic| {
        tracing::error!("a handler of the control API panicked; please report it");
        Err(ControlError(Fault::Internal("its log says where".to_owned())).into())
    })
}

/// Leads the inboxes without an account to those of the demo account: only the router is told, so that a message is kept
/// with the target that was called.
fn lead_to_the_demo_account(request: &mut ServiceRequest) {
    let led = request.uri().path().strip_prefix("/_sandbox/inbox/");
    let led = led.map(|rest| format!("/_sandbox/accounts/{DEMO}/inbox/{rest}"));
    if let Some(uri) = led.and_then(|path| path.parse::<Uri>().ok()) {
        request.match_info_mut().get_mut().update(&uri);
    }
}

/// What partners' systems and candidates' browsers reach: sending to an inbox, launch pages, health, the certificate
/// authority, the document; and what is not below `/_sandbox`.
pub fn is_public(method: &str, path: &str) -> bool {
    let sends = matches!(method, "PUT" | "POST");
    let segments: Vec<_> = path.split('/').collect();
    let is_inbox = matches!(
        segments[..],
        ["", "_sandbox", "accounts", _, "inbox", _] | ["", "_sandbox", "accounts", _, "inbox", _, "statements"]
    );
    !path.starts_with("/_sandbox")
        || (sends && is_inbox)
        || path.starts_with("/_sandbox/launch/")
        || path == "/_sandbox/health"
        || path == "/_sandbox/tls/ca.pem"
        || path == "/_sandbox/openapi.json"
}

fn refusal(request: &ServiceRequest) -> Option<HttpResponse> {
    let access = request.app_data::<Data<Access>>()?;
    if access.listen.is_some_and(|own| own != request.app_config().local_addr()) {
        let detail = "the control API answers at the address of --admin-listen only".to_owned();
        return Some(problem(StatusCode::NOT_FOUND, detail));
    }
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
    if access.is_open {
        return None;
    }
    let refused = |detail: &str| Some(problem(StatusCode::FORBIDDEN, detail.to_owned()));
    if !peer::client(request.request()).is_some_and(|client| client.is_loopback()) {
        return refused(
            "without an admin token the control API answers this machine only: start with --admin-token, or with \
             --admin-open where the network is trusted",
        );
    }
    if !request.headers().get_all(HOST).all(|host| host.to_str().is_ok_and(is_own_name)) {
        return refused(
            "without an admin token the control API answers to localhost and IP addresses in Host only, so that no web \
             page reaches it under a name of its own (DNS rebinding): call it by such a name, or start with --admin-token",
        );
    }
    None
}

/// Whether a `Host` is `localhost` or an IP address, with or without a port: names that no foreign web page has.
fn is_own_name(host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok() || host.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        Some(_) => return host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(is_address),
        None => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    is_address(bare) || name.eq_ignore_ascii_case("localhost")
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
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
            let access = Access { token: token.map(Arc::from), is_open, listen: None };
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

    #[test]
    fn a_proxy_on_loopback_opens_nothing() {
        let trusted: Arc<[ipnet::IpNet]> = ["127.0.0.0/8".parse().expect("a block")].into();
        for (name, value, expected) in [
            ("x-forwarded-for", "203.0.113.9", Some(403)),
            ("x-forwarded-for", "127.0.0.1, 203.0.113.9", Some(403)),
            ("x-forwarded-for", "", Some(403)),
            ("forwarded", "for=unknown", Some(403)),
            ("forwarded", "for=\"", Some(403)),
            ("x-forwarded-for", "127.0.0.1", None),
            // It says nothing of its client: nobody knows who that is.
            ("x-other", "203.0.113.9", Some(403)),
        ] {
            let request = TestRequest::default()
                .peer_addr("127.0.0.1:5".parse().expect("an address"))
                .insert_header((name, value))
                .app_data(Data::new(Access { token: None, is_open: false, listen: None }))
                .app_data(Data::new(peer::TrustedProxies(Arc::clone(&trusted))))
                .to_srv_request();
            assert_eq!(refusal(&request).map(|refusal| refusal.status().as_u16()), expected, "{name}: {value}");
        }
    }

    #[test]
    fn only_names_that_no_web_page_has_are_its_own() {
        for host in
            ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "::1", "10.0.0.7:1"]
        {
            assert!(is_own_name(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1:x",
            "[::1].evil.example",
            "user@localhost",
            "localhost:80:80",
        ] {
            assert!(!is_own_name(host), "{host}");
        }
    }

    #[actix_web::test]
    async fn a_panic_of_a_handler_is_a_problem_document() {
        use actix_web::middleware::from_fn;
        use actix_web::{App, test, web};
        async fn broken() -> HttpResponse {
            panic!("as the test wants it")
        }
        let access = Data::new(Access { token: None, is_open: true, listen: None });
        let app = App::new().app_data(access).route("/_sandbox/x", web::to(broken)).wrap(from_fn(guard));
        let app = test::init_service(app).await;
        let request = TestRequest::get().uri("/_sandbox/x").to_request();
        let error = test::try_call_service(&app, request).await.expect_err("it panicked");
        assert_eq!(error.as_response_error().status_code(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
