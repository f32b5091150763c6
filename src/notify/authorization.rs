//! What shows the receiver who the sandbox is: a header of each kind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::domain::record::authentication::Auth;

/// Adds the header of a subscription's `auth`; that of a token comes with [`Purse::bearer`](super::purse::Purse::bearer).
///
/// # Errors
/// A value that no header may hold, in words.
pub fn add(auth: &Auth, headers: &mut HeaderMap) -> Result<(), String> {
    match auth {
        Auth::None | Auth::OAuth2(_) => {}
        Auth::Basic { username, password } => {
            let coded = STANDARD.encode(format!("{username}:{password}"));
            headers.insert(AUTHORIZATION, value(&format!("Basic {coded}"))?);
        }
        Auth::Bearer { token } => {
            headers.insert(AUTHORIZATION, value(&format!("Bearer {token}"))?);
        }
        Auth::Header { name, value: text } => {
            let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no header name"))?;
            headers.insert(name, value(text)?);
        }
    }
    Ok(())
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "a header of the subscription holds a character no header may".to_owned())
}
