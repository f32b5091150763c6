//! How an account is made, what is shown of it, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::{SECRET, codes, named, status_with, token};
use crate::server::{Server, send};

#[actix_web::test]
async fn an_empty_document_makes_up_all_that_a_partner_needs() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let made = &account.made;
    let is_upper = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    assert!(account.code.len() == 8 && is_upper(&account.code), "{}", account.code);
    let (user, application) = (&made["users"][0], &made["applications"][0]);
    assert_eq!((made["users"].as_array().map(Vec::len), user["roles"].as_array().map(Vec::len)), (Some(1), Some(9)));
    assert_eq!(made["applications"].as_array().map(Vec::len), Some(1));
    assert_eq!(application["subscriptions"].as_array().map(Vec::len), Some(9));
    for secret in [&user["password"], &application["consumer_key"], &application["consumer_secret"]] {
        let secret = secret.as_str().expect("a text");
        let is_plain = secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        assert!(secret.len() >= 16 && is_plain, "{secret}");
    }
    assert!(made["signing_secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")));
    let base = made["base_urls"]["eligibility"].as_str().expect("a URL");
    assert_eq!(base, format!("{}/eligibilityService/1.0.0", server.url));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (key, secret) = (text(&application["consumer_key"]), text(&application["consumer_secret"]));
    let issued = token(&server, &key, &secret).await.expect(200);
    let form = [
        ("grant_type", "password"),
        ("username", user["username"].as_str().unwrap()),
        ("password", user["password"].as_str().unwrap()),
    ];
    let asked = server.request(Method::POST, "/token").basic_auth(&key, Some(&secret)).form(&form);
    let of_user = send(asked).await.expect(200);
    for token in [&account.token, &text(&issued["access_token"]), &text(&of_user["access_token"])] {
        let path = format!("{base}/accounts/{}/candidates/C1", account.code);
        let answer = send(server.client.get(path).bearer_auth(token)).await;
        assert_eq!(answer.refused(400), "No data found for the given candidate id.");
    }
    account.eligible("C1", "EXAM1").await;
}

#[actix_web::test]
async fn two_accounts_that_are_made_up_have_nothing_in_common() {
    let server = Server::shared();
    let (a, b) = (server.account(json!({})).await, server.account(json!({})).await);
    for pointer in [
        "/account_code",
        "/users/0/password",
        "/applications/0/consumer_key",
        "/applications/0/consumer_secret",
        "/static_tokens/0",
        "/signing_secret",
    ] {
        assert_ne!(a.made.pointer(pointer).expect(pointer), b.made.pointer(pointer).expect(pointer), "{pointer}");
    }
}

#[actix_web::test]
async fn what_a_document_gives_is_taken_to_the_letter() {
    let server = Server::shared();
    let given = named("LETTER1");
    let account = server.account(given.clone()).await;
    for name in ["account_code", "users", "applications", "static_tokens", "signing_secret"] {
        assert_eq!(account.made[name], given["account"][name], "{name}");
    }
    let settings = account.control(Method::GET, "/settings", None).await.expect(200);
    assert_eq!((&settings["lint"], &settings["excused_absence"]), (&json!("off"), &json!(false)));
    assert_eq!((&settings["approval"], &settings["profile"]), (&json!(false), &json!("wso2-2")));
    let clock = account.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!((&clock["instant"], &clock["frozen"]), (&json!("2026-03-01T09:00:00.000Z"), &json!(true)));
}

#[actix_web::test]
async fn secrets_are_shown_when_an_account_is_made_and_after_that_on_request_only() {
    let server = Server::shared();
    let account = server.account(named("SECRETS1")).await;
    let hidden = account.control(Method::GET, "", None).await;
    assert_eq!(hidden.status, 200);
    for secret in ["pa-ss", "secret-SECRETS1", "token-SECRETS1", SECRET] {
        assert!(!hidden.text.contains(secret), "{secret} in {}", hidden.text);
    }
    let shown = account.control(Method::GET, "?secrets=true", None).await.expect(200);
    assert_eq!(shown, account.made);
    let hidden = hidden.json();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&hidden), keys(&shown));
    assert_eq!(hidden["applications"][0]["consumer_key"], "key-SECRETS1");
}

#[actix_web::test]
async fn a_code_a_key_and_a_static_token_are_unique_in_a_server_and_a_clash_makes_nothing() {
    let server = Server::start();
    let first = server.account(named("ACCT1")).await;
    let before = codes(&server).await;
    let other = || {
        let mut other = named("ACCT2");
        other["account"]["applications"]
            .as_array_mut()
            .expect("a list")
            .push(json!({ "name": "b", "consumer_key": "key-B" }));
        other["account"]["static_tokens"].as_array_mut().expect("a list").push(json!("token-B"));
        other["eligibilities"] = json!([{ "test_code": "EXAM1" }]);
        other
    };
    for (pointer, value, detail) in [
        ("/account/account_code", "ACCT1", "account.account_code: ACCT1 is taken"),
        (
            "/account/applications/1/consumer_key",
            "key-ACCT1",
            "account.consumer_key: another account of this server has it",
        ),
        (
            "/account/static_tokens/1",
            "token-ACCT1",
            "account.static_tokens: another account of this server has one of them",
        ),
    ] {
        let mut clashing = other();
        *clashing.pointer_mut(pointer).expect(pointer) = json!(value);
        let refused = server.control(Method::POST, "/accounts", Some(clashing)).await;
        assert_eq!(refused.problem(409), detail);
        assert_eq!(codes(&server).await, before, "{pointer}");
        assert_eq!(status_with(&server, "token-ACCT2", "ACCT1").await, 401, "{pointer}");
        assert_eq!(token(&server, "key-ACCT2", "secret-ACCT2").await.status, 401, "{pointer}");
    }
    let mut twice = other();
    twice["account"]["applications"][1]["consumer_key"] = json!("key-ACCT2");
    let refused = server.control(Method::POST, "/accounts", Some(twice)).await;
    assert_eq!(refused.problem(409), "account.applications: two have the consumer key of \"b\"");
    assert_eq!(codes(&server).await, before);
    assert_eq!(status_with(&server, &first.token, "ACCT1").await, 400);
    assert_eq!(token(&server, "key-ACCT1", "secret-ACCT1").await.status, 200);
    server.account(other()).await;
}

#[actix_web::test]
async fn a_document_that_does_not_fit_is_refused_with_its_path_and_makes_nothing() {
    let server = Server::start();
    let before = codes(&server).await;
    for (document, detail) in [
        (json!({ "accounts": {} }), "accounts: unknown key \"accounts\""),
        (json!({ "account": { "account_code": "a b" } }), "account.account_code: expected an account code"),
        (json!({ "account": { "account_code": "" } }), "account.account_code: expected an account code"),
        (
            json!({ "account": { "settings": { "lint": "loud" } } }),
            "account.settings.lint: expected off, warn or enforce, got \"loud\"",
        ),
        (json!({ "account": { "ttl": "soon" } }), "account.ttl: expected a duration like 500ms, 5s or 2h"),
        (json!({ "account": { "allow_ip": ["10.0.0.0/99"] } }), "account.allow_ip[0]: "),
        (
            json!({ "account": { "users": [{ "username": "jo", "roles": ["psiAll"] }] } }),
            "account.users[0].roles[0]: expected ",
        ),
        (json!({ "account": { "signing_secret": "s3cret" } }), "account.signing_secret: expected whsec_"),
        (
            json!({ "account": { "users": [{ "username": "jo" }], "applications": [{ "name": "a", "owner": "al" }] } }),
            "account.applications[0].owner: expected one of the account's users, got \"al\"",
        ),
        (json!({ "clock": { "instant": "noon" } }), "clock.instant: expected a date-time"),
        (json!({ "seed": -1 }), "seed: "),
        (
            json!({ "subscriptions": { "booking_notification": { "url": "ftp://x" } } }),
            "subscriptions.booking_notification.url: expected http://host/path or https://host/path, got \"ftp://x\"",
        ),
        (
            json!({ "eligibilities": [{ "test_code": "NONE" }] }),
            "eligibilities[0].test_code: there is no test \"NONE\"",
        ),
        (json!([]), ""),
    ] {
        let refused = server.control(Method::POST, "/accounts", Some(document.clone())).await;
        let told = refused.problem(400);
        assert!(told.starts_with(detail), "{document}: {told}");
    }
    assert_eq!(codes(&server).await, before);
}

#[actix_web::test]
async fn accounts_are_listed_by_code_in_pages_with_what_they_hold() {
    let server = Server::start_with(&["--no-demo"]);
    assert_eq!(codes(&server).await, Vec::<String>::new());
    for code in ["B", "C", "A"] {
        let account = server.account(named(code)).await;
        let id = account.eligible("C1", "EXAM1").await;
        if code == "B" {
            account.schedule(&id).await;
        }
    }
    let page = server.control(Method::GET, "/accounts?limit=2", None).await.expect(200);
    let now = "2026-03-01T09:00:00.000Z";
    assert_eq!(
        page["items"],
        json!([
            { "account_code": "A", "eligibilities": 1, "bookings": 0, "deliveries": 0, "now": now },
            { "account_code": "B", "eligibilities": 1, "bookings": 1, "deliveries": 1, "now": now },
        ])
    );
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let rest = server.control(Method::GET, &format!("/accounts?cursor={cursor}"), None).await.expect(200);
    assert_eq!((&rest["items"][0]["account_code"], &rest["next_cursor"]), (&json!("C"), &json!(null)));
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn the_catalog_is_listed_and_found_by_code() {
    let server = Server::shared();
    let account = server.account(named("CATALOG1")).await;
    account.eligible("C1", "EXAM1").await;
    for (list, name, code) in [
        ("tests", "test_code", "EXAM1"),
        ("test_centers", "location_code", "MKC7Q4TX"),
        ("vouchers", "voucher_code", "SAVE10"),
        ("candidates", "candidate_id", "C1"),
    ] {
        let page = account.control(Method::GET, &format!("/{list}?limit=500"), None).await.expect(200);
        let items = page["items"].as_array().expect("items");
        let found = items.iter().find(|item| item[name] == code).unwrap_or_else(|| panic!("no {code}: {page}"));
        let one = account.control(Method::GET, &format!("/{list}/{code}"), None).await.expect(200);
        assert_eq!(one, *found, "{list}");
        let missing = account.control(Method::GET, &format!("/{list}/NOTHING"), None).await;
        assert!(missing.problem(404).ends_with("\"NOTHING\""), "{}", missing.text);
    }
}
