//! The certificate authority that the sandbox made for itself.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use crate::http::error::problem;

/// The authority's certificate in PEM, where the server made one.
#[derive(Debug, Clone, Default)]
pub struct Authority(pub Option<Arc<str>>);

/// Give the certificate authority to trust, where the server was started with `--tls-self-signed`.
#[utoipa::path(get, path = "get_authority", responses(
    (status = 200, description = "The certificate in PEM.", content_type = "application/x-pem-file", body = String),
    (status = 404, description = "The server made no certificate.")
))]
pub async fn get_authority(authority: Data<Authority>) -> HttpResponse {
    match &authority.0 {
        Some(pem) => HttpResponse::Ok().content_type("application/x-pem-file").body(pem.to_string()),
        None => problem(
            StatusCode::NOT_FOUND,
            "the server made no certificate authority: it does with --tls-self-signed".to_owned(),
        ),
    }
}
