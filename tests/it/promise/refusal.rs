//! Every operation of the served document is called as it must not be: without a token, without its role, for another
//! account, without a body. The walk goes by the document, so that a new operation cannot forget a refusal.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, send};
use crate::token::{Keys, keys, pair};

const OLD: &str = "wso2-1.10";

/// The roles of the services, by the tags of their operations; Getting Started asks none.
fn role(tag: &str) -> Option<String> {
    (tag != "Getting Started").then(|| format!("psi{}", tag.replace(' ', "")))
}

/// An operation at one of its places.
struct Place {
    name: String,
    method: Method,
    path: String,
    described: Value,
    is_token: bool,
}

impl Place {
    fn role(&self) -> Option<String> {
        role(self.described["tags"][0].as_str().expect("a tag"))
    }

    fn names_account(&self) -> bool {
        self.path.contains("{account_code}")
    }

    /// The content of its body; null if it reads none.
    fn content(&self) -> &Value {
        let content = self.described["requestBody"]["content"].as_object();
        content.and_then(|content| content.values().next()).unwrap_or(&Value::Null)
    }

    /// Its path, each part with its value; and what the query must have, as the document types it.
    fn url(&self, value: impl Fn(&str) -> String) -> String {
        let mut path = self.path.clone();
        while let (Some(begin), Some(end)) = (path.find('{'), path.find('}')) {
            let value = value(&path[begin + 1..end]);
            path.replace_range(begin..=end, &value);
        }
        let parameters = self.described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let needed = parameters.iter().filter(|one| one["in"] == "query" && one["required"] == true);
        let query: Vec<_> = needed
            .map(|one| {
                let name = one["name"].as_str().expect("a name");
                let value = match name {
                    _ if one["schema"]["type"] == "integer" => "60".to_owned(),
                    "start_date" | "end_date" => "2026-03-05".to_owned(),
                    "booking_datetime" => "2026-03-05T20:00:00Z".to_owned(),
                    _ => value(name),
                };
                format!("{name}={value}")
            })
            .collect();
        format!("{path}?{}", query.join("&"))
    }

    fn request(&self, server: &Server, value: impl Fn(&str) -> String) -> RequestBuilder {
        let request = server.request(self.method.clone(), &self.url(value)).header("accept", "application/json");
        let kind = if self.is_token { "application/x-www-form-urlencoded" } else { "application/json" };
        if self.content().is_null() { request } else { request.header("content-type", kind) }
    }
}

/// All operations at all their places.
async fn places(server: &Server) -> (Value, Vec<Place>) {
    let document = send(server.request(Method::GET, "/openapi.json")).await.expect(200);
    let mut places = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, described) in methods.as_object().expect("methods") {
            let aliases = described["x-aliases"].as_array().expect("aliases").iter();
            let aliases = aliases.map(|alias| alias.as_str().expect("a path").to_owned());
            for path in aliases.chain([path.clone()]) {
                places.push(Place {
                    name: format!("{} {path}", described["operationId"].as_str().expect("a name")),
                    method: method.to_uppercase().parse().expect("a method"),
                    path,
                    described: described.clone(),
                    is_token: described["tags"][0] == "Token API",
                });
            }
        }
    }
    assert!(places.len() > 120, "{}", places.len());
    (document, places)
}

/// An account with a user for each role: the one of this name has that role alone, `no` and this name all others.
async fn staffed(server: &Server, profile: &str) -> (String, BTreeMap<String, String>) {
    let (_, places) = places(server).await;
    let roles: std::collections::BTreeSet<_> =
        places.iter().filter(|place| !place.is_token).filter_map(Place::role).collect();
    assert_eq!(roles.len(), 8, "{roles:?}");
    let user = |name: &str, roles: Vec<&String>| json!({ "username": name, "password": "pass", "roles": roles });
    let mut users = vec![user("nobody", Vec::new())];
    for one in &roles {
        users.push(user(one, vec![one]));
        users.push(user(&format!("no {one}"), roles.iter().filter(|other| *other != one).collect()));
    }
    let names: Vec<_> = users.iter().map(|user| user["username"].as_str().expect("a name").to_owned()).collect();
    let given = json!({ "account": { "users": users, "settings": { "profile": profile } } });
    let account = server.account(given).await;
    let mut tokens = BTreeMap::new();
    for name in names {
        let user = Keys { username: name.clone(), password: "pass".to_owned(), ..keys(&account) };
        tokens.insert(name, pair(&user.by_password().await).access);
    }
    (account.code.clone(), tokens)
}

/// The refusal is a service's.
#[track_caller]
fn is_refused(answer: &Answer, status: u16, name: &str) -> String {
    assert_eq!(answer.status, status, "{name}: {}", answer.text);
    answer.refused(status)
}

/// The refusal is the gateway's, in this form and with this code.
#[track_caller]
fn is_fault(answer: &Answer, code: u32, is_xml: bool, name: &str) {
    assert_eq!(answer.status, 401, "{name}: {}", answer.text);
    if is_xml {
        assert!(answer.text.contains(&format!("<ams:code>{code}</ams:code>")), "{name}: {}", answer.text);
    } else {
        assert_eq!(answer.json()["fault"]["code"], code, "{name}: {}", answer.text);
    }
}

#[actix_web::test]
async fn every_operation_refuses_who_has_no_token_or_not_its_role() {
    for profile in ["wso2-2", OLD] {
        let is_old = profile == OLD;
        let server = if is_old { Server::shared_with(&["--profile", OLD]) } else { Server::shared() };
        let (account, tokens) = staffed(&server, profile).await;
        let value = |part: &str| if part == "account_code" { account.clone() } else { "NOSUCH00".to_owned() };
        for place in places(&server).await.1 {
            let name = format!("{profile} {}", place.name);
            let call = |token: &str| place.request(&server, value).bearer_auth(token);
            let none = send(place.request(&server, value)).await;
            if place.is_token {
                // A form without a grant is told before the client's key is missed.
                let expected = if place.path.ends_with("/token") { 400 } else { 401 };
                assert_eq!(none.status, expected, "{name}: {}", none.text);
                assert!(none.json()["error_description"].is_string(), "{name}: {}", none.text);
                continue;
            }
            is_fault(&none, 900_902, is_old, &name);
            is_fault(&send(call("nobodys")).await, 900_901, is_old, &name);
            let Some(role) = place.role() else {
                send(call(&tokens["nobody"])).await.expect(200);
                continue;
            };
            for user in ["nobody", &format!("no {role}")] {
                let told = is_refused(&send(call(&tokens[user])).await, 403, &format!("{name}, {user}"));
                assert_eq!(told, "Forbidden operation.", "{name}, {user}");
            }
            let able = send(call(&tokens[&role])).await;
            assert!(![401, 403, 405].contains(&able.status), "{name}: {}", able.text);
        }
    }
}

#[actix_web::test]
async fn every_operation_with_a_body_refuses_an_empty_one_and_names_each_member_that_it_lacks() {
    let server = Server::shared();
    let (document, places) = places(&server).await;
    let account = server.account(json!({})).await;
    let value = |part: &str| if part == "account_code" { account.code.clone() } else { "NOSUCH00".to_owned() };
    let mut lacking = 0;
    for place in places.iter().filter(|place| !place.content().is_null() && !place.is_token) {
        let call = || place.request(&server, value).bearer_auth(&account.token);
        let told = is_refused(&send(call()).await, 400, &place.name);
        assert_eq!(told, "the body is not JSON: the body is empty", "{}", place.name);
        let told = is_refused(&send(call().body("null")).await, 400, &place.name);
        assert!(told.starts_with("body: expected an "), "{}: {told}", place.name);
        let mut schema = &place.content()["schema"];
        while let Some(name) = schema["$ref"].as_str() {
            schema = document.pointer(&name[1..]).expect("a schema");
        }
        let Some(required) = schema["required"].as_array() else { continue };
        let told = is_refused(&send(call().body("{}")).await, 400, &place.name);
        for member in required {
            let member = member.as_str().expect("a name");
            assert!(told.split("; ").any(|part| part.starts_with(&format!("{member}: "))), "{}: {told}", place.name);
            lacking += 1;
        }
    }
    assert!(lacking > 40, "{lacking}");
}

/// An account that has a record of each kind, and what they are called.
async fn rich(server: &Server) -> (Account<'_>, BTreeMap<&'static str, String>) {
    let given = json!({
        "catalog": {
            "tests": [{ "test_code": "THEIRS" }],
            "test_centers": [{
                "location_code": "THEIRS01", "location_name": "Their hall", "city": "Chicago", "country": "US",
                "location_timezone": "America/Chicago", "seats": 3,
            }],
            "vouchers": [{ "voucher_code": "THEIRS10", "discount_type": "PERCENT", "discount": "10" }],
            "invitations": [{
                "invitation_code": "THEIREVENT", "test_code": "THEIRS", "location_code": "THEIRS01",
                "starts": "2026-03-07T15:00:00Z", "max_seat": 1,
            }],
        },
        "eligibilities": [{
            "candidate": { "candidate_id": "THEIRMAN" }, "test_code": "THEIRS", "client_eligibility_id": "THEIR-E1",
            "psi_eligiblity_id": "THEIRE01",
        }],
        "bookings": [{ "eligibility": "THEIR-E1", "booking_code": "THEIRB01", "state": "ON_HOLD" }],
        "payments": [{
            "booking_code": "THEIRB01", "amount": "10.00", "currency": "USD", "payment_id": "THEIRP01",
            "status": "AUTHORIZED",
        }],
        "publications": [{ "publication_id": "THEIRU01", "test": { "test_code": "THEIRS" }, "status": "REJECTED" }],
        "proctoring_sessions": [{ "session_id": "THEIRS99", "booking_code": "THEIRB01" }],
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    });
    let account = server.account(given).await;
    let named = [
        ("country", "USA"),
        ("country_code", "USA"),
        ("query", "66"),
        ("performed_by_user", "csr"),
        ("candidate_id", "THEIRMAN"),
        ("test_code", "THEIRS"),
        ("test_id", "THEIRS"),
        ("client_id", &account.code),
        ("psi_eligibility_code", "THEIRE01"),
        ("regn_id", "THEIRE01"),
        ("eligibility_code", "THEIR-E1"),
        ("client_eligibility_id", "THEIR-E1"),
        ("booking_code", "THEIRB01"),
        ("booking_id", "THEIRB01"),
        ("location_code", "THEIRS01"),
        ("location_id", "THEIRS01"),
        ("timeslot_id", "THEIRT01"),
        ("invitation_code", "THEIREVENT"),
        ("voucher_code", "THEIRS10"),
        ("payment_id", "THEIRP01"),
        ("publication_id", "THEIRU01"),
        ("session_id", "THEIRS99"),
    ];
    let named = named.map(|(name, value)| (name, value.to_owned()));
    (account, named.into())
}

/// The example of a body with its names in place of the example's.
fn named(example: &Value, value: &impl Fn(&str) -> Option<String>) -> Value {
    match example {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), value(name).map_or_else(|| named(member, value), Value::String)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| named(item, value)).collect(),
        other => other.clone(),
    }
}

#[actix_web::test]
async fn no_operation_reaches_another_account_by_its_code_its_client_id_or_its_records() {
    let server = Server::shared();
    let (theirs, names) = rich(&server).await;
    let own = server.account(json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } })).await;
    let before = theirs.control(Method::GET, "/snapshot", None).await.expect(200);
    let unknown = |name: &str| names.get(name).map(|value| value.replace("THEIR", "NONES"));
    let in_path = |part: &str| names.get(part).unwrap_or_else(|| panic!("no record of theirs is a {part}")).clone();
    let mut compared = 0;
    for place in places(&server).await.1.iter().filter(|place| !place.is_token) {
        let example = &place.content()["example"];
        let call = async |code: &str, value: &dyn Fn(&str) -> Option<String>| {
            let in_path = |part: &str| {
                if part == "account_code" { code.to_owned() } else { value(part).unwrap_or_else(|| in_path(part)) }
            };
            let request = place.request(&server, in_path).bearer_auth(&own.token);
            send(if example.is_null() { request } else { request.json(&named(example, &value)) }).await
        };
        let their_names = |name: &str| names.get(name).cloned();
        if place.names_account() {
            let told = is_refused(&call(&theirs.code, &their_names).await, 403, &place.name);
            assert_eq!(told, "Forbidden operation.", "{}", place.name);
            is_refused(&call("NOACCOUNT", &their_names).await, 400, &place.name);
            continue;
        }
        if example.get("client_id").is_some() {
            let told = is_refused(&call("", &their_names).await, 403, &place.name);
            assert_eq!(told, "Forbidden operation.", "{}", place.name);
            continue;
        }
        // The account is the token's: what another one has is as unknown as what nobody has.
        let (nobodys, others) = (call("", &unknown).await, call("", &their_names).await);
        assert_eq!(others.status, nobodys.status, "{}: {} {}", place.name, others.text, nobodys.text);
        if others.status >= 400 {
            assert_eq!(others.text.replace("THEIR", "NONES"), nobodys.text, "{}", place.name);
        }
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
    let after = theirs.control(Method::GET, "/snapshot", None).await.expect(200);
    assert_eq!(after, before, "another account's calls changed something");
}
