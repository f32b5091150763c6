//! HTTP Basic, as clients of the token endpoint show their key and secret.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A consumer key and secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The key.
    pub key: String,
    /// The secret.
    pub secret: String,
}

/// The header was there, and is not Basic credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Reads the header; `None` if there is no `Authorization`, or one of another scheme than Basic.
///
/// # Errors
/// [`Malformed`]: not base64 of `key:secret` in UTF-8.
pub fn read(headers: &HeaderMap) -> Result<Option<Credentials>, Malformed> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let Ok(value) = value.to_str() else { return Err(Malformed) };
    let Some((scheme, coded)) = value.split_once(' ') else {
        return if value.eq_ignore_ascii_case("basic") { Err(Malformed) } else { Ok(None) };
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let bytes = STANDARD.decode(coded.trim()).map_err(|_| Malformed)?;
    let text = String::from_utf8(bytes).map_err(|_| Malformed)?;
    let (key, secret) = text.split_once(':').ok_or(Malformed)?;
    Ok(Some(Credentials { key: key.to_owned(), secret: secret.to_owned() }))
}
