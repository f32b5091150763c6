//! The same changes told in every order, each in an account of its own.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::texts;
use crate::receiver::{Receiver, reply};
use crate::server::{Answer, Server};

async fn permute(server: &Server, input: Value) -> Answer {
    server.control(Method::POST, "/permutations", Some(input)).await
}

fn order(item: &Value) -> Vec<u64> {
    item["order"].as_array().expect("an order").iter().filter_map(Value::as_u64).collect()
}

#[actix_web::test]
async fn three_events_are_told_in_all_six_orders_into_fresh_accounts() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let events = ["schedule", "reschedule", "complete"];
    let told = permute(&server, json!({ "events": events, "url": receiver.url })).await.expect(200);
    assert_eq!((&told["count"], &told["all_delivered"]), (&json!(6), &json!(true)));
    let items = told["items"].as_array().expect("items");
    assert_eq!(items.iter().map(order).collect::<BTreeSet<_>>().len(), 6);
    let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for call in receiver.take(18).await {
        came.entry(call.member("candidate_id")).or_default().push(call.member("change_reason"));
    }
    let reasons = ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "EXAM_COMPLETED"];
    for item in items {
        let candidate = item["candidate_id"].as_str().expect("a candidate");
        let expected: Vec<_> =
            order(item).iter().map(|index| reasons[usize::try_from(*index).expect("small")]).collect();
        assert_eq!(came[candidate], expected, "{item}");
        assert_eq!(item["change_reasons"], json!(expected));
        assert_eq!(candidate, item["account_code"]);
        assert_eq!((&item["delivered"], &item["failed"], &item["settled"]), (&json!(3), &json!(0), &json!(true)));
    }
}

#[actix_web::test]
async fn a_sample_is_drawn_by_the_seed_and_the_document_is_each_account_s() {
    let server = Server::shared();
    let mut receiver = Receiver::start();
    receiver.ignore_rest();
    let given = json!({
        "account": { "signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
        "eligibilities": [{ "candidate": { "candidate_id": "P-{account}" }, "test_code": "EXAM1",
            "client_eligibility_id": "{account}" }],
        "subscriptions": { "booking_notification": { "url": receiver.url, "timestamps": "millis" } },
    });
    let events = ["schedule", "cancel", "schedule", "absent", "excuse"];
    let mut orders = Vec::new();
    for (prefix, seed) in [("DRAW-A", 7), ("DRAW-B", 7), ("DRAW-C", 8)] {
        let input = json!({ "events": events, "given": given, "sample": 10, "seed": seed, "prefix": prefix });
        let told = permute(&server, input).await.expect(200);
        orders.push(told["items"].as_array().expect("items").iter().map(order).collect::<Vec<_>>());
        assert_eq!(told["items"][0]["account_code"], format!("{prefix}-001"));
        assert_eq!(told["items"][0]["candidate_id"], format!("P-{prefix}-001"));
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(orders[0], orders[2]);
    assert_eq!(orders[0][0], [0, 1, 2, 3, 4], "the order in which they happened comes first");
    let call = receiver.next().await;
    assert!(call.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(call.member("candidate_id"), format!("P-{}", call.member("client_eligibility_id")));
}

#[actix_web::test]
async fn what_a_receiver_refuses_is_counted() {
    let server = Server::shared();
    let receiver = Receiver::start();
    receiver.answers([reply(200), reply(500), reply(200), reply(200)]);
    let told = permute(&server, json!({ "events": ["schedule", "cancel"], "url": receiver.url })).await.expect(200);
    receiver.take(4).await;
    assert_eq!(told["all_delivered"], false);
    let count = |member: &str| -> u64 {
        told["items"].as_array().expect("items").iter().filter_map(|item| item[member].as_u64()).sum()
    };
    assert_eq!((count("delivered"), count("failed")), (3, 1));
}

#[actix_web::test]
async fn what_does_not_fit_is_named_and_leaves_no_account() {
    let server = Server::shared();
    let url = "http://127.0.0.1:9/";
    for (input, status, word) in [
        (json!({ "events": [], "url": url }), 400, "events: expected 1 to 20"),
        (json!({ "events": ["sleep"], "url": url }), 400, "events[0]"),
        (json!({ "events": ["schedule"] }), 400, "url: expected where to tell it"),
        (json!({ "events": ["schedule"], "url": "ftp://x" }), 400, "url: expected http://"),
        (json!({ "events": ["schedule"], "url": url, "sample": 0 }), 400, "sample: expected 1 to 1000"),
        (json!({ "events": vec!["schedule"; 7], "url": url }), 400, "sample: expected a number"),
        (json!({ "events": ["schedule", "complete", "cancel"], "url": url }), 409, "events[2]: "),
        (json!({ "events": ["cancel"], "url": url }), 409, "events[0]: "),
        (json!({ "events": ["schedule"], "url": url, "prefix": "no blank" }), 400, "prefix: "),
        (json!({ "events": ["schedule"], "url": url, "given": { "colour": 1 } }), 400, "given.colour"),
        (
            json!({ "events": vec!["schedule"; 4], "url": url, "given": { "eligibilities": [
                { "count": 50_000, "test_code": "EXAM1", "candidate": { "candidate_id": "C{n}" } }] } }),
            400,
            "given: expected at most 1000000 records in 24 accounts, got 1200000",
        ),
    ] {
        let mut named = input.clone();
        if named.get("prefix").is_none() {
            named["prefix"] = json!("MISFIT");
        }
        let refused = permute(&server, named).await.problem(status);
        assert!(refused.contains(word), "{input}: {refused}");
        assert_eq!(server.control(Method::GET, "/accounts/MISFIT-001", None).await.status, 404, "{input}");
    }
}

#[actix_web::test]
async fn the_reference_receiver_ends_in_the_same_state_in_every_order() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let server = Server::shared();
    let partner = atlas_sandbox::partner::receiver::Receiver::start(SECRET, atlas_sandbox::seconds).expect("a port");
    // Each comes twice.
    let given = json!({
        "account": { "signing_secret": SECRET },
        "subscriptions": { "booking_notification": { "url": partner.url() } },
    });
    let events = ["schedule", "reschedule", "cancel", "schedule"];
    let told = permute(&server, json!({ "events": events, "given": given })).await.expect(200);
    assert_eq!((&told["count"], &told["all_delivered"]), (&json!(24), &json!(true)), "{told}");
    let state = partner.state(None);
    assert_eq!((state.records.len(), state.counts.accepted, state.counts.refused), (24, 96, 0));
    let mut compared = 0;
    for account in texts(told["items"].as_array().expect("items"), "account_code") {
        let record = state.records.iter().find(|record| record.newest.candidate_id == account);
        let record = record.expect("a record of each account");
        let path = format!("/accounts/{account}/bookings?limit=500");
        let bookings = server.control(Method::GET, &path, None).await.expect(200);
        let booked = bookings["items"].as_array().expect("items").iter().find(|booking| booking["state"] == "BOOKED");
        assert_eq!(booked.expect("a booking")["booking_code"], record.newest.booking_code.as_str(), "{account}");
        assert_eq!((record.newest.change_reason.as_str(), record.events), ("BOOKING_CREATED", 4));
        compared += 1;
    }
    assert_eq!(compared, 24);
    partner.stop().await;
}
