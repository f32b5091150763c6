//! Who may use the control face: the holder of the admin token, else loopback clients that call it by a name of theirs.
//! What changes something is refused to pages of other sites.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, TRANSFER_ENCODING,
};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::{BytesMut, Data};
use actix_web::{Error, HttpRequest, HttpResponse};
use futures_util::FutureExt;
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq;

use crate::domain::contract::error::Error as Fault;
use crate::http::connection::Connection;
use crate::http::error::{ControlError, problem};
use crate::http::{body, face, peer};
use crate::service::account::DEMO;

/// Where launch pages are: for candidates, who send forms.
const LAUNCH: &str = "/_sandbox/launch/";

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
    if !face::is_control(path) {
        return next.call(request).await;
    }
    let is_capture = is_capture(request.method().as_str(), path);
    let stranger = if is_public(request.method().as_str(), path) { None } else { refusal(&request) };
    let other_site = || if is_capture { None } else { other_site(request.request()) };
    if let Some(refusal) = stranger.or_else(other_site).or_else(|| misspelt(request.uri())) {
        return Ok(request.into_response(refusal));
    }
    let answered = AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_panic| {
        tracing::error!("a handler of the control API panicked; please report it");
        Err(ControlError(Fault::Internal("its log says where".to_owned())).into())
    });
    // An inbox answers what it is told to.
    if is_capture { answered } else { answered.map(ended) }
}

/// An answer whose JSON ends with a line break, for those who read it in a terminal.
fn ended(answered: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_json = answered.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_json {
        return answered;
    }
    answered.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) if !bytes.is_empty() && !bytes.ends_with(b"\n") => {
            let mut ended = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
            ended.extend_from_slice(b"\n");
            BoxBody::new(ended.freeze())
        }
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => body,
    })
}

/// Refuses what a page of another site may have its visitor's browser send unasked: a call from elsewhere, or with a body
/// that is no document. Browsers ask first (CORS) before they send a page's JSON or YAML, and are answered no.
fn other_site(request: &HttpRequest) -> Option<HttpResponse> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let headers = request.headers();
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let is_own = match (text(HeaderName::from_static("sec-fetch-site")), text(ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = text(HOST).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, own)| !own.is_empty() && own.eq_ignore_ascii_case(host))
        }
        (None, None) => true,
    };
    if !is_own {
        let detail = "a page of another site may change nothing here (Origin, Sec-Fetch-Site): the sandbox's own pages, \
                      and programs, which send neither header, may";
        return Some(problem(StatusCode::FORBIDDEN, detail.to_owned()));
    }
    let has_body = headers.contains_key(TRANSFER_ENCODING) || text(CONTENT_LENGTH).is_some_and(|length| length != "0");
    let is_form = request.match_info().as_str().starts_with(LAUNCH);
    let kind = text(CONTENT_TYPE);
    if has_body && !is_form && kind.and_then(body::format).is_none() {
        let got = kind.map_or_else(|| "none".to_owned(), |kind| format!("{kind:?}"));
        let detail = format!("Content-Type: expected application/json or application/yaml for this body, got {got}");
        return Some(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    None
}

/// What the guard refuses of those whom it knows, by status: what documents say of operations that tell nothing of it.
pub fn refusals(method: &str, path: &str) -> &'static [(u16, &'static str)] {
    const QUERY: (u16, &str) = (400, "The query is no UTF-8.");
    const ELSEWHERE: (u16, &str) = (403, "It comes from a page of another site.");
    const KIND: (u16, &str) =
        (415, "A body is sent, and it is neither JSON nor YAML, as its `Content-Type` says; nothing changed.");
    if !face::is_control(path) {
        &[]
    } else if method == "GET" || is_capture(method, path) {
        &[QUERY]
    } else if path.starts_with(LAUNCH) {
        &[QUERY, ELSEWHERE]
    } else {
        &[QUERY, ELSEWHERE, KIND]
    }
}

/// Refuses a path or query that is no UTF-8: it names nobody, and is no other spelling of U+FFFD.
fn misspelt(uri: &Uri) -> Option<HttpResponse> {
    let is_text = |text: &str| percent_decode_str(text).decode_utf8().is_ok();
    if !is_text(uri.path()) {
        return Some(problem(StatusCode::NOT_FOUND, format!("path: expected UTF-8, got {}", uri.path())));
    }
    let query = uri.query().filter(|query| !is_text(query))?;
    Some(problem(StatusCode::BAD_REQUEST, format!("query: expected UTF-8, got {query}")))
}

/// Whether a call is one that an inbox captures.
fn is_capture(method: &str, path: &str) -> bool {
    let segments: Vec<_> = path.split('/').collect();
    let is_inbox = matches!(
        segments[..],
        ["", "_sandbox", "accounts", _, "inbox", _] | ["", "_sandbox", "accounts", _, "inbox", _, "statements"]
    );
    matches!(method, "PUT" | "POST") && is_inbox
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
    !face::is_control(path)
        || is_capture(method, path)
        || path.starts_with(LAUNCH)
        || path == "/_sandbox/health"
        || path == "/_sandbox/tls/ca.pem"
        || path == "/_sandbox/openapi.json"
}

fn refusal(request: &ServiceRequest) -> Option<HttpResponse> {
    let access = request.app_data::<Data<Access>>()?;
    let local = Connection::of(request.request()).map(|connection| connection.local);
    if access.listen.is_some() && access.listen != local {
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

    #[test]
    fn only_own_pages_and_programs_change_something() {
        const JSON: Option<&str> = Some("application/json");
        for (method, site, origin, kind, expected) in [
            ("POST", None, None, JSON, None),
            ("POST", None, None, Some("application/yaml"), None),
            ("POST", Some("same-origin"), Some("http://localhost:8080"), JSON, None),
            ("POST", Some("none"), None, JSON, None),
            ("POST", None, Some("http://LOCALHOST:8080"), JSON, None),
            ("DELETE", None, None, None, None),
            // A page of another site, of a neighbour on this machine, of none.
            ("POST", Some("cross-site"), Some("https://evil.example"), JSON, Some(403)),
            ("POST", Some("same-site"), Some("http://localhost:3000"), JSON, Some(403)),
            ("POST", None, Some("https://evil.example"), JSON, Some(403)),
            ("POST", None, Some("http://localhost:3000"), JSON, Some(403)),
            ("POST", None, Some("http://localhost:8080.evil.example"), JSON, Some(403)),
            ("POST", None, Some("null"), JSON, Some(403)),
            ("POST", None, Some(""), JSON, Some(403)),
            ("DELETE", None, Some("https://evil.example"), None, Some(403)),
            // What a browser sends without asking first.
            ("POST", None, None, Some("text/plain"), Some(415)),
            ("POST", None, None, Some("text/plain; application/json"), Some(415)),
            ("POST", None, None, Some("application/x-www-form-urlencoded"), Some(415)),
            ("POST", None, None, Some("multipart/form-data; boundary=x"), Some(415)),
            ("POST", None, None, Some(""), Some(415)),
            ("GET", Some("cross-site"), Some("https://evil.example"), Some("text/plain"), None),
        ] {
            let mut request = TestRequest::default()
                .method(method.parse().expect("a method"))
                .insert_header((HOST, "localhost:8080"));
            let headers = [("sec-fetch-site", site), ("origin", origin), ("content-type", kind)];
            for (name, value) in headers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                request = request.insert_header((name, value));
            }
            if kind.is_some() {
                request = request.insert_header((CONTENT_LENGTH, "2"));
            }
            let status = other_site(&request.to_http_request()).map(|refusal| refusal.status().as_u16());
            assert_eq!(status, expected, "{method} {site:?} {origin:?} {kind:?}");
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
