//! URLs that the sandbox calls, checked when they are set by the very parser that reads them when they are called.

use url::{ParseError, Url};

use super::hidden;

/// What the URL of an account's own inbox begins with; the inbox's name follows.
pub const INBOX: &str = "inbox:";

/// The longest URL, in bytes.
const LONGEST: usize = 8000;

/// The longest name of an inbox, in bytes.
const LONGEST_NAME: usize = 100;

/// What is wrong with a URL that is called; it is not repeated where it may hold credentials.
pub fn misfit(member: &str, text: &str) -> Option<String> {
    let expected = |why: &str| {
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        Some(if text.len() > LONGEST {
            format!("{member}: expected at most {LONGEST} bytes, got {}", text.len())
        } else if text.contains('@') {
            format!("{member}: expected http://host/path or https://host/path{why}")
        } else {
            format!("{member}: expected http://host/path or https://host/path, got {:?}{why}", hidden::hide_query(text))
        })
    };
    let no_credentials = || Some(format!("{member}: expected no credentials in it; give them as auth"));
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.get(..scheme.len()).filter(|is| is.eq_ignore_ascii_case(scheme)));
    // The parser takes less than a URL of a server is: no slashes, or more of them, and line breaks.
    let Some(rest) = rest.map(|scheme| &text[scheme.len()..]) else { return expected("") };
    if rest.split(['/', '\\', '?', '#']).next().is_some_and(|authority| authority.contains('@')) {
        return no_credentials();
    }
    if text.len() > LONGEST || rest.starts_with(['/', '\\', '?', '#']) || text.contains(is_unfit) {
        return expected("");
    }
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => no_credentials(),
        Ok(url) if url.port() == Some(0) => expected("its port is not 1 to 65535"),
        Ok(_) => None,
        Err(error) => expected(match error {
            ParseError::InvalidPort => "its port is not 1 to 65535",
            ParseError::InvalidIpv4Address => "its IPv4 address is none",
            ParseError::InvalidIpv6Address => "its IPv6 address is none: it is written as [::1]",
            ParseError::EmptyHost => "it has no host",
            ParseError::IdnaError | ParseError::InvalidDomainCharacter => "its host is no name",
            _ => "",
        }),
    }
}

fn is_unfit(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control()
}

/// What is wrong with the URL of a subscription: of a receiver, or `inbox:` and a name.
pub fn receiver_misfit(member: &str, text: &str) -> Option<String> {
    let Some(name) = text.strip_prefix(INBOX) else { return misfit(member, text) };
    let is_fit = |letter: u8| letter.is_ascii_alphanumeric() || b"-._~".contains(&letter);
    let is_name = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_fit) && !matches!(name, "." | "..");
    (!is_name).then(|| {
        format!("{member}: expected inbox: and a name of 1 to {LONGEST_NAME} letters, digits, - . _ or ~, got {text:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_called_is_taken() {
        for url in [
            "http://localhost:9090/notifications",
            "HTTP://127.0.0.1:9/n",
            "https://partner_app:8443/n?a=1#part",
            "http://[::1]:80/",
            "http://host",
            "https://bücher.example/n",
            "inbox:orders-1.a_b~c",
        ] {
            assert_eq!(receiver_misfit("url", url), None, "{url}");
        }
    }

    #[test]
    fn what_can_never_be_called_is_refused_with_its_reason() {
        for (url, word) in [
            ("http://127.0.0.1:99999/n", "(its port is not 1 to 65535)"),
            ("http://127.0.0.1:0/n", "(its port is not 1 to 65535)"),
            ("http://127.0.0.1:http/n", "(its port is not 1 to 65535)"),
            ("http://[::1/n", "(its IPv6 address is none"),
            ("http://1.2.3.456/n", "(its IPv4 address is none)"),
            ("http://a<b/n", "(its host is no name)"),
            ("http://", "got \"http://\""),
            ("http:///n", "got \"http:///n\""),
            ("http:host/n", "got \"http:host/n\""),
            ("ftp://h/n", "got \"ftp://h/n\""),
            ("", "got \"\""),
            ("http://h/a b", "got "),
            ("http://h/a\tb", "got "),
            ("http://h:99999/n?key=hunter2", "key=***"),
            ("inbox:", "inbox: and a name"),
            ("inbox:a/b", "inbox: and a name"),
            ("inbox:..", "inbox: and a name"),
            ("inbox:a?b", "inbox: and a name"),
        ] {
            let told = receiver_misfit("url", url).unwrap_or_else(|| panic!("{url:?} was taken"));
            assert!(told.starts_with("url: expected ") && told.contains(word), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        for url in ["http://u:hunter2@h/n", "http://u:hunter2@h:99999/n", "http:\\\\u:hunter2@h", "x://u:hunter2@h"] {
            let told = misfit("url", url).unwrap_or_else(|| panic!("{url:?} was taken"));
            assert!(!told.contains("hunter2"), "{told}");
        }
        let long = misfit("url", &format!("http://h/{}", "a".repeat(LONGEST))).expect("too long");
        assert!(long.contains("8000") && long.len() < 100, "{long}");
    }
}
