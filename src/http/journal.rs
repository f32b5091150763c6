//! The journal middleware: reads the body, lets the call through, writes the entry and counts it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Instant as Timer;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use actix_web::http::{ConnectionType, Method, Version};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError as _};
use futures_util::FutureExt;

use super::call::Call;
use super::error::Refused;
use super::{connection, fault, payload, peer, secret};
use crate::domain::contract::error::Error as Fault;
use crate::domain::contract::lint::{Finding, Mode};
use crate::domain::contract::operation::Operation;
use crate::domain::record::fault::Fired;
use crate::domain::value::id::AccountCode;
use crate::service::{Account, Sandbox, clock};
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
    if !matches!(payload, Payload::None) && has_body(&request) {
        match payload::read(request.headers(), &mut payload, payload::LIMIT, sandbox.options.request_timeout).await {
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
    let findings = found(sandbox, call, account.as_deref()).await;
    let passed = timer.elapsed();
    sandbox.metrics.request(operation, status, passed.as_secs_f64());
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule.id()).collect();
    let first: Vec<Finding> = match &account {
        Some(account) => findings.iter().filter(|finding| account.is_first(finding.rule)).cloned().collect(),
        None => Vec::new(),
    };
    let is_token = secret::is_meant_for_tokens(operation, &target);
    let entry = JournalEntry {
        id: 0,
        at: clock::wall(),
        method: method(request.method()),
        target,
        operation,
        peer: client,
        request: secret::pack(&request, call, is_token),
        status,
        response: if is_token { secret::hide_tokens(&kept) } else { shortened(kept) },
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

/// What the lint found, unless the account does without it.
async fn found(sandbox: &Sandbox, call: &Call, account: Option<&Account>) -> Vec<Finding> {
    let findings = call.findings.take();
    match account {
        Some(account) if !findings.is_empty() => {
            let mode = sandbox.look(account, |state, _| state.settings.lint).await;
            if mode == Mode::Off { Vec::new() } else { findings }
        }
        _ => findings,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
