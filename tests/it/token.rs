//! The Token API: who gets which token, when the same one again, and every refusal.

use std::collections::HashSet;

use futures_util::future::join_all;
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
    let body = format!("{{\"error_description\":\"{description}\",\"error\":\"{error}\"}}");
    assert_eq!((answer.status, answer.text.as_str()), (status, body.as_str()), "{why}");
    assert_eq!(answer.header("content-type"), "application/json", "{why}");
    assert_eq!(answer.header("www-authenticate").starts_with("Basic realm="), status == 401, "{why}");
}

#[actix_web::test]
async fn each_grant_answers_its_members_in_the_observed_order() {
    let server = Server::shared();
    for (profile, length, hyphens) in [("wso2-2", 36, 4), ("wso2-1.10", 32, 0)] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        let keys = keys(&account);
        let by_password = keys.by_password().await;
        let by_client = keys.by_client().await;
        let by_refresh = keys.by_refresh(&pair(&by_password).refresh).await;
        for (answer, scope) in
            [(&by_password, "default"), (&by_client, "am_application_scope default"), (&by_refresh, "default")]
        {
            let Pair { access, refresh, .. } = pair(answer);
            let middle = if refresh.is_empty() { String::new() } else { format!("\"refresh_token\":\"{refresh}\",") };
            assert_eq!(
                answer.text,
                format!(
                    "{{\"access_token\":\"{access}\",{middle}\"scope\":\"{scope}\",\"token_type\":\"Bearer\",\
                     \"expires_in\":3600}}"
                )
            );
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
            for token in [&access, &refresh].into_iter().filter(|token| !token.is_empty()) {
                assert_eq!((token.len(), token.matches('-').count()), (length, hyphens), "{profile}: {token}");
                assert!(token.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c)), "{token}");
            }
        }
        for answer in [&by_client, &by_refresh] {
            assert_eq!(keys.status_with(&pair(answer).access).await, WORKS, "{profile}: {}", answer.text);
        }
        assert!(by_password.text.contains("refresh_token") && by_refresh.text.contains("refresh_token"));
        assert!(!by_client.text.contains("refresh_token"), "{}", by_client.text);
    }
}

#[actix_web::test]
async fn the_client_shows_its_key_by_basic_or_in_the_form_and_never_both_ways() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let grant = ("grant_type", "client_credentials");
    let in_form = [grant, ("client_id", keys.key.as_str()), ("client_secret", keys.secret.as_str())];
    let bare = |form: &[(&str, &str)]| server.request(Method::POST, "/token").form(form);
    let by_form = pair(&send(bare(&in_form)).await);
    assert_eq!(by_form.access, pair(&keys.by_client().await).access);
    let lower = base64(format!("{}:{}", keys.key, keys.secret));
    let answer = send(bare(&[grant]).header("authorization", format!("basic {lower}"))).await;
    assert_eq!(pair(&answer).access, by_form.access, "the scheme of HTTP Basic has no case");
    let failed = "Client Authentication failed.";
    assert_refused(&keys.post("/token", &in_form).await, 401, "invalid_client", failed, "both at once");
    for (form, why) in [
        (vec![grant], "no client authentication at all"),
        (vec![grant, ("client_id", keys.key.as_str())], "a key without its secret"),
        (vec![grant, ("client_id", keys.key.as_str()), ("client_secret", "wrong")], "a wrong secret in the form"),
        (vec![grant, ("client_id", "nobody"), ("client_secret", keys.secret.as_str())], "an unknown key in the form"),
    ] {
        assert_refused(&send(bare(&form)).await, 401, "invalid_client", failed, why);
    }
    for (header, why) in [
        (format!("Basic {}", base64(format!("{}:wrong", keys.key))), "a wrong secret"),
        (format!("Basic {}", base64(format!("nobody:{}", keys.secret))), "an unknown key"),
        (format!("Basic {}", base64(keys.key.clone())), "no colon"),
        (format!("Basic {}", base64(":".to_owned())), "an empty key"),
        ("Basic".to_owned(), "nothing after the scheme"),
        ("Basic !!!".to_owned(), "not base64"),
        ("Basic /w==".to_owned(), "not UTF-8"),
        (format!("Basic {}:{}", keys.key, keys.secret), "not encoded"),
        (format!("Bearer {}", account.token), "another scheme"),
    ] {
        let answer = send(bare(&[grant]).header("authorization", header)).await;
        assert_refused(&answer, 401, "invalid_client", failed, why);
    }
    let malformed = send(bare(&in_form).header("authorization", "Basic !!!")).await;
    assert_refused(&malformed, 401, "invalid_client", failed, "a malformed Basic beside a good form");
}

fn base64(text: String) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[actix_web::test]
async fn the_same_token_comes_again_until_its_last_300_seconds() {
    let server = Server::shared();
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let first = pair(&keys.by_password().await);
    assert_eq!(first.expires_in, 3600);
    let again = |expires_in| Pair { expires_in, ..first.clone() };
    assert_eq!(pair(&keys.by_password().await), again(3300), "300 seconds are taken off for clocks that differ");
    keys.advance("1000s").await;
    assert_eq!(pair(&keys.by_password().await), again(2300));
    keys.advance("2299s").await;
    assert_eq!(pair(&keys.by_password().await), again(1));
    keys.advance("1s").await;
    let second = pair(&keys.by_password().await);
    assert_eq!(second.expires_in, 3600);
    assert!(second.access != first.access && second.refresh != first.refresh, "the last 300 seconds give a new pair");
    keys.advance("299s").await;
    assert_eq!(keys.status_with(&first.access).await, WORKS, "the old one lives on to its end");
    assert_eq!(keys.status_with(&second.access).await, WORKS);
    keys.advance("1s").await;
    assert_eq!(keys.status_with(&first.access).await, DEAD, "and no further");
    assert_eq!(keys.status_with(&second.access).await, WORKS);
    assert_eq!(pair(&keys.by_password().await), Pair { expires_in: 3000, ..second });
}

#[actix_web::test]
async fn each_key_user_and_grant_has_a_token_of_its_own() {
    let server = Server::shared();
    let account = server
        .account(json!({ "account": {
            "users": [{ "username": "ann", "password": "a" }, { "username": "bob", "password": "b" }],
            "applications": [{ "name": "one" }, { "name": "two" }],
        } }))
        .await;
    let one = keys(&account);
    let second = &account.made["applications"][1];
    let two = Keys {
        key: second["consumer_key"].as_str().unwrap().to_owned(),
        secret: second["consumer_secret"].as_str().unwrap().to_owned(),
        ..keys(&account)
    };
    let bob = [("grant_type", "password"), ("username", "bob"), ("password", "b")];
    let mut tokens = HashSet::new();
    for round in 0..2 {
        for answer in [
            one.by_password().await,
            two.by_password().await,
            one.post("/token", &bob).await,
            one.by_client().await,
            two.by_client().await,
        ] {
            tokens.insert(pair(&answer).access);
        }
        assert_eq!(tokens.len(), 5, "after round {round}");
    }
}

#[actix_web::test]
async fn clients_that_ask_at_once_get_one_token_and_can_use_it_at_once() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let ask = async || {
        let token = pair(&keys.by_password().await).access;
        (keys.status_with(&token).await, token)
    };
    let answers = join_all((0..24).map(|_| ask())).await;
    let distinct: HashSet<_> = answers.iter().map(|(_, token)| token).collect();
    assert_eq!(distinct.len(), 1);
    assert!(answers.iter().all(|(status, _)| *status == WORKS), "{answers:?}");
}

#[actix_web::test]
async fn a_refresh_token_is_taken_once_of_many_that_use_it_at_once() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let refresh = pair(&keys.by_password().await).refresh;
    let answers = join_all((0..16).map(|_| keys.by_refresh(&refresh))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 400), "{statuses:?}");
}

#[actix_web::test]
async fn validity_period_sets_the_life_and_under_300_seconds_every_token_is_new() {
    let server = Server::shared();
    let account = frozen(&server, json!({ "applications": [{ "name": "a" }] })).await;
    let keys = keys(&account);
    let (short, other) = (keys.by_client_for("299").await, keys.by_client_for("299").await);
    assert_eq!((short.expires_in, other.expires_in), (299, 299));
    assert_ne!(short.access, other.access);
    let long = pair(&keys.by_client().await);
    assert_eq!(long.expires_in, 3600);
    let beside = keys.by_client_for("1").await;
    assert!(beside.access != long.access && beside.expires_in == 1);
    assert_eq!(pair(&keys.by_client().await).access, long.access, "a short one does not take its place");
    keys.advance("1s").await;
    assert_eq!(keys.status_with(&beside.access).await, DEAD);
    keys.advance("297s").await;
    assert_eq!(keys.status_with(&short.access).await, WORKS);
    keys.advance("1s").await;
    assert_eq!(keys.status_with(&short.access).await, DEAD);
    assert_eq!(keys.status_with(&long.access).await, WORKS);
}

#[actix_web::test]
async fn a_validity_period_is_read_as_seconds_and_ignored_where_it_is_none() {
    let server = Server::shared();
    for (asked, expected) in [
        ("301", 301),
        ("300", 300),
        ("7200", 7200),
        ("abc", 3600),
        ("", 3600),
        ("0", 3600),
        ("-1", 3600),
        ("1e3", 3600),
        ("99999999999999999999", 3600),
    ] {
        let account = frozen(&server, json!({})).await;
        assert_eq!(keys(&account).by_client_for(asked).await.expires_in, expected, "{asked:?}");
    }
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let first = keys.by_client_for("301").await;
    assert_eq!(keys.by_client_for("301").await, Pair { expires_in: 1, ..first });
    let form = [
        ("grant_type", "password"),
        ("username", keys.username.as_str()),
        ("password", keys.password.as_str()),
        ("validity_period", "60"),
    ];
    assert_eq!(pair(&keys.post("/token", &form).await).expires_in, 3600, "it is for client credentials only");
}

#[actix_web::test]
async fn a_life_beyond_the_calendar_is_a_token_all_the_same() {
    let server = Server::shared();
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let token = keys.by_client_for("9223372036854775807").await;
    assert_eq!(keys.status_with(&token.access).await, WORKS);
    assert_eq!(keys.by_client_for("9223372036854775807").await.access, token.access);
}

#[actix_web::test]
async fn a_refresh_gives_a_new_pair_and_ends_the_old_one() {
    let server = Server::shared();
    for (profile, is_told) in [("wso2-2", false), ("wso2-1.10", true)] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        let keys = keys(&account);
        let old = pair(&keys.by_password().await);
        let answer = keys.by_refresh(&old.refresh).await;
        let new = pair(&answer);
        assert_eq!(new.expires_in, 3600);
        assert!(new.access != old.access && new.refresh != old.refresh);
        assert_eq!(
            answer.header("deactivatedaccesstoken"),
            if is_told { old.access.as_str() } else { "" },
            "{profile}"
        );
        assert_eq!(keys.status_with(&old.access).await, DEAD);
        assert_eq!(keys.status_with(&new.access).await, WORKS);
        let used = keys.by_refresh(&old.refresh).await;
        assert_refused(&used, 400, "invalid_grant", "Provided Authorization Grant is invalid", "a used refresh token");
        assert_eq!(pair(&keys.by_password().await).access, new.access, "a password gets the new pair again");
        assert_ne!(pair(&keys.by_refresh(&new.refresh).await).access, new.access);
    }
}

#[actix_web::test]
async fn a_refresh_token_outlives_its_access_token_to_84600_seconds() {
    let server = Server::shared();
    for (profile, error) in [("wso2-2", "invalid_grant"), ("wso2-1.10", "invalid_request")] {
        let settings = json!({ "settings": { "tokens": "clock", "profile": profile } });
        let account = frozen(&server, settings).await;
        let keys = keys(&account);
        let first = pair(&keys.by_password().await);
        keys.advance("84599s").await;
        assert_eq!(keys.status_with(&first.access).await, DEAD);
        let second = pair(&keys.by_refresh(&first.refresh).await);
        assert_eq!(keys.status_with(&second.access).await, WORKS);
        keys.advance("84600s").await;
        let expired = keys.by_refresh(&second.refresh).await;
        assert_refused(&expired, 400, error, "Refresh token is expired.", profile);
        assert_ne!(pair(&keys.by_password().await).access, second.access);
    }
}

#[actix_web::test]
async fn a_newer_pair_supersedes_the_refresh_token_of_an_older_one() {
    let server = Server::shared();
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let old = pair(&keys.by_password().await);
    keys.advance("3500s").await;
    let new = pair(&keys.by_password().await);
    let answer = keys.by_refresh(&old.refresh).await;
    assert_refused(&answer, 400, "invalid_grant", "Provided Authorization Grant is invalid", "superseded");
    assert_eq!(keys.status_with(&old.access).await, WORKS, "a refusal ends nothing");
    assert_ne!(pair(&keys.by_refresh(&new.refresh).await).access, new.access);
}

#[actix_web::test]
async fn a_refresh_token_works_for_its_own_application_only() {
    let server = Server::shared();
    let account =
        server.account(json!({ "account": { "applications": [{ "name": "one" }, { "name": "two" }] } })).await;
    let stranger = server.account(json!({})).await;
    let one = keys(&account);
    let second = &account.made["applications"][1];
    let two = Keys {
        key: second["consumer_key"].as_str().unwrap().to_owned(),
        secret: second["consumer_secret"].as_str().unwrap().to_owned(),
        ..keys(&account)
    };
    let token = pair(&one.by_password().await);
    for (other, why) in [(two, "another application"), (keys(&stranger), "another account")] {
        let answer = other.by_refresh(&token.refresh).await;
        assert_refused(&answer, 400, "invalid_grant", "Provided Authorization Grant is invalid", why);
        let answer = other.post("/revoke", &[("token", &token.access)]).await;
        assert_eq!((answer.status, answer.header("revokedaccesstoken")), (200, ""), "{why}");
    }
    assert_eq!(one.status_with(&token.access).await, WORKS);
    assert_ne!(pair(&one.by_refresh(&token.refresh).await).access, token.access);
}

#[actix_web::test]
async fn revoking_either_of_a_pair_ends_both_and_names_them() {
    let server = Server::shared();
    for path in ["/revoke", "/oauth2/revoke"] {
        for by_refresh in [false, true] {
            let account = server.account(json!({})).await;
            let keys = keys(&account);
            let Pair { access, refresh, .. } = pair(&keys.by_password().await);
            let token = if by_refresh { &refresh } else { &access };
            let answer = keys.post(path, &[("token", token), ("token_type_hint", "whatever")]).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""));
            assert_eq!(answer.header("revokedaccesstoken"), access);
            assert_eq!(answer.header("authorizeduser"), keys.username);
            assert_eq!(answer.header("revokedrefreshtoken"), refresh);
            assert_eq!(keys.status_with(&access).await, DEAD);
            let used = keys.by_refresh(&refresh).await;
            assert_refused(&used, 400, "invalid_grant", "Provided Authorization Grant is invalid", "revoked");
            let again = keys.post(path, &[("token", token)]).await;
            assert_eq!((again.status, again.text.as_str(), again.header("revokedaccesstoken")), (200, "", ""));
            assert_ne!(pair(&keys.by_password().await).access, access, "a revoked token is not handed out again");
        }
    }
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let token = pair(&keys.by_client().await).access;
    let answer = keys.post("/revoke", &[("token", &token)]).await;
    assert_eq!((answer.status, answer.header("revokedaccesstoken")), (200, token.as_str()));
    assert!(!answer.headers.contains_key("revokedrefreshtoken"), "client credentials have no refresh token");
    assert_eq!(keys.status_with(&token).await, DEAD);
}

#[actix_web::test]
async fn an_unknown_token_is_revoked_without_a_word() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    for token in ["nobody's", account.token.as_str()] {
        let answer = keys.post("/revoke", &[("token", token)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{token}");
        for name in ["revokedaccesstoken", "authorizeduser", "revokedrefreshtoken"] {
            assert!(!answer.headers.contains_key(name), "{token}: {name}");
        }
    }
    assert_eq!(keys.status_with(&account.token).await, WORKS, "a static token cannot be revoked");
}

#[actix_web::test]
async fn every_refusal_of_revoke_is_worded_as_documented() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let (key, secret) = (keys.key.as_str(), keys.secret.as_str());
    let good = format!("Basic {}", base64(format!("{key}:{secret}")));
    let wrong = format!("Basic {}", base64(format!("{key}:wrong")));
    let token = ("token", "t");
    let (client, failed) = ("invalid_client", "Client Authentication failed.");
    for (header, form, status, error, description, why) in [
        (Some("Basic !!!"), vec![token], 401, client, failed, "a malformed Basic"),
        (None, vec![token], 401, client, failed, "no client authentication"),
        (Some(&*good), vec![token, ("client_id", key), ("client_secret", secret)], 401, client, failed, "both at once"),
        (Some(&*wrong), vec![token], 401, "unauthorized_client", failed, "a wrong secret"),
        (Some(&*wrong), vec![], 401, "unauthorized_client", failed, "the client is looked at before the token"),
        (Some(&*good), vec![], 400, "invalid_request", "Invalid revocation request", "no token"),
        (Some(&*good), vec![("token", "")], 400, "invalid_request", "Invalid revocation request", "an empty token"),
        (
            Some(&*good),
            vec![("access_token", "t")],
            400,
            "invalid_request",
            "Invalid revocation request",
            "another name",
        ),
    ] {
        let mut request = server.request(Method::POST, "/revoke").form(&form);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        assert_refused(&send(request).await, status, error, description, why);
    }
    let json = server.request(Method::POST, "/revoke").header("authorization", &good).json(&json!({ "token": "t" }));
    let answer = send(json).await;
    assert_refused(&answer, 400, "invalid_request", "Invalid revocation request", "no form");
}

#[actix_web::test]
async fn every_refusal_of_token_is_worded_by_profile() {
    let server = Server::shared();
    for (profile, is_old) in [("wso2-2", false), ("wso2-1.10", true)] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        let keys = keys(&account);
        let (user, word) = (("username", keys.username.as_str()), ("password", keys.password.as_str()));
        let password = ("grant_type", "password");
        let domain = if is_old { "@carbon.super" } else { "" };
        let failed = |name: &str| format!("Authentication failed for {name}{domain}");
        let missing = |names: &str| format!("Missing parameters: {names}");
        let no_grant = || "Missing grant_type parameter value".to_owned();
        let unknown_grant = if is_old {
            ("invalid_request", "Invalid grant_type parameter value".to_owned())
        } else {
            ("unsupported_grant_type", "Unsupported grant_type value".to_owned())
        };
        let (request, grant) = ("invalid_request", "invalid_grant");
        let table = [
            (vec![password, user, ("password", "wrong")], grant, failed(&keys.username)),
            (vec![password, ("username", "nobody"), word], grant, failed("nobody")),
            (
                vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
                grant,
                "Provided Authorization Grant is invalid".to_owned(),
            ),
            (vec![], request, no_grant()),
            (vec![("grant_type", ""), user, word], request, no_grant()),
            (vec![("grantType", "password"), user, word], request, no_grant()),
            (vec![("grant_type", "magic")], unknown_grant.0, unknown_grant.1.clone()),
            (vec![("grant_type", "Password"), user, word], unknown_grant.0, unknown_grant.1.clone()),
            (vec![("grant_type", "authorization_code"), ("code", "c")], unknown_grant.0, unknown_grant.1.clone()),
            (vec![password], request, missing("username, password")),
            (vec![password, word], request, missing("username")),
            (vec![password, user], request, missing("password")),
            (vec![password, user, ("password", "")], request, missing("password")),
            (vec![("grant_type", "refresh_token")], request, missing("refresh_token")),
        ];
        for (form, error, description) in table {
            let answer = keys.post("/token", &form).await;
            assert_refused(&answer, 400, error, &description, &format!("{profile} {form:?}"));
            assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
        }
        let body = format!("grant_type=password&username={}&password={}", keys.username, keys.password);
        for kind in [Some("application/json"), Some("text/plain"), Some("multipart/form-data; boundary=x"), None] {
            let mut post = server.request(Method::POST, "/token").basic_auth(&keys.key, Some(&keys.secret));
            if let Some(kind) = kind {
                post = post.header("content-type", kind);
            }
            let answer = send(post.body(body.clone())).await;
            assert_refused(&answer, 400, request, &no_grant(), &format!("{profile} {kind:?}"));
        }
        for kind in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"] {
            let post = server.request(Method::POST, "/token").basic_auth(&keys.key, Some(&keys.secret));
            let answer = send(post.header("content-type", kind).body(body.clone())).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn a_grant_that_the_application_may_not_use_is_refused() {
    let server = Server::shared();
    let account =
        server.account(json!({ "account": { "applications": [{ "name": "a", "grants": ["password"] }] } })).await;
    let keys = keys(&account);
    let refresh = pair(&keys.by_password().await).refresh;
    for answer in [keys.by_client().await, keys.by_refresh(&refresh).await] {
        assert_refused(&answer, 400, "invalid_grant", "Provided Authorization Grant is invalid", "not allowed");
    }
}

#[actix_web::test]
async fn the_first_thing_that_is_wrong_with_a_token_request_answers() {
    let server = Server::shared();
    let account =
        server.account(json!({ "account": { "applications": [{ "name": "a", "grants": ["password"] }] } })).await;
    let keys = keys(&account);
    let ask = |secret: &str, form: &[(&str, &str)]| {
        send(server.request(Method::POST, "/token").basic_auth(&keys.key, Some(secret)).form(form))
    };
    let wrong_client = ask("wrong", &[]).await;
    assert_refused(&wrong_client, 400, "invalid_request", "Missing grant_type parameter value", "grant before client");
    let unknown = [("grant_type", "magic")];
    let answer = ask("wrong", &unknown).await;
    assert_refused(&answer, 401, "invalid_client", "Client Authentication failed.", "client before known grant");
    let answer = ask(&keys.secret, &[("grant_type", "refresh_token")]).await;
    assert_refused(&answer, 400, "invalid_request", "Missing parameters: refresh_token", "parameters before allowed");
    let twice = format!("grant_type=password&username={}&username=nobody&password={}", keys.username, keys.password);
    let post = server.request(Method::POST, "/token").basic_auth(&keys.key, Some(&keys.secret));
    let answer = send(post.header("content-type", "application/x-www-form-urlencoded").body(twice)).await;
    assert_eq!(answer.status, 200, "of two fields the first counts: {}", answer.text);
}

#[actix_web::test]
async fn unknown_scopes_are_dropped_without_an_error() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let mut tokens = HashSet::new();
    for scope in ["default", "", "openid", "read write", "default read", "am_application_scope", "../../etc"] {
        let (user, word) = (("username", keys.username.as_str()), ("password", keys.password.as_str()));
        let answer = keys.post("/token", &[("grant_type", "password"), user, word, ("scope", scope)]).await;
        assert_eq!(answer.expect(200)["scope"], "default", "{scope:?}");
        tokens.insert(pair(&answer).access);
        let answer = keys.post("/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await;
        assert_eq!(answer.expect(200)["scope"], "am_application_scope default", "{scope:?}");
        tokens.insert(pair(&answer).access);
    }
    assert_eq!(tokens.len(), 2, "one scope, one token for each grant");
    let old = pair(&keys.by_password().await);
    let form = [("grant_type", "refresh_token"), ("refresh_token", old.refresh.as_str()), ("scope", "openid")];
    assert_eq!(keys.post("/token", &form).await.expect(200)["scope"], "default");
}

#[actix_web::test]
async fn the_alias_is_the_same_endpoint() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let form = [("grant_type", "client_credentials")];
    let alias = keys.post("/oauth2/token", &form).await;
    assert_eq!(pair(&alias).access, pair(&keys.by_client().await).access);
    let refused = keys.post("/oauth2/token", &[]).await;
    assert_refused(&refused, 400, "invalid_request", "Missing grant_type parameter value", "the alias refuses alike");
}

#[actix_web::test]
async fn the_consumer_key_selects_the_account_and_users_are_known_in_it_alone() {
    let server = Server::shared();
    let user = |password: &str| json!({ "account": { "users": [{ "username": "partner", "password": password }] } });
    let (one, two) = (server.account(user("first-pass")).await, server.account(user("second-pass")).await);
    let (one, two) = (keys(&one), keys(&two));
    let tokens = [pair(&one.by_password().await).access, pair(&two.by_password().await).access];
    assert_ne!(tokens[0], tokens[1], "the same name, the same scope, another account");
    assert_eq!(one.status_with(&tokens[0]).await, WORKS);
    assert_eq!(two.status_with(&tokens[1]).await, WORKS);
    assert_eq!(two.status_with(&tokens[0]).await, 403, "a token of the other account");
    let crossed = Keys { password: one.password.clone(), ..two };
    let answer = crossed.by_password().await;
    assert_refused(&answer, 400, "invalid_grant", "Authentication failed for partner", "the other one's password");
}

#[actix_web::test]
async fn a_consumer_key_or_static_token_that_is_taken_makes_no_account() {
    let server = Server::shared();
    let app = |key: &str| json!([{ "name": "a", "consumer_key": key, "consumer_secret": "s" }]);
    let first = json!({ "account": { "account_code": "TAKEN1", "applications": app("taken-k1"), "static_tokens": ["taken-t1"] } });
    server.account(first).await;
    for second in [
        json!({ "account_code": "TAKEN2", "applications": app("taken-k1"), "static_tokens": ["taken-t2"] }),
        json!({ "account_code": "TAKEN2", "applications": app("taken-k2"), "static_tokens": ["taken-t1"] }),
        json!({ "account_code": "TAKEN1", "applications": app("taken-k2"), "static_tokens": ["taken-t2"] }),
    ] {
        let answer = server.control(Method::POST, "/accounts", Some(json!({ "account": second }))).await;
        answer.problem(409);
        assert_eq!(server.control(Method::GET, "/accounts/TAKEN2", None).await.status, 404);
        let form = [("grant_type", "client_credentials")];
        let half = send(server.request(Method::POST, "/token").basic_auth("taken-k2", Some("s")).form(&form)).await;
        assert_eq!(half.status, 401, "nothing is left of it: {}", half.text);
    }
    let second = json!({ "account": { "account_code": "TAKEN2", "applications": app("taken-k2"), "static_tokens": ["taken-t2"] } });
    server.account(second).await;
}

#[actix_web::test]
async fn issued_tokens_outlive_a_reset_and_die_with_the_account() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let token = pair(&keys.by_password().await);
    account.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(keys.status_with(&token.access).await, WORKS);
    assert_eq!(pair(&keys.by_password().await).access, token.access);
    account.control(Method::DELETE, "", None).await.expect(204);
    assert_eq!(keys.status_with(&token.access).await, DEAD);
    assert_eq!(keys.status_with(&account.token).await, DEAD);
    let answer = keys.by_refresh(&token.refresh).await;
    assert_refused(&answer, 401, "invalid_client", "Client Authentication failed.", "the key is gone as well");
}

#[actix_web::test]
async fn token_life_follows_the_wall_unless_the_account_says_otherwise() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let token = pair(&keys.by_password().await).access;
    keys.advance("1000h").await;
    assert_eq!(keys.status_with(&token).await, WORKS, "advancing the account's clock changes nothing");
    account.control(Method::PATCH, "/settings", Some(json!({ "tokens": "clock" }))).await.expect(200);
    assert_eq!(keys.status_with(&token).await, DEAD);
}

#[actix_web::test]
async fn a_form_with_escapes_is_read_and_one_without_them_as_well() {
    let server = Server::shared();
    let user = json!({ "username": "jo doe+1@example.org", "password": "p&=%\u{e9} \u{2713}" });
    let account = server.account(json!({ "account": { "users": [user] } })).await;
    let keys = keys(&account);
    let token = pair(&keys.by_password().await).access;
    assert_eq!(keys.status_with(&token).await, WORKS);
    let account = server.account(json!({})).await;
    let keys = self::keys(&account);
    // A real client does not escape its form, so what the sandbox makes up needs no escapes.
    let plain = format!("grant_type=password&username={}&password={}", keys.username, keys.password);
    let post = server.request(Method::POST, "/token").header("content-type", "application/x-www-form-urlencoded");
    let with_secret = format!("{plain}&client_id={}&client_secret={}", keys.key, keys.secret);
    assert_eq!(send(post.body(with_secret)).await.status, 200);
    for made_up in [&keys.password, &keys.key, &keys.secret] {
        assert!(made_up.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{made_up}");
    }
}
