//! One attempt to deliver: sends the request, reads the answer, and describes how it ended.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant as Timer};

use futures_util::StreamExt;
use reqwest::header::{AUTHORIZATION, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Request, RequestBuilder, Response, StatusCode};
use tokio::time::Instant as Deadline;

use super::client::Clients;
use super::failure::{cause, describe};
use super::request;
use super::secret::HiddenSecrets;
use super::token_cache::{TokenCache, TokenRequest};
use crate::domain::outbox::Job;
use crate::domain::outbox::judge::AttemptOutcome;
use crate::domain::record::delivery::Attempt;
use crate::domain::record::subscription::Method;
use crate::domain::value::stamp::{Timestamp, whole_millis};

/// The most bytes of an answer's body that are kept.
const ANSWER_KEPT: usize = 64 * 1024;

/// How much of a redirect's target the reason repeats, in characters.
const TARGET_KEPT: usize = 500;

/// Sends one delivery; every way that this can end is an outcome.
pub async fn send(clients: &Clients, token_cache: &TokenCache, job: &Job, wall: Timestamp) -> AttemptOutcome {
    let (timer, mut secrets) = (Timer::now(), HiddenSecrets::of(&job.subscription.auth));
    if let Some(reason) = &job.unsent {
        return outcome(job, wall, timer, &HeaderMap::new(), &secrets, Err((reason.clone(), true)));
    }
    let (url, mut headers) = match request::head(job, wall) {
        Ok(head) => head,
        Err(reason) => return outcome(job, wall, timer, &HeaderMap::new(), &secrets, Err((reason, false))),
    };
    let method = match job.subscription.method {
        Method::Put => reqwest::Method::PUT,
        Method::Post => reqwest::Method::POST,
    };
    let deadline = Deadline::now() + job.subscription.timeout.0;
    let mut is_second = false;
    let exchange = async {
        let token_request = TokenRequest { clients, subscription: &job.subscription, deadline, now: job.tokens_at };
        let mut token = token_cache.bearer(token_request, None).await?;
        let mut renewed = false;
        loop {
            if let Some(token) = &token {
                headers.insert(AUTHORIZATION, token.header.clone());
                secrets.add_header(token.header.to_str().unwrap_or_default());
            }
            let called = clients.call(&method, |client| {
                // Put together here: the builder would insert header by header.
                let mut request = Request::new(method.clone(), url.clone());
                request.headers_mut().clone_from(&headers);
                *request.body_mut() = Some(bytes::Bytes::copy_from_slice(job.sent_body().as_bytes()).into());
                RequestBuilder::from_parts(client.clone(), request)
            });
            let called = called.await;
            is_second = called.is_second;
            let response = called.answer.map_err(|error| describe("receiver", &error))?;
            if token.is_none() || renewed || response.status() != StatusCode::UNAUTHORIZED {
                return Ok(response);
            }
            drop(response);
            let another = token_cache.bearer(token_request, token.as_ref()).await;
            token = another.map_err(|(why, passing)| (format!("the receiver answered 401; {why}"), passing))?;
            renewed = true;
        }
    };
    let answer = match tokio::time::timeout_at(deadline, exchange).await {
        Ok(Ok(response)) => Ok(read(response, deadline).await),
        Ok(Err(failed)) => Err(failed),
        Err(_) => Err((format!("no answer within {} (timeout)", job.subscription.timeout), true)),
    };
    let mut outcome = outcome(job, wall, timer, &headers, &secrets, answer);
    if is_second {
        Arc::make_mut(&mut outcome.attempt).reason.push_str(SECOND);
    }
    outcome
}

/// What the reason says of a call that was made twice.
const SECOND: &str = " (sent a second time, on a fresh connection: the kept one ended before it answered)";

/// The outcome of a delivery that can never be sent.
pub fn unsent(job: &Job, wall: Timestamp, reason: &str) -> AttemptOutcome {
    outcome(
        job,
        wall,
        Timer::now(),
        &HeaderMap::new(),
        &HiddenSecrets::default(),
        Err((format!("not sent: {reason}"), false)),
    )
}

/// The response of the receiver.
struct ReceiverResponse {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    /// The body is incomplete.
    is_cut: bool,
    end: BodyEnd,
}

/// How the body of an answer ended.
enum BodyEnd {
    Complete,
    Broken(String),
    /// It did not end in time.
    Late,
}

/// Reads an answer; what came of it is kept, however it ends.
async fn read(mut response: Response, deadline: Deadline) -> ReceiverResponse {
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    let (mut body, mut is_cut, mut end) = (Vec::new(), false, BodyEnd::Complete);
    let mut chunks = response.bytes_stream();
    loop {
        let Ok(next) = tokio::time::timeout_at(deadline, chunks.next()).await else {
            (is_cut, end) = (true, BodyEnd::Late);
            break;
        };
        let Some(chunk) = next else { break };
        match chunk {
            Ok(chunk) if body.len() < ANSWER_KEPT => {
                let kept = chunk.len().min(ANSWER_KEPT - body.len());
                is_cut = kept < chunk.len();
                body.extend_from_slice(&chunk[..kept]);
            }
            Ok(_) => {
                is_cut = true;
                break;
            }
            Err(error) => {
                (is_cut, end) = (true, BodyEnd::Broken(cause("receiver", &error)));
                break;
            }
        }
    }
    ReceiverResponse { status, headers, body, is_cut, end }
}

fn outcome(
    job: &Job,
    wall: Timestamp,
    timer: Timer,
    headers: &HeaderMap,
    secrets: &HiddenSecrets,
    answer: Result<ReceiverResponse, (String, bool)>,
) -> AttemptOutcome {
    let mut attempt = Attempt {
        number: job.number,
        at: whole_millis(wall),
        request_line: request::line(job),
        request_headers: request::shown(headers, job),
        request_body: Arc::clone(job.sent_body()),
        status: None,
        response_headers: Vec::new(),
        response_body: String::new(),
        duration_ms: timer.elapsed().as_secs_f64() * 1000.0,
        reason: String::new(),
    };
    let (mut retry_after, mut is_late) = (None, false);
    let passing = match answer {
        Ok(answer) => {
            attempt.status = Some(answer.status);
            attempt.response_headers = request::shown(&answer.headers, job);
            let body = String::from_utf8_lossy(&answer.body);
            attempt.response_body =
                if answer.is_cut { secrets.hide_cut(&body) } else { secrets.hide(&body).into_owned() };
            attempt.reason = reason_of(job, &answer, secrets);
            retry_after = retry_after_of(&answer.headers, wall);
            is_late = matches!(answer.end, BodyEnd::Late);
            is_late || answer.status == 500 || matches!(answer.status, 429 | 503) && retry_after.is_some()
        }
        Err((reason, passing)) => {
            attempt.reason = reason;
            passing
        }
    };
    if let Some(misdelivery) = &job.misdelivery {
        attempt.reason = format!("{} ({misdelivery})", attempt.reason);
    }
    for (_, text) in &mut attempt.response_headers {
        if let Cow::Owned(shown) = secrets.hide(text) {
            *text = shown.into();
        }
    }
    if let Cow::Owned(shown) = secrets.hide(&attempt.reason) {
        attempt.reason = shown;
    }
    AttemptOutcome { attempt: Arc::new(attempt.with_headers_cut()), passing, is_late, retry_after }
}

/// How long `retry-after` asks to wait; it holds seconds or an HTTP date.
///
/// Source: RFC 9110 §10.2.3.
fn retry_after_of(headers: &HeaderMap, wall: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(until.signed_duration_since(wall).to_std().unwrap_or_default())
}

/// Describes what the status means, and how the body ended.
fn reason_of(job: &Job, answer: &ReceiverResponse, secrets: &HiddenSecrets) -> String {
    let status = answer.status;
    if matches!(answer.end, BodyEnd::Late) {
        let timeout = job.subscription.timeout;
        return format!("the receiver answered {status}, but its answer did not end within {timeout} (timeout)");
    }
    let words = match (job.subscription.takes(job.service, status), status) {
        (true, _) => format!("delivered: the receiver answered {status}"),
        (false, 300..400) => {
            let target = answer.headers.get(LOCATION).map_or_else(String::new, |to| {
                // Hidden before it is cut, which could leave half of a secret.
                let to = String::from_utf8_lossy(to.as_bytes());
                format!(" to {}", secrets.hide(&to).chars().take(TARGET_KEPT).collect::<String>())
            });
            format!("the receiver answered {status}, a redirect{target}; redirects are never followed")
        }
        (false, 200..300) => {
            format!("the receiver answered {status}; only 200 counts (setting success: 2xx takes any)")
        }
        (false, _) => format!("the receiver answered {status}; 200 was expected"),
    };
    match &answer.end {
        BodyEnd::Broken(broken) => format!("{words}; its body broke off: {broken}"),
        _ => words,
    }
}
