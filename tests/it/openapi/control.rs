//! An example for every body that the control face takes: each is sent here, and fits.

use serde_json::{Map, Value, json};

use super::{Recorder, generated};
use crate::action::text;
use crate::promise::tour::Tour;
use crate::server::{Account, Answer, Server, send};

/// Sends the bodies to an account, and keeps them as the examples of their operations.
struct Sender<'a> {
    tour: Tour,
    account: &'a Account<'a>,
    recorder: &'a mut Recorder,
}

impl Sender<'_> {
    async fn send(&mut self, operation: &str, values: &str, body: Value) -> Value {
        self.recorder.keep(operation, "request", body.clone());
        let request = self.tour.call(self.account.server, operation, &self.in_account(values));
        made(operation, &send(request.json(&body)).await)
    }

    async fn submit(&mut self, operation: &str, values: &str, form: Value) -> Value {
        self.recorder.keep(operation, "request", form.clone());
        let request = self.tour.call(self.account.server, operation, &self.in_account(values));
        made(operation, &send(request.form(&form)).await)
    }

    fn in_account(&self, values: &str) -> String {
        format!("account_code={}&{values}", self.account.code)
    }
}

/// What was made of a body, which shall fit.
#[track_caller]
fn made(operation: &str, answer: &Answer) -> Value {
    assert!([200, 201, 204].contains(&answer.status), "{operation}: {} {}", answer.status, answer.text);
    serde_json::from_str(&answer.text).unwrap_or_default()
}

/// Sends every body, and keeps it.
pub async fn record(server: &Server, recorder: &mut Recorder) {
    let given = json!({ "account": {
        "account_code": "ACCT2", "users": [], "applications": [],
        "static_tokens": ["second-token"], "signing_secret": "whsec_ZXhhbXBsZSBzaWduaW5nIHNlY3JldA==",
    } });
    let account = server.account(given).await;
    let mut snapshot = account.control(reqwest::Method::GET, "/snapshot", None).await.expect(200);
    for row in snapshot["rows"].as_array_mut().expect("rows").iter_mut().filter(|row| row["table"] == "clock") {
        // Since which wall time the clock stands; it is another one at each recording.
        row["value"]["since"] = json!("2026-03-01T09:00:00Z");
    }
    let mut sender = Sender { tour: Tour::start(), account: &account, recorder };
    sender.send("put_snapshot", "", snapshot).await;
    access(&mut sender).await;
    state(&mut sender).await;
    candidates(&mut sender).await;
    deliveries(&mut sender).await;
    tools(&mut sender).await;
    let everywhere = json!({ "action": "freeze", "instant": "2026-03-02T09:00:00Z" });
    sender.send("put_clocks", "", everywhere).await;
}

/// Users and applications.
async fn access(sender: &mut Sender<'_>) {
    let jo = json!({ "username": "jo", "password": "Passw0rd", "roles": ["psiEligibility", "psiTestCenter"] });
    sender.send("create_user", "", jo).await;
    sender.send("put_user", "username=jo", json!({ "password": "An0ther", "roles": ["psiEligibility"] })).await;
    let portal = json!({
        "name": "portal", "owner": "jo", "consumer_key": "portal-key", "consumer_secret": "portal-secret",
        "subscriptions": ["eligibility", { "service": "test_center", "tier": "Gold" }],
    });
    sender.send("create_application", "", portal).await;
    let portal = json!({
        "name": "portal", "tier": "Gold", "consumer_key": "portal-key", "consumer_secret": "new-secret",
        "subscriptions": ["eligibility"],
    });
    sender.send("put_application", "name=portal", portal).await;
    let keys =
        |kind: &str, key: &str| json!({ "key_type": kind, "consumer_key": key, "consumer_secret": "key-secret" });
    sender.send("create_keys", "name=portal", keys("PRODUCTION", "production-key")).await;
    sender.send("put_keys", "name=portal", keys("SANDBOX", "sandbox-key")).await;
    let values = "name=portal&service=payment";
    sender.send("create_application_subscription", values, json!({ "tier": "Silver" })).await;
    sender.send("put_application_subscription", values, json!({ "state": "BLOCKED" })).await;
}

/// Settings, fixtures, faults, the clock, forks.
async fn state(sender: &mut Sender<'_>) {
    sender.send("patch_settings", "", json!({ "lint": "warn", "accommodation_review": true })).await;
    let loaded = json!({
        "catalog": { "tests": [{ "test_code": "EXAM9", "test_name": "An exam of nine parts" }] },
        "eligibilities": [{ "test_code": "EXAM9", "candidate": { "candidate_id": "C-9001", "province_state": "CO" } }],
    });
    sender.send("load_fixture", "", loaded).await;
    let slow = json!({
        "id": "slow", "match": { "service": "eligibility", "candidate": "C-9001" },
        "effect": { "latency": { "fixed": "2s" } }, "times": 3,
    });
    sender.send("put_faults", "", json!({ "faults": [slow] })).await;
    let pending = json!({ "publications": [{ "publication_id": "AB12CD34", "test": { "test_code": "EXAM8" },
        "effective": "2026-04-01T09:00:00Z" }] });
    sender.account.control(reqwest::Method::POST, "/fixtures", Some(pending)).await.expect(200);
    let reject = json!({ "decision": "reject", "messages": ["A portion has no length."] });
    sender.send("decide_publication", "publication_id=AB12CD34", reject).await;
    let event = json!({
        "invitation_code": "OPEN-DAY", "test_code": "EXAM9", "location_code": "MKC7Q4TX",
        "starts": "2026-04-07T15:00:00Z", "max_seat": 12, "event_name": "Open day",
    });
    sender.send("put_invitation", "invitation_code=OPEN-DAY", event).await;
    let place = json!({
        "zip": "66006", "city": "Baldwin City", "state": "KS", "country": "US", "latitude": 38.78, "longitude": -95.19,
    });
    sender.send("create_place", "", place).await;
    let down = json!({ "match": { "operation": "cancel_eligibility" }, "effect": { "status": 503 }, "times": 1 });
    sender.send("add_fault", "", down).await;
    sender.send("put_clock", "", json!({ "action": "advance", "duration": "1h" })).await;
    sender.send("fork_account", "", json!({ "account_code": "ACCT3" })).await;
}

/// What candidates and staff do.
async fn candidates(sender: &mut Sender<'_>) {
    let found = sender.account.items("/eligibilities").await;
    let of = format!("psi_eligiblity_id={}", text(&found[0], "psi_eligiblity_id"));
    let schedule = json!({ "booking_on": "2026-03-09T15:00:00Z", "delivery_mode": "SITE_PROCTORED" });
    let booking = sender.send("schedule_eligibility", &of, schedule).await;
    let of = |booking: &Value| format!("booking_code={}", text(booking, "booking_code"));
    let later = json!({ "booking_on": "2026-03-10T15:00:00Z" });
    let booking = sender.send("reschedule_booking", &of(&booking), later).await;
    let result = json!({ "result": "PASS", "score": "87" });
    sender.send("complete_booking", &of(&booking), result.clone()).await;
    let booking = sender.account.booked("C-9002").await;
    sender.submit("finish_test", &of(&booking), result).await;
    let payment = json!({ "booking_code": booking["booking_code"], "amount": "100.00", "currency": "USD" });
    sender
        .account
        .control(reqwest::Method::POST, "/fixtures", Some(json!({ "payments": [payment] })))
        .await
        .expect(200);
    let payment = sender.account.items("/payments").await[0]["payment_id"].clone();
    let of = format!("payment_id={}", payment.as_str().expect("an identifier"));
    sender.send("refund_payment", &of, json!({ "amount": "25.00" })).await;
    let booking = sender.account.booked("C-9004").await;
    let session = json!({ "session_id": "PS4X81QZ", "booking_code": booking["booking_code"], "status": "SUBMITTED" });
    let given = json!({ "proctoring_sessions": [session] });
    sender.account.control(reqwest::Method::POST, "/fixtures", Some(given)).await.expect(200);
    let review = json!({
        "review_status": "SUSPICIOUS", "overall_comment": "One event to look at.", "processing_status": "FINISHED",
        "comments": [{ "source": "WEBCAM", "comment": "A second person in the room", "event_start": 725,
            "event_finish": 761 }],
        "video_review_url": "http://127.0.0.1:8080/video/PS4X81QZ", "reviewer_notes": "Left the frame once.",
    });
    sender.send("review_session", "session_id=PS4X81QZ", review).await;
    let center = text(&sender.account.items("/test_centers").await[0], "location_code").to_owned();
    let hall = json!({
        "location_code": "HALL0001", "location_name": "Lawrence Old Mill Testing Hall", "address1": "9 Mill Lane",
        "city": "Lawrence", "province_state": "KS", "country": "US", "postal_code": "66044", "latitude": 38.97,
        "longitude": -95.24, "location_timezone": "America/Chicago", "seats": 6,
        "opening_hours": [{ "day": "SAT", "opens": "09:00", "closes": "17:00" }],
    });
    sender.send("put_test_center", "location_code=HALL0001", hall).await;
    let closes = json!({ "on_close": "keep" });
    sender.send("close_test_center", &format!("location_code={center}"), closes).await;
}

/// Inboxes, subscriptions, and what was not taken.
async fn deliveries(sender: &mut Sender<'_>) {
    let script = json!({ "answers": [{ "status": 500, "times": 1 }, { "status": 200 }] });
    sender.send("put_behaviour", "name=partner", script).await;
    let subscription = json!({
        "url": "inbox:partner", "auth": { "type": "bearer", "token": "partner-token" },
        "retry": "manual", "timeout": "5s",
    });
    let service = "service=booking_notification";
    sender.send("put_subscription", service, subscription).await;
    sender.account.booked("C-9003").await;
    let failed = sender.account.wait("for=delivery&status=failed").await;
    let of = format!("id={}", text(&failed, "id"));
    let dry = json!({ "service": "booking_notification", "dry_run": true });
    sender.send("resend_error_queue", "", dry).await;
    sender.send("resend_delivery", &of, json!({ "as": "recorded" })).await;
    sender.account.wait("for=delivery&status=delivered").await;
    sender.send("discard_error_queue", "", json!({ "candidate_id": "C-9003" })).await;
    sender.send("flush_subscription", service, json!({ "order": "reversed" })).await;
    let notification = json!({ "booking_code": "A2B3C4D5", "change_reason": "Scheduled" });
    sender.send("put_message", "name=other", notification.clone()).await;
    sender.send("post_message", "name=other", notification).await;
    sender.send("put_statement", "name=other", json!({ "id": "6c1f3e0a-7b53-4f3a-9a53-0f6f7d1f8a11" })).await;
}

/// What belongs to no account of these.
async fn tools(sender: &mut Sender<'_>) {
    let explained = json!({
        "headers": {
            "webhook-id": "msg_1", "webhook-timestamp": "1772355600",
            "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        },
        "body": "{}", "secret": "whsec_ZXhhbXBsZSBzaWduaW5nIHNlY3JldA==", "now": "2026-03-01T09:00:00Z",
    });
    sender.send("explain_signature", "", explained).await;
    let query = json!({ "operation": { "matches": "^create_" }, "status": { "at_least": 400 } });
    sender.send("search_requests", "", query).await;
    let told = json!({ "events": ["schedule", "reschedule", "cancel"], "url": "inbox:told", "sample": 2 });
    sender.send("tell_permutations", "", told).await;
}

#[test]
fn every_body_has_an_example() {
    for name in ["atlas", "control"] {
        let document = generated(name);
        let methods = document["paths"].as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
        for operation in methods.flat_map(Map::values).filter(|operation| operation.get("requestBody").is_some()) {
            for content in operation["requestBody"]["content"].as_object().into_iter().flat_map(Map::values) {
                assert!(content.get("example").is_some(), "{}: no example of the body", operation["operationId"]);
            }
        }
    }
}

#[test]
fn a_kind_of_authentication_or_signature_with_members_fits_its_schema() {
    let document = generated("control");
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/components/schemas/Subscription",
        "components": document["components"],
    });
    let validator = jsonschema::validator_for(&whole).expect("a schema");
    let oauth2 = json!({ "type": "oauth2", "token_url": "https://h", "client_id": "me", "client_secret": "s" });
    let mut odd = oauth2.clone();
    odd["colour"] = json!("red");
    for (member, value, fits) in [
        ("auth", json!({ "type": "basic", "username": "u", "password": "p" }), true),
        ("auth", oauth2, true),
        ("auth", odd, false),
        ("auth", json!({ "type": "oauth2" }), false),
        ("tls", json!({ "ca": "x", "insecure": true }), true),
        ("tls", json!({ "colour": "red" }), false),
        ("signing", json!({ "type": "ed25519", "secret": "whsk_x" }), true),
        ("signing", json!({ "type": "ed25519", "colour": "red" }), false),
        ("signing", json!({ "type": "http-message-signatures", "algorithm": "ed25519" }), true),
    ] {
        let mut subscription = json!({ "url": "http://h" });
        subscription[member] = value;
        assert_eq!(validator.is_valid(&subscription), fits, "{subscription}");
    }
}
