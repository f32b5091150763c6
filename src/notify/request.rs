//! Builds the request of a delivery: its URL, its headers and its signature.

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};

use super::authorization::{self, value};
use super::client::PRODUCT;
use crate::domain::outbox::Job;
use crate::domain::record::authentication::Auth;
use crate::domain::record::subscription::Signing;
use crate::domain::value::hidden;
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::text::Text;
use crate::service::delivery::Rehearsal;
use crate::signing::{ed25519, http_message, standard_webhooks};

/// The `keyid` of HTTP Message Signatures, if the subscription names none.
const KEY_ID: &str = "atlas-sandbox";

/// The URL and all headers except that of an OAuth2 token. Also sets what the HTTP client would add by itself, so that
/// the attempt shows it.
///
/// # Errors
/// Why the delivery cannot be sent, in words.
pub fn head(job: &Job, wall: Timestamp) -> Result<(Url, HeaderMap), String> {
    let url = Url::parse(job.url()).map_err(|error| format!("not sent: url: {error}"))?;
    let mut headers = HeaderMap::with_capacity(10);
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    headers.insert(HOST, value(&host)?);
    headers.insert(USER_AGENT, HeaderValue::from_static(PRODUCT));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(job.sent_body().len()));
    if let Some((name, text)) = job.header {
        headers.insert(name, HeaderValue::from_static(text));
    }
    let timestamp = job.signed_at.unwrap_or(wall).timestamp().saturating_add(job.skew);
    signed(job, &url, timestamp, &mut headers)?;
    if let Some(parent) = &job.traceparent {
        headers.insert("traceparent", value(parent)?);
    }
    authorization::add(&job.subscription.auth, &mut headers)?;
    Ok((url, headers))
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
            let digest = http_message::content_digest(body);
            // A fragment is never sent.
            let target = url.as_str().split('#').next().unwrap_or_default();
            let values = [job.subscription.method.name(), target, "application/json", &digest, &job.id];
            let key_id = signing.key_id.as_deref().unwrap_or(KEY_ID);
            let (input, signature) =
                http_message::sign(signing.algorithm, &job.secrets, key_id, timestamp, values).ok_or_else(no_key)?;
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

/// The first line of the request, as the attempt shows it.
pub fn line(job: &Job) -> String {
    format!("{} {}", job.subscription.method.name(), job.url())
}

/// Headers as the attempt shows them, with credentials hidden.
pub fn shown(headers: &HeaderMap, job: &Job) -> Vec<(Text, Text)> {
    let secret_header = authorization::header_name(&job.subscription.auth);
    let text = |name: &HeaderName, value: &HeaderValue| {
        if *name == secret_header { "***".into() } else { Text::from_utf8_lossy(value.as_bytes()) }
    };
    headers.iter().map(|(name, value)| (name.as_str().into(), text(name, value))).collect()
}

/// The request that sending a job at this wall time would send, byte for byte.
///
/// # Errors
/// Why the delivery cannot be sent, in words.
pub fn rehearse(job: &Job, wall: Timestamp) -> Result<Rehearsal, String> {
    let (_, mut headers) = head(job, wall)?;
    if let Auth::OAuth2(_) = job.subscription.auth {
        // The token is fetched when the delivery is sent, and always hidden.
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer"));
    }
    Ok(Rehearsal {
        id: Arc::clone(&job.id),
        request_line: hidden::hide_query(&line(job)).into_owned(),
        headers: shown(&headers, job),
        body: Arc::clone(job.sent_body()),
    })
}
