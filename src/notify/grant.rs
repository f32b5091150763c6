//! The OAuth2 client credentials grant: asks the partner's token endpoint, and reads its answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant as Timer};

use chrono::TimeDelta;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::authorization;
use super::failure;
use super::secret::HiddenSecrets;
use crate::domain::record::authentication::{ClientAuth, ClientCredentials};
use crate::domain::value::stamp::Timestamp;

/// The most of an answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How much of the endpoint's error text is repeated, in characters.
const ERROR_TEXT_KEPT: usize = 200;

/// The life of a token whose answer has no `expires_in`.
///
/// Assumed: too short a life costs a few more calls; too long a life costs an attempt with an expired token.
const LIFE: Duration = Duration::from_mins(5);

/// How long before its end a token is renewed; at most a tenth of its life.
const MARGIN: Duration = Duration::from_secs(30);

/// An access token that was granted.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The whole value of the `authorization` header.
    pub header: HeaderValue,
    /// When attempts stop using it.
    pub expiry: Expiry,
}

/// When a token expires, by the clock that the account's settings name.
#[derive(Debug, Clone, Copy)]
pub enum Expiry {
    /// By the wall clock.
    Wall(Timer),
    /// By the account's clock.
    Clock(Timestamp),
}

impl Expiry {
    /// The expiry of a token with this life, requested at `asked`. `now` is the instant of the account's clock, if tokens
    /// expire by that clock.
    fn after(life: Duration, asked: Timer, now: Option<Timestamp>) -> Self {
        let life = life.saturating_sub(MARGIN.min(life / 10));
        match now {
            None => Self::Wall(asked + life),
            // Nobody's clock gets near the end of time.
            Some(now) => {
                Self::Clock(now.checked_add_signed(TimeDelta::from_std(life).unwrap_or_default()).unwrap_or(now))
            }
        }
    }

    /// Whether it is still to come; false if the settings now name the other clock.
    pub fn is_after(self, now: Option<Timestamp>) -> bool {
        match (self, now) {
            (Self::Wall(end), None) => end > Timer::now(),
            (Self::Clock(end), Some(now)) => end > now,
            _ => false,
        }
    }
}

/// Why no token was granted.
#[derive(Debug, Clone)]
pub struct GrantError {
    /// The reason, in words.
    pub reason: String,
    /// Whether another attempt may succeed.
    pub passing: bool,
}

impl GrantError {
    /// An error whose reason names the endpoint and what it did.
    pub fn new(credentials: &ClientCredentials, what: &str, passing: bool) -> Self {
        // A query string may hold a key.
        let url = credentials.token_url.split(['?', '#']).next().unwrap_or_default();
        Self { reason: format!("no token: {url} {what}"), passing }
    }
}

/// Asks for a token. `now` is the instant of the account's clock, if tokens expire by that clock; `begun` is called with
/// the status of the answer as soon as it begins.
///
/// # Errors
/// What the endpoint answered instead.
pub async fn ask(
    client: &Client,
    credentials: &ClientCredentials,
    now: Option<Timestamp>,
    begun: impl FnOnce(u16),
) -> Result<AccessToken, GrantError> {
    let asked = Timer::now();
    let unreached = |error: &reqwest::Error| {
        let (reason, passing) = failure::describe("token endpoint", error);
        GrantError::new(credentials, &format!("could not be asked: {reason}"), passing)
    };
    let mut form: BTreeMap<&str, &str> =
        credentials.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.insert("grant_type", "client_credentials");
    if let Some(scope) = &credentials.scope {
        form.insert("scope", scope);
    }
    let mut request = client.post(&credentials.token_url).header(ACCEPT, "application/json");
    match credentials.client_auth {
        ClientAuth::Basic => {
            request = request.header(AUTHORIZATION, authorization::basic(&authorization::client_pair(credentials)));
        }
        ClientAuth::Body => {
            form.insert("client_id", &credentials.client_id);
            form.insert("client_secret", &credentials.client_secret);
        }
    }
    let response = request.form(&form).send().await.map_err(|error| unreached(&error))?;
    let status = response.status();
    begun(status.as_u16());
    let body = body(response).await.map_err(|error| unreached(&error))?;
    let read = read(status, &body, &HiddenSecrets::of_client(credentials))
        .map(|(header, life)| AccessToken { header, expiry: Expiry::after(life, asked, now) });
    read.map_err(|what| {
        GrantError::new(credentials, &format!("answered {}{what}", status.as_u16()), status.is_server_error())
    })
}

async fn body(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk[..chunk.len().min(LONGEST_ANSWER - body.len())]);
        if body.len() == LONGEST_ANSWER {
            break;
        }
    }
    Ok(body)
}

/// The header value and the life of the token in an answer.
///
/// # Errors
/// What is wrong with the answer, as text that follows its status.
fn read(status: StatusCode, body: &[u8], secrets: &HiddenSecrets) -> Result<(HeaderValue, Duration), String> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let error_text = error_text(&answer, secrets);
    if status.is_redirection() {
        return Err(", a redirect; redirects are never followed".to_owned());
    }
    if !status.is_success() {
        return Err(error_text);
    }
    if body.is_empty() {
        return Err(" with an empty body; JSON with access_token was expected".to_owned());
    }
    if !answer.is_object() {
        return Err(" without a JSON object; one with access_token was expected".to_owned());
    }
    let Some(token) = answer["access_token"].as_str().filter(|token| !token.is_empty()) else {
        return Err(format!(" without access_token{error_text}"));
    };
    if let Some(kind) = answer["token_type"].as_str().filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(format!(" with token_type {:?}; Bearer was expected", shortened(kind, secrets)));
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| " with an access_token that no header may hold".to_owned())?;
    header.set_sensitive(true);
    Ok((header, life(&answer["expires_in"])))
}

/// The life that `expires_in` tells; some endpoints send it as text.
fn life(expires_in: &Value) -> Duration {
    let seconds = expires_in.as_f64().or_else(|| expires_in.as_str()?.parse().ok());
    // A year is as good as any longer life, and cannot overflow.
    seconds.map_or(LIFE, |seconds| Duration::from_secs_f64(seconds.clamp(0.0, 31_536_000.0)))
}

/// The endpoint's error text: `error` and `error_description`.
fn error_text(answer: &Value, secrets: &HiddenSecrets) -> String {
    ["error", "error_description"]
        .iter()
        .filter_map(|name| answer[name].as_str())
        .fold(String::new(), |error_text, words| error_text + ": " + &shortened(words, secrets))
}

/// An error text, shortened. Secrets are hidden first, because the cut could leave half of one.
fn shortened(words: &str, secrets: &HiddenSecrets) -> String {
    let words: String = secrets.hide(words).chars().filter(|c| !c.is_control()).collect();
    secrets.hide(&words).chars().take(ERROR_TEXT_KEPT).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_used_until_shortly_before_it_ends() {
        let (asked, frozen) = (Timer::now(), "2026-03-01T12:00:00Z".parse().unwrap());
        for (expires_in, fresh) in [
            (json!(3600), 3570.0),
            (json!("3600"), 3570.0),
            (json!(300), 270.0),
            (json!(10), 9.0),
            (json!(0.5), 0.45),
            (json!(0), 0.0),
            (json!(-5), 0.0),
            (json!(null), 270.0),
            (json!("soon"), 270.0),
            (json!(1e300), 31_535_970.0),
        ] {
            let body = json!({ "access_token": "t", "expires_in": expires_in }).to_string();
            let (header, life) = read(StatusCode::OK, body.as_bytes(), &HiddenSecrets::default()).unwrap();
            assert_eq!(header, "Bearer t");
            let Expiry::Wall(end) = Expiry::after(life, asked, None) else { panic!("{expires_in}") };
            let off = (end - asked).as_secs_f64() - fresh;
            assert!(off.abs() < 0.001, "{expires_in}: {off}");
            let expiry = Expiry::after(life, asked, Some(frozen));
            let Expiry::Clock(instant) = expiry else { panic!("{expires_in}") };
            let off = (instant - frozen).as_seconds_f64() - fresh;
            assert!(off.abs() < 0.001, "{expires_in}: {off}");
            assert!(!format!("{:?}", AccessToken { header, expiry }).contains("Bearer t"));
        }
    }

    #[test]
    fn a_token_ends_by_the_clock_that_the_settings_name() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let life = Duration::from_secs(100);
        let (wall, clock) = (Expiry::after(life, Timer::now(), None), Expiry::after(life, Timer::now(), Some(now)));
        assert!(wall.is_after(None) && !wall.is_after(Some(now)));
        assert!(clock.is_after(Some(now + TimeDelta::seconds(89))) && !clock.is_after(None));
        assert!(!clock.is_after(Some(now + TimeDelta::seconds(90))));
    }

    #[test]
    fn what_is_no_token_is_told_in_words() {
        for (status, body, words) in [
            (400, r#"{"error":"invalid_client","error_description":"who\n?"}"#, ": invalid_client: who?"),
            (400, "<html>", ""),
            (302, "", ", a redirect; redirects are never followed"),
            (200, "", " with an empty body; JSON with access_token was expected"),
            (200, "<html>", " without a JSON object; one with access_token was expected"),
            (200, "[1]", " without a JSON object; one with access_token was expected"),
            (200, "{}", " without access_token"),
            (200, r#"{"access_token":""}"#, " without access_token"),
            (200, r#"{"access_token":7,"error":"slow_down"}"#, " without access_token: slow_down"),
            (200, r#"{"access_token":"t","token_type":"mac"}"#, " with token_type \"mac\"; Bearer was expected"),
            (200, r#"{"access_token":"a\nb"}"#, " with an access_token that no header may hold"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(read(status, body.as_bytes(), &HiddenSecrets::default()).unwrap_err(), words, "{body}");
        }
        let long = json!({ "error": "x".repeat(5000) }).to_string();
        let none = HiddenSecrets::default();
        assert_eq!(read(StatusCode::BAD_REQUEST, long.as_bytes(), &none).unwrap_err().len(), ERROR_TEXT_KEPT + 2);
    }

    #[test]
    fn a_secret_is_hidden_before_the_words_are_cut() {
        let secrets = HiddenSecrets::of_client(&ClientCredentials::new("http://h", "me", "s3cret/of+me"));
        for secret in [
            "s3cret/of+me",
            "s3cret%2Fof%2Bme",
            "czNjcmV0L29mK21l",
            "bWU6czNjcmV0JTJGb2YlMkJtZQ==",
            "s3cret\u{7}/of+me",
        ] {
            for length in ERROR_TEXT_KEPT - 20..=ERROR_TEXT_KEPT {
                let body = json!({ "error_description": "x".repeat(length) + secret }).to_string();
                let told = read(StatusCode::BAD_REQUEST, body.as_bytes(), &secrets).unwrap_err();
                assert!(told.trim_start_matches([':', ' ', 'x']).chars().all(|c| c == '*'), "{told}");
            }
        }
    }
}
