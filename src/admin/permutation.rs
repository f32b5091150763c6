//! The same changes told in every order, to find out whether a receiver depends on the order.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};

use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::Sandbox;
use crate::service::permutation::{self, PermutationInput, Permutations};

/// Tell the same changes in every order, or in some, each in an account of its own.
///
/// Answers when all are told. The accounts are kept for their `ttl`: a sound receiver holds the same final state for
/// the candidate of each.
#[utoipa::path(
    tag = "Deliveries",
    request_body = PermutationInput,
    responses(
        (status = 200, description = "The orders, and how they went.", body = Permutations),
        (status = 400, description = "A member does not fit; nothing is left of it.", body = Problem),
        (status = 409, description = "An event cannot follow those before it, or an account is taken; nothing is left of it.", body = Problem),
    )
)]
#[post("/permutations")]
pub async fn tell_permutations(
    sandbox: Data<Arc<Sandbox>>,
    input: Document<PermutationInput>,
) -> Result<HttpResponse, ControlError> {
    Ok(answer::ok(&permutation::run(&sandbox, &input.0).await?))
}
