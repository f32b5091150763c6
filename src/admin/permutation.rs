//! The same changes told in every order, to find out whether a receiver depends on the order.

use std::sync::Arc;

use actix_web::web::Data;

use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::heavy;
use crate::service::Sandbox;
use crate::service::permutation::{self, PermutationInput, Permutations};

/// Tell the same changes in every order, or in some, each in an account of its own.
///
/// Answers when all are told. The accounts are kept for their `ttl`: a sound receiver holds the same final state for
/// the candidate of each.
#[utoipa::path(post, path = "tell_permutations", responses(
    (status = 409, description = "An event cannot follow those before it, or an account is taken; nothing is left of it.")
))]
pub async fn tell_permutations(
    sandbox: Data<Arc<Sandbox>>,
    input: Document<PermutationInput>,
) -> Answer<Json<Permutations>> {
    let (made_in, input) = (Arc::clone(&sandbox), input.0);
    let timeout = input.timeout;
    // Without a turn while it waits.
    let begun = heavy::run(Box::pin(async move { permutation::begin(&made_in, &input).await })).await?;
    Ok(Json(permutation::end(&sandbox, begun, timeout).await))
}
