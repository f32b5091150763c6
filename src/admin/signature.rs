//! Signatures of received notifications, explained.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::Data;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::heavy;
use crate::service::{Sandbox, clock, delivery};
use crate::signing::explain::{self, Explanation};
use crate::signing::standard_webhooks::TOLERANCE;

/// What a receiver got, and with what it verifies.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExplainInput {
    /// The headers as they came, by name in any case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came, as text.
    pub body: Option<String>,
    /// The same in base64, where it is no text.
    pub body_base64: Option<String>,
    /// The `whsec_` secret.
    pub secret: Option<String>,
    /// More secrets, the newest first.
    pub secrets: Vec<String>,
    /// The `whpk_` key, for ed25519.
    pub public_key: Option<String>,
    /// The method that came, for HTTP Message Signatures; that of the known delivery, else PUT, where absent.
    pub method: Option<String>,
    /// The whole URL that was called, for HTTP Message Signatures; that of the known delivery where absent.
    pub url: Option<String>,
    /// The receiver's clock; wall time where absent.
    #[serde(with = "stamp::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub now: Option<Timestamp>,
    /// How far the timestamp may be from it, in seconds; 300 where absent.
    pub tolerance: Option<i64>,
}

/// Say whether a received notification verifies, and if not, why.
#[utoipa::path(post, path = "explain_signature")]
pub async fn explain_signature(
    sandbox: Data<Arc<Sandbox>>,
    input: Document<ExplainInput>,
) -> Answer<Json<Explanation>> {
    let input = input.0;
    let body = body(&input)?;
    let keys: Vec<String> = input.secret.into_iter().chain(input.secrets).chain(input.public_key).collect();
    if keys.is_empty() {
        return Err(Error::Invalid("secret, secrets or public_key: expected one at least, got none".to_owned()).into());
    }
    let headers: Vec<(String, String)> =
        input.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let id = headers.iter().find(|(name, _)| name == "webhook-id").map(|(_, id)| id.as_str());
    let known = match id {
        Some(id) => delivery::find(&sandbox, id).await,
        None => None,
    };
    let line = known.as_ref().and_then(|known| known.delivery.attempts().next_back()?.request_line.split_once(' '));
    let (sent_method, sent_url) = line.unwrap_or(("PUT", ""));
    // As it is on the wire: without a fragment, its characters escaped.
    let mut url = input.url.unwrap_or_else(|| sent_url.to_owned());
    if let Ok(mut parsed) = reqwest::Url::parse(&url) {
        parsed.set_fragment(None);
        url = parsed.into();
    }
    let method = input.method.unwrap_or_else(|| sent_method.to_owned());
    let now = input.now.unwrap_or_else(clock::wall).timestamp();
    let tolerance = input.tolerance.unwrap_or(TOLERANCE);
    // Each key is tried on each way in which the body may have been changed.
    let explained = heavy::compute(move || {
        explain::explain(&explain::Received {
            headers: &headers,
            body: &body,
            keys: &keys,
            method: &method,
            url: &url,
            now,
            tolerance,
            known: known
                .as_ref()
                .map(|known| explain::Known { body: known.delivery.body.as_bytes(), keys: &known.secrets }),
        })
    });
    Ok(Json(explained.await))
}

fn body(input: &ExplainInput) -> Result<Vec<u8>, Error> {
    match (&input.body, &input.body_base64) {
        (Some(text), None) => Ok(text.clone().into_bytes()),
        (None, Some(coded)) => {
            STANDARD.decode(coded).map_err(|error| Error::Invalid(format!("body_base64: expected base64, {error}")))
        }
        (None, None) => Err(Error::Invalid("body: expected it, or body_base64, got neither".to_owned())),
        (Some(_), Some(_)) => Err(Error::Invalid("body: expected it or body_base64, got both".to_owned())),
    }
}
