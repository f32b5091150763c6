//! Authenticates to the partner: the header for each kind of `auth`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::domain::record::authentication::{Auth, ClientCredentials};

/// Adds the header of a subscription's `auth`; the attempt adds that of an OAuth2 token.
///
/// # Errors
/// A value that no header can hold, in words.
pub fn add(auth: &Auth, headers: &mut HeaderMap) -> Result<(), String> {
    match auth {
        Auth::None | Auth::OAuth2(_) => {}
        Auth::Basic { username, password } => {
            headers.insert(AUTHORIZATION, value(&basic(&format!("{username}:{password}")))?);
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

/// The header that [`add`] or a token sets: its value is a secret.
pub fn header_name(auth: &Auth) -> HeaderName {
    match auth {
        Auth::Header { name, .. } => name.parse().unwrap_or(AUTHORIZATION),
        _ => AUTHORIZATION,
    }
}

/// The value of a header.
///
/// # Errors
/// A character that no header can hold, in words.
pub fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "a header of the subscription holds a character no header may".to_owned())
}

/// The value of `authorization` for Basic authentication with a `user:password` pair.
pub fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

/// The `user:password` pair of an OAuth2 client.
///
/// Source: RFC 6749 §2.3.1: both parts are form-encoded first.
pub fn client_pair(credentials: &ClientCredentials) -> String {
    let coded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("{}:{}", coded(&credentials.client_id), coded(&credentials.client_secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_form_encoded_before_it_is_base64() {
        let credentials = ClientCredentials::new("http://h", "a:b", "c d");
        assert_eq!(basic(&client_pair(&credentials)), format!("Basic {}", STANDARD.encode("a%3Ab:c+d")));
    }
}
