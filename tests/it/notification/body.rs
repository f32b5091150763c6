//! The bytes of the body.

use reqwest::Method;
use serde_json::{Value, json};

use super::{create, given, named};
use crate::action::{text, texts};
use crate::receiver::{Call, Receiver};
use crate::server::{Server, eligibility, laid_out};

fn members(call: &Call) -> Vec<String> {
    call.json().as_object().expect("an object").keys().cloned().collect()
}

#[actix_web::test]
async fn every_change_reason_is_told_to_the_byte() {
    let server = Server::shared();
    let account = server.account(named("NOTE1")).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let jo = json!({
        "candidate": { "candidate_id": "C-1", "first_name": "Zoë", "middle_name": "Q.", "last_name": "O'Neil \"Z\"" },
        "client_eligibility_id": "Ab.C-1_x",
        "test_code": "EXAM1",
    });
    let id = create(&account, jo).await;
    let first = account.schedule_as(&id, json!({ "booking_on": "2026-03-10T15:00:00Z" })).await.expect(200);
    let moved = json!({ "booking_on": "2026-03-11T15:00:00Z" });
    let second = account.booking_as(text(&first, "booking_code"), "reschedule", moved).await.expect(200);
    account.booking(text(&second, "booking_code"), "cancel").await.expect(200);
    let third = account.schedule_as(&id, json!({ "booking_on": "2026-03-12T15:00:00Z" })).await.expect(200);
    account.booking(text(&third, "booking_code"), "complete").await.expect(200);
    let told: Vec<_> =
        receiver.take(5).await.iter().map(|call| String::from_utf8_lossy(&call.body).into_owned()).collect();
    insta::assert_snapshot!(laid_out(&told[0]), @r#"
    {
      "booking_code": "6HBGS8CZ",
      "booking_on": "2026-03-10T15:00:00Z",
      "candidate_fname": "Zoë",
      "candidate_id": "C-1",
      "candidate_lname": "O'Neil \"Z\"",
      "candidate_mname": "Q.",
      "change_reason": "BOOKING_CREATED",
      "client_eligibility_id": "Ab.C-1_x",
      "delivery_mode": "SITE_PROCTORED",
      "effective_date": "2026-03-01T12:00:00Z",
      "exam_code": "EXAM1",
      "location_address": "1 Main Street, Suite 2, Kansas City, Missouri, USA",
      "location_code": "CENTER01",
      "location_name": "Riverbend Center",
      "location_timezone": "America/Chicago"
    }
    "#);
    // The others are the first one with other values.
    let like = |first: &str, members: [(&str, &str); 4]| {
        let mut body: Value = serde_json::from_str(first).expect("JSON");
        for (name, value) in members {
            body[name] = json!(value);
        }
        body.to_string()
    };
    let expected = [
        ("6HBGS8CZ", "10", "BOOKING_CREATED", "00"),
        ("TLZRHRD5", "11", "BOOKING_RESCHEDULED", "01"),
        ("TLZRHRD5", "11", "BOOKING_CANCELLED", "02"),
        ("1R2O2SLT", "12", "BOOKING_CREATED", "03"),
        ("1R2O2SLT", "12", "EXAM_COMPLETED", "04"),
    ]
    .map(|(code, day, reason, second)| {
        let (on, at) = (format!("2026-03-{day}T15:00:00Z"), format!("2026-03-01T12:00:{second}Z"));
        let members = [("booking_code", code), ("booking_on", &on), ("change_reason", reason), ("effective_date", &at)];
        like(&told[0], members)
    });
    assert_eq!(told, expected);
    let id = create(&account, eligibility("C-2", "EXAM1")).await;
    let fourth = account.schedule_as(&id, json!({ "booking_on": "2026-03-13T15:00:00Z" })).await.expect(200);
    account.booking(text(&fourth, "booking_code"), "absent").await.expect(200);
    account.booking(text(&fourth, "booking_code"), "excuse").await.expect(200);
    let told: Vec<_> =
        receiver.take(3).await.iter().map(|call| String::from_utf8_lossy(&call.body).into_owned()).collect();
    insta::assert_snapshot!(laid_out(&told[0]), @r#"
    {
      "booking_code": "0FQU5TTL",
      "booking_on": "2026-03-13T15:00:00Z",
      "candidate_fname": "Jo",
      "candidate_id": "C-2",
      "candidate_lname": "Doe",
      "candidate_mname": "",
      "change_reason": "BOOKING_CREATED",
      "delivery_mode": "SITE_PROCTORED",
      "effective_date": "2026-03-01T12:00:00Z",
      "exam_code": "EXAM1",
      "location_address": "1 Main Street, Suite 2, Kansas City, Missouri, USA",
      "location_code": "CENTER01",
      "location_name": "Riverbend Center",
      "location_timezone": "America/Chicago"
    }
    "#);
    let expected = [("BOOKING_CREATED", "00"), ("ABSENT", "01"), ("EXCUSED_ABSENT", "02")].map(|(reason, second)| {
        let (on, at) = ("2026-03-13T15:00:00Z", format!("2026-03-01T12:00:{second}Z"));
        let members =
            [("booking_code", "0FQU5TTL"), ("booking_on", on), ("change_reason", reason), ("effective_date", &at)];
        like(&told[0], members)
    });
    assert_eq!(told, expected);
}

#[actix_web::test]
async fn the_same_seed_and_calls_give_the_same_bytes_and_another_seed_others() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let mut told = Vec::new();
    for seed in [7, 7, 8] {
        let mut given = named("NOTE2");
        given["seed"] = json!(seed);
        let account = server.account(given).await;
        account.subscribe(&receiver.url, json!({})).await;
        let id = create(&account, eligibility("C1", "EXAM1")).await;
        account.schedule(&id).await;
        let call = receiver.next().await;
        told.push((call.header("webhook-id").to_owned(), call.body));
        account.control(Method::DELETE, "", None).await.expect(204);
    }
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0].0, told[2].0);
    assert_ne!(told[0].1, told[2].1);
}

#[actix_web::test]
async fn a_member_without_a_value_is_left_out() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({ "empty_members": "omit" })).await;
    let always = [
        "booking_code",
        "booking_on",
        "candidate_fname",
        "candidate_id",
        "candidate_lname",
        "change_reason",
        "delivery_mode",
        "effective_date",
        "exam_code",
    ];
    for (candidate, more, expected) in [
        ("absent", json!({ "test_code": "HOME1" }), vec!["location_timezone"]),
        ("null", json!({ "test_code": "HOME1", "client_eligibility_id": null }), vec!["location_timezone"]),
        ("empty", json!({ "test_code": "HOME1", "client_eligibility_id": "" }), vec!["location_timezone"]),
        (
            "given",
            json!({ "test_code": "HOME1", "client_eligibility_id": "E1" }),
            vec!["candidate_mname", "client_eligibility_id", "location_timezone"],
        ),
        (
            "site",
            json!({ "test_code": "EXAM1" }),
            vec!["location_address", "location_code", "location_name", "location_timezone"],
        ),
        (
            "parts",
            json!({ "test_code": "PARTS", "portion_codes": ["P1"] }),
            vec!["exam_portions", "location_address", "location_code", "location_name", "location_timezone"],
        ),
    ] {
        let mut body = json!({ "candidate": { "candidate_id": candidate, "first_name": "Jo", "last_name": "Doe" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        match candidate {
            "null" => body["candidate"]["middle_name"] = Value::Null,
            "empty" => body["candidate"]["middle_name"] = json!(""),
            "given" => body["candidate"]["middle_name"] = json!("M"),
            _ => {}
        }
        let id = create(&account, body).await;
        account.schedule(&id).await;
        let mut expected: Vec<_> = always.into_iter().chain(expected).collect();
        // Alphabetical, as the page prints them.
        expected.sort_unstable();
        assert_eq!(members(&receiver.next().await), expected, "{candidate}");
    }
}

#[actix_web::test]
async fn the_place_is_the_sites_or_the_zone_that_the_candidate_chose() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    for (candidate, schedule, mode, code, zone) in [
        ("1", json!({}), "SITE_PROCTORED", "CENTER01", "America/Chicago"),
        ("2", json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED" }), "ATLAS_REMOTE_PROCTORED", "", "America/Chicago"),
        (
            "3",
            json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED", "location_timezone": "Asia/Kolkata" }),
            "ATLAS_REMOTE_PROCTORED",
            "",
            "Asia/Kolkata",
        ),
    ] {
        let id = create(&account, eligibility(candidate, "EXAM1")).await;
        account.schedule_as(&id, schedule).await.expect(200);
        let call = receiver.next().await;
        assert_eq!(call.member("delivery_mode"), mode, "{candidate}");
        assert_eq!(call.member("location_code"), code, "{candidate}");
        assert_eq!(call.member("location_timezone"), zone, "{candidate}");
    }
}

#[actix_web::test]
async fn the_portions_are_those_of_the_eligibility_in_the_order_of_the_test() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    for (candidate, test, codes, expected) in [
        (
            "1",
            "PARTS",
            json!(["P3", "P1"]),
            json!([
                { "portion_code": "P1", "portion_name": "Written" },
                { "portion_code": "P3", "portion_name": "Practical" },
            ]),
        ),
        ("2", "PARTS", json!(["P2"]), json!([{ "portion_code": "P2", "portion_name": "Spoken" }])),
        ("3", "ONE-PART", Value::Null, json!([{ "portion_code": "ONLY", "portion_name": "The \"only\" one" }])),
        ("4", "EXAM1", Value::Null, Value::Null),
    ] {
        let mut body = eligibility(candidate, test);
        body["portion_codes"] = codes;
        let id = create(&account, body).await;
        account.schedule(&id).await;
        let told = receiver.next().await.json();
        assert_eq!(told["exam_portions"], expected, "{candidate}");
        assert_eq!(told["exam_code"], test, "{candidate}");
    }
}

#[actix_web::test]
async fn the_body_shows_the_candidate_as_of_the_change() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    let booking = account.schedule(&id).await;
    let mut changed = eligibility("C1", "EXAM1");
    changed["candidate"]["last_name"] = json!("Roe");
    changed["candidate"]["middle_name"] = json!("M");
    account.put("/candidates/C1/tests/EXAM1", changed).await.expect(204);
    account.booking(text(&booking, "booking_code"), "cancel").await.expect(200);
    let told = receiver.take(2).await;
    let names = |call: &Call| (call.member("candidate_lname"), call.member("candidate_mname"));
    assert_eq!(names(&told[0]), ("Doe".to_owned(), String::new()));
    assert_eq!(names(&told[1]), ("Roe".to_owned(), "M".to_owned()));
}

#[actix_web::test]
async fn a_middle_name_that_is_not_there_is_sent_empty_unless_the_subscription_omits_it() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    for (index, (subscription, middle, expected)) in [
        (json!({}), json!(null), json!("")),
        (json!({ "empty_members": "send" }), json!(""), json!("")),
        (json!({}), json!("M"), json!("M")),
        (json!({ "empty_members": "omit" }), json!(null), Value::Null),
        (json!({ "empty_members": "omit" }), json!("M"), json!("M")),
    ]
    .into_iter()
    .enumerate()
    {
        account.subscribe(&receiver.url, subscription).await;
        let mut body = eligibility(&format!("C{index}"), "EXAM1");
        body["candidate"]["middle_name"] = middle;
        let id = create(&account, body).await;
        account.schedule(&id).await;
        assert_eq!(receiver.next().await.json()["candidate_mname"], expected, "{index}");
    }
}

#[actix_web::test]
async fn a_cancellation_carries_the_start_and_the_place_of_what_was_cancelled() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    let booking = account.schedule(&id).await;
    account.booking(text(&booking, "booking_code"), "cancel").await.expect(200);
    let told = receiver.take(2).await;
    let place = ["booking_on", "location_address", "location_code", "location_name", "location_timezone"];
    let of = |call: &Call| place.map(|name| call.member(name));
    assert_eq!(told[1].member("change_reason"), "BOOKING_CANCELLED");
    assert_eq!(of(&told[0]), of(&told[1]));
    assert!(of(&told[1]).iter().all(|member| !member.is_empty()), "{:?}", of(&told[1]));
}

#[actix_web::test]
async fn a_structured_address_adds_its_parts_on_site_only() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({ "structured_address": true })).await;
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    account.schedule(&id).await;
    let told = receiver.next().await.json();
    for (member, expected) in [
        ("address_1", json!("1 Main Street")),
        ("address_2", json!("Suite 2")),
        ("address_3", Value::Null),
        ("city", json!("Kansas City")),
        ("state", json!("MO")),
        ("country", json!("US")),
        ("postal_code", json!("64111")),
        ("location_address", json!("1 Main Street, Suite 2, Kansas City, Missouri, USA")),
    ] {
        assert_eq!(told[member], expected, "{member}");
    }
    assert!(!told.as_object().unwrap().contains_key("address_3"), "{told}");
    let id = create(&account, eligibility("C2", "HOME1")).await;
    account.schedule(&id).await;
    let told = members(&receiver.next().await);
    assert_eq!(told.last().map(String::as_str), Some("location_timezone"), "{told:?}");
}

#[actix_web::test]
async fn the_client_eligibility_id_is_echoed_to_the_letter() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    for (candidate, id) in [("1", "0007"), ("2", "a.B-c_D"), ("3", "1e5"), ("4", "A2345678901234567890")] {
        let mut body = eligibility(candidate, "EXAM1");
        body["client_eligibility_id"] = json!(id);
        let made = create(&account, body).await;
        account.schedule(&made).await;
        let told = receiver.next().await;
        assert_eq!(told.json()["client_eligibility_id"], id);
    }
}

#[actix_web::test]
async fn a_change_that_is_no_booking_tells_nothing() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    account.put("/candidates/C1/tests/EXAM1", eligibility("C1", "EXAM1")).await.expect(204);
    for action in ["block", "unblock"] {
        account.control(Method::POST, &format!("/eligibilities/{id}/{action}"), None).await.expect(200);
    }
    account.delete("/candidates/C1/tests/EXAM1").await.expect(204);
    assert_eq!(account.deliveries().await, [Value::Null; 0]);
}

#[actix_web::test]
async fn a_partner_that_cancels_or_finishes_a_booking_is_told_as_well() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    account.delete("/candidates/C1/tests/EXAM1").await.expect(204);
    let booking = account.booked("C2").await;
    let path = format!("/assessmentResultService/1.0.0/bookings/{}/results", text(&booking, "booking_code"));
    for score in ["80", "90"] {
        let request = server.request(Method::PUT, &path).bearer_auth(&account.token);
        let answer = crate::server::send(request.json(&json!({ "result": "PASS", "score": score }))).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    }
    receiver.take(4).await;
    // The second result replaces the first, and tells nothing.
    let told = texts(&account.deliveries().await, "change_reason");
    assert_eq!(told, ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_CREATED", "EXAM_COMPLETED"]);
}
