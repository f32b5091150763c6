//! The Token API: who gets which token, when the same one again, and every refusal.

mod account;
mod grant;
mod life;
mod refresh;
mod refusal;
mod reuse;
mod revoke;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, send};

/// What the first application and the first user of an account show.
pub struct Keys<'a> {
    pub account: &'a Account<'a>,
    pub key: String,
    pub secret: String,
    pub username: String,
    pub password: String,
}

/// An issued pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    pub expires_in: i64,
}

/// The keys of an account.
pub fn keys<'a>(account: &'a Account<'a>) -> Keys<'a> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (application, user) = (&account.made["applications"][0], &account.made["users"][0]);
    Keys {
        account,
        key: text(&application["consumer_key"]),
        secret: text(&application["consumer_secret"]),
        username: text(&user["username"]),
        password: text(&user["password"]),
    }
}

impl Keys<'_> {
    /// Posts a form with the client's key and secret as Basic.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.account.server.request(Method::POST, path);
        send(request.basic_auth(&self.key, Some(&self.secret)).form(form)).await
    }

    pub async fn by_password(&self) -> Answer {
        self.post("/token", &[("grant_type", "password"), ("username", &self.username), ("password", &self.password)])
            .await
    }

    pub async fn by_client(&self) -> Answer {
        self.post("/token", &[("grant_type", "client_credentials")]).await
    }

    pub async fn by_client_for(&self, seconds: &str) -> Pair {
        let form = [("grant_type", "client_credentials"), ("validity_period", seconds)];
        pair(&self.post("/token", &form).await)
    }

    pub async fn by_refresh(&self, refresh: &str) -> Answer {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
    }

    /// The status of a call with a token: 400 where it gets through to the service, which knows no such candidate.
    pub async fn status_with(&self, token: &str) -> u16 {
        let path = self.account.path("/candidates/NOBODY");
        send(self.account.server.request(Method::GET, &path).bearer_auth(token)).await.status
    }

    /// Moves the account's clock on.
    pub async fn advance(&self, duration: &str) {
        let body = json!({ "action": "advance", "duration": duration });
        self.account.control(Method::PUT, "/clock", Some(body)).await.expect(200);
    }
}

/// A call with this token reaches the service.
const WORKS: u16 = 400;

/// A call with this token stops at the gateway.
const DEAD: u16 = 401;

/// The pair in an answer, once it is a 200.
#[track_caller]
pub fn pair(answer: &Answer) -> Pair {
    let body = answer.expect(200);
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Pair {
        access: text("access_token"),
        refresh: text("refresh_token"),
        expires_in: body["expires_in"].as_i64().expect("a number"),
    }
}

/// An account whose token life follows its own clock, which stands still.
async fn frozen(server: &Server, more: Value) -> Account<'_> {
    let mut given = json!({
        "account": { "settings": { "tokens": "clock" } },
        "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
    });
    given["account"].as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    server.account(given).await
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str, description: &str, why: &str) {
    // The order of the members is the vendor's.
    let body = format!("{{\"error_description\":{},\"error\":\"{error}\"}}", json!(description));
    assert_eq!((answer.status, answer.text.as_str()), (status, body.as_str()), "{why}");
    assert_eq!(answer.header("content-type"), "application/json", "{why}");
    let is_challenged = status == 401 && !description.starts_with("A valid OAuth client");
    assert_eq!(answer.header("www-authenticate").starts_with("Basic realm="), is_challenged, "{why}");
}

fn base64(text: String) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
