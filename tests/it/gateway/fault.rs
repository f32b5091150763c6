//! The gateway's table whole: every code by its real cause, in each profile, for each `Accept`, to the byte.

use serde_json::{Value, json};

use super::fault_table::{
    API_BLOCKED, BLOCKED, INACTIVE, INACTIVE_TOKEN, INVALID, MISSING, NO_RESOURCE, NOT_ALLOWED, NOT_SUBSCRIBED, OLD,
    PRODUCTION, Row, SCOPE, SILENT, Told, UNCLASSIFIED, UNKNOWN_API, UNKNOWN_METHOD, UNKNOWN_PATH, UNREACHABLE,
    throttled,
};
use crate::server::{Account, Server, send};
use crate::socket::raw;
use crate::token::{Keys, Pair, keys, pair};

/// Sends these bytes and reads the answer.
fn tell(server: &Server, line: &str, headers: &str) -> Told {
    let (status, text) = raw(server, format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n"));
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let header = |name: &str| {
        let mut found = head.lines().filter_map(|line| line.split_once(": ")).filter(|(own, _)| *own == name);
        let value = found.next().map(|(_, value)| value.to_owned());
        assert!(found.next().is_none(), "{name} stands once: {head}");
        value
    };
    Told {
        status,
        kind: header("content-type").unwrap_or_default(),
        challenge: header("www-authenticate"),
        origin: header("access-control-allow-origin"),
        body: body.to_owned(),
    }
}

/// The row holds for every `Accept`; only `application/json` exactly gets JSON.
fn holds(server: &Server, profile: &str, line: &str, headers: &str, row: Row<'_>, why: &str) {
    for accept in [Some("application/json"), Some("*/*"), Some("application/json, text/plain"), None] {
        let asked = accept.map(|accept| format!("accept: {accept}\r\n")).unwrap_or_default();
        let told = tell(server, line, &format!("{headers}{asked}"));
        // Pages of any origin may call what there is, so a path that is not served says nothing of it.
        let origin = line.contains("/accounts/").then(|| "*".to_owned());
        let expected = Told { origin, ..row.told(profile, accept) };
        assert_eq!(told, expected, "{why}, {profile}, accept {accept:?}");
    }
}

fn own<'a>(account: &'a Account<'a>, application: usize) -> Keys<'a> {
    let made = &account.made["applications"][application];
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Keys { key: text("consumer_key"), secret: text("consumer_secret"), ..keys(account) }
}

async fn issued(account: &Account<'_>, application: usize) -> Pair {
    pair(&own(account, application).by_client().await)
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

fn get(account: &Account<'_>) -> String {
    format!("GET {}", account.path("/candidates/NOBODY"))
}

fn application(name: &str, subscription: impl Into<Value>) -> Value {
    let subscription: Value = subscription.into();
    json!({ "name": name, "subscriptions": [subscription, "booking"] })
}

fn with_state(state: &str) -> Value {
    json!({ "service": "eligibility", "state": state })
}

const PROFILES: [&str; 2] = ["wso2-2", OLD];

/// The server whose accounts have this profile where they name none.
fn with_profile(profile: &str) -> Server {
    if profile == OLD { Server::shared_with(&["--profile", OLD]) } else { Server::shared() }
}

#[actix_web::test]
async fn credentials_that_are_missing_invalid_expired_revoked_or_short_of_a_scope() {
    for profile in PROFILES {
        let server = with_profile(profile);
        let account = server
            .account(json!({
                "account": { "settings": { "tokens": "clock", "scopes": { "eligibility": "read" } } },
                "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
            }))
            .await;
        let keys = keys(&account);
        let expired = keys.by_client_for("60").await.access;
        let scoped = ("scope", "read");
        let works = pair(&keys.post("/token", &[("grant_type", "client_credentials"), scoped]).await).access;
        let line = get(&account);
        assert_eq!(tell(&server, &line, &bearer(&works)).status, 400, "it gets through");
        holds(&server, profile, &line, &bearer(&expired), SCOPE, "scope");
        keys.advance("61s").await;
        holds(&server, profile, &line, &bearer(&expired), INVALID, "expired");
        assert_eq!(tell(&server, &line, &bearer(&works)).status, 400, "the other lives on");
        keys.post("/revoke", &[("token", &works)]).await.expect(200);
        holds(&server, profile, &line, &bearer(&works), INVALID, "revoked");
        holds(&server, profile, &line, &bearer("nobody"), INVALID, "invalid");
        holds(&server, profile, &line, "", MISSING, "missing");
        for line in ["GET /nothing", "DELETE /Token", "HEAD /eligibilityService", "GET /eligibilityService/9.0.0/x"] {
            let told = tell(&server, line, "");
            if line.starts_with("HEAD") {
                assert_eq!((told.status, told.kind.as_str(), told.body.as_str()), (404, "application/xml", ""));
            } else {
                holds(&server, profile, line, "", UNKNOWN_API, line);
            }
        }
        for line in ["POST /eligibilityService/1.0.0", "GET /bookingService/1.0.9/nothing"] {
            holds(&server, profile, line, "", if profile == OLD { NO_RESOURCE } else { UNKNOWN_PATH }, line);
        }
        let patch = format!("PATCH {}", account.path("/candidates/NOBODY"));
        let method = if profile == OLD { NO_RESOURCE } else { UNKNOWN_METHOD };
        for headers in [String::new(), bearer("nobody")] {
            holds(&server, profile, &patch, &headers, method, "method");
        }
        for (kind, is_json) in
            [("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/xml", false)]
        {
            let headers = format!("content-type: {kind}\r\naccept: text/plain\r\ncontent-length: 0\r\n");
            let expected = method.written(profile, is_json && profile != OLD);
            assert_eq!(
                tell(&server, &patch, &headers),
                expected,
                "{profile}: a fault has the type of its request, {kind}"
            );
        }
    }
}

#[actix_web::test]
async fn subscriptions_keys_tiers_and_services_that_do_not_let_a_call_through() {
    for profile in PROFILES {
        let server = with_profile(profile);
        let mut production = application("production", with_state("PROD_ONLY_BLOCKED"));
        production["key_type"] = json!("PRODUCTION");
        let mut bronze = application("bronze", "eligibility");
        bronze["tier"] = json!("Bronze");
        let account = server
            .account(json!({
                "account": { "settings": { "throttling": "clock" }, "applications": [
                    { "name": "none", "subscriptions": ["booking"] },
                    application("blocked", with_state("BLOCKED")),
                    application("held", with_state("ON_HOLD")),
                    application("rejected", with_state("REJECTED")),
                    production,
                    { "name": "offered", "key_type": "PRODUCTION" },
                    application("sandbox", with_state("PROD_ONLY_BLOCKED")),
                    bronze,
                    application("slow", json!({ "service": "eligibility", "tier": "Bronze" })),
                ] },
                "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
            }))
            .await;
        let line = get(&account);
        let rows = [NOT_SUBSCRIBED, BLOCKED, INACTIVE, INACTIVE, BLOCKED, PRODUCTION];
        for (application, row) in rows.into_iter().enumerate() {
            let token = issued(&account, application).await.access;
            holds(&server, profile, &line, &bearer(&token), row, &format!("application {application}"));
        }
        let sandbox = issued(&account, 6).await.access;
        assert_eq!(tell(&server, &line, &bearer(&sandbox)).status, 400, "PROD_ONLY_BLOCKED lets sandbox keys through");
        let limit = if profile == OLD { 1 } else { 1000 };
        for (application, code) in [(7, 900_803), (8, 900_804)] {
            let token = issued(&account, application).await.access;
            for _ in 0..limit {
                assert_eq!(keys(&account).status_with(&token).await, 400);
            }
            let row = if profile == OLD {
                throttled(900_800, None)
            } else {
                throttled(code, Some("2026-Mar-01 09:01:00+0000 UTC"))
            };
            holds(&server, profile, &line, &bearer(&token), row, "throttled");
        }
        let blocked = json!({ "blocked_services": ["eligibility"] });
        account.control(reqwest::Method::PATCH, "/settings", Some(blocked)).await.expect(200);
        holds(&server, profile, &line, &bearer(&account.token), API_BLOCKED, "API blocked");
    }
}

#[actix_web::test]
async fn codes_that_no_state_of_the_sandbox_leads_to_are_asked_for_as_faults() {
    for profile in PROFILES {
        let server = with_profile(profile);
        let fault = |code: &str, gateway: u32| json!({ "match": { "header": { "x-want": code } }, "effect": { "gateway": gateway } });
        let faults = json!([
            fault("900", 900_900),
            fault("904", 900_904),
            fault("800", 900_800),
            fault("805", 900_805),
            fault("503", 101_503),
            fault("504", 101_504)
        ]);
        let account = server.account(json!({ "faults": faults })).await;
        let own = bearer(&account.token);
        for (want, row) in [
            ("900", UNCLASSIFIED),
            ("904", INACTIVE_TOKEN),
            ("805", NOT_ALLOWED),
            ("503", UNREACHABLE),
            ("504", SILENT),
        ] {
            holds(&server, profile, &get(&account), &format!("{own}x-want: {want}\r\n"), row, want);
        }
        // The API's own throttling is told with the instant, a minute from now on the wall; masked here.
        let told = tell(&server, &get(&account), &format!("{own}x-want: 800\r\n"));
        let at = told.body.split_once("<amt:nextAccessTime>").and_then(|(_, rest)| rest.split_once('<'));
        let at = at.map(|(at, _)| at.to_owned());
        assert_eq!(at.as_ref().map(String::len), (profile != OLD).then_some("2026-Mar-01 09:01:00+0000 UTC".len()));
        assert_eq!(told, throttled(900_800, at.as_deref()).told(profile, None));
        assert_eq!(tell(&server, &get(&account), &own).status, 400, "none asked for");
    }
}

#[actix_web::test]
async fn only_the_word_bearer_and_a_token_count_as_credentials() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let token = issued(&account, 0).await.access;
    let (line, t) = (get(&account), token.as_str());
    for works in [
        format!("Authorization: Bearer {t}\r\n"),
        format!("AUTHORIZATION:Bearer {t}\r\n"),
        format!("authorization: \t Bearer {t}  \t\r\n"),
        format!("authorization: Bearer  {t}\r\n"),
    ] {
        assert_eq!(tell(&server, &line, &works).status, 400, "{works:?} gets through to the service");
    }
    for missing in [
        String::new(),
        "authorization:\r\n".to_owned(),
        "authorization: Bearer\r\n".to_owned(),
        "authorization: Bearer \r\n".to_owned(),
        "authorization: Bearer \t \r\n".to_owned(),
        format!("authorization: bearer {t}\r\n"),
        format!("authorization: BEARER {t}\r\n"),
        format!("authorization: Bearer\t{t}\r\n"),
        format!("authorization: Bearer{t}\r\n"),
        format!("authorization: Bearer:{t}\r\n"),
        format!("authorization: \"Bearer {t}\"\r\n"),
        format!("authorization: Basic {t}\r\n"),
        "authorization: Basic dTpw\r\n".to_owned(),
        format!("authorization: Token {t}\r\n"),
        format!("authorization: OAuth2 {t}\r\n"),
        format!("authorization: {t}\r\n"),
        format!("authorization: Basic dTpw, Bearer {t}\r\n"),
        format!("authorization: Bearer {t}\r\nauthorization: Bearer {t}\r\n"),
        format!("authorization: Basic dTpw\r\nauthorization: Bearer {t}\r\n"),
        format!("authorization: Bearer {t}\r\nauthorization: Basic dTpw\r\n"),
        format!("x-authorization: Bearer {t}\r\n"),
        format!("proxy-authorization: Bearer {t}\r\n"),
        format!("access_token: {t}\r\n"),
    ] {
        assert_eq!(tell(&server, &line, &missing), MISSING.told("wso2-2", None), "{missing:?}");
    }
    for invalid in [
        "nobody".to_owned(),
        t.to_uppercase(),
        format!("{t},"),
        format!("\"{t}\""),
        format!("{t}x"),
        format!("Bearer {t}"),
        format!("{t} {t}"),
        format!("{t}\t{t}"),
        format!("{t}, Bearer {t}"),
    ] {
        assert_eq!(tell(&server, &line, &bearer(&invalid)), INVALID.told("wso2-2", None), "{invalid:?}");
    }
    let by_query = format!("{line}?access_token={t}");
    assert_eq!(tell(&server, &by_query, ""), MISSING.told("wso2-2", None), "a token of the query");
    let call = server.request(reqwest::Method::GET, &account.path("/candidates/NOBODY")).bearer_auth(t);
    assert_eq!(send(call).await.status, 400, "the token is alive after all that");
}
