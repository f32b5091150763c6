//! The journal middleware: reads the body, lets the call through, writes the entry and counts it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Instant as Timer;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use actix_web::http::{ConnectionType, Method, Version};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError as _};
use futures_util::FutureExt;
use serde_json::Value;

use super::body;
use super::call::Call;
use super::error::Refused;
use super::{connection, fault, peer};
use crate::domain::contract::error::Error as Fault;
use crate::domain::contract::lint::{Finding, Mode};
use crate::domain::contract::operation::Operation;
use crate::domain::record::fault::Fired;
use crate::domain::value::hidden;
use crate::domain::value::id::AccountCode;
use crate::service::{Sandbox, clock};
use crate::store::journal::{BODY_KEPT, JournalEntry, Packed};

/// Plays a call of the vendor's face and keeps it in the journal of its account, or in the server's own.
///
/// # Errors
/// The connection broke.
pub async fn play(
    sandbox: &Sandbox,
    call: Rc<Call>,
    target: Box<str>,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
    answer: fault::AnswerWriter,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // A handler that panics takes the request with it: what its entry needs is read before.
    let arrived = Arrived { target, client: peer::client(request.request()), timer: Timer::now() };
    let mut payload = request.take_payload();
    if has_body(&request) {
        match body::read(request.headers(), &mut payload, body::LIMIT, sandbox.options.request_timeout).await {
            Ok(bytes) => *call.body.borrow_mut() = bytes,
            // The caller's token is looked at first.
            Err(Fault::TooLarge { .. }) => call.too_large.set(true),
            Err(error) => {
                let is_late = error == Fault::Late;
                let mut refusal = Refused { operation: call.operation.get(), error }.error_response();
                refusal.head_mut().set_connection_type(ConnectionType::Close);
                if is_late {
                    // Source: platform §2, the gateway answers a request that stalls with nothing.
                    refusal = fault::drop_connection(refusal);
                }
                return Ok(keep(sandbox, &call, arrived, request.into_response(refusal), None).await);
            }
        }
    }
    request.extensions_mut().insert(Rc::clone(&call));
    let fired = fault::fire(sandbox, &call, &arrived.target, &request).await;
    let mut instead = None;
    if let Some(Fired { effect, delay, .. }) = &fired {
        connection::pause(sandbox, request.request(), *delay).await;
        instead = answer(sandbox, request.request(), &call, effect).await;
        // A call whose connection is dropped is answered with nothing; whether it is carried out is the fault's to say.
        if instead.is_none() && effect.connection.is_some() && !effect.applied {
            instead = Some(HttpResponse::ServiceUnavailable().finish());
        }
        if !effect.applied
            && let Some(instead) = instead.take()
        {
            return Ok(keep(sandbox, &call, arrived, request.into_response(instead), fired.as_ref()).await);
        }
    }
    let name = method(request.method());
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answered) => {
            let mut answered = answered?;
            if let Some(instead) = instead {
                answered = answered.into_response(instead);
            }
            Ok(keep(sandbox, &call, arrived, answered, fired.as_ref()).await)
        }
        Err(_panic) => Err(broken(sandbox, &call, arrived, name).into()),
    }
}

/// What is known of a call before it is answered.
struct Arrived {
    target: Box<str>,
    client: Option<IpAddr>,
    timer: Timer,
}

/// Keeps a call whose handler panicked, and gives the refusal; its headers and body are lost.
fn broken(sandbox: &Sandbox, call: &Call, arrived: Arrived, method: Cow<'static, str>) -> Refused {
    let Arrived { target, client, timer } = arrived;
    tracing::error!(%target, "a handler panicked; please report it");
    let operation = call.operation.get();
    let refused = Refused { operation, error: Fault::Internal("its log says where".to_owned()) };
    let answer = refused.error_response();
    let passed = timer.elapsed();
    sandbox.metrics.request(operation, answer.status().as_u16(), passed.as_secs_f64());
    let entry = JournalEntry {
        id: 0,
        at: clock::wall(),
        method,
        target,
        operation,
        peer: client,
        request: Packed::new(std::iter::empty(), &[]),
        status: answer.status().as_u16(),
        response: answer.into_body().try_into_bytes().unwrap_or_default(),
        duration_us: u32::try_from(passed.as_micros()).unwrap_or(u32::MAX),
        findings: Vec::new(),
        fault: None,
    };
    match call.account.borrow().as_ref() {
        Some(account) => drop(account.keep(entry)),
        None => drop(sandbox.store.journal.write(entry)),
    }
    refused
}

/// Whether a body follows the head. An HTTP/1 request that announces none has none, yet a CONNECT, or an upgrade to a
/// protocol that is not spoken here, is a stream that ends when the client does.
fn has_body(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    request.version() > Version::HTTP_11
        || headers.contains_key(CONTENT_LENGTH)
        || headers.contains_key(TRANSFER_ENCODING)
}

async fn keep(
    sandbox: &Sandbox,
    call: &Call,
    arrived: Arrived,
    response: ServiceResponse<BoxBody>,
    fired: Option<&Fired>,
) -> ServiceResponse<BoxBody> {
    let Arrived { target, client, timer } = arrived;
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let (body, kept) = match body.try_into_bytes() {
        Ok(bytes) => (BoxBody::new(bytes.clone()), bytes),
        Err(body) => (body, Bytes::new()),
    };
    let operation = call.operation.get();
    let account = call.account.borrow().clone();
    let status = response.status().as_u16();
    let mut findings = call.findings.take();
    if !findings.is_empty()
        && let Some(account) = &account
        && sandbox.look(account, |state, _| state.settings.lint).await == Mode::Off
    {
        findings.clear();
    }
    let passed = timer.elapsed();
    sandbox.metrics.request(operation, status, passed.as_secs_f64());
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule.id()).collect();
    let first: Vec<Finding> = match &account {
        Some(account) => findings.iter().filter(|finding| account.is_first(finding.rule)).cloned().collect(),
        None => Vec::new(),
    };
    // Whatever is sent to a path like the token endpoint's may hold secrets, whether it got there or not.
    let sent_to = target.split('?').next().unwrap_or_default().trim_end_matches('/');
    let is_token =
        operation.is_some_and(Operation::is_token) || ["/token", "/revoke"].iter().any(|end| sent_to.ends_with(end));
    let entry = JournalEntry {
        id: 0,
        at: clock::wall(),
        method: method(request.method()),
        target,
        operation,
        peer: client,
        request: pack(&request, call, is_token),
        status,
        response: if is_token { hide_tokens(&kept) } else { shortened(kept) },
        duration_us: u32::try_from(passed.as_micros()).unwrap_or(u32::MAX),
        findings,
        fault: fired.map(|fired| fired.id.as_str().into()),
    };
    let is_logged = tracing::enabled!(tracing::Level::DEBUG);
    let (method, target) = if is_logged { (entry.method.clone(), entry.target.clone()) } else { Default::default() };
    let number = match account.as_ref() {
        Some(account) => account.keep(entry),
        None => sandbox.store.journal.write(entry).id,
    };
    tracing::debug!(
        request = number, method = %method, target = %target, status, operation = operation.map_or("none", Operation::name),
        account = account.as_ref().map_or("", |account| account.code.as_str()), lint = ?rules, "request"
    );
    if let Some(account) = account.as_ref() {
        log_findings(&account.code, number, &first);
    }
    if sandbox.options.debug_headers {
        debug_headers(response.headers_mut(), number, &rules);
    }
    let response = response.set_body(body);
    ServiceResponse::new(
        request,
        match fired {
            Some(fired) => fault::spoil(response, &fired.effect),
            None => response,
        },
    )
}

/// Tells once per rule and account that the lint found something.
fn log_findings(account: &AccountCode, request: u64, first: &[Finding]) {
    for Finding { rule, pointer, contract, .. } in first {
        tracing::info!(
            %account, rule = rule.id(), at = %pointer,
            "lint: expected {contract}; all findings: /_sandbox/accounts/{account}/requests/{request}"
        );
    }
}

/// An answer for the journal: a long one is cut, in memory of its own.
fn shortened(body: Bytes) -> Bytes {
    if body.len() <= BODY_KEPT { body } else { Bytes::copy_from_slice(&body[..BODY_KEPT]) }
}

fn debug_headers(headers: &mut HeaderMap, number: u64, rules: &[&str]) {
    headers.insert(HeaderName::from_static("x-atlas-sandbox-request"), HeaderValue::from(number));
    if let Ok(value) = HeaderValue::from_str(&rules.join(", "))
        && !rules.is_empty()
    {
        headers.insert(HeaderName::from_static("x-atlas-sandbox-lint"), value);
    }
}

fn method(method: &Method) -> Cow<'static, str> {
    match *method {
        Method::GET => "GET".into(),
        Method::PUT => "PUT".into(),
        Method::POST => "POST".into(),
        Method::DELETE => "DELETE".into(),
        _ => method.as_str().to_owned().into(),
    }
}

/// Headers and body for the journal; secrets are hidden here, so that nothing behind this ever holds one.
fn pack(request: &HttpRequest, call: &Call, is_token: bool) -> Packed {
    let headers = request.headers().iter().map(|(name, value)| {
        let value = match name.as_str() {
            "authorization" | "proxy-authorization" => hide_credentials(value.as_bytes()),
            name if hidden::is_secret(name) => b"***".as_slice(),
            _ => value.as_bytes(),
        };
        (name.as_str(), value)
    });
    let body = call.body.borrow();
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if is_token || is_form {
        Packed::new(headers, hide_form(&body).as_bytes())
    } else if body.is_empty() || call.is_open.get() {
        Packed::new(headers, &body)
    } else {
        Packed::new(headers, &hide_unread(&body))
    }
}

/// A body that no operation has read: what was meant for the token endpoint may be in it.
fn hide_unread(body: &[u8]) -> Cow<'_, [u8]> {
    if let Ok(mut json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_slice(body) {
        // Of a member that comes twice only the last is in the tree: the text itself must not name a secret, either.
        let is_open = !hidden::hide_members(&mut json) && !body.contains(&b'\\') && !names_secret(body);
        return if is_open { body.into() } else { json.to_string().into_bytes().into() };
    }
    let text = String::from_utf8_lossy(body);
    match hidden::hide_fields(&text) {
        Cow::Owned(shown) if is_form(&text) => shown.into_bytes().into(),
        Cow::Borrowed(_) if !names_secret(&body[..body.len().min(BODY_KEPT)]) => body.into(),
        _ => hidden::MASK.as_bytes().into(),
    }
}

/// Whether a text is written as a form is: what stands before each `=` is a name.
fn is_form(text: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-%+[]".contains(&byte));
    text.split('&').all(|field| field.split('=').next().is_some_and(is_name))
}

/// Whether a text of any form has a word in it that is a secret's name; `key` is the name of too much else.
fn names_secret(text: &[u8]) -> bool {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte != b'-');
    words.filter_map(|word| std::str::from_utf8(word).ok()).any(|word| hidden::is_secret(word) && word != "key")
}

/// The scheme alone, where it is one that is known.
fn hide_credentials(value: &[u8]) -> &'static [u8] {
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    match scheme {
        b"Bearer" => b"Bearer ***",
        b"bearer" => b"bearer ***",
        b"Basic" => b"Basic ***",
        _ => b"***",
    }
}

/// The fields of the token endpoint's forms that hold secrets.
const SECRET: [&str; 5] = ["password", "client_secret", "token", "access_token", "refresh_token"];

/// A form whose secret fields are hidden, and all that are not known: what is no form is one field whose name is the
/// whole body.
fn hide_form(body: &[u8]) -> String {
    let mut hidden = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(body) {
        let is_open =
            matches!(&*name, "grant_type" | "scope" | "username" | "client_id" | "validity_period" | "token_type_hint");
        let is_known = is_open || SECRET.contains(&&*name);
        hidden.append_pair(if is_known { &name } else { "***" }, if is_open { &value } else { "***" });
    }
    hidden.finish()
}

/// A token answer whose tokens are hidden.
fn hide_tokens(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else { return body.clone() };
    for (name, value) in &mut members {
        if name.ends_with("_token") && value.is_string() {
            *value = "***".into();
        }
    }
    serde_json::to_vec(&members).map_or_else(|_| Bytes::new(), Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_body_that_was_not_read_is_hidden() {
        for (body, shown) in [
            (r#"{ "a": 1 }"#, r#"{ "a": 1 }"#),
            (r#"[{ "a": { "id_token": "hunter2" } }, { "a": 1 }]"#, r#"[{"a":{"id_token":"***"}},{"a":1}]"#),
            (r#"{"password": 123456, "pin": {"secret": ["hunter2"]}}"#, r#"{"password":"***","pin":{"secret":"***"}}"#),
            (r#"{"password": "hunter2", "password": null}"#, r#"{"password":null}"#),
            (r#"{"a": {"password": "hunter2"}, "a": 1}"#, r#"{"a":1}"#),
            (r#"{"a": {"p\u0061ssword": "hunter2"}, "a": 1}"#, r#"{"a":1}"#),
            (r#"[{"key": "cohort", "value": "1"}]"#, r#"[{"key": "cohort", "value": "1"}]"#),
            (r#"{"password": "hunter2""#, "***"),
            (r#"{"pwd": "hunter2""#, "***"),
            (r#"[{"key": "cohort", "value""#, r#"[{"key": "cohort", "value""#),
            ("pwd=hunter2", "pwd=***"),
            ("note=my+password+is+hunter2", "***"),
            (r#"{"password": "hunter=2&token=3""#, "***"),
            ("\"client_secret=hunter2&a=b\"", "***"),
            ("<password>hunter2</password>", "***"),
            ("--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--x--", "***"),
            ("grant_type=password&password=hunter2", "grant_type=password&password=***"),
            ("client_secret=hunter2", "client_secret=***"),
            (r#"{"password":"hunter2","user":{"pwd":"hunter2"}}"#, r#"{"password":"***","user":{"pwd":"***"}}"#),
            ("plain text", "plain text"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8_lossy(&hide_unread(body.as_bytes())), shown);
        }
        assert_eq!(&*hide_unread(b"\xff=1"), b"\xff=1");
    }

    #[actix_web::test]
    async fn a_panic_of_a_handler_is_an_error_model_and_an_entry() {
        use actix_web::middleware::from_fn;
        use actix_web::{App, test, web};

        use crate::service::SandboxOptions;

        async fn broken() -> HttpResponse {
            panic!("as the test wants it")
        }
        let (sandbox, _woken) = Sandbox::new(SandboxOptions { journal_entries: 1, ..SandboxOptions::for_a_check() });
        let kept = std::sync::Arc::clone(&sandbox);
        let playing = move |request: ServiceRequest, next: Next<BoxBody>| {
            let sandbox = std::sync::Arc::clone(&sandbox);
            async move {
                let answer: fault::AnswerWriter = |_, _, _, _| Box::pin(std::future::ready(None));
                play(&sandbox, Rc::default(), "/x".into(), request, next, answer).await
            }
        };
        let app = test::init_service(App::new().route("/x", web::to(broken)).wrap(from_fn(playing))).await;
        let request = test::TestRequest::get().uri("/x").to_request();
        let error = test::try_call_service(&app, request).await.expect_err("it panicked");
        let answer = error.error_response();
        assert_eq!(answer.status().as_u16(), 500);
        let body = answer.into_body().try_into_bytes().expect("a body");
        assert!(body.starts_with(br#"{"error":"Internal Server Error","#), "{body:?}");
        let entries = kept.store.journal.entries();
        assert_eq!((entries.len(), entries[0].status, &*entries[0].response), (1, 500, &*body));
    }
}
