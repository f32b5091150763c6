//! One attempt to deliver: sends the request, reads the answer, and describes how it ended.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant as Timer};

use futures_util::StreamExt;
use reqwest::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use tokio::time::Instant as Deadline;

use super::failure::describe;
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

/// Sends one delivery; every way that this can end is an outcome.
pub async fn send(client: &Client, token_cache: &TokenCache, job: &Job, wall: Timestamp) -> AttemptOutcome {
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
    let limit = job.subscription.timeout.0;
    let deadline = Deadline::now() + limit;
    let exchange = async {
        let token_request = TokenRequest { client, subscription: &job.subscription, deadline, now: job.tokens_at };
        let mut token = token_cache.bearer(token_request, None).await?;
        let mut renewed = false;
        loop {
            if let Some(token) = &token {
                headers.insert(AUTHORIZATION, token.header.clone());
                secrets.add_header(token.header.to_str().unwrap_or_default());
            }
            let request = client
                .request(method.clone(), url.clone())
                .headers(headers.clone())
                .body(reqwest::Body::from(bytes::Bytes::copy_from_slice(job.sent_body().as_bytes())))
                .send();
            let response = request.await.map_err(|error| describe("receiver", &error))?;
            if token.is_none() || renewed || response.status() != StatusCode::UNAUTHORIZED {
                return Ok(read(response).await);
            }
            drop(response);
            let another = token_cache.bearer(token_request, token.as_ref()).await;
            token = another.map_err(|(why, passing)| (format!("the receiver answered 401; {why}"), passing))?;
            renewed = true;
        }
    };
    let answer = match tokio::time::timeout_at(deadline, exchange).await {
        Ok(answer) => answer,
        Err(_) => Err((format!("no answer within {} (timeout)", job.subscription.timeout), true)),
    };
    outcome(job, wall, timer, &headers, &secrets, answer)
}

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
    broken: Option<String>,
}

async fn read(mut response: Response) -> ReceiverResponse {
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    let (mut body, mut is_cut, mut broken) = (Vec::new(), false, None);
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
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
                is_cut = true;
                broken = Some(describe("receiver", &error).0);
                break;
            }
        }
    }
    ReceiverResponse { status, headers, body, is_cut, broken }
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
    let mut retry_after = None;
    let passing = match answer {
        Ok(answer) => {
            attempt.status = Some(answer.status);
            attempt.response_headers = request::shown(&answer.headers, job);
            let body = String::from_utf8_lossy(&answer.body);
            attempt.response_body =
                if answer.is_cut { secrets.hide_cut(&body) } else { secrets.hide(&body).into_owned() };
            attempt.reason = reason_of(job, answer.status, &answer.headers, answer.broken);
            retry_after = retry_after_of(&answer.headers, wall);
            answer.status == 500 || matches!(answer.status, 429 | 503) && retry_after.is_some()
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
    AttemptOutcome { attempt: Arc::new(attempt.with_headers_cut()), passing, retry_after }
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

/// Describes what the status means.
fn reason_of(job: &Job, status: u16, headers: &HeaderMap, broken: Option<String>) -> String {
    let taken = job.subscription.takes(job.service, status);
    let words = match (taken, status) {
        (true, _) => format!("delivered: the receiver answered {status}"),
        (false, 300..400) => {
            let target = headers
                .get("location")
                .map_or_else(String::new, |to| format!(" to {}", String::from_utf8_lossy(to.as_bytes())));
            format!("the receiver answered {status}, a redirect{target}; redirects are never followed")
        }
        (false, 200..300) => {
            format!("the receiver answered {status}; only 200 counts (setting success: 2xx takes any)")
        }
        (false, _) => format!("the receiver answered {status}; 200 was expected"),
    };
    match broken {
        Some(broken) => words + "; its body broke off: " + &broken,
        None => words,
    }
}
