//! Bodies: the vendor's write models, and the documents of the control face.

use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::error::{ControlError, Refused};
use super::heavy;
use crate::domain::contract::body::{self, Checked, Read, Unfit};
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::value::document::{self, DocumentFormat};
use crate::service::Sandbox;

/// The most a vendor service reads, in bytes.
///
/// Assumed: 1 MiB (contract §1).
pub const LIMIT: usize = 1024 * 1024;

/// The most that a control call may send, in bytes.
pub const CONTROL_LIMIT: usize = 16 * 1024 * 1024;

/// The most that a document of a whole account may have, in bytes.
pub const ACCOUNT_LIMIT: usize = 256 * 1024 * 1024;

/// How much of a body that is too large is read and thrown away, so that its sender gets to see the answer.
const DRAINED: usize = 16 * 1024 * 1024;

/// A vendor's write model; its findings are with the call already.
#[derive(Debug)]
pub struct Body<T>(pub Checked<T>);

impl<T: Read> FromRequest for Body<T> {
    type Error = Refused;
    type Future = Reading<T>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = Finding::of_content_type(content_type.map(|kind| kind.to_str().unwrap_or_default()));
        Reading { call: Call::of(request), content_type, model: PhantomData }
    }
}

/// Reads the body once the caller's checks have passed; a caller that is refused sends its refusal, and the body is
/// not looked at.
#[derive(Debug)]
pub struct Reading<T> {
    call: Rc<Call>,
    content_type: Option<Finding>,
    model: PhantomData<fn() -> T>,
}

impl<T: Read> Future for Reading<T> {
    type Output = Result<Body<T>, Refused>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let call = Rc::clone(&self.call);
        if !call.has_passed.get() {
            // All arguments of a handler are one task: what wakes the checks polls this again.
            return Poll::Pending;
        }
        let operation = call.operation.get();
        if call.too_large.get() {
            return Poll::Ready(Err(Refused { operation, error: Error::TooLarge { limit: LIMIT } }));
        }
        let is_update = operation.is_some_and(|operation| operation.method == "PUT");
        let read = body::examine::<T>(&call.body.borrow(), is_update);
        let content_type = self.content_type.take();
        Poll::Ready(match read {
            Ok(mut checked) => {
                call.is_open.set(checked.is_all_known());
                checked.findings.extend(content_type);
                call.found(checked.findings.iter().cloned());
                Ok(Body(checked))
            }
            Err(Unfit { error, findings }) => {
                call.found(findings.into_iter().chain(content_type));
                Err(Refused { operation, error })
            }
        })
    }
}

/// Reads a body that may have this many bytes, within the server's patience. Of a larger one, some more is read and
/// thrown away, so that its sender gets to see the answer; of one that announces more than that, nothing is.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::Late`], and [`Error::Invalid`] of a body that breaks off.
pub async fn read(
    headers: &HeaderMap,
    payload: &mut Payload,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Error> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit + DRAINED)) {
        return Err(Error::TooLarge { limit });
    }
    tokio::time::timeout(patience, read_whole(payload, limit)).await.map_err(|_late| Error::Late)?
}

async fn read_whole(payload: &mut Payload, limit: usize) -> Result<Bytes, Error> {
    let mut first: Option<Bytes> = None;
    let mut rest = Vec::new();
    let mut size = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Error::Invalid(broken(&error).to_owned()))?;
        size += chunk.len();
        if size > limit + DRAINED {
            break;
        }
        if size > limit {
            rest = Vec::new();
            continue;
        }
        match &first {
            None => first = Some(chunk),
            Some(start) => {
                if rest.is_empty() {
                    rest.extend_from_slice(start);
                }
                rest.extend_from_slice(&chunk);
            }
        }
    }
    if size > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(if rest.is_empty() { first.unwrap_or_default() } else { Bytes::from(rest) })
}

/// How a body broke off.
fn broken(error: &PayloadError) -> &'static str {
    match error {
        PayloadError::EncodingCorrupted => "the body broke off: a chunk is not framed as HTTP/1.1 asks",
        _ => "the body broke off: the connection ended before the announced end of the body",
    }
}

/// What a control call sends, read within the server's patience.
///
/// # Errors
/// Those of [`read`].
pub async fn read_control(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Bytes, Error> {
    let sandbox = request.app_data::<Data<Arc<Sandbox>>>();
    let sandbox = sandbox.ok_or_else(|| Error::Internal("no sandbox behind the route".to_owned()))?;
    read(request.headers(), payload, limit, sandbox.options.request_timeout).await
}

/// What a content type says of a document; `None` where it is neither JSON nor YAML.
pub fn format(content_type: &str) -> Option<DocumentFormat> {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |name: &str| {
        kind.strip_prefix("application/").or_else(|| kind.strip_prefix("text/")).is_some_and(|subtype| {
            subtype == name || subtype.strip_prefix("x-") == Some(name) || subtype.ends_with(&format!("+{name}"))
        })
    };
    match (is("json"), is("yaml")) {
        (true, _) => Some(DocumentFormat::Json),
        (_, true) => Some(DocumentFormat::Yaml),
        _ => None,
    }
}

/// A document of the control face: JSON, or YAML where the content type says so; an empty body is `{}`.
#[derive(Debug)]
pub struct Document<T, const LIMIT: usize = CONTROL_LIMIT>(pub T);

/// A document that holds a whole account: a fixture, a snapshot.
pub type AccountDocument<T> = Document<T, ACCOUNT_LIMIT>;

impl<T: DeserializeOwned + Send + 'static, const LIMIT: usize> FromRequest for Document<T, LIMIT> {
    type Error = ControlError;
    type Future = LocalBoxFuture<'static, Result<Self, ControlError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let format = content_type.and_then(format).unwrap_or(DocumentFormat::Json);
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read_control(&request, &mut payload, LIMIT).await?;
            let document = if body.len() < heavy::LONG {
                parse(&body, format)
            } else {
                heavy::compute(move || parse(&body, format)).await
            };
            Ok(Self(document?))
        })
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], format: DocumentFormat) -> Result<T, Error> {
    let text = std::str::from_utf8(body).map_err(|error| Error::Invalid(format!("body: expected UTF-8, {error}")))?;
    let text = if text.trim().is_empty() { "{}" } else { text };
    document::read_all(text, format).map_err(|mistakes| {
        let told = mistakes.iter().map(|wrong| format!("{wrong} (line {}, column {})", wrong.line, wrong.column));
        Error::Invalid(told.collect::<Vec<_>>().join("; "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_says_how_a_document_is_written() {
        for (text, expected) in [
            ("application/json", Some(DocumentFormat::Json)),
            ("Application/JSON; charset=utf-8", Some(DocumentFormat::Json)),
            ("application/merge-patch+json", Some(DocumentFormat::Json)),
            ("application/yaml", Some(DocumentFormat::Yaml)),
            ("text/yaml", Some(DocumentFormat::Yaml)),
            ("application/x-yaml", Some(DocumentFormat::Yaml)),
            ("text/plain", None),
            ("text/plain; application/json", None),
            ("application/x-www-form-urlencoded", None),
            ("multipart/form-data; boundary=json", None),
            ("jsonp", None),
            ("", None),
        ] {
            assert_eq!(format(text), expected, "{text}");
        }
    }
}
