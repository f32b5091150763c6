//! What the vendor's document promises: each status of each operation is reached, with a body that fits its schema.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, eligibility, send};

/// Who calls.
#[derive(Clone, Copy)]
pub enum Who {
    /// One who may.
    Able,
    /// One without a token.
    Nobody,
    /// One whose user has no role.
    Roleless,
    /// One whose application is subscribed to another service.
    Unsubscribed,
    /// One who may call once a minute.
    Throttled,
    /// One whose services are blocked.
    Blocked,
}

/// Calls operations by their names, and keeps what was reached.
pub struct Caller<'a> {
    document: Value,
    pub able: Account<'a>,
    roleless: Account<'a>,
    unsubscribed: Account<'a>,
    throttled: Account<'a>,
    blocked: Account<'a>,
    reached: BTreeSet<(String, u16)>,
}

const JO: (&str, &str) = ("candidate_id", "C1");
const EXAM: (&str, &str) = ("test_code", "EXAM1");
/// A test that is known, and that nobody is eligible for.
const OTHER: (&str, &str) = ("test_code", "HOME1");
pub const UNKNOWN: (&str, &str) = ("test_code", "NONE");

impl<'a> Caller<'a> {
    async fn new(server: &'a Server) -> Self {
        let application = json!({ "name": "app", "consumer_key": "promise", "consumer_secret": "kept" });
        let user = json!({ "username": "partner", "password": "pass" });
        // Timeslots are told for some years ahead.
        let clock = json!({ "instant": "2099-02-01T00:00:00Z" });
        let able = json!({ "account": { "applications": [application], "users": [user] }, "clock": clock });
        let roleless = json!({ "account": { "users": [{ "username": "u", "password": "p", "roles": [] }] } });
        let voucher = json!({ "name": "other", "subscriptions": ["voucher"] });
        let unsubscribed = json!({ "account": { "applications": [voucher] } });
        let slow = json!({ "name": "slow", "tier": "Bronze" });
        let throttled = json!({ "account": { "applications": [slow], "settings": { "profile": "wso2-1.10" } } });
        let services = [
            "eligibility",
            "assessment_result",
            "getting_started",
            "test_center",
            "booking",
            "voucher",
            "payment",
            "test_publication",
            "proctoring",
        ];
        let blocked = json!({ "account": { "settings": { "blocked_services": services } } });
        let walled = json!({ "name": "app", "consumer_key": "walled", "consumer_secret": "kept" });
        let walled = json!({ "account": { "applications": [walled], "allow_ip": ["192.0.2.0/24"] } });
        server.account(walled).await;
        Self {
            document: send(server.request(Method::GET, "/openapi.json")).await.expect(200),
            able: server.account(able).await,
            roleless: server.account(roleless).await,
            unsubscribed: server.account(unsubscribed).await,
            throttled: server.account(throttled).await,
            blocked: server.account(blocked).await,
            reached: BTreeSet::new(),
        }
    }

    /// The statuses of each operation.
    fn promised(&self) -> BTreeSet<(String, u16)> {
        let operations = self.document["paths"].as_object().expect("paths").values();
        let operations = operations.flat_map(|methods| methods.as_object().expect("methods").values());
        let pairs = operations.flat_map(|operation| {
            let name = operation["operationId"].as_str().expect("a name");
            let statuses = operation["responses"].as_object().expect("responses").keys();
            statuses.map(move |status| (name.to_owned(), status.parse().expect("a number")))
        });
        pairs.collect()
    }

    /// The method, the path and the answers of an operation.
    pub fn operation(&self, name: &str) -> (Method, &str, &Value) {
        let paths = self.document["paths"].as_object().expect("paths");
        let all = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().expect("methods").iter().map(move |(method, operation)| (path, method, operation))
        });
        let (path, method, operation) =
            all.into_iter().find(|(_, _, operation)| operation["operationId"] == name).expect("an operation");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        (method, path, &operation["responses"])
    }

    /// A call; the account's code stands in its path.
    pub fn request(&self, name: &str, who: Who, parts: &[(&str, &str)]) -> RequestBuilder {
        let (method, template, _) = self.operation(name);
        let mut path = template.replace("{account_code}", &self.able.code);
        for (part, value) in parts {
            path = path.replace(&format!("{{{part}}}"), value);
        }
        assert!(!path.contains('{'), "{path}");
        path.push_str(match name {
            "create_booking" => "?performed_by_user=csr&timeslot_id=NOSUCH00",
            "create_web_delivery" => "?booking_datetime=2099-03-05T20:00:00Z",
            "book_registration" | "change_timeslot" | "confirm_hold" | "accept_invitation" => "?performed_by_user=csr",
            _ => "",
        });
        let request = self.able.server.request(method, &path).header("accept", "application/json");
        match who {
            Who::Able => request.bearer_auth(&self.able.token),
            Who::Nobody => request,
            Who::Roleless => request.bearer_auth(&self.roleless.token),
            Who::Unsubscribed => request.bearer_auth(&self.unsubscribed.token),
            Who::Throttled => request.bearer_auth(&self.throttled.token),
            Who::Blocked => request.bearer_auth(&self.blocked.token),
        }
    }

    /// Sends a call and keeps what it reached, once the answer is as the document promises.
    pub async fn send(&mut self, name: &str, status: u16, request: RequestBuilder) -> Value {
        let answer = send(request).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        let (_, _, promised) = self.operation(name);
        let content = &promised[status.to_string()]["content"];
        if answer.header("content-type") == "application/xml" {
            assert!(content.get("application/xml").is_some(), "{name} {status}: the document promises no XML");
            self.reached.insert((name.to_owned(), status));
            return Value::Null;
        }
        self.fits(name, &content["application/json"]["schema"], &answer);
        self.reached.insert((name.to_owned(), status));
        if answer.text.is_empty() { Value::Null } else { answer.json() }
    }

    fn fits(&self, name: &str, schema: &Value, answer: &Answer) {
        if schema.is_null() {
            assert_eq!(answer.text, "", "{name} {}: the document promises no body", answer.status);
            return;
        }
        let mut whole = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "components": self.document["components"] });
        whole.as_object_mut().expect("an object").extend(schema.as_object().expect("a schema").clone());
        let validator = jsonschema::validator_for(&whole).expect("a schema");
        let wrong: Vec<_> = validator.iter_errors(&answer.json()).map(|wrong| wrong.to_string()).collect();
        assert!(wrong.is_empty(), "{name} {}: {wrong:?}", answer.status);
    }

    pub async fn call(&mut self, name: &str, status: u16, parts: &[(&str, &str)]) -> Value {
        let request = self.request(name, Who::Able, parts);
        self.send(name, status, request).await
    }

    pub async fn put(&mut self, name: &str, status: u16, parts: &[(&str, &str)], body: &Value) -> Value {
        let request = self.request(name, Who::Able, parts).json(body);
        self.send(name, status, request).await
    }

    /// What every operation with a token answers: 401, 403, 429 and 503, and 413 where it reads a body.
    async fn refused(&mut self, name: &str) {
        let parts = [
            JO,
            EXAM,
            ("psi_eligibility_code", "NOSUCH00"),
            ("booking_code", "NOSUCH00"),
            ("location_code", "NOSUCH00"),
            ("location_id", "NOSUCH00"),
            ("booking_id", "NOSUCH00"),
            ("timeslot_id", "NOSUCH00"),
            ("regn_id", "NOSUCH00"),
            ("test_id", "NOSUCH00"),
            ("country_code", "USA"),
            ("country", "USA"),
            ("invitation_code", "NOSUCH00"),
            ("voucher_code", "NONE"),
            ("payment_id", "NOSUCH00"),
            ("eligibility_code", "E-0"),
            ("publication_id", "NOSUCH00"),
            ("session_id", "NOSUCH00"),
        ];
        let request = self.request(name, Who::Nobody, &parts);
        self.send(name, 401, request).await;
        let is_open = ["ping", "whoami"].contains(&name);
        let request = self.request(name, if is_open { Who::Unsubscribed } else { Who::Roleless }, &parts);
        self.send(name, 403, request).await;
        let request = self.request(name, Who::Blocked, &parts);
        self.send(name, 503, request).await;
        // The first one of a service gets through.
        send(self.request(name, Who::Throttled, &parts)).await;
        let request = self.request(name, Who::Throttled, &parts);
        self.send(name, 429, request).await;
        if self.operation(name).2.get("413").is_some() {
            let request = self.request(name, Who::Able, &parts).body(vec![b' '; 1024 * 1024 + 1]);
            self.send(name, 413, request).await;
        }
    }

    async fn eligibilities(&mut self) {
        let mut body = eligibility("C1", "EXAM1");
        body["client_eligibility_id"] = json!("E-1");
        self.put("create_eligibility", 201, &[], &body).await;
        self.put("create_eligibility", 400, &[], &eligibility("C1", "EXAM1")).await;
        for name in ["list_eligibilities", "list_eligibilities_by_status"] {
            self.call(name, 200, &[JO]).await;
            self.call(name, 400, &[("candidate_id", "nobody")]).await;
        }
        self.call("list_eligibilities_by_test", 200, &[JO, EXAM]).await;
        let body = eligibility("C1", "EXAM1");
        self.put("update_eligibility", 204, &[JO, EXAM], &body).await;
        self.put("replace_vouchers", 204, &[JO, EXAM], &json!([])).await;
        for (name, body) in [
            ("list_eligibilities_by_test", None),
            ("update_eligibility", Some(body)),
            ("replace_vouchers", Some(json!([]))),
            ("cancel_eligibility", None),
        ] {
            for (status, test) in [(400, UNKNOWN), (404, OTHER)] {
                match &body {
                    Some(body) => self.put(name, status, &[JO, test], body).await,
                    None => self.call(name, status, &[JO, test]).await,
                };
            }
        }
        self.put("create_eligibility", 201, &[], &eligibility("C2", "EXAM1")).await;
        self.call("cancel_eligibility", 204, &[("candidate_id", "C2"), EXAM]).await;
    }

    async fn results(&mut self) {
        let record = self.call("list_eligibilities", 200, &[JO]).await;
        let id = record[0]["psi_eligiblity_id"].as_str().expect("an identifier").to_owned();
        self.call("get_test_launch_info", 400, &[("psi_eligibility_code", &id)]).await;
        let booking = self.able.schedule(&id).await;
        let code = booking["booking_code"].as_str().expect("a code");
        self.call("get_test_launch_info", 200, &[("psi_eligibility_code", &id)]).await;
        let (known, unknown) = ([("booking_code", code)], [("booking_code", "NOSUCH00")]);
        let result = json!({ "result": "PASS", "score": "87" });
        self.call("get_result", 404, &known).await;
        self.call("get_result", 400, &unknown).await;
        self.put("put_booking_result", 400, &unknown, &result).await;
        self.put("put_booking_result", 200, &known, &result).await;
        let of_eligibility = |code| [("eligibility_code", code)];
        self.put("put_eligibility_result", 400, &of_eligibility("NOSUCH"), &result).await;
        self.put("put_eligibility_result", 200, &of_eligibility("E-1"), &result).await;
        self.put("put_candidate_result", 400, &[], &json!({ "candidate_id": "nobody" })).await;
        self.put("put_candidate_result", 200, &[], &json!({ "candidate_id": "C1" })).await;
        self.put("post_rpnow_result", 400, &[], &result).await;
        let with_code = json!({ "result": "PASS", "score": "87", "booking_code": code });
        self.put("post_rpnow_result", 200, &[], &with_code).await;
        self.call("get_result", 200, &known).await;
    }

    async fn tokens(&mut self) {
        let form = |name, secret, fields: &[(&str, &str)], caller: &Self| {
            caller.request(name, Who::Nobody, &[]).basic_auth("promise", Some(secret)).form(fields)
        };
        let password = [("grant_type", "password"), ("username", "partner"), ("password", "pass")];
        let wrong = [("grant_type", "password"), ("username", "partner"), ("password", "wrong")];
        let token = [("token", "never issued")];
        for (name, status, secret, fields) in [
            ("issue_token", 200, "kept", password.as_slice()),
            ("issue_token", 400, "kept", wrong.as_slice()),
            ("issue_token", 401, "wrong", password.as_slice()),
            ("revoke_token", 200, "kept", token.as_slice()),
            ("revoke_token", 400, "kept", &[]),
            ("revoke_token", 401, "wrong", token.as_slice()),
        ] {
            let request = form(name, secret, fields, self);
            self.send(name, status, request).await;
        }
        for (name, fields) in [("issue_token", password.as_slice()), ("revoke_token", token.as_slice())] {
            let request = self.request(name, Who::Nobody, &[]).basic_auth("walled", Some("kept")).form(fields);
            self.send(name, 403, request).await;
        }
        for name in ["issue_token", "revoke_token"] {
            let request = form(name, "kept", &[("token", &"x".repeat(1024 * 1024))], self);
            self.send(name, 413, request).await;
        }
    }
}

#[actix_web::test]
async fn every_status_that_the_document_promises_is_reached() {
    let server = Server::start();
    let mut caller = Caller::new(&server).await;
    let promised = caller.promised();
    assert!(promised.len() > 50, "{promised:?}");
    let names: BTreeSet<_> = promised.iter().map(|(name, _)| name.as_str()).collect();
    for name in names.into_iter().filter(|name| !name.ends_with("_token")) {
        caller.refused(name).await;
    }
    for name in ["ping", "whoami"] {
        caller.call(name, 200, &[]).await;
    }
    caller.eligibilities().await;
    caller.results().await;
    caller.centers().await;
    caller.bookings().await;
    caller.invitations().await;
    caller.vouchers().await;
    caller.payments().await;
    caller.publications().await;
    caller.sessions().await;
    caller.tokens().await;
    let missing: Vec<_> = promised.difference(&caller.reached).collect();
    assert!(missing.is_empty(), "promised and never reached: {missing:?}");
    let more: Vec<_> = caller.reached.difference(&promised).collect();
    assert!(more.is_empty(), "reached and never promised: {more:?}");
}
