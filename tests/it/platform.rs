//! Applications, subscriptions, tiers and CORS: each condition of the gateway's table, to the byte.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, send};
use crate::token::{Keys, keys, pair};

async fn token(account: &Account<'_>, application: usize, scope: &str) -> String {
    let made = &account.made["applications"][application];
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let keys = Keys { key: text("consumer_key"), secret: text("consumer_secret"), ..keys(account) };
    pair(&keys.post("/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await).access
}

async fn ask(account: &Account<'_>, token: &str, accept: &str) -> Answer {
    let request = account.server.request(Method::GET, &account.path("/candidates/NOBODY")).bearer_auth(token);
    send(request.header("accept", accept)).await
}

fn application(name: &str, entry: impl Into<Value>) -> Value {
    let entry: Value = entry.into();
    json!({ "name": name, "subscriptions": [entry, "booking"] })
}

fn with_state(state: &str) -> Value {
    json!({ "service": "eligibility", "state": state })
}

#[actix_web::test]
async fn every_condition_answers_with_its_fault_in_each_profile_and_form() {
    let server = Server::shared();
    for profile in ["wso2-2", "wso2-1.10"] {
        let is_old = profile == "wso2-1.10";
        let mut production = application("production", with_state("PROD_ONLY_BLOCKED"));
        production["key_type"] = json!("PRODUCTION");
        let mut bronze = application("bronze", json!("eligibility"));
        bronze["tier"] = json!("Bronze");
        let account = server
            .account(json!({
                "account": {
                    "settings": { "profile": profile, "throttling": "clock" },
                    "applications": [
                        { "name": "open" },
                        { "name": "none", "subscriptions": ["booking"] },
                        application("blocked", with_state("BLOCKED")),
                        application("held", with_state("ON_HOLD")),
                        application("rejected", with_state("REJECTED")),
                        production,
                        { "name": "offered", "key_type": "PRODUCTION" },
                        application("sandbox", with_state("PROD_ONLY_BLOCKED")),
                        bronze,
                        application("slow", json!({ "service": "eligibility", "tier": "Bronze" })),
                    ],
                },
                "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
            }))
            .await;
        assert_eq!(ask(&account, &token(&account, 7, "").await, "*/*").await.status, 400, "sandbox keys get through");
        let offered = "Production key offered to the API with no production endpoint";
        let blocked = "The requested API is temporarily blocked";
        let not_blocked = "The subscription of the application to this API is blocked";
        let inactive = "The subscription to the API is inactive";
        let held = "The subscription of the application to this API is on hold or was rejected";
        let subscribed = "The application is not subscribed to this API";
        for (index, status, code, message, description) in [
            (1, 403, 900_908, "Resource forbidden ", subscribed),
            (2, 401, 900_907, blocked, not_blocked),
            (3, 401, 900_909, inactive, held),
            (4, 401, 900_909, inactive, held),
            (5, 401, 900_907, blocked, not_blocked),
            (6, 403, 900_901, offered, offered),
        ] {
            let token = token(&account, index, "").await;
            let xml = format!(
                "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>{code}</ams:code>\
                 <ams:message>{message}</ams:message><ams:description>{description}</ams:description></ams:fault>"
            );
            let json = format!(
                "{{\"fault\":{{\"code\":{code},\"message\":\"{message}\",\"description\":\"{description}\"}}}}"
            );
            for accept in ["application/json", "application/json;q=1", "*/*"] {
                let answer = ask(&account, &token, accept).await;
                let wants_json = accept == "application/json" && !is_old;
                assert_fault(&answer, status, if wants_json { &json } else { &xml }, wants_json, accept);
            }
        }
        for (index, code) in [(8, 900_803), (9, 900_804)] {
            let code = if is_old { 900_800 } else { code };
            let limit = if is_old { 1 } else { 1000 };
            let token = token(&account, index, "").await;
            for call in 0..limit {
                assert_eq!(ask(&account, &token, "*/*").await.status, 400, "{profile} {index} {call}");
            }
            let next = "2026-Mar-01 09:01:00+0000 UTC";
            let next_xml =
                if is_old { String::new() } else { format!("<amt:nextAccessTime>{next}</amt:nextAccessTime>") };
            let next_json = if is_old { String::new() } else { format!(",\"nextAccessTime\":\"{next}\"") };
            let xml = format!(
                "<amt:fault xmlns:amt=\"http://wso2.org/apimanager/throttling\"><amt:code>{code}</amt:code>\
                 <amt:message>Message throttled out</amt:message><amt:description>You have exceeded your quota\
                 </amt:description>{next_xml}</amt:fault>"
            );
            let json = format!(
                "{{\"fault\":{{\"code\":{code},\"message\":\"Message throttled out\",\
                 \"description\":\"You have exceeded your quota\"{next_json}}}}}"
            );
            assert_fault(&ask(&account, &token, "application/json").await, 429, &json, true, profile);
            assert_fault(&ask(&account, &token, "text/html").await, 429, &xml, false, profile);
        }
        let minute = json!({ "action": "advance", "duration": "60s" });
        let slow = token(&account, 9, "").await;
        assert_eq!(ask(&account, &slow, "*/*").await.status, 429, "the same token");
        account.control(Method::PUT, "/clock", Some(minute)).await.expect(200);
        assert_eq!(ask(&account, &slow, "*/*").await.status, 400, "the next minute");
        account
            .control(Method::PATCH, "/settings", Some(json!({ "blocked_services": ["eligibility"] })))
            .await
            .expect(200);
        let description = "This API has been blocked temporarily. Please try again later or contact the system \
            administrators.";
        let xml = format!(
            "<am:fault xmlns:am=\"http://wso2.org/apimanager\"><am:code>700700</am:code><am:message>API blocked\
             </am:message><am:description>{description}</am:description></am:fault>"
        );
        let json =
            format!("{{\"fault\":{{\"code\":700700,\"message\":\"API blocked\",\"description\":\"{description}\"}}}}");
        assert_fault(&ask(&account, "nobody", "text/xml").await, 503, &xml, false, profile);
        assert_fault(&ask(&account, "nobody", "application/json").await, 503, &json, true, profile);
    }
}

#[track_caller]
fn assert_fault(answer: &Answer, status: u16, body: &str, is_json: bool, why: &str) {
    assert_eq!((answer.status, answer.text.as_str()), (status, body), "{why}");
    let kind = if is_json { "application/json" } else { "application/xml" };
    assert_eq!(answer.header("content-type"), kind, "{why}");
    let realm = if status == 401 { "OAuth2 realm=\"WSO2 API Manager\"" } else { "" };
    assert_eq!(answer.header("www-authenticate"), realm, "{why}");
    assert_eq!(answer.header("access-control-allow-origin"), "*", "{why}");
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
        let told = format!("Access failure for API: {context}, version: {version}. Make");
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
    let token = token(&account, 0, "").await;
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
