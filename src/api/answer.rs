//! The answers that only the vendor's handlers give: each type writes an answer and knows its status.

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use utoipa::ToSchema;
use utoipa::openapi::schema::ArrayBuilder;

use crate::http::answer::{Json, Written};
use crate::http::operation::{Answers, Signature};

/// A 200 without a body.
#[derive(Debug)]
pub struct Taken;

/// A 200 with a JSON list that was written before; `T` is what a row says.
#[derive(Debug)]
pub struct List<T>(Written<Json<Vec<T>>>);

impl<T> List<T> {
    /// An answer of this text.
    pub fn new(body: Vec<u8>) -> Self {
        Self(Written::text(body))
    }
}

impl Responder for Taken {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
}

impl<T> Responder for List<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}

impl Answers for Taken {
    fn say(signature: &mut Signature) {
        signature.answers(200, "Done.");
    }
}

impl<T: ToSchema> Answers for List<T> {
    fn say(signature: &mut Signature) {
        let row = signature.schema::<T>();
        signature.answers_with(200, "Done.", ArrayBuilder::new().items(row).into());
    }
}
