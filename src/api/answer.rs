//! The answers of the vendor's handlers: each type writes an answer and knows its status.

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use crate::http::answer;

/// A 200 with JSON.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A 201 with JSON.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// A 204.
#[derive(Debug)]
pub struct NoContent;

/// A 200 without a body.
#[derive(Debug)]
pub struct Taken;

/// A 200 with JSON that was written before; `T` is what it says.
#[derive(Debug)]
pub struct Written<T> {
    body: Vec<u8>,
    says: PhantomData<T>,
}

/// A 200 with a JSON list that was written before; `T` is what a row says.
#[derive(Debug)]
pub struct List<T>(Written<T>);

impl<T> Written<T> {
    /// An answer of this text.
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), says: PhantomData }
    }
}

impl<T> List<T> {
    /// An answer of this text.
    pub fn new(body: Vec<u8>) -> Self {
        Self(Written::new(body))
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        answer::json(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        answer::json(StatusCode::CREATED, &self.0)
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Responder for Taken {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
}

impl<T> Responder for Written<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        answer::written(StatusCode::OK, self.body)
    }
}

impl<T> Responder for List<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}
