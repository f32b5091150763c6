//! One OAuth2 client credentials grant: asks the partner's token endpoint, and reads what it answers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant as Timer};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::failure;
use super::secret::Secrets;
use crate::domain::record::authentication::{ClientAuth, ClientCredentials};
use crate::domain::value::stamp::Timestamp;

/// The most of an answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How much of the endpoint's own words is repeated, in characters.
const WORDS_KEPT: usize = 200;

/// How long a token lives whose answer does not say.
///
/// Assumed: a short life costs a call now and then, a long one an attempt with a token that has ended.
const LIFE: Duration = Duration::from_mins(5);

/// The most that a token is renewed before it ends; of a short life a tenth.
const MARGIN: Duration = Duration::from_secs(30);

/// A token that was granted.
#[derive(Debug, Clone)]
pub struct Token {
    /// The whole value of the `authorization` header.
    pub header: HeaderValue,
    /// Until when it is used for more attempts.
    pub end: End,
}

/// An end by the clock that its settings name.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// By the machine's.
    Wall(Timer),
    /// By the account's.
    Clock(Timestamp),
}

impl End {
    /// So long after it was asked for; `now` is the account's instant, where tokens live by that.
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

    /// Whether it is still to come; not where the settings have come to name the other clock.
    pub fn is_after(self, now: Option<Timestamp>) -> bool {
        match (self, now) {
            (Self::Wall(end), None) => end > Timer::now(),
            (Self::Clock(end), Some(now)) => end > now,
            _ => false,
        }
    }
}

/// Why there is no token.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// In words.
    pub reason: String,
    /// Whether trying again may help.
    pub passing: bool,
}

impl Refusal {
    /// The endpoint is not reached or says nothing of use.
    pub fn new(credentials: &ClientCredentials, what: &str, passing: bool) -> Self {
        // A query string may hold a key.
        let url = credentials.token_url.split(['?', '#']).next().unwrap_or_default();
        Self { reason: format!("no token: {url} {what}"), passing }
    }
}

/// Asks for a token; `now` is the account's instant, where tokens live by that.
///
/// # Errors
/// What the endpoint answered instead.
pub async fn ask(client: &Client, credentials: &ClientCredentials, now: Option<Timestamp>) -> Result<Token, Refusal> {
    let asked = Timer::now();
    let unreached = |error: &reqwest::Error| {
        let (reason, passing) = failure::in_words("token endpoint", error);
        Refusal::new(credentials, &format!("could not be asked: {reason}"), passing)
    };
    let mut form: BTreeMap<&str, &str> =
        credentials.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.insert("grant_type", "client_credentials");
    if let Some(scope) = &credentials.scope {
        form.insert("scope", scope);
    }
    let mut request = client.post(&credentials.token_url).header(ACCEPT, "application/json");
    match credentials.client_auth {
        ClientAuth::Basic => request = request.header(AUTHORIZATION, basic(credentials)),
        ClientAuth::Body => {
            form.insert("client_id", &credentials.client_id);
            form.insert("client_secret", &credentials.client_secret);
        }
    }
    let response = request.form(&form).send().await.map_err(|error| unreached(&error))?;
    let status = response.status();
    let body = body(response).await.map_err(|error| unreached(&error))?;
    let read = read(status, &body, &Secrets::of_client(credentials))
        .map(|(header, life)| Token { header, end: End::after(life, asked, now) });
    read.map_err(|what| {
        Refusal::new(credentials, &format!("answered {}{what}", status.as_u16()), status.is_server_error())
    })
}

fn basic(credentials: &ClientCredentials) -> String {
    format!("Basic {}", STANDARD.encode(pair(credentials)))
}

/// The client and its secret.
///
/// Source: RFC 6749 §2.3.1: both are form-encoded first.
pub fn pair(credentials: &ClientCredentials) -> String {
    let coded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("{}:{}", coded(&credentials.client_id), coded(&credentials.client_secret))
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

/// The header of an answer's token, and its life; else what is wrong with it, as it goes on after the status.
fn read(status: StatusCode, body: &[u8], secrets: &Secrets) -> Result<(HeaderValue, Duration), String> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = said(&answer, secrets);
    if status.is_redirection() {
        return Err(", a redirect; redirects are never followed".to_owned());
    }
    if !status.is_success() {
        return Err(said);
    }
    if body.is_empty() {
        return Err(" with an empty body; JSON with access_token was expected".to_owned());
    }
    if !answer.is_object() {
        return Err(" without a JSON object; one with access_token was expected".to_owned());
    }
    let Some(token) = answer["access_token"].as_str().filter(|token| !token.is_empty()) else {
        return Err(format!(" without access_token{said}"));
    };
    if let Some(kind) = answer["token_type"].as_str().filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(format!(" with token_type {:?}; Bearer was expected", shortened(kind, secrets)));
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| " with an access_token that no header may hold".to_owned())?;
    header.set_sensitive(true);
    Ok((header, life(&answer["expires_in"])))
}

/// `expires_in`; some endpoints give it as text.
fn life(expires_in: &Value) -> Duration {
    let seconds = expires_in.as_f64().or_else(|| expires_in.as_str()?.parse().ok());
    // A year is as good as any longer life, and never overflows.
    seconds.map_or(LIFE, |seconds| Duration::from_secs_f64(seconds.clamp(0.0, 31_536_000.0)))
}

/// The endpoint's own words: `error` and `error_description`.
fn said(answer: &Value, secrets: &Secrets) -> String {
    ["error", "error_description"]
        .iter()
        .filter_map(|name| answer[name].as_str())
        .fold(String::new(), |said, words| said + ": " + &shortened(words, secrets))
}

/// Secrets are hidden before the words are cut, which may leave half of one.
fn shortened(words: &str, secrets: &Secrets) -> String {
    let words: String = secrets.hide(words).chars().filter(|c| !c.is_control()).collect();
    secrets.hide(&words).chars().take(WORDS_KEPT).collect()
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
            let (header, life) = read(StatusCode::OK, body.as_bytes(), &Secrets::default()).unwrap();
            assert_eq!(header, "Bearer t");
            let End::Wall(end) = End::after(life, asked, None) else { panic!("{expires_in}") };
            let off = (end - asked).as_secs_f64() - fresh;
            assert!(off.abs() < 0.001, "{expires_in}: {off}");
            let end = End::after(life, asked, Some(frozen));
            let End::Clock(instant) = end else { panic!("{expires_in}") };
            let off = (instant - frozen).as_seconds_f64() - fresh;
            assert!(off.abs() < 0.001, "{expires_in}: {off}");
            assert!(!format!("{:?}", Token { header, end }).contains("Bearer t"));
        }
    }

    #[test]
    fn a_token_ends_by_the_clock_that_the_settings_name() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let life = Duration::from_secs(100);
        let (wall, clock) = (End::after(life, Timer::now(), None), End::after(life, Timer::now(), Some(now)));
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
            assert_eq!(read(status, body.as_bytes(), &Secrets::default()).unwrap_err(), words, "{body}");
        }
        let long = json!({ "error": "x".repeat(5000) }).to_string();
        let none = Secrets::default();
        assert_eq!(read(StatusCode::BAD_REQUEST, long.as_bytes(), &none).unwrap_err().len(), WORDS_KEPT + 2);
    }

    #[test]
    fn a_secret_is_hidden_before_the_words_are_cut() {
        let secrets = Secrets::of_client(&ClientCredentials::new("http://h", "me", "s3cret/of+me"));
        for secret in [
            "s3cret/of+me",
            "s3cret%2Fof%2Bme",
            "czNjcmV0L29mK21l",
            "bWU6czNjcmV0JTJGb2YlMkJtZQ==",
            "s3cret\u{7}/of+me",
        ] {
            for length in WORDS_KEPT - 20..=WORDS_KEPT {
                let body = json!({ "error_description": "x".repeat(length) + secret }).to_string();
                let told = read(StatusCode::BAD_REQUEST, body.as_bytes(), &secrets).unwrap_err();
                assert!(told.trim_start_matches([':', ' ', 'x']).chars().all(|c| c == '*'), "{told}");
            }
        }
    }

    #[test]
    fn a_client_is_form_encoded_before_it_is_base64() {
        let credentials = ClientCredentials::new("http://h", "a:b", "c d");
        assert_eq!(basic(&credentials), format!("Basic {}", STANDARD.encode("a%3Ab:c+d")));
    }
}
