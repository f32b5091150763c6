//! Tiers, scopes, versions and CORS: what the gateway does beside its table of faults.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, send};
use crate::token::{Keys, keys, pair};

async fn ask(account: &Account<'_>, token: &str, accept: &str) -> Answer {
    let request = account.server.request(Method::GET, &account.path("/candidates/NOBODY")).bearer_auth(token);
    send(request.header("accept", accept)).await
}

#[actix_web::test]
async fn a_token_that_was_throttled_gets_through_in_the_next_minute() {
    let server = Server::shared();
    for (profile, limit) in [("wso2-2", 1000), ("wso2-1.10", 1)] {
        let subscription = json!({ "service": "eligibility", "tier": "Bronze" });
        let account = server
            .account(json!({
                "account": {
                    "settings": { "profile": profile, "throttling": "clock" },
                    "applications": [{ "name": "slow", "subscriptions": [subscription] }],
                },
                "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
            }))
            .await;
        let slow = pair(&keys(&account).by_client().await).access;
        for call in 0..limit {
            assert_eq!(ask(&account, &slow, "*/*").await.status, 400, "{profile} {call}");
        }
        assert_eq!(ask(&account, &slow, "*/*").await.status, 429, "the same minute");
        let minute = json!({ "action": "advance", "duration": "60s" });
        account.control(Method::PUT, "/clock", Some(minute)).await.expect(200);
        assert_eq!(ask(&account, &slow, "*/*").await.status, 400, "the next minute");
    }
}

#[actix_web::test]
async fn a_service_that_asks_for_a_scope_refuses_tokens_without_it() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "scopes": { "eligibility": "read" } } } })).await;
    let keys = keys(&account);
    let ask_for = async |scope: &str| {
        let answer = keys.post("/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await;
        (answer.expect(200)["scope"].as_str().expect("a scope").to_owned(), pair(&answer).access)
    };
    let (none, without) = ask_for("openid").await;
    let (both, with) = ask_for("read default openid").await;
    assert_eq!((none.as_str(), both.as_str()), ("am_application_scope default", "am_application_scope default read"));
    let refused = ask(&account, &without, "application/json").await.expect(403);
    assert_eq!(refused["fault"]["code"], 900_910);
    assert_eq!(ask(&account, &with, "*/*").await.status, 400);
}

#[actix_web::test]
async fn an_invalid_token_is_told_the_version_of_the_path_that_was_called() {
    let server = Server::shared();
    for (path, context, version) in [
        ("/eligibilityService/1.0.0/accounts/A/candidates/C", "/eligibilityService/1.0.0", "1.0.0"),
        ("/accounts/A/candidates/C", "/eligibilityService/1.0.0", "1.0.0"),
        ("/eligibilityService/2.0.0/candidates/C", "/eligibilityService/2.0.0", "2.0.0"),
        ("/eligibilityService/2.0.0/eligibilities/X/testLaunchInfo", "/eligibilityService/2.0.0", "2.0.0"),
    ] {
        let answer = send(server.request(Method::GET, path).bearer_auth("nobody")).await;
        let told = format!("Access failure for API: {context}, version: {version} status: (900901)");
        assert!(answer.status == 401 && answer.text.contains(&told), "{path}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_page_of_any_origin_may_call_the_vendors_face_and_never_the_control_face() {
    let server = Server::shared();
    for (path, methods) in [
        ("/eligibilityService/1.0.0/accounts/A/candidates", "POST"),
        ("/accounts/A/candidates/C/tests/T", "DELETE,GET,PUT"),
        ("/eligibilityService/2.0.0/candidates/C", "GET"),
        ("/token", "POST"),
        ("/oauth2/token", "POST"),
        ("/revoke", "POST"),
    ] {
        for method in [Method::OPTIONS, Method::PATCH] {
            let answer = send(server.request(method.clone(), path).header("origin", "https://x.example")).await;
            assert_eq!(answer.status, if method == Method::OPTIONS { 200 } else { 405 }, "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            assert_eq!(answer.header("access-control-allow-methods"), methods, "{path}");
            let headers = "authorization,Access-Control-Allow-Origin,Content-Type";
            assert_eq!(answer.header("access-control-allow-headers"), headers, "{path}");
        }
    }
    assert_eq!(send(server.request(Method::OPTIONS, "/nothing")).await.status, 404);
    for path in ["/_sandbox/accounts", "/_sandbox/health", "/openapi.json"] {
        for method in [Method::OPTIONS, Method::GET] {
            let answer = send(server.request(method, path).header("origin", "https://x.example")).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        }
    }
}

#[actix_web::test]
async fn a_second_key_set_works_and_its_keys_are_unique_in_the_server() {
    let server = Server::shared();
    let given = |key: &str| {
        json!({ "account": { "applications": [{
            "name": "app", "validity_period": 900,
            "keys": [{ "key_type": "PRODUCTION", "consumer_key": key, "consumer_secret": "s" }],
        }] } })
    };
    let account = server.account(given("platform-second")).await;
    let own = keys(&account);
    assert_eq!(pair(&own.by_client().await).expires_in, 900);
    let second = Keys { key: "platform-second".to_owned(), secret: "s".to_owned(), ..keys(&account) };
    let production = pair(&second.by_client().await);
    assert_eq!(production.expires_in, 3600);
    assert_eq!(own.status_with(&production.access).await, 403);
    server.control(Method::POST, "/accounts", Some(given("platform-second"))).await.problem(409);
    let view = account.control(Method::GET, "", None).await.expect(200);
    assert_eq!(view["applications"][0]["keys"][0]["consumer_secret"], "***");
}

#[actix_web::test]
async fn users_are_made_replaced_and_deleted_with_their_tokens() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let own = keys(&account);
    let made =
        account.control(Method::POST, "/users", Some(json!({ "username": "jo", "roles": [] }))).await.expect(201);
    let password = made["password"].as_str().expect("a password").to_owned();
    account.control(Method::POST, "/users", Some(json!({ "username": "jo" }))).await.problem(409);
    let jo = Keys { username: "jo".to_owned(), password, ..keys(&account) };
    let issued = pair(&jo.by_password().await);
    assert_eq!(own.status_with(&issued.access).await, 403, "no role");
    let roles = json!({ "roles": ["psiEligibility"] });
    account.control(Method::PUT, "/users/jo", Some(roles.clone())).await.expect(200);
    assert_eq!(own.status_with(&issued.access).await, 400, "the token has the new role");
    let shown = account.control(Method::GET, "/users/jo", None).await.expect(200);
    assert_eq!((&shown["password"], &shown["roles"]), (&json!("***"), &roles["roles"]));
    let list = account.control(Method::GET, "/users?secrets=true", None).await.expect(200);
    assert_eq!(list["items"][1]["password"], jo.password.as_str(), "{list}");
    account.control(Method::PUT, "/users/jo", Some(json!({ "username": "al" }))).await.problem(400);
    account.control(Method::DELETE, "/users/jo", None).await.expect(204);
    assert_eq!(own.status_with(&issued.access).await, 401);
    assert_eq!(own.by_refresh(&issued.refresh).await.status, 400);
    account.control(Method::POST, "/users", Some(json!({ "username": "jo" }))).await.expect(201);
    assert_eq!(own.status_with(&issued.access).await, 401, "a new user of the name has none of the old tokens");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        account.control(method, "/users/nobody", Some(json!({}))).await.problem(404);
    }
    let owned = json!({ "name": "owned", "owner": "jo" });
    account.control(Method::POST, "/applications", Some(owned)).await.expect(201);
    account.control(Method::DELETE, "/users/jo", None).await.problem(409);
}

#[actix_web::test]
async fn keys_are_generated_and_regenerated_and_old_tokens_end() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let other = server
        .account(json!({ "account": { "applications": [{ "name": "a", "consumer_key": "platform-theirs" }] } }))
        .await;
    let made = account.control(Method::POST, "/applications", Some(json!({ "name": "my app" }))).await.expect(201);
    account.control(Method::POST, "/applications", Some(json!({ "name": "my app" }))).await.problem(409);
    let path = "/applications/my%20app";
    let with = |set: &Value| Keys {
        key: set["consumer_key"].as_str().expect("a key").to_owned(),
        secret: set["consumer_secret"].as_str().expect("a secret").to_owned(),
        ..keys(&account)
    };
    let first = pair(&with(&made).by_client().await).access;
    assert_eq!(with(&made).status_with(&first).await, 400);
    for (method, status) in [(Method::PUT, 200), (Method::POST, 201)] {
        let before = account.control(Method::GET, &format!("{path}/keys?secrets=true"), None).await.expect(200);
        let old = with(&before["items"][0]);
        let token = pair(&old.by_client().await).access;
        let body = Some(json!({ "key_type": "SANDBOX", "validity_period": 600 }));
        let new = account.control(method.clone(), &format!("{path}/keys"), body).await.expect(status);
        assert_eq!(ask(&account, &token, "application/json").await.expect(401)["fault"]["code"], 900_901, "{method}");
        assert_eq!(old.by_client().await.status, 401, "{method}");
        assert_eq!(pair(&with(&new).by_client().await).expires_in, 600, "{method}");
    }
    let production = json!({ "key_type": "PRODUCTION" });
    let production = account.control(Method::POST, &format!("{path}/keys"), Some(production)).await.expect(201);
    let token = pair(&with(&production).by_client().await).access;
    assert_eq!(ask(&account, &token, "application/json").await.expect(403)["fault"]["code"], 900_901);
    let list = account.control(Method::GET, &format!("{path}/keys"), None).await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!(list["items"][1]["consumer_secret"], "***");
    for rest in ["/applications", &format!("{path}/keys")] {
        let body = json!({ "consumer_key": "platform-theirs" });
        let body =
            if rest == "/applications" { json!({ "name": "b", "consumer_key": "platform-theirs" }) } else { body };
        account.control(Method::POST, rest, Some(body)).await.problem(409);
    }
    account.control(Method::GET, "/applications/b", None).await.problem(404);
    assert_eq!(account.control(Method::GET, &format!("{path}/keys"), None).await.expect(200), list, "nothing was made");
    assert_eq!(keys(&other).by_client().await.status, 200);
    account.control(Method::DELETE, &format!("{path}/keys?key_type=PRODUCTION"), None).await.expect(204);
    assert_eq!(with(&production).by_client().await.status, 401);
    let last = account.control(Method::GET, &format!("{path}/keys?secrets=true"), None).await.expect(200);
    let token = pair(&with(&last["items"][0]).by_client().await).access;
    account.control(Method::DELETE, path, None).await.expect(204);
    assert_eq!(with(&made).status_with(&token).await, 401);
    let free = json!({ "account": { "applications": [{
        "name": "x", "consumer_key": last["items"][0]["consumer_key"],
    }] } });
    server.account(free).await;
}

#[actix_web::test]
async fn subscriptions_are_made_blocked_and_ended_by_control() {
    let server = Server::shared();
    let account = server
        .account(json!({ "account": { "applications": [{ "name": "app", "subscriptions": ["booking"] }] } }))
        .await;
    let token = pair(&keys(&account).by_client().await).access;
    let path = "/applications/app/subscriptions/eligibility";
    let code = async || {
        let answer = ask(&account, &token, "application/json").await;
        answer.json()["fault"]["code"].as_u64()
    };
    assert_eq!(code().await, Some(900_908));
    account.control(Method::GET, path, None).await.problem(404);
    let made = account.control(Method::POST, path, None).await.expect(201);
    assert_eq!(made, json!({ "service": "eligibility", "tier": "Unlimited", "state": "UNBLOCKED" }));
    account.control(Method::POST, path, None).await.problem(409);
    assert_eq!(code().await, None);
    for (state, expected) in [
        ("BLOCKED", Some(900_907)),
        ("ON_HOLD", Some(900_909)),
        ("REJECTED", Some(900_909)),
        ("PROD_ONLY_BLOCKED", None),
        ("UNBLOCKED", None),
    ] {
        let put = account.control(Method::PUT, path, Some(json!({ "state": state, "tier": "Gold" }))).await.expect(200);
        assert_eq!((&put["state"], code().await), (&json!(state), expected));
        assert_eq!(account.control(Method::GET, path, None).await.expect(200), put);
    }
    account.control(Method::PUT, path, Some(json!({ "state": "SHUT" }))).await.problem(400);
    account.control(Method::PUT, "/applications/app/subscriptions/nothing", None).await.problem(404);
    account.control(Method::DELETE, path, None).await.expect(204);
    account.control(Method::DELETE, path, None).await.problem(404);
    assert_eq!(code().await, Some(900_908));
    let list = account.control(Method::GET, "/applications/app/subscriptions", None).await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    let tier = json!({ "name": "app", "tier": "Bronze", "subscriptions": ["eligibility"] });
    let put = account.control(Method::PUT, "/applications/app", Some(tier)).await.expect(200);
    assert_eq!(put["consumer_key"], account.made["applications"][0]["consumer_key"], "the keys stay");
    assert_eq!((put["tier"].as_str(), code().await), (Some("Bronze"), None));
}

#[actix_web::test]
async fn an_application_that_cannot_be_is_refused_by_the_member_and_nothing_changes() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let before = account.control(Method::GET, "/applications?secrets=true", None).await.expect(200);
    let twice = json!(["booking", "eligibility", { "service": "booking", "state": "BLOCKED" }]);
    let production = json!({ "key_type": "PRODUCTION" });
    let name = before["items"][0]["name"].as_str().expect("a name").to_owned();
    for (members, why) in [
        (
            json!({ "subscriptions": twice }),
            "subscriptions[2].service: expected each service once, got \"booking\" again",
        ),
        (json!({ "keys": [{}] }), "keys[0].key_type: expected one key set of each type, got \"SANDBOX\" again"),
        (
            json!({ "keys": [production, production] }),
            "keys[1].key_type: expected one key set of each type, got \"PRODUCTION\" again",
        ),
        (json!({ "validity_period": 0 }), "validity_period: expected 1 second or more, got 0"),
        (
            json!({ "keys": [{ "key_type": "PRODUCTION", "validity_period": 0 }] }),
            "keys[0].validity_period: expected 1 second or more, got 0",
        ),
    ] {
        for (method, path, name) in
            [(Method::POST, "/applications".to_owned(), "new"), (Method::PUT, format!("/applications/{name}"), &name)]
        {
            let mut body = members.clone();
            body["name"] = json!(name);
            assert_eq!(account.control(method, &path, Some(body)).await.problem(400), why);
        }
        let given = json!({ "account": { "applications": [{ "name": "given" }, members] } });
        let mut given = given;
        given["account"]["applications"][1]["name"] = json!("other");
        let told = server.control(Method::POST, "/accounts", Some(given)).await.problem(400);
        assert_eq!(told, format!("account.applications[1].{why}"));
    }
    for method in [Method::POST, Method::PUT] {
        let keys = json!({ "key_type": "SANDBOX", "validity_period": 0 });
        let answer = account.control(method, &format!("/applications/{name}/keys"), Some(keys)).await;
        assert_eq!(answer.problem(400), "validity_period: expected 1 second or more, got 0");
    }
    let after = account.control(Method::GET, "/applications?secrets=true", None).await.expect(200);
    assert_eq!(after, before);
}

#[actix_web::test]
async fn the_store_shows_a_user_the_services_that_the_users_roles_allow() {
    let server = Server::shared();
    let users = json!([
        { "username": "all" }, { "username": "none", "roles": [] },
        { "username": "some", "roles": ["psiVoucher", "psiEligibility", "psiGettingStarted"] },
    ]);
    let account = server.account(json!({ "account": { "users": users } })).await;
    let shown = async |query: &str| {
        let list = account.control(Method::GET, &format!("/services{query}"), None).await.expect(200);
        list["items"].as_array().expect("items").clone()
    };
    let names = |items: &[Value]| -> Vec<_> { items.iter().map(|one| one["service"].clone()).collect() };
    let all = shown("?user=all").await;
    assert_eq!((all.len(), shown("").await), (9, all.clone()), "the first user is the one who is meant");
    // Getting Started asks no role, and is always shown.
    assert_eq!(names(&shown("?user=none").await), ["getting_started"]);
    let some = shown("?user=some").await;
    assert_eq!(names(&some), ["getting_started", "eligibility", "voucher"]);
    assert_eq!((&some[0]["role"], &some[1]["role"]), (&Value::Null, &json!("psiEligibility")));
    assert_eq!((&some[1]["title"], &some[1]["version"]), (&json!("Eligibility"), &json!("1.0.0")));
    for one in &all {
        let base = account.made["base_urls"][one["service"].as_str().expect("a name")].clone();
        assert_eq!(one["base_url"], base);
    }
    let told = account.control(Method::GET, "/services?user=jo", None).await.problem(404);
    assert!(told.contains("jo"), "{told}");
    assert_eq!(names(&shown("?user=all&limit=2&cursor=2").await), ["test_center", "test_publication"]);
}
