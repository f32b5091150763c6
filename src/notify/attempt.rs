//! One attempt to deliver: sign, send, read the answer, say in words how it ended.

use std::sync::Arc;
use std::time::Instant as Timer;

use futures_util::StreamExt;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::Instant as Deadline;

use super::authorization::{self, Tokens};
use super::client::PRODUCT;
use super::failure::in_words;
use crate::domain::authentication::Auth;
use crate::domain::delivery::{Attempt, Outcome};
use crate::domain::outbox::Job;
use crate::domain::stamp::Instant;
use crate::domain::subscription::{Algorithm, Method, Signing};
use crate::signing::{ed25519, http_message, standard_webhooks};

/// The most of an answer's body that is kept, in bytes.
const ANSWER_KEPT: usize = 64 * 1024;

/// The `keyid` of HTTP Message Signatures, where the subscription names none.
const KEY_ID: &str = "atlas-sandbox";

/// Sends one delivery; every way it can end is an outcome.
pub async fn send(client: &Client, tokens: &Tokens, job: &Job, wall: Instant) -> Outcome {
    let timer = Timer::now();
    let (url, mut headers) = match head(job, wall) {
        Ok(head) => head,
        Err(reason) => return outcome(job, wall, timer, &HeaderMap::new(), Err((reason, false))),
    };
    let method = match job.subscription.method {
        Method::Put => reqwest::Method::PUT,
        Method::Post => reqwest::Method::POST,
    };
    let limit = job.subscription.timeout.0;
    let deadline = Deadline::now() + limit;
    let exchange = async {
        let mut token = tokens.bearer(client, &job.subscription, deadline, None).await?;
        let mut renewed = false;
        loop {
            if let Some(token) = &token {
                headers.insert(AUTHORIZATION, token.header.clone());
            }
            let request = client
                .request(method.clone(), url.clone())
                .headers(headers.clone())
                .body(reqwest::Body::from(bytes::Bytes::copy_from_slice(job.body.as_bytes())))
                .send();
            let response = request.await.map_err(|error| in_words("receiver", &error))?;
            if token.is_none() || renewed || response.status() != StatusCode::UNAUTHORIZED {
                return Ok(read(response).await);
            }
            drop(response);
            let another = tokens.bearer(client, &job.subscription, deadline, token.as_ref()).await;
            token = another.map_err(|(why, passing)| (format!("the receiver answered 401; {why}"), passing))?;
            renewed = true;
        }
    };
    let answer = match tokio::time::timeout_at(deadline, exchange).await {
        Ok(answer) => answer,
        Err(_) => Err((format!("no answer within {} (timeout)", job.subscription.timeout), true)),
    };
    outcome(job, wall, timer, &headers, answer)
}

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    broken: Option<String>,
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let (mut body, mut broken) = (Vec::new(), None);
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) if body.len() < ANSWER_KEPT => {
                body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_KEPT - body.len())]);
            }
            Ok(_) => break,
            Err(error) => {
                broken = Some(in_words("receiver", &error).0);
                break;
            }
        }
    }
    Answer { status, headers, body, broken }
}

/// The URL and all headers: what the client would add by itself is set here, so that the attempt keeps it.
fn head(job: &Job, wall: Instant) -> Result<(Url, HeaderMap), String> {
    let url = Url::parse(&job.subscription.url).map_err(|error| format!("not sent: url: {error}"))?;
    let mut headers = HeaderMap::with_capacity(10);
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    headers.insert(HOST, value(&host)?);
    headers.insert(USER_AGENT, HeaderValue::from_static(PRODUCT));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(job.body.len()));
    let timestamp = job.signed_at.unwrap_or(wall).timestamp();
    signed(job, &url, timestamp, &mut headers)?;
    if let Some(parent) = &job.traceparent {
        headers.insert("traceparent", value(parent)?);
    }
    authorization::add(&job.subscription.auth, &mut headers)?;
    Ok((url, headers))
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "a header of the subscription holds a character no header may".to_owned())
}

/// Adds the headers of the signature.
fn signed(job: &Job, url: &Url, timestamp: i64, headers: &mut HeaderMap) -> Result<(), String> {
    let no_key = || "not sent: the subscription's signing secret is none".to_owned();
    let body = job.body.as_bytes();
    let signature = match &job.subscription.signing {
        Signing::StandardWebhooks { .. } => standard_webhooks::sign(&job.secrets, &job.id, timestamp, body)
            .map_err(|error| format!("not sent: {error}"))?,
        Signing::Ed25519(_) => ed25519::sign(&job.secrets, &job.id, timestamp, body).ok_or_else(no_key)?,
        Signing::HttpMessageSignatures(signing) => {
            let method = match job.subscription.method {
                Method::Put => "PUT",
                Method::Post => "POST",
            };
            let algorithm = match signing.algorithm {
                Algorithm::HmacSha256 => http_message::Algorithm::HmacSha256,
                Algorithm::Ed25519 => http_message::Algorithm::Ed25519,
            };
            let digest = http_message::content_digest(body);
            // A fragment is never sent.
            let target = url.as_str().split('#').next().unwrap_or_default();
            let values = [method, target, "application/json", &digest, &job.id];
            let key_id = signing.key_id.as_deref().unwrap_or(KEY_ID);
            let (input, signature) =
                http_message::sign(algorithm, &job.secrets, key_id, timestamp, values).ok_or_else(no_key)?;
            headers.insert("webhook-id", value(&job.id)?);
            headers.insert("content-digest", value(&digest)?);
            headers.insert("signature-input", value(&input)?);
            headers.insert("signature", value(&signature)?);
            return Ok(());
        }
        Signing::None => return Ok(()),
    };
    headers.insert("webhook-id", value(&job.id)?);
    headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
    headers.insert("webhook-signature", value(&signature)?);
    Ok(())
}

fn outcome(
    job: &Job,
    wall: Instant,
    timer: Timer,
    headers: &HeaderMap,
    answer: Result<Answer, (String, bool)>,
) -> Outcome {
    let method = match job.subscription.method {
        Method::Put => "PUT",
        Method::Post => "POST",
    };
    let secret_header = match &job.subscription.auth {
        Auth::Header { name, .. } => name.to_ascii_lowercase(),
        _ => AUTHORIZATION.as_str().to_owned(),
    };
    let shown = |headers: &HeaderMap| -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let value = if name.as_str() == secret_header {
                    "***".into()
                } else {
                    String::from_utf8_lossy(value.as_bytes())
                };
                (name.as_str().to_owned(), value.into_owned())
            })
            .collect()
    };
    let mut attempt = Attempt {
        number: job.number,
        at: wall,
        request_line: format!("{method} {}", job.subscription.url),
        request_headers: shown(headers),
        request_body: Arc::clone(&job.body),
        status: None,
        response_headers: Vec::new(),
        response_body: String::new(),
        duration_ms: timer.elapsed().as_secs_f64() * 1000.0,
        reason: String::new(),
    };
    let secret = headers.get(&secret_header).and_then(|value| value.to_str().ok()).and_then(authorization::secret);
    let passing = match answer {
        Ok(answer) => {
            attempt.status = Some(answer.status);
            attempt.response_headers = shown(&answer.headers);
            attempt.response_body = String::from_utf8_lossy(&answer.body).into_owned();
            attempt.reason = judged(job, answer.status, &answer.headers, answer.broken);
            answer.status == 500
        }
        Err((reason, passing)) => {
            attempt.reason = reason;
            passing
        }
    };
    if let Some(secret) = secret {
        hide(secret, &mut attempt);
    }
    Outcome { attempt, passing }
}

/// Hides a secret where the receiver echoes it.
fn hide(secret: &str, attempt: &mut Attempt) {
    let echoed = attempt.response_headers.iter_mut().map(|(_, value)| value);
    for text in echoed.chain([&mut attempt.response_body, &mut attempt.reason]) {
        if text.contains(secret) {
            *text = text.replace(secret, "***");
        }
    }
}

/// What the status means, in words.
fn judged(job: &Job, status: u16, headers: &HeaderMap, broken: Option<String>) -> String {
    use crate::domain::subscription::Success;
    let taken = match job.subscription.success {
        Success::Ok => status == 200,
        Success::Any2xx => (200..300).contains(&status),
    };
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
