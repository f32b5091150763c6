//! Bodies: the vendor's write models, and the documents of the control face.

use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::error::{ControlError, Refused};
use crate::domain::contract::body::{self, Checked, Read};
use crate::domain::contract::error::Error;
use crate::domain::value::document::{self, DocumentFormat};
use crate::service::Sandbox;

/// The most a vendor service reads, in bytes.
///
/// Assumed: 1 MiB (contract §1).
pub const LIMIT: usize = 1024 * 1024;

/// How much of a body that is too large is read and thrown away, so that its sender gets to see the answer.
const DRAINED: usize = 16 * 1024 * 1024;

/// A vendor's write model; its findings are with the call already.
#[derive(Debug)]
pub struct Body<T>(pub Checked<T>);

impl<T: Read> FromRequest for Body<T> {
    type Error = Refused;
    type Future = Reading<T>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Reading { call: Call::of(request), model: PhantomData }
    }
}

/// Reads the body once the caller's checks have passed; a caller that is refused sends its refusal, and the body is
/// not looked at.
#[derive(Debug)]
pub struct Reading<T> {
    call: Rc<Call>,
    model: PhantomData<fn() -> T>,
}

impl<T: Read> Future for Reading<T> {
    type Output = Result<Body<T>, Refused>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let call = &self.call;
        if !call.has_passed.get() {
            // All arguments of a handler are one task: what wakes the checks polls this again.
            return Poll::Pending;
        }
        let operation = call.operation.get();
        if call.too_large.get() {
            return Poll::Ready(Err(Refused { operation, error: Error::TooLarge { limit: LIMIT } }));
        }
        let read = body::read::<T>(&call.body.borrow());
        Poll::Ready(read.map_err(|error| Refused { operation, error }).map(|checked| {
            call.found(checked.findings.iter().cloned());
            Body(checked)
        }))
    }
}

/// Reads a vendor call's body; true where it was larger than [`LIMIT`].
///
/// # Errors
/// The connection broke.
pub async fn read(payload: &mut Payload) -> Result<(Bytes, bool), actix_web::Error> {
    let mut first: Option<Bytes> = None;
    let mut rest = Vec::new();
    let mut size = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk?;
        size += chunk.len();
        if size > DRAINED {
            break;
        }
        if size > LIMIT {
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
    let body = if rest.is_empty() { first.unwrap_or_default() } else { Bytes::from(rest) };
    Ok((body, size > LIMIT))
}

/// What a control call sends, read within the server's patience.
///
/// # Errors
/// [`Error::Late`].
pub async fn in_time<T>(request: &HttpRequest, reading: impl Future<Output = T>) -> Result<T, Error> {
    let Some(sandbox) = request.app_data::<Data<Arc<Sandbox>>>() else { return Ok(reading.await) };
    tokio::time::timeout(sandbox.options.request_timeout, reading).await.map_err(|_late| Error::Late)
}

/// A document of the control face: JSON, or YAML where the content type says so; an empty body is `{}`.
#[derive(Debug)]
pub struct Document<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Document<T> {
    type Error = ControlError;
    type Future = LocalBoxFuture<'static, Result<Self, ControlError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_yaml = request
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("yaml"));
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let mut body = Vec::new();
            let reading = async {
                while let Some(chunk) = payload.next().await {
                    let chunk = chunk.map_err(|error| Error::Invalid(format!("the body broke off: {error}")))?;
                    body.extend_from_slice(&chunk);
                }
                Ok::<_, Error>(())
            };
            in_time(&request, reading).await??;
            let text =
                std::str::from_utf8(&body).map_err(|error| Error::Invalid(format!("body: expected UTF-8, {error}")))?;
            let text = if text.trim().is_empty() { "{}" } else { text };
            let format = if is_yaml { DocumentFormat::Yaml } else { DocumentFormat::Json };
            // Every document is an object; serde would fill its members from an array by their order.
            if !is_yaml && text.trim_start().starts_with('[') {
                return Err(Error::Invalid("body: expected an object, got an array".to_owned()).into());
            }
            document::read(text, format).map(Document).map_err(|wrong| {
                let expected = format!("{} (line {}, column {})", wrong.message, wrong.line, wrong.column);
                let path = if wrong.path == "." { String::new() } else { wrong.path };
                if path.is_empty() {
                    Error::Invalid(expected).into()
                } else {
                    ControlError(Error::Invalid(format!("{path}: {expected}")))
                }
            })
        })
    }
}
