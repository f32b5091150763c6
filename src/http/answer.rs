//! Answers as both faces write them, and as types that say their status.

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use super::connection::Connection;
use super::error::ControlError;
use super::operation::{Answers, Signature};

/// What a handler of the control face answers, or its refusal.
pub type Answer<T> = Result<T, ControlError>;

/// 200 with JSON.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// 201 with JSON.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// 202 with JSON.
#[derive(Debug)]
pub struct Accepted<T>(pub T);

/// 204.
#[derive(Debug)]
pub struct NoContent;

/// An answer of type `A` that is written already, as its value is borrowed.
#[derive(Debug)]
pub struct Written<A> {
    response: HttpResponse,
    kind: PhantomData<A>,
}

impl<T> Written<Json<T>> {
    /// Writes a value that looks like a `T`.
    pub fn ok(value: &impl Serialize) -> Self {
        Self { response: ok(value), kind: PhantomData }
    }

    /// Text that looks like a `T`.
    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self { response: written(StatusCode::OK, body.into()), kind: PhantomData }
    }
}

impl<T> Written<Created<T>> {
    /// Text that looks like a `T` that was made.
    pub fn created(body: impl Into<Vec<u8>>) -> Self {
        Self { response: written(StatusCode::CREATED, body.into()), kind: PhantomData }
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        ok(&self.0)
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        json(StatusCode::CREATED, &self.0)
    }
}

impl<T: Serialize> Responder for Accepted<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        json(StatusCode::ACCEPTED, &self.0)
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl<A> Responder for Written<A> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.response
    }
}

impl<T: ToSchema> Answers for Json<T> {
    fn say(signature: &mut Signature) {
        signature.answers_json::<T>(200);
    }
}

impl<T: ToSchema> Answers for Created<T> {
    fn say(signature: &mut Signature) {
        signature.answers_json::<T>(201);
    }
}

impl<T: ToSchema> Answers for Accepted<T> {
    fn say(signature: &mut Signature) {
        signature.answers_json::<T>(202);
    }
}

impl Answers for NoContent {
    fn say(signature: &mut Signature) {
        signature.answers(204, "Done.");
    }
}

impl<A: Answers> Answers for Written<A> {
    fn say(signature: &mut Signature) {
        A::say(signature);
    }
}

/// A JSON answer, written once into a buffer of about its size.
pub fn json(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    let mut body = Vec::with_capacity(1536);
    match serde_json::to_writer(&mut body, value) {
        Ok(()) => written(status, body),
        Err(error) => super::error::error_model(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// An answer of JSON that is written already.
pub fn written(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status).insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json"))).body(body)
}

/// The URL under which the caller reaches this server, without a slash at the end.
pub fn base_url(request: &HttpRequest) -> String {
    told_base_url(request).unwrap_or_else(|| "http://127.0.0.1:8080".to_owned())
}

/// The same; `None` if the call does not tell.
pub fn told_base_url(request: &HttpRequest) -> Option<String> {
    let host = request.headers().get(HOST)?.to_str().ok().filter(|host| !host.is_empty())?;
    let is_secure = Connection::of(request).is_some_and(|connection| connection.is_secure);
    let scheme = if is_secure { "https" } else { "http" };
    Some([scheme, "://", host].concat())
}

/// A 200 with JSON.
pub fn ok(value: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, value)
}
