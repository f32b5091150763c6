//! The OpenAPI documents: committed as generated, valid, with real answers as examples, and good for a client.
//!
//! `cargo xtask openapi` (which sets `UPDATE_OPENAPI`) records the examples and writes the documents.

mod booking;
mod client;
mod control;
mod schema;
mod vendor;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use atlas_sandbox::app::openapi;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::server::{Account, Answer, Server, send};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn generated(document: &str) -> Value {
    static DOCUMENTS: LazyLock<[Value; 2]> = LazyLock::new(|| [openapi::atlas(), openapi::control()]);
    DOCUMENTS[usize::from(document == "control")].clone()
}

/// Compares a document with what it should hold; writes it where `UPDATE_OPENAPI` is set.
fn compare(file: &str, value: &Value) {
    compare_text(&format!("openapi/{file}"), &(serde_json::to_string_pretty(value).expect("JSON") + "\n"));
}

/// Compares a file with what it should hold; writes it where `UPDATE_OPENAPI` is set.
#[allow(clippy::disallowed_methods, reason = "a switch of the test, no setting of the program")]
fn compare_text(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, text).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).expect(file);
    assert!(committed == text, "{file} is not what the code gives: run `cargo xtask openapi` and look at the change");
}

fn tool(name: &str) -> PathBuf {
    let path = root().join("target/tools/bin").join(name);
    assert!(path.exists(), "{} is missing: run `cargo xtask tools`", path.display());
    path
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

#[test]
fn the_committed_documents_are_the_generated_ones() {
    compare("atlas.json", &generated("atlas"));
    compare("control.json", &generated("control"));
    compare("given.schema.json", &openapi::given_schema());
    compare_text("docs/fidelity.md", &openapi::ledger_page());
}

#[test]
fn the_documents_validate() {
    for file in ["atlas.json", "control.json"] {
        run(Command::new(tool("openapi-spec-validator")).arg(root().join("openapi").join(file)));
    }
}

#[actix_web::test]
async fn the_server_serves_the_committed_documents() {
    let server = Server::shared();
    for (path, file) in [
        ("/openapi.json", "atlas.json"),
        ("/openapi/atlas.json", "atlas.json"),
        ("/_sandbox/openapi.json", "control.json"),
    ] {
        let served = send(server.request(Method::GET, path)).await.expect(200);
        let committed: Value =
            serde_json::from_str(&std::fs::read_to_string(root().join("openapi").join(file)).expect(file))
                .expect("JSON");
        assert!(served == committed, "{path} serves something else than openapi/{file}");
    }
    let page =
        async |coding: &str| send(server.request(Method::GET, "/openapi/").header("accept-encoding", coding)).await;
    let (packed, plain) = (page("gzip").await, page("identity").await);
    assert_eq!((packed.status, packed.header("content-encoding")), (200, "gzip"));
    assert_eq!((plain.status, plain.header("content-encoding"), plain.text.contains("<html")), (200, "", true));
}

#[test]
fn every_operation_says_how_it_is_known_and_describes_its_answers() {
    let mut operations = 0;
    for (model, schema) in generated("atlas")["components"]["schemas"].as_object().expect("schemas") {
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            assert!(member["x-fidelity"].is_string(), "{model}.{name}: no x-fidelity");
        }
    }
    for name in ["atlas", "control"] {
        let document = generated(name);
        assert_eq!(document["openapi"], "3.1.0");
        for tag in document["tags"].as_array().expect("tags") {
            let has_it = |operation: &Value| operation["tags"][0] == tag["name"];
            let mut methods = document["paths"].as_object().expect("paths").values().filter_map(Value::as_object);
            assert!(methods.any(|methods| methods.values().any(has_it)), "{tag}: no operation");
            assert!(tag["description"].as_str().is_some_and(|text| !text.is_empty()), "{tag}: no description");
        }
        for group in ["paths", "webhooks"] {
            for (path, methods) in document.get(group).and_then(Value::as_object).into_iter().flatten() {
                for (method, operation) in methods.as_object().expect("methods") {
                    operations += 1;
                    let place = format!("{method} {path}");
                    assert!(
                        operation["operationId"].is_string() && operation["summary"].is_string() || group == "webhooks",
                        "{place}"
                    );
                    if name == "atlas" {
                        let known = operation["x-fidelity"].as_str().unwrap_or_default();
                        assert!(
                            ["documented", "observed", "assumed"].contains(&known),
                            "{place}: x-fidelity {known:?}"
                        );
                        for parameter in operation["parameters"].as_array().into_iter().flatten() {
                            let known = if group == "webhooks" { "assumed" } else { known };
                            assert_eq!(parameter["x-fidelity"], known, "{place}: {}", parameter["name"]);
                        }
                    }
                    for (status, response) in operation["responses"].as_object().expect("responses") {
                        assert!(
                            response["description"].as_str().is_some_and(|text| !text.is_empty()),
                            "{place} {status}"
                        );
                    }
                }
            }
        }
    }
    assert!(operations > 60, "{operations} operations");
}

/// What a seeded server with a frozen clock answers, by operation and status.
struct Recorder(Map<String, Value>);

impl Recorder {
    fn keep(&mut self, operation: &str, what: &str, value: Value) {
        let known = self.0.entry(operation).or_insert_with(|| json!({}));
        known[what] = value;
    }

    fn answer(&mut self, operation: &str, answer: &Answer, status: u16) -> Value {
        let value = answer.expect(status);
        self.keep(operation, &status.to_string(), value.clone());
        value
    }
}

fn jo() -> Value {
    json!({
        "candidate": {
            "additional_attributes": [{ "key": "member_no", "value": "100200" }],
            "address1": "12 Oak Street", "candidate_id": "C-1001", "city": "Kansas City", "country": "US",
            "email": "jo.doe@example.org", "first_name": "Jo", "home_phone": "+1 816 555 0100", "last_name": "Doe",
            "postal_code": "64106", "province_state": "MO"
        },
        "client_eligibility_id": "E-1",
        "eligibility_end_date": "2026-12-31T00:00:00Z",
        "registration_mode": "Online",
        "schedule_start_date": "2026-01-01T00:00:00Z",
        "test_code": "EXAM1"
    })
}

async fn record_vendor(server: &Server, account: &Account<'_>, recorder: &mut Recorder) {
    let form = [("grant_type", "password"), ("username", "partner"), ("password", "Passw0rd")];
    let token =
        send(server.request(Method::POST, "/token").basic_auth("example-key", Some("example-secret")).form(&form))
            .await;
    let mut issued = token.expect(200);
    // Tokens are random; the example shows their form.
    issued["access_token"] = json!("4b0fe9f6-3a2e-4a3e-9d0f-0f2f3d6f7a11");
    issued["refresh_token"] = json!("0c9d2a5e-77f5-4f0c-8a55-5b0a5e0b9c22");
    recorder.keep("issue_token", "200", issued);
    let refused =
        send(server.request(Method::POST, "/token").basic_auth("example-key", Some("wrong")).form(&form)).await;
    recorder.answer("issue_token", &refused, 401);

    let form = json!({ "grant_type": "password", "username": "partner", "password": "Passw0rd" });
    recorder.keep("issue_token", "request", form);
    let form = json!({ "token": "4b0fe9f6-3a2e-4a3e-9d0f-0f2f3d6f7a11" });
    recorder.keep("revoke_token", "request", form.clone());
    let revoked = server.request(Method::POST, "/revoke").basic_auth("example-key", Some("example-secret"));
    assert_eq!(send(revoked.form(&form)).await.status, 200);

    recorder.keep("create_eligibility", "request", jo());
    recorder.answer("create_eligibility", &account.post("/candidates", jo()).await, 201);
    recorder.answer("create_eligibility", &account.post("/candidates", jo()).await, 400);
    vendor::record_centers(account, recorder).await;
    let path = account.path("/candidates/C-1001");
    let refused = send(server.request(Method::GET, &path).header("accept", "application/json")).await;
    recorder.answer("list_eligibilities", &refused, 401);
    recorder.answer("list_eligibilities", &account.get("/candidates/C-1001").await, 200);
    recorder.answer("list_eligibilities", &account.get("/candidates/nobody").await, 400);
    recorder.answer("list_eligibilities_by_test", &account.get("/candidates/C-1001/tests/EXAM1").await, 200);
    recorder.answer("list_eligibilities_by_test", &account.get("/candidates/C-1001/tests/HOME1").await, 404);
    recorder.answer(
        "list_eligibilities_by_status",
        &account.get("/candidates/C-1001/eligibilities?status=active").await,
        200,
    );
    recorder.answer(
        "list_eligibilities_by_status",
        &account.get("/candidates/C-1001/eligibilities?status=old").await,
        400,
    );
    recorder.keep("update_eligibility", "request", jo());
    let bad = account.put("/candidates/C-1001/tests/NONE", jo()).await;
    recorder.answer("update_eligibility", &bad, 400);
    recorder.keep("replace_vouchers", "request", json!(["SAVE10"]));
    record_vouchers(account, recorder).await;
    recorder.answer("cancel_eligibility", &account.delete("/candidates/C-1001/tests/NONE").await, 400);
}

async fn record_vouchers(account: &Account<'_>, recorder: &mut Recorder) {
    let list = format!("/voucherService/1.0.0/accounts/{}/vouchers", account.code);
    let call = |method: Method, path: &str| account.server.request(method, path).bearer_auth(&account.token);
    let spring = json!({
        "voucher_code": "SPRING25", "discount_type": "AMOUNT", "discount": "25.00", "currency": "USD",
        "max_redemptions": 100, "valid_until": "2026-06-30T23:59:59Z", "test_codes": ["EXAM1"],
    });
    recorder.keep("create_vouchers", "request", spring.clone());
    recorder.answer("create_vouchers", &send(call(Method::POST, &list).json(&spring)).await, 201);
    recorder.answer("create_vouchers", &send(call(Method::POST, &list).json(&spring)).await, 400);
    let one = format!("{list}/SPRING25");
    recorder.answer("get_voucher", &send(call(Method::GET, &one)).await, 200);
    recorder.answer("get_voucher", &send(call(Method::GET, &format!("{list}/NONE"))).await, 404);
    recorder.answer("list_vouchers", &send(call(Method::GET, &format!("{list}?limit=1"))).await, 200);
    recorder.keep("update_voucher", "request", json!({ "valid_until": "2026-09-30T23:59:59Z" }));
}

async fn record_bookings(server: &Server, account: &Account<'_>, recorder: &mut Recorder) {
    let records = account.get("/candidates/C-1001").await.expect(200);
    let id = records[0]["psi_eligiblity_id"].as_str().expect("an identifier").to_owned();
    account.subscribe("inbox:example", json!({})).await;
    let scheduled = account.control(Method::POST, &format!("/eligibilities/{id}/schedule"), Some(json!({}))).await;
    let booking = recorder.answer("schedule_eligibility", &scheduled, 200);
    let code = booking["booking_code"].as_str().expect("a code").to_owned();
    account.wait("for=delivery&status=delivered").await;
    let messages = account.control(Method::GET, "/inbox/example", None).await.expect(200);
    recorder.keep("booking_notification", "request", messages["items"][0]["json"].clone());
    recorder.keep("booking_notification", "200", json!({ "booking_code": code }));
    let launch =
        send(server.request(Method::GET, &format!("/eligibilities/{id}/testLaunchInfo")).bearer_auth(&account.token))
            .await;
    let mut launch = launch.expect(200);
    let url = launch["launch_url"].as_str().expect("a URL").replace(&server.url, "http://127.0.0.1:8080");
    launch["launch_url"] = json!(url);
    recorder.keep("get_test_launch_info", "200", launch);
    recorder.keep("put_booking_result", "request", json!({ "result": "PASS", "score": "87" }));
    let result = server.request(Method::PUT, "/bookings/NOSUCH00/results").bearer_auth(&account.token);
    recorder.answer("put_booking_result", &send(result.json(&json!({ "result": "PASS", "score": "87" }))).await, 400);
    vendor::record(account, recorder).await;
    record_results(server, account, recorder).await;
    vendor::record_payments(account, recorder).await;
    recorder.answer("get_booking", &account.control(Method::GET, &format!("/bookings/{code}"), None).await, 200);
    let face = account.control(Method::GET, "/clock", None).await;
    recorder.answer("get_clock", &face, 200);
    recorder.answer("get_settings", &account.control(Method::GET, "/settings", None).await, 200);
    recorder.answer("cancel_booking", &account.booking(&code, "cancel").await, 200);
    recorder.answer("cancel_booking", &account.booking(&code, "cancel").await, 409);
}

/// A result as both of its services tell it, and as it is fetched.
async fn record_results(server: &Server, account: &Account<'_>, recorder: &mut Recorder) {
    for service in ["assessment_results", "assessment_results_notification"] {
        let to_inbox = json!({ "url": format!("inbox:{service}") });
        account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(to_inbox)).await.expect(200);
    }
    let booking = account.booked("C-1002").await;
    let code = booking["booking_code"].as_str().expect("a code");
    let result = json!({ "result": "PASS", "score": "87" });
    account.booking_as(code, "complete", result).await.expect(200);
    account.wait("for=delivery&status=delivered&candidate_id=C-1002&count=4").await;
    for row in account.items("/deliveries?candidate_id=C-1002").await {
        let service = row["service"].as_str().expect("a service");
        if service != "booking_notification" {
            // Its link begins with --public-url.
            let body = row["body"].as_str().expect("a body");
            recorder.keep(service, "request", serde_json::from_str(body).expect("JSON"));
        }
    }
    let path = format!("/assessmentResultService/1.0.0/accounts/{}/results/{code}", account.code);
    let fetched = send(server.request(Method::GET, &path).bearer_auth(&account.token)).await;
    recorder.answer("get_result", &fetched, 200);
}

#[actix_web::test]
async fn the_examples_are_real_answers() {
    let flags = "--clock 2026-03-01T09:00:00Z --seed 7 --no-demo --public-url http://127.0.0.1:8080/";
    let server = Server::start_with(&flags.split(' ').collect::<Vec<_>>());
    let given = json!({ "account": {
        "account_code": "ACCT1",
        "users": [{ "username": "partner", "password": "Passw0rd" }],
        "applications": [{ "name": "app", "consumer_key": "example-key", "consumer_secret": "example-secret" }],
        "static_tokens": ["example-token"],
        "signing_secret": "whsec_ZXhhbXBsZSBzaWduaW5nIHNlY3JldA=="
    }});
    let mut recorder = Recorder(Map::new());
    recorder.keep("create_account", "request", given.clone());
    let account = server.account(given).await;
    let made = account.made.to_string().replace(&server.url, "http://127.0.0.1:8080");
    recorder.keep("create_account", "201", serde_json::from_str(&made).expect("JSON"));
    record_vendor(&server, &account, &mut recorder).await;
    record_bookings(&server, &account, &mut recorder).await;
    booking::record(&server, &account, &mut recorder).await;
    control::record(&server, &mut recorder).await;
    compare("examples.json", &Value::Object(recorder.0));
}

#[test]
fn every_example_fits_its_schema() {
    let mut checked = 0;
    for name in ["atlas", "control"] {
        let document = generated(name);
        let mut contents = Vec::new();
        collect(&document["paths"], &mut contents);
        collect(&document["webhooks"], &mut contents);
        for (schema, example) in contents {
            let mut whole = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"] });
            whole.as_object_mut().expect("an object").extend(schema.as_object().expect("a schema").clone());
            let validator = jsonschema::validator_for(&whole).expect("a schema");
            let faults: Vec<_> = validator.iter_errors(&example).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{example}: {faults:?}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} examples");
}

/// Every schema that has an example beside it.
fn collect(value: &Value, found: &mut Vec<(Value, Value)>) {
    match value {
        Value::Object(members) => {
            if let (Some(schema), Some(example)) = (members.get("schema"), members.get("example")) {
                found.push((schema.clone(), example.clone()));
            }
            members.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn clean(folder: &Path) {
    // What is left of it is swept with the target folder.
    let _gone = std::fs::remove_dir_all(folder);
}
