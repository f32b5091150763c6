//! What is hidden from those who look: which names of headers, fields and members are those of secrets.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use compact_str::CompactString;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// What is in the name of a secret.
static PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new([
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "assertion",
        "authorization",
        "cookie",
    ])
    .expect("a dozen words are not too many")
});

/// What is the name of a secret when it stands alone.
const WHOLE: [&str; 8] = ["auth", "xauth", "bearer", "jwt", "key", "pass", "pwd", "sig"];

/// Whether a header or a field of a query or a form carries a secret, by its name.
pub fn is_secret(name: &str) -> bool {
    let letters: CompactString =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    PARTS.is_match(letters.as_str()) || WHOLE.contains(&letters.as_str())
}

/// A URL or a target whose query has the values of secret fields hidden.
pub fn hide_query(target: &str) -> Cow<'_, str> {
    let Some((path, query)) = target.split_once('?') else { return target.into() };
    let (query, fragment) = query.split_at(query.find('#').unwrap_or(query.len()));
    match hide_fields(query) {
        Cow::Borrowed(_) => target.into(),
        Cow::Owned(shown) => format!("{path}?{shown}{fragment}").into(),
    }
}

/// Fields of a query or a form, the values of secret ones hidden.
pub fn hide_fields(fields: &str) -> Cow<'_, str> {
    if !fields.split('&').any(is_secret_field) {
        return fields.into();
    }
    let hidden = fields.split('&').map(|field| match field.split_once('=') {
        Some((name, _)) if is_secret_field(field) => Cow::Owned(format!("{name}={MASK}")),
        _ => Cow::Borrowed(field),
    });
    hidden.collect::<Vec<_>>().join("&").into()
}

/// JSON, the members with secret names hidden, whatever they hold; tells whether there was one. The `key` of a pair of
/// `key` and `value` is a name.
pub fn hide_members(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(members) => {
            let is_pair = members.contains_key("key") && members.contains_key("value");
            members.iter_mut().fold(false, |is_hidden, (name, member)| {
                if !is_secret(name) || (is_pair && name == "key") {
                    return hide_members(member) || is_hidden;
                }
                if !member.is_null() {
                    *member = MASK.into();
                }
                true
            })
        }
        serde_json::Value::Array(items) => items.iter_mut().map(hide_members).fold(false, |one, other| one | other),
        _ => false,
    }
}

fn is_secret_field(field: &str) -> bool {
    form_urlencoded::parse(field.as_bytes()).next().is_some_and(|(name, value)| !value.is_empty() && is_secret(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_names() {
        for name in [
            "password",
            "Password",
            "pwd",
            "apikey",
            "api_key",
            "X-API-Key",
            "X-Auth",
            "X-Password",
            "Token",
            "id_token",
            "consumer_secret",
            "client_assertion",
            "X-Forwarded-Access-Token",
            "authorization",
            "proxy-authorization",
            "set-cookie",
            "sig",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "candidate_id",
            "booking_code",
            "author",
            "consumer_key",
            "webhook-signature",
            "signature",
            "content-type",
            "passed",
            "keyword",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_query_keeps_all_but_its_secrets() {
        for (target, shown) in [
            ("/a", "/a"),
            ("/a?limit=1", "/a?limit=1"),
            ("/a?limit=1&password=hunter2&x", "/a?limit=1&password=***&x"),
            ("/a?pass%77ord=hunter2", "/a?pass%77ord=***"),
            ("/a?token=", "/a?token="),
            ("http://h/n?key=s3cret#part", "http://h/n?key=***#part"),
        ] {
            assert_eq!(hide_query(target), shown);
        }
    }
}
