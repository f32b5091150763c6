//! The values of settings that need more than parsing: secrets, names, CIDR blocks, the subscription.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use serde::de::{self, Deserialize as _, Deserializer, Visitor};

use crate::domain::record::authentication::{Auth, ClientCredentials};
use crate::domain::record::subscription::Subscription;
use crate::domain::value::{document, url};

/// A secret that is given directly or in a file.
///
/// # Errors
/// Both are given, it is empty, or the file cannot be read; in words, with the setting's name.
pub fn secret(name: &str, value: Option<String>, file: Option<PathBuf>) -> Result<Option<String>, String> {
    match (value, file) {
        (Some(_), Some(_)) => Err(format!("{name} and {name}-file contradict each other: drop one")),
        (Some(value), None) if value.is_empty() => Err(format!("{name}: expected a value, got an empty one")),
        (Some(value), None) => Ok(Some(value)),
        (None, Some(path)) => {
            let shown = path.display();
            let bytes = std::fs::read(&path).map_err(|error| format!("{name}-file: cannot read {shown}: {error}"))?;
            let text = document::text(&bytes).map_err(|wrong| format!("{name}-file: {shown}: {wrong}"))?.trim_end();
            if text.is_empty() {
                return Err(format!("{name}-file: expected a value, but {shown} is empty"));
            }
            Ok(Some(text.to_owned()))
        }
        (None, None) => Ok(None),
    }
}

/// A switch, as people write it.
///
/// # Errors
/// Anything else, in words.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("expected true or false (or yes, no, 1, 0), got {text:?}")),
    }
}

/// A switch in a file, as people write it.
///
/// # Errors
/// Anything else, in words.
pub fn boolean_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    struct Switch;
    impl Visitor<'_> for Switch {
        type Value = Option<bool>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false (or yes, no, 1, 0)")
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
            Ok(Some(value))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
            self.visit_str(&value.to_string())
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            boolean(text).map(Some).map_err(E::custom)
        }
    }
    deserializer.deserialize_any(Switch)
}

/// The value that a name stands for; the default if absent.
///
/// # Errors
/// An unknown name, in words, with the setting's name.
pub fn named<T: std::str::FromStr<Err = String> + Default>(name: &str, text: Option<&str>) -> Result<T, String> {
    text.map_or(Ok(T::default()), |text| text.parse().map_err(|wrong| format!("{name}: {wrong}")))
}

/// A CIDR block, or a single address.
///
/// # Errors
/// Anything else, in words, with the setting's name.
pub fn cidr(name: &str, text: &str) -> Result<ipnet::IpNet, String> {
    text.parse()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from))
        .map_err(|_| format!("{name}: expected a CIDR block like 10.0.0.0/8, got {text:?}"))
}

/// An address to listen on: that of a machine, or of a name that this machine knows, IPv4 before IPv6.
///
/// # Errors
/// Anything else, in words.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let expected = || format!("expected an address like 127.0.0.1:8080 or localhost:8080, got {text:?}");
    let (host, port) = text.rsplit_once(':').ok_or_else(expected)?;
    if host.is_empty() || port.parse::<u16>().is_err() {
        return Err(expected());
    }
    let known: Vec<_> = text
        .to_socket_addrs()
        .map_err(|_| format!("{}, and this machine knows no address of {host:?}", expected()))?
        .collect();
    known.iter().find(|address| address.is_ipv4()).or(known.first()).copied().ok_or_else(expected)
}

/// The same as a member of a file.
///
/// # Errors
/// Those of [`address`].
pub fn address_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| address(&text)).transpose().map_err(de::Error::custom)
}

/// What links begin with: the URL under which callers and receivers reach this server, without a slash at the end.
///
/// # Errors
/// Anything else, in words, with the setting's name.
pub fn public_url(text: Option<String>) -> Result<Option<String>, String> {
    let Some(text) = text else { return Ok(None) };
    if let Some(wrong) = url::misfit("public-url", &text) {
        return Err(wrong);
    }
    if text.contains(['?', '#']) {
        return Err(format!("public-url: expected a URL without a query like https://sandbox:8443, got {text:?}"));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

/// The host of a URL.
pub fn public_host(text: &str) -> Option<String> {
    let url = ::url::Url::parse(text).ok()?;
    url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned())
}

/// The subscription that `notification-url` and `notification-auth` describe.
///
/// # Errors
/// A value that does not fit, in words, with the setting's name.
pub fn subscription(url: Option<String>, auth: Option<String>) -> Result<Option<Subscription>, String> {
    let Some(url) = url else {
        return match auth {
            Some(_) => Err("notification-auth needs notification-url".to_owned()),
            None => Ok(None),
        };
    };
    let mut subscription = Subscription::to(url);
    if let Some(auth) = auth {
        let parts: Vec<_> = auth.splitn(3, ':').collect();
        subscription.auth = match (parts.as_slice(), auth.split_once(':')) {
            (["none"], _) => Auth::None,
            (["basic", username, password], _) => {
                Auth::Basic { username: (*username).to_owned(), password: (*password).to_owned() }
            }
            (["header", name, value], _) => Auth::Header { name: (*name).to_owned(), value: (*value).to_owned() },
            (["oauth2", client_id, rest], _) if rest.contains("@http") => {
                let (client_secret, rest) = rest.rsplit_once("@http").unwrap_or_default();
                Auth::OAuth2(ClientCredentials::new(format!("http{rest}"), *client_id, client_secret))
            }
            (_, Some(("bearer", token))) if !token.is_empty() => Auth::Bearer { token: token.to_owned() },
            _ => {
                return Err("notification-auth: expected none, basic:USER:PASSWORD, bearer:TOKEN, \
                     header:NAME:VALUE or oauth2:CLIENT:SECRET@URL, got something else"
                    .to_owned());
            }
        };
    }
    let wrong: Vec<_> = subscription.misfits().iter().map(|wrong| format!("notification-{wrong}")).collect();
    if wrong.is_empty() { Ok(Some(subscription)) } else { Err(wrong.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_a_name_and_what_is_none_is_told_in_our_words() {
        for text in ["127.0.0.1:0", "[::1]:8080", "0.0.0.0:8080"] {
            assert_eq!(address(text), Ok(text.parse().expect("an address")));
        }
        let local = address("localhost:8080").expect("a name that every machine knows");
        assert!(local.ip().is_loopback() && local.port() == 8080, "{local}");
        for text in ["", "8080", "localhost", ":8080", "localhost:", "localhost:http", "127.0.0.1:99999", "http://x:1"]
        {
            let wrong = address(text).expect_err(text);
            assert!(wrong.starts_with("expected an address like 127.0.0.1:8080 or localhost:8080, got"), "{wrong}");
        }
        let unknown = address("nobody.invalid:1").expect_err("nobody's name");
        assert!(unknown.ends_with("this machine knows no address of \"nobody.invalid\""), "{unknown}");
    }

    #[test]
    fn a_switch_is_written_in_three_ways() {
        for (text, expected) in
            [("true", true), ("YES", true), ("1", true), ("False", false), ("no", false), ("0", false)]
        {
            assert_eq!(boolean(text), Ok(expected), "{text}");
        }
        for text in ["", "on", "2", "maybe"] {
            assert_eq!(boolean(text), Err(format!("expected true or false (or yes, no, 1, 0), got {text:?}")));
        }
    }
}
