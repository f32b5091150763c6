//! Answers as both faces write them.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

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
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let scheme = if request.app_config().secure() { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8080"))
}

/// A 200 with JSON.
pub fn ok(value: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, value)
}
