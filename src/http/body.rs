//! Bodies: the vendor's write models, and the documents of the control face.

use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::arriving;
use super::call::Call;
use super::error::{ControlError, Refused};
use super::heavy;
use super::payload::{ACCOUNT_LIMIT, CONTROL_LIMIT, LIMIT, read};
use crate::domain::contract::body::{self, Checked, Read, Unfit};
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::value::document::{self, DocumentFormat};
use crate::service::Sandbox;

/// A vendor's write model; its findings are with the call already.
#[derive(Debug)]
pub struct Body<T>(pub Checked<T>);

impl<T: Read> FromRequest for Body<T> {
    type Error = Refused;
    type Future = Reading<T>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = Finding::of_content_type(content_type.map(|kind| kind.to_str().unwrap_or_default()));
        Reading { call: Call::of(request), content_type, is_over: false, model: PhantomData }
    }
}

/// Reads the body once the caller's checks have passed; a caller that is refused sends its refusal, whatever the body
/// is.
#[derive(Debug)]
pub struct Reading<T: Read> {
    call: Rc<Call>,
    content_type: Option<Finding>,
    is_over: bool,
    model: PhantomData<fn() -> T>,
}

/// The longest body of a refused call that is looked at all the same: a stranger's is not worth much.
const LONGEST_UNASKED: usize = 64 * 1024;

/// A call that is refused before its body is read has findings, too.
impl<T: Read> Drop for Reading<T> {
    fn drop(&mut self) {
        let call = &self.call;
        let body = call.body.borrow();
        if self.is_over || body.is_empty() || body.len() > LONGEST_UNASKED {
            return;
        }
        let findings = match body::examine::<T>(&body, false) {
            Ok(checked) => checked.findings,
            Err(unfit) => unfit.findings,
        };
        call.found(findings.into_iter().chain(self.content_type.take()));
    }
}

impl<T: Read> Future for Reading<T> {
    type Output = Result<Body<T>, Refused>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let call = Rc::clone(&self.call);
        if !call.has_passed.get() {
            // All arguments of a handler are one task: what wakes the checks polls this again.
            return Poll::Pending;
        }
        self.is_over = true;
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

/// What a control call sends, read within the server's patience.
///
/// # Errors
/// Those of [`read`].
pub async fn read_control(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Bytes, Error> {
    read(request.headers(), payload, limit, patience(request)?).await
}

fn patience(request: &HttpRequest) -> Result<Duration, Error> {
    let sandbox = request.app_data::<Data<Arc<Sandbox>>>();
    let sandbox = sandbox.ok_or_else(|| Error::Internal("no sandbox behind the route".to_owned()))?;
    Ok(sandbox.options.request_timeout)
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
            let patience = patience(&request)?;
            let body = if LIMIT == ACCOUNT_LIMIT && format == DocumentFormat::Json {
                match arriving::start(&mut payload, patience).await? {
                    (body, true) => body.into(),
                    (start, false) => return Ok(Self(arriving::read(start, &mut payload, patience).await?)),
                }
            } else {
                read(request.headers(), &mut payload, LIMIT, patience).await?
            };
            // A template may stand for a million.
            let is_quick = is_quick(&body, format);
            let document =
                if is_quick { parse(&body, format) } else { heavy::compute(move || parse(&body, format)).await };
            Ok(Self(document?))
        })
    }
}

/// Whether a document is read faster than it is handed over.
fn is_quick(body: &[u8], format: DocumentFormat) -> bool {
    let may_be_template = match format {
        DocumentFormat::Json => body.windows(7).any(|part| part == b"\"count\""),
        DocumentFormat::Yaml => true,
    };
    body.len() < heavy::LONG && !may_be_template
}

fn parse<T: DeserializeOwned>(body: &[u8], format: DocumentFormat) -> Result<T, Error> {
    let text = document::text(body).map_err(|wrong| Error::Invalid(format!("body: {wrong}")))?;
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
