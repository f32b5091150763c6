//! The control document promises a status where a call reaches it, and nowhere else.

use serde_json::{Value, json};

use super::edge::{a_wait_ends_with_the_server, bodies_of_another_kind_are_refused, late_bodies_are_refused};
use super::staff;
use super::tour::Tour;
use crate::action::text;
use crate::server::{Account, Server};

/// A body that fits, of those operations that would refuse `{}`.
fn fitting(name: &str) -> Value {
    match name {
        "put_subscription" => json!({ "url": "http://127.0.0.1:9/" }),
        "put_clock" | "put_clocks" => json!({ "action": "resume" }),
        "put_faults" => json!({ "faults": [] }),
        "add_fault" => json!({ "effect": { "status": 500 } }),
        "create_user" => json!({ "username": "u1" }),
        "create_application" => json!({ "name": "a1" }),
        "put_snapshot" => {
            json!({ "format": 2, "account": "NOSUCH", "epoch": 0, "seq": 0, "at": "2026-03-01T00:00:00Z", "rows": [] })
        }
        "put_test_center" => json!({ "location_code": "NOSUCH", "location_name": "A hall", "city": "Oslo",
            "country": "NO", "location_timezone": "Europe/Oslo" }),
        "put_application" => json!({ "name": "NOSUCH" }),
        "decide_publication" => json!({ "decision": "approve" }),
        "review_session" => json!({ "review_status": "CLEAN" }),
        "put_invitation" => staff::event("NOSUCH", 1),
        "create_place" => staff::place(),
        _ => json!({}),
    }
}

/// The guard's refusals, of all that is not public.
async fn strangers_are_refused(tour: &mut Tour, server: &Server, kept: &Server) {
    for name in tour.promising(401) {
        tour.reach(&name, 401, tour.call(kept, &name, "")).await;
    }
    for name in tour.promising(403) {
        let request = tour.call(server, &name, "").header("origin", "https://other.example");
        tour.reach(&name, 403, request.header("host", "evil.example")).await;
    }
}

/// What does not fit: a document that is a list, a parameter that is `x`, an account that nobody made.
async fn what_does_not_fit_is_refused(tour: &mut Tour, account: &Account<'_>) {
    for name in tour.promising(400) {
        let operation = &tour.operations[&name];
        let of_query = text(&operation.described["responses"]["400"], "description").starts_with("The query");
        if name == "follow_events" {
            let request = tour.call(account.server, &name, &format!("account_code={}", account.code));
            tour.reach(&name, 400, request.header("last-event-id", "x")).await;
        } else if let Some(parameter) = operation.strict_parameter().or(of_query.then_some("%FF")) {
            tour.send(account, 400, &name, &format!("{parameter}=x"), Value::Null).await;
        } else if name != "finish_test" {
            tour.send(account, 400, &name, "", json!([])).await;
        }
    }
    for name in tour.promising(404) {
        let operation = &tour.operations[&name];
        let has_body = operation.described.get("requestBody").is_some();
        if operation.path.contains("{account_code}") {
            let request = tour.call(account.server, &name, if name == "wait_for" { "for=booking" } else { "" });
            let request = match name.as_str() {
                "finish_test" => request.form(&[("result", "PASS")]),
                _ if has_body => request.json(&fitting(&name)),
                _ => request,
            };
            tour.reach(&name, 404, request).await;
        }
    }
}

/// The server itself, its journal and its inboxes.
async fn the_server(tour: &mut Tour, account: &Account<'_>) {
    for name in
        ["get_health", "get_fidelity", "list_unassigned_requests", "list_accounts", "get_clocks", "livez", "readyz"]
    {
        tour.get(account, name, "").await;
    }
    tour.get(account, "get_metrics", "").await;
    tour.send(account, 404, "get_authority", "", Value::Null).await;
    tour.send(account, 204, "clear_unassigned_requests", "", Value::Null).await;
    tour.send(account, 201, "create_account", "", json!({ "account": { "account_code": "TAKEN1" } })).await;
    tour.send(account, 409, "create_account", "", json!({ "account": { "account_code": "TAKEN1" } })).await;
    tour.get(account, "get_account", "secrets=true").await;
    tour.send(account, 200, "load_fixture", "", json!({})).await;
    tour.send(account, 409, "load_fixture", "", json!({ "account": { "account_code": "OTHER" } })).await;
    tour.get(account, "get_settings", "").await;
    tour.send(account, 200, "patch_settings", "", json!({})).await;
    let explained = json!({ "headers": {}, "body": "{}", "secret": "whsec_ZXhhbXBsZSBzaWduaW5nIHNlY3JldA==" });
    tour.send(account, 200, "explain_signature", "", explained).await;
    let told = json!({ "events": ["schedule"], "url": "inbox:told" });
    tour.send(account, 200, "tell_permutations", "", told).await;
    tour.send(account, 409, "tell_permutations", "", json!({ "events": ["cancel"], "url": "inbox:told" })).await;
}

/// Users, applications, keys and what these are subscribed to.
async fn applications(tour: &mut Tour, account: &Account<'_>) {
    tour.send(account, 201, "create_user", "", json!({ "username": "u1" })).await;
    tour.send(account, 409, "create_user", "", json!({ "username": "u1" })).await;
    tour.get(account, "list_users", "").await;
    tour.get(account, "get_user", "username=u1").await;
    tour.send(account, 200, "put_user", "username=u1", json!({})).await;
    tour.get(account, "list_services", "user=u1").await;
    let owned = json!({ "name": "a1", "owner": "u1", "consumer_key": "key-of-a1", "subscriptions": ["eligibility"] });
    tour.send(account, 201, "create_application", "", owned).await;
    tour.send(account, 409, "create_application", "", json!({ "name": "a1" })).await;
    tour.send(account, 409, "delete_user", "username=u1", Value::Null).await;
    tour.get(account, "list_applications", "").await;
    tour.get(account, "get_application", "name=a1").await;
    let ownerless = json!({ "name": "a1", "owner": "nobody" });
    tour.send(account, 409, "put_application", "name=a1", ownerless).await;
    let set = json!({ "key_type": "SANDBOX" });
    tour.send(account, 201, "create_keys", "name=a1", set.clone()).await;
    tour.send(account, 200, "put_keys", "name=a1", set).await;
    let taken =
        json!({ "key_type": "SANDBOX", "consumer_key": text(&account.made["applications"][0], "consumer_key") });
    tour.send(account, 409, "create_keys", "name=a1", taken.clone()).await;
    tour.send(account, 409, "put_keys", "name=a1", taken).await;
    tour.get(account, "list_keys", "name=a1").await;
    tour.send(account, 204, "delete_keys", "name=a1&key_type=SANDBOX", Value::Null).await;
    tour.get(account, "list_application_subscriptions", "name=a1").await;
    tour.get(account, "get_application_subscription", "name=a1&service=eligibility").await;
    tour.send(account, 201, "create_application_subscription", "name=a1&service=payment", json!({})).await;
    tour.send(account, 409, "create_application_subscription", "name=a1&service=payment", json!({})).await;
    tour.send(account, 200, "put_application_subscription", "name=a1&service=voucher", json!({})).await;
    tour.send(account, 204, "delete_application_subscription", "name=a1&service=voucher", Value::Null).await;
    tour.send(account, 200, "put_application", "name=a1", json!({ "name": "a1" })).await;
    tour.send(account, 204, "delete_application", "name=a1", Value::Null).await;
    tour.send(account, 204, "delete_user", "username=u1", Value::Null).await;
}

/// Faults, and the catalog.
async fn faults_and_catalog(tour: &mut Tour, account: &Account<'_>) {
    let fault = json!({ "id": "f1", "effect": { "status": 500 } });
    tour.send(account, 201, "add_fault", "", fault.clone()).await;
    tour.send(account, 409, "add_fault", "", fault.clone()).await;
    tour.get(account, "list_faults", "").await;
    tour.send(account, 409, "put_faults", "", json!({ "faults": [fault, fault] })).await;
    tour.send(account, 204, "remove_fault", "id=f1", Value::Null).await;
    tour.send(account, 200, "put_faults", "", json!({ "faults": [fault] })).await;
    tour.send(account, 204, "clear_faults", "", Value::Null).await;
    account.eligible("C0", "EXAM1").await;
    for name in ["list_tests", "list_test_centers", "list_account_vouchers", "list_candidates"] {
        tour.get(account, name, "").await;
    }
    tour.get(account, "get_test", "test_code=EXAM1").await;
    let center = any_center(account).await;
    tour.get(account, "get_test_center", &center).await;
    tour.get(account, "get_candidate", "candidate_id=C0").await;
    let vouchers = json!({ "catalog": { "vouchers": [{ "voucher_code": "V1" }] } });
    tour.send(account, 200, "load_fixture", "", vouchers).await;
    tour.get(account, "get_account_voucher", "voucher_code=V1").await;
    let mut record = account.items("/test_centers").await.remove(0);
    record["location_name"] = json!("Another name");
    tour.send(account, 200, "put_test_center", &center, record).await;
    staff::invitations(tour, account).await;
    tour.send(account, 200, "close_test_center", &center, json!({})).await;
    tour.send(account, 409, "close_test_center", &center, json!({})).await;
    tour.send(account, 200, "reopen_test_center", &center, Value::Null).await;
    tour.send(account, 409, "reopen_test_center", &center, Value::Null).await;
}

/// Snapshots, forks, events.
async fn whole_accounts(tour: &mut Tour, account: &Account<'_>) {
    let mut snapshot = tour.get(account, "get_snapshot", "").await;
    tour.send(account, 204, "put_snapshot", "", snapshot.clone()).await;
    snapshot["account"] = json!("ANOTHER");
    tour.send(account, 409, "put_snapshot", "", snapshot).await;
    tour.send(account, 201, "fork_account", "", json!({})).await;
    tour.send(account, 409, "fork_account", "", json!({ "account_code": account.code })).await;
    let follow = tour.call(account.server, "follow_events", &format!("account_code={}", account.code));
    tour.open("follow_events", 200, follow).await;
}

/// What candidates and staff do.
async fn candidates_and_staff(tour: &mut Tour, account: &Account<'_>) {
    account.set(json!({ "approval": true })).await;
    let id = account.eligible("C1", "EXAM1").await;
    let of = format!("psi_eligiblity_id={id}");
    tour.send(account, 409, "schedule_eligibility", &of, json!({})).await;
    tour.send(account, 200, "approve_eligibility", &of, Value::Null).await;
    tour.send(account, 409, "approve_eligibility", &of, Value::Null).await;
    account.set(json!({ "approval": false })).await;
    tour.get(account, "list_account_eligibilities", "").await;
    tour.get(account, "get_eligibility", &of).await;
    tour.send(account, 200, "block_eligibility", &of, Value::Null).await;
    tour.send(account, 200, "unblock_eligibility", &of, Value::Null).await;
    let mut made = tour.send(account, 200, "schedule_eligibility", &of, json!({})).await;
    tour.get(account, "list_bookings", "").await;
    made = tour.send(account, 200, "reschedule_booking", &booking(&made), json!({})).await;
    tour.get(account, "get_booking", &booking(&made)).await;
    tour.get(account, "get_launch_page", &booking(&made)).await;
    tour.get(account, "get_fixture", "").await;
    let refused =
        tour.call(account.server, "finish_test", &format!("account_code={}&{}", account.code, booking(&made)));
    tour.reach("finish_test", 400, refused.form(&[("result", "MAYBE")])).await;
    made = tour.send(account, 200, "cancel_booking", &booking(&made), Value::Null).await;
    for name in ["reschedule_booking", "cancel_booking", "complete_booking", "mark_absent", "excuse_absence"] {
        tour.send(account, 409, name, &booking(&made), json!({})).await;
    }
    tour.send(account, 409, "confirm_booking", &booking(&made), Value::Null).await;
    tour.send(account, 409, "release_booking", &booking(&made), Value::Null).await;
    for (candidate, name) in [("H1", "confirm_booking"), ("H2", "release_booking")] {
        let id = account.eligible(candidate, "EXAM1").await;
        let held = account.schedule_as(&id, json!({ "on_hold": true })).await.expect(200);
        tour.send(account, 200, name, &booking(&held), Value::Null).await;
    }
    payments(tour, account).await;
    for (candidate, name) in [("C2", "complete_booking"), ("C3", "mark_absent"), ("C4", "excuse_absence")] {
        let made = account.booked(candidate).await;
        tour.send(account, 200, name, &booking(&made), json!({})).await;
    }
    let made = account.booked("C5").await;
    for status in [200, 409] {
        let values = format!("account_code={}&{}", account.code, booking(&made));
        let form = tour.call(account.server, "finish_test", &values).form(&[("result", "PASS"), ("score", "80")]);
        tour.reach("finish_test", status, form).await;
    }
}

async fn any_center(account: &Account<'_>) -> String {
    format!("location_code={}", text(&account.items("/test_centers").await[0], "location_code"))
}

fn booking(made: &Value) -> String {
    format!("booking_code={}", text(made, "booking_code"))
}

/// Subscriptions and deliveries, of an account whose clock stands.
async fn deliveries(tour: &mut Tour, account: &Account<'_>) {
    let service = "service=booking_notification";
    let failing = json!({ "answers": [{ "status": 500, "times": 1 }] });
    tour.send(account, 200, "put_behaviour", "name=failing", failing).await;
    tour.send(account, 200, "put_subscription", service, json!({ "url": "inbox:failing" })).await;
    tour.get(account, "list_subscriptions", "").await;
    tour.get(account, "get_subscription", service).await;
    let first = account.booked("C1").await;
    let failed = account.wait("for=delivery&status=failed").await;
    let of = format!("id={}", text(&failed, "id"));
    for name in ["list_deliveries", "list_error_queue"] {
        tour.get(account, name, "").await;
    }
    tour.get(account, "get_delivery", &of).await;
    tour.get(account, "list_attempts", &of).await;
    tour.get(account, "wait_for", "for=delivery&status=failed").await;
    tour.send(account, 408, "wait_for", "for=delivery&status=failed&count=9&timeout=1ms", Value::Null).await;
    // An account that is full may not tell it anew.
    account.set(json!({ "max_deliveries": 0 })).await;
    tour.send(account, 503, "resend_delivery", &of, json!({ "as": "now" })).await;
    tour.send(account, 503, "resend_error_queue", "", json!({ "as": "now" })).await;
    full(tour, account, &first).await;
    account.set(json!({ "max_deliveries": 1000 })).await;
    tour.send(account, 200, "resend_error_queue", "", json!({ "service": "booking_notification" })).await;
    account.wait("for=delivery&status=delivered").await;
    tour.send(account, 409, "discard_delivery", &of, Value::Null).await;
    tour.send(account, 409, "flush_subscription", service, json!({ "ids": [text(&failed, "id")] })).await;
    tour.send(account, 200, "resend_delivery", &of, json!({})).await;
    account.wait("for=delivery&status=delivered").await;
    tour.send(account, 200, "pause_subscription", service, Value::Null).await;
    account.booked("C2").await;
    let waiting = account.deliveries().await.pop().expect("a delivery");
    let of = format!("id={}", text(&waiting, "id"));
    tour.send(account, 409, "resend_delivery", &of, json!({})).await;
    tour.send(account, 409, "put_clock", "", json!({ "action": "set", "instant": "2026-01-01T00:00:00Z" })).await;
    tour.send(account, 409, "put_clocks", "", json!({ "action": "freeze", "instant": "2026-01-01T00:00:00Z" })).await;
    tour.send(account, 200, "discard_delivery", &of, Value::Null).await;
    tour.send(account, 200, "resume_subscription", service, Value::Null).await;
    tour.send(account, 200, "flush_subscription", service, json!({})).await;
    tour.send(account, 200, "rotate_secret", service, Value::Null).await;
    let bare = json!({ "url": "http://127.0.0.1:9/", "signing": { "type": "none" } });
    tour.send(account, 200, "put_subscription", service, bare).await;
    tour.send(account, 409, "rotate_secret", service, Value::Null).await;
    account.booked("C3").await;
    account.wait("for=delivery&status=failed").await;
    tour.send(account, 204, "delete_subscription", service, Value::Null).await;
    tour.send(account, 409, "resend_error_queue", "", json!({})).await;
    tour.send(account, 200, "discard_error_queue", "", json!({})).await;
    tour.get(account, "get_clock", "").await;
    tour.send(account, 200, "put_clock", "", json!({ "action": "resume" })).await;
    tour.send(account, 200, "put_clocks", "", json!({ "action": "resume" })).await;
}

/// A payment of a booking on hold, as a document gives it: its identifier.
async fn authorized(account: &Account<'_>, candidate: &str) -> String {
    let id = account.eligible(candidate, "EXAM1").await;
    let held = account.schedule_as(&id, json!({ "on_hold": true })).await.expect(200);
    let code = &held["booking_code"];
    let payment = json!({ "booking_code": code, "amount": "10", "currency": "USD", "status": "AUTHORIZED" });
    account.control(reqwest::Method::POST, "/fixtures", Some(json!({ "payments": [payment] }))).await.expect(200);
    let made = account.items(&format!("/payments?booking_code={}", text(&held, "booking_code"))).await;
    format!("payment_id={}", text(&made[0], "payment_id"))
}

/// What the payment provider decides.
async fn payments(tour: &mut Tour, account: &Account<'_>) {
    let [taken, refused] = [authorized(account, "P1").await, authorized(account, "P2").await];
    tour.get(account, "list_account_payments", "").await;
    tour.get(account, "get_account_payment", &taken).await;
    for (name, of) in [("accept_payment", &taken), ("refund_payment", &taken), ("decline_payment", &refused)] {
        for status in [200, 409] {
            tour.send(account, status, name, of, json!({})).await;
        }
    }
}

/// An account that holds as many deliveries as it may.
async fn full(tour: &mut Tour, account: &Account<'_>, made: &Value) {
    let told = json!({ "url": "http://127.0.0.1:9/" });
    let center = any_center(account).await;
    tour.send(account, 200, "put_subscription", "service=test_center_notification", told).await;
    tour.send(account, 503, "close_test_center", &center, json!({})).await;
    let mut record = account.items("/test_centers").await.remove(0);
    record["seats"] = json!(7);
    tour.send(account, 503, "put_test_center", &center, record).await;
    account.set(json!({ "max_deliveries": 1000 })).await;
    tour.send(account, 200, "close_test_center", &center, json!({})).await;
    account.set(json!({ "max_deliveries": 0 })).await;
    tour.send(account, 503, "reopen_test_center", &center, Value::Null).await;
    account.set(json!({ "max_deliveries": 1000 })).await;
    tour.send(account, 200, "reopen_test_center", &center, Value::Null).await;
    account.wait("for=delivery&status=failed&count=3").await;
    tour.send(account, 204, "delete_subscription", "service=test_center_notification", Value::Null).await;
    account.set(json!({ "max_deliveries": 0 })).await;
    let id = account.eligible("C9", "EXAM1").await;
    tour.send(account, 503, "schedule_eligibility", &format!("psi_eligiblity_id={id}"), json!({})).await;
    let held = account.schedule_as(&id, json!({ "on_hold": true })).await.expect(200);
    tour.send(account, 503, "confirm_booking", &booking(&held), Value::Null).await;
    let payment = authorized(account, "P9").await;
    tour.send(account, 503, "accept_payment", &payment, Value::Null).await;
    for name in ["reschedule_booking", "cancel_booking", "complete_booking", "mark_absent", "excuse_absence"] {
        tour.send(account, 503, name, &booking(made), json!({})).await;
    }
    let values = format!("account_code={}&{}", account.code, booking(made));
    let form = tour.call(account.server, "finish_test", &values).form(&[("result", "PASS"), ("score", "80")]);
    tour.reach("finish_test", 503, form).await;
}

/// The journal, the inboxes, and what ends it all.
async fn the_end(tour: &mut Tour, account: &Account<'_>) {
    for name in ["list_requests", "count_requests", "find_requests", "list_unmatched_requests"] {
        tour.get(account, name, "").await;
    }
    account.get("/candidates/C1").await;
    let found = tour.send(account, 200, "search_requests", "", json!({ "method": "GET" })).await;
    tour.get(account, "get_request", &format!("id={}", found["items"][0]["id"])).await;
    tour.send(account, 204, "clear_requests", "", Value::Null).await;
    let captures = ["put_message", "post_message", "put_statement"];
    for name in captures {
        tour.send(account, 200, name, "name=any", json!({})).await;
        let any = format!("account_code={}&name=any", account.code);
        let large = tour.call(account.server, name, &any).body(vec![b'x'; 8 * 1024 * 1024 + 1]);
        tour.reach(name, 413, large).await;
    }
    tour.get(account, "list_inbox", "name=any").await;
    tour.send(account, 204, "clear_inbox", "name=any", Value::Null).await;
    // An inbox with a script, or of a subscription, is not given up for a stranger's.
    for number in 0..99 {
        let script = json!({ "answers": [{ "status": 200 }] });
        tour.send(account, 200, "put_behaviour", &format!("name=inbox-{number}"), script).await;
    }
    for name in captures {
        tour.send(account, 409, name, "name=one-too-many", json!({})).await;
    }
    tour.send(account, 409, "put_behaviour", "name=one-too-many", json!({ "answers": [] })).await;
    staff::a_reset_finds_its_key_taken(tour, account).await;
    tour.send(account, 204, "reset_account", "", Value::Null).await;
    tour.send(account, 204, "delete_account", "", Value::Null).await;
    tour.send(account, 204, "reset_server", "", Value::Null).await;
}

#[actix_web::test]
async fn every_promised_status_is_reached_and_no_other() {
    let mut tour = Tour::start();
    let server = Server::start();
    let kept = Server::start_with(&["--admin-token", "secret", "--tls-listen", "127.0.0.1:0", "--tls-self-signed"]);
    let impatient = Server::start_with(&["--request-timeout", "1s"]);
    strangers_are_refused(&mut tour, &server, &kept).await;
    let pem = tour.call(&kept, "get_authority", "");
    tour.reach("get_authority", 200, pem).await;
    late_bodies_are_refused(&mut tour, &impatient);
    a_wait_ends_with_the_server(&mut tour, impatient);
    bodies_of_another_kind_are_refused(&mut tour, &server).await;
    let account = server.account(json!({})).await;
    what_does_not_fit_is_refused(&mut tour, &account).await;
    the_server(&mut tour, &account).await;
    applications(&mut tour, &account).await;
    faults_and_catalog(&mut tour, &account).await;
    staff::publications(&mut tour, &account).await;
    staff::sessions(&mut tour, &account).await;
    candidates_and_staff(&mut tour, &account).await;
    whole_accounts(&mut tour, &account).await;
    let standing = json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } });
    let standing = server.account(standing).await;
    deliveries(&mut tour, &standing).await;
    the_end(&mut tour, &account).await;
    let (unreached, unpromised) = tour.missed();
    assert_eq!((unreached, unpromised), Default::default(), "never reached, and not promised");
}
