//! The `Authorization` header of a service call.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use crate::service::{Sandbox, token};
use crate::store::token::KnownToken;

/// What a call showed.
#[derive(Debug, Clone)]
pub enum Bearer {
    /// No header, more than one, or one that is not `Bearer <token>` in this case exactly.
    Missing,
    /// A token that is unknown, or revoked.
    Unknown,
    /// A token of an account; whether it works now, its account knows.
    Known(Arc<KnownToken>),
}

/// Reads the header and looks the token up.
pub fn read(sandbox: &Sandbox, headers: &HeaderMap) -> Bearer {
    match text(headers) {
        Some(text) => token::known(sandbox, text).map_or(Bearer::Unknown, Bearer::Known),
        None => Bearer::Missing,
    }
}

/// The token as it was sent.
///
/// Observed: the word `Bearer` in this case exactly; anything else counts as missing. Assumed: so do two headers.
pub fn text(headers: &HeaderMap) -> Option<&str> {
    let mut sent = headers.get_all(AUTHORIZATION);
    let value = sent.next().filter(|_| sent.next().is_none())?;
    let text = value.to_str().ok()?.strip_prefix("Bearer ")?.trim();
    Some(text).filter(|text| !text.is_empty())
}
