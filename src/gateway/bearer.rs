//! The `Authorization` header of a service call.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use crate::service::{Sandbox, clock, token};
use crate::store::token::Token;

/// What a call showed.
#[derive(Debug, Clone)]
pub enum Bearer {
    /// No header, more than one, or one that is not `Bearer <token>` in this case exactly.
    Missing,
    /// A token that is unknown, expired or revoked.
    Invalid,
    /// A token that is valid now.
    Valid(Arc<Token>),
}

/// Reads the header and looks the token up.
///
/// Observed: the word `Bearer` in this case exactly; anything else counts as missing. Assumed: so do two headers.
pub fn read(sandbox: &Sandbox, headers: &HeaderMap) -> Bearer {
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
    match sandbox.store.tokens.find(presented) {
        Some(token) if is_alive(&token) => Bearer::Valid(token),
        _ => Bearer::Invalid,
    }
}

fn is_alive(token: &Token) -> bool {
    let Some(end) = token.expires else { return true };
    let wall = clock::wall();
    token::token_time(&token.account.lock(), wall) < end
}
