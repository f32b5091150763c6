//! Hides the secrets of a subscription in texts that a peer sends back, in every encoding they are sent in.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use form_urlencoded::byte_serialize;

use super::authorization;
use crate::domain::record::authentication::{Auth, ClientCredentials};

/// The text that replaces a secret.
const HIDDEN: &str = "***";

/// Shorter secrets are not looked for: they occur in too many words.
const SHORTEST: usize = 6;

/// The secrets to hide.
#[derive(Debug, Default)]
pub struct HiddenSecrets {
    /// All encodings, the longest first: a short one could match within a long one and leave the rest of it.
    forms: Vec<String>,
}

impl HiddenSecrets {
    /// The secrets of a subscription; [`Self::add_header`] adds that of a fetched token.
    pub fn of(auth: &Auth) -> Self {
        let mut secrets = Self::default();
        match auth {
            Auth::None => {}
            Auth::Basic { username, password } => {
                // Without a password, the user name is the key.
                secrets.add(if password.is_empty() { username } else { password });
                secrets.add_coded(&format!("{username}:{password}"));
            }
            Auth::Bearer { token } => secrets.add(token),
            Auth::Header { value, .. } => secrets.add_header(value),
            Auth::OAuth2(credentials) => secrets.add_client(credentials),
        }
        secrets
    }

    /// The secrets of an OAuth2 client, to hide in its token endpoint's answers; there, short ones are looked for as well.
    pub fn of_client(credentials: &ClientCredentials) -> Self {
        let mut secrets = Self::default();
        secrets.add_client(credentials);
        if (1..SHORTEST).contains(&credentials.client_secret.len()) {
            secrets.forms.push(credentials.client_secret.clone());
        }
        secrets
    }

    fn add_client(&mut self, credentials: &ClientCredentials) {
        self.add(&credentials.client_secret);
        self.add_coded(&authorization::client_pair(credentials));
    }

    /// Adds the value of a header: the whole value, and what follows the authentication scheme.
    pub fn add_header(&mut self, value: &str) {
        self.add(value);
        let Some((kind, rest)) = value.split_once(' ') else { return };
        self.add(rest);
        if kind.eq_ignore_ascii_case("basic")
            && let Ok(pair) = STANDARD.decode(rest)
            && let Some((_, password)) = String::from_utf8_lossy(&pair).split_once(':')
        {
            self.add(password);
        }
    }

    /// Adds a secret in all encodings.
    fn add(&mut self, secret: &str) {
        // Form-encoded, percent-encoded, and escaped as in JSON.
        let form: String = byte_serialize(secret.as_bytes()).collect();
        self.push(form.replace('+', "%20"));
        self.push(form);
        let json = serde_json::Value::from(secret).to_string();
        self.push(json[1..json.len() - 1].to_owned());
        self.add_coded(secret);
        self.push(secret.to_owned());
    }

    /// Adds a text in base64, in both alphabets.
    fn add_coded(&mut self, text: &str) {
        self.push(STANDARD.encode(text));
        self.push(STANDARD_NO_PAD.encode(text));
        self.push(URL_SAFE_NO_PAD.encode(text));
    }

    fn push(&mut self, form: String) {
        if form.len() >= SHORTEST && !self.forms.contains(&form) {
            let place = self.forms.partition_point(|known| known.len() >= form.len());
            self.forms.insert(place, form);
        }
    }

    /// A text with the secrets hidden.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut shown = Cow::Borrowed(text);
        for form in &self.forms {
            if shown.contains(form) {
                shown = Cow::Owned(shown.replace(form, HIDDEN));
            }
        }
        shown
    }

    /// A text that was cut off, with the secrets hidden; also the beginning of one at its end.
    pub fn hide_cut(&self, text: &str) -> String {
        let mut shown = self.hide(text.trim_end_matches(char::REPLACEMENT_CHARACTER)).into_owned();
        let starts =
            |form: &String| (1..form.len()).rev().find(|end| shown.as_bytes().ends_with(&form.as_bytes()[..*end]));
        if let Some(left) = self.forms.iter().filter_map(starts).max() {
            shown.truncate(shown.floor_char_boundary(shown.len() - left));
            shown.push_str(HIDDEN);
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(username: &str, password: &str) -> Auth {
        Auth::Basic { username: username.to_owned(), password: password.to_owned() }
    }

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let header = |value: &str| Auth::Header { name: "authorization".to_owned(), value: value.to_owned() };
        let client = Auth::OAuth2(ClientCredentials::new("http://h", "m:e", "s3cret/of \"me\""));
        for (auth, said, shown) in [
            (basic("me", "hunter22"), "wrong password hunter22", "wrong password ***"),
            (basic("me", "hunter22"), "Basic bWU6aHVudGVyMjI=, aHVudGVyMjI", "Basic ***, ***"),
            (basic("me", "hunter+2 2"), "hunter%2B2+2 hunter%2B2%202", "*** ***"),
            (basic("k3y-of-me", ""), "no k3y-of-me", "no ***"),
            (basic("me", "pw"), "pw is short, its pair bWU6cHc= is not", "pw is short, its pair *** is not"),
            (Auth::Bearer { token: "t0k.en-of".to_owned() }, "Bearer t0k.en-of", "Bearer ***"),
            (header("ApiKey s3cret"), "s3cret ApiKey s3cret", "*** ***"),
            (header("Basic bWU6aHVudGVyMjI="), "hunter22", "***"),
            (client.clone(), r#"s3cret/of "me" or "s3cret/of \"me\"""#, r#"*** or "***""#),
            (client.clone(), "s3cret%2Fof+%22me%22 s3cret%2Fof%20%22me%22", "*** ***"),
            // The pair as it is sent, form-encoded before base64.
            (client, &STANDARD.encode("m%3Ae:s3cret%2Fof+%22me%22"), "***"),
            (Auth::None, "nothing", "nothing"),
        ] {
            assert_eq!(HiddenSecrets::of(&auth).hide(said), shown, "{auth:?}");
        }
    }

    #[test]
    fn a_short_client_secret_is_hidden_in_what_its_endpoint_says() {
        let credentials = ClientCredentials::new("http://h", "me", "pw");
        assert_eq!(HiddenSecrets::of_client(&credentials).hide("not pw"), "not ***");
    }

    #[test]
    fn the_beginning_of_a_secret_at_a_cut_is_hidden() {
        let secrets = HiddenSecrets::of(&basic("me", "hunter+ü22"));
        for (cut, shown) in [
            ("wrong: hunter+ü2", "wrong: ***"),
            ("wrong: hunter+\u{FFFD}", "wrong: ***"),
            ("wrong: hunter%2", "wrong: ***"),
            ("hunter+ü22 is not hunter+ü22", "*** is not ***"),
            ("wrong:", "wrong:"),
            ("", ""),
        ] {
            assert_eq!(secrets.hide_cut(cut), shown);
        }
        assert_eq!(HiddenSecrets::default().hide_cut("anything"), "anything");
    }
}
