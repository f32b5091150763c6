//! Hides secrets in what the journal keeps of a call.

use std::borrow::Cow;

use actix_web::{HttpMessage, HttpRequest};
use bytes::Bytes;
use serde_json::Value;

use super::call::Call;
use crate::domain::contract::operation::Operation;
use crate::domain::value::hidden;
use crate::store::journal::{BODY_KEPT, Packed};

/// Whether a call is the token endpoint's: whatever is sent to a path like its own may hold secrets, whether it got there
/// or not.
pub fn is_meant_for_tokens(operation: Option<&Operation>, target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default().trim_end_matches('/');
    operation.is_some_and(Operation::is_token) || ["/token", "/revoke"].iter().any(|end| path.ends_with(end))
}

/// Headers and body for the journal; secrets are hidden here, so that nothing behind this ever holds one.
pub fn pack(request: &HttpRequest, call: &Call, is_token: bool) -> Packed {
    let headers = request.headers().iter().map(|(name, value)| {
        let value = match name.as_str() {
            "authorization" | "proxy-authorization" => hide_credentials(value.as_bytes()),
            // What every call has is no secret.
            "host" | "accept" | "accept-encoding" | "connection" | "content-length" | "content-type" | "user-agent" => {
                value.as_bytes()
            }
            name if hidden::is_secret(name) => b"***".as_slice(),
            _ => value.as_bytes(),
        };
        (name.as_str(), value)
    });
    let body = call.body.borrow();
    if body.is_empty() {
        return Packed::new(headers, &body);
    }
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if is_token || is_form {
        Packed::new(headers, hide_form(&body).as_bytes())
    } else if call.is_open.get() {
        Packed::new(headers, &body)
    } else {
        Packed::new(headers, &hide_unread(&body))
    }
}

/// A body that no operation has read: what was meant for the token endpoint may be in it.
fn hide_unread(body: &[u8]) -> Cow<'_, [u8]> {
    if let Ok(mut json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_slice(body) {
        // Of a member that comes twice only the last is in the tree: the text itself must not name a secret, either.
        let is_open = !hidden::hide_members(&mut json) && !body.contains(&b'\\') && !names_secret(body);
        return if is_open { body.into() } else { json.to_string().into_bytes().into() };
    }
    let text = String::from_utf8_lossy(body);
    match hidden::hide_fields(&text) {
        Cow::Owned(shown) if is_form(&text) => shown.into_bytes().into(),
        Cow::Borrowed(_) if !names_secret(&body[..body.len().min(BODY_KEPT)]) => body.into(),
        _ => hidden::MASK.as_bytes().into(),
    }
}

/// Whether a text is written as a form is: what stands before each `=` is a name.
fn is_form(text: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-%+[]".contains(&byte));
    text.split('&').all(|field| field.split('=').next().is_some_and(is_name))
}

/// Whether a text of any form has a word in it that is a secret's name; `key` is the name of too much else.
fn names_secret(text: &[u8]) -> bool {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte != b'-');
    words.filter_map(|word| std::str::from_utf8(word).ok()).any(|word| hidden::is_secret(word) && word != "key")
}

/// The scheme alone, where it is one that is known.
fn hide_credentials(value: &[u8]) -> &'static [u8] {
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    match scheme {
        b"Bearer" => b"Bearer ***",
        b"bearer" => b"bearer ***",
        b"Basic" => b"Basic ***",
        _ => b"***",
    }
}

/// The fields of the token endpoint's forms that hold secrets.
const SECRET: [&str; 5] = ["password", "client_secret", "token", "access_token", "refresh_token"];

/// A form whose secret fields are hidden, and all that are not known: what is no form is one field whose name is the
/// whole body.
fn hide_form(body: &[u8]) -> String {
    let mut hidden = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(body) {
        let is_open =
            matches!(&*name, "grant_type" | "scope" | "username" | "client_id" | "validity_period" | "token_type_hint");
        let is_known = is_open || SECRET.contains(&&*name);
        hidden.append_pair(if is_known { &name } else { "***" }, if is_open { &value } else { "***" });
    }
    hidden.finish()
}

/// A token answer whose tokens are hidden.
pub fn hide_tokens(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else { return body.clone() };
    for (name, value) in &mut members {
        if name.ends_with("_token") && value.is_string() {
            *value = "***".into();
        }
    }
    serde_json::to_vec(&members).map_or_else(|_| Bytes::new(), Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_body_that_was_not_read_is_hidden() {
        for (body, shown) in [
            (r#"{ "a": 1 }"#, r#"{ "a": 1 }"#),
            (r#"[{ "a": { "id_token": "hunter2" } }, { "a": 1 }]"#, r#"[{"a":{"id_token":"***"}},{"a":1}]"#),
            (r#"{"password": 123456, "pin": {"secret": ["hunter2"]}}"#, r#"{"password":"***","pin":{"secret":"***"}}"#),
            (r#"{"password": "hunter2", "password": null}"#, r#"{"password":null}"#),
            (r#"{"a": {"password": "hunter2"}, "a": 1}"#, r#"{"a":1}"#),
            (r#"{"a": {"p\u0061ssword": "hunter2"}, "a": 1}"#, r#"{"a":1}"#),
            (r#"[{"key": "cohort", "value": "1"}]"#, r#"[{"key": "cohort", "value": "1"}]"#),
            (r#"{"password": "hunter2""#, "***"),
            (r#"{"pwd": "hunter2""#, "***"),
            (r#"[{"key": "cohort", "value""#, r#"[{"key": "cohort", "value""#),
            ("pwd=hunter2", "pwd=***"),
            ("note=my+password+is+hunter2", "***"),
            (r#"{"password": "hunter=2&token=3""#, "***"),
            ("\"client_secret=hunter2&a=b\"", "***"),
            ("<password>hunter2</password>", "***"),
            ("--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--x--", "***"),
            ("grant_type=password&password=hunter2", "grant_type=password&password=***"),
            ("client_secret=hunter2", "client_secret=***"),
            (r#"{"password":"hunter2","user":{"pwd":"hunter2"}}"#, r#"{"password":"***","user":{"pwd":"***"}}"#),
            ("plain text", "plain text"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8_lossy(&hide_unread(body.as_bytes())), shown);
        }
        assert_eq!(&*hide_unread(b"\xff=1"), b"\xff=1");
    }
}
