//! The `Authorization` header of a service call.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use crate::domain::record::token::Token;
use crate::service::{Sandbox, token};
use crate::store::token::KnownToken;

/// What a call showed.
#[derive(Debug, Clone)]
pub enum Bearer {
    /// No header, more than one, or one that is not `Bearer <token>` in this case exactly.
    Missing,
    /// A token that is unknown, expired or revoked.
    Invalid,
    /// A token that is valid now: how the server knows it, and what it is.
    Valid(Arc<KnownToken>, Arc<Token>),
}

/// Reads the header and looks the token up.
///
/// Observed: the word `Bearer` in this case exactly; anything else counts as missing. Assumed: so do two headers.
pub async fn read(sandbox: &Sandbox, headers: &HeaderMap) -> Bearer {
    let mut sent = headers.get_all(AUTHORIZATION);
    let Some(presented) = sent
        .next()
        .filter(|_| sent.next().is_none())
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|token| !token.is_empty())
    else {
        return Bearer::Missing;
    };
    match token::working(sandbox, presented).await {
        Some((known, token)) => Bearer::Valid(known, token),
        None => Bearer::Invalid,
    }
}
