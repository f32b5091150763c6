//! The Payment service over HTTP: hold, pay, capture, decline, expire, refund, and keys that make a call once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::text;
use crate::server::{Account, Answer, Server, eligibility, send};

/// An account that stands still, with a voucher of ten per cent.
fn given() -> Value {
    json!({
        "catalog": {
            "tests": [{ "test_code": "EXAM1" }], "vouchers": [{ "voucher_code": "TEN", "discount": "10" }],
        },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    })
}

async fn call(account: &Account<'_>, method: Method, rest: &str, key: &str, body: Option<Value>) -> Answer {
    let path = format!("/paymentService/1.0.0/accounts/{}{rest}", account.code);
    let mut request = account.server.request(method, &path).bearer_auth(&account.token);
    if !key.is_empty() {
        request = request.header("Idempotency-Key", key);
    }
    send(if let Some(body) = body { request.json(&body) } else { request }).await
}

/// A booking of a candidate on hold: its code.
async fn held(account: &Account<'_>, candidate_id: &str, vouchers: Value) -> String {
    let mut body = eligibility(candidate_id, "EXAM1");
    body["voucher_codes"] = vouchers;
    let id = text(&account.post("/candidates", body).await.expect(201), "psi_eligiblity_id").to_owned();
    let booking = account.schedule_as(&id, json!({ "on_hold": true })).await.expect(200);
    text(&booking, "booking_code").to_owned()
}

fn price(code: &str, amount: &str) -> Value {
    json!({ "booking_code": code, "amount": amount, "currency": "USD", "method": "CARD" })
}

async fn pay(account: &Account<'_>, code: &str, amount: &str) -> Value {
    call(account, Method::POST, "/payments", "", Some(price(code, amount))).await.expect(201)
}

async fn booking(account: &Account<'_>, code: &str) -> String {
    text(&account.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200), "state").to_owned()
}

/// Which notifications the account has, by what happened.
async fn reasons(account: &Account<'_>) -> Vec<String> {
    let rows = account.items("/deliveries").await;
    rows.iter().map(|row| text(row, "change_reason").to_owned()).collect()
}

#[actix_web::test]
async fn a_captured_payment_confirms_the_booking_with_its_discount_and_is_refunded() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.subscribe("inbox:payment", json!({})).await;
    let code = held(&account, "C1", json!(["TEN"])).await;
    assert!(reasons(&account).await.is_empty(), "nobody is told of a hold");
    let made = call(&account, Method::POST, "/payments", "", Some(price(&code, "100.00"))).await;
    let id = text(&made.expect(201), "payment_id").to_owned();
    let told = made.told().replace(&id, "PAYMENT1").replace(&code, "BOOKING1");
    insta::assert_snapshot!(told, @r#"
    201 application/json
    {
      "payment_id": "PAYMENT1",
      "booking_code": "BOOKING1",
      "status": "CAPTURED",
      "amount": "100.00",
      "currency": "USD",
      "discount": "10.00",
      "amount_due": "90.00",
      "amount_paid": "90.00",
      "amount_refunded": "0.00",
      "method": "CARD",
      "voucher_codes": [
        "TEN"
      ],
      "refunds": [],
      "created_datetime": "2026-03-01T12:00:00Z"
    }
    "#);
    assert_eq!(
        (booking(&account, &code).await, reasons(&account).await),
        ("BOOKED".into(), vec!["BOOKING_CREATED".into()])
    );
    let voucher = account.control(Method::GET, "/vouchers/TEN", None).await.expect(200);
    assert_eq!(voucher["redemptions"], 1);
    let again = call(&account, Method::POST, "/payments", "", Some(price(&code, "100.00"))).await.refused(400);
    assert_eq!(again, "cannot pay for a booking in state BOOKED");

    let refunds = format!("/payments/{id}/refunds");
    let part = call(&account, Method::POST, &refunds, "", Some(json!({ "amount": "40" }))).await.expect(201);
    assert_eq!((&part["status"], &part["amount_refunded"]), (&json!("CAPTURED"), &json!("40.00")));
    let told = call(&account, Method::POST, &refunds, "", Some(json!({ "amount": "50.01" }))).await.refused(400);
    assert_eq!(told, "amount: expected above 0 and at most 50.00, which is left, got 50.01");
    let rest = call(&account, Method::POST, &refunds, "", Some(json!({}))).await.expect(201);
    assert_eq!((&rest["status"], rest["refunds"].as_array().map(Vec::len)), (&json!("REFUNDED"), Some(2)));
    assert_eq!(booking(&account, &code).await, "BOOKED", "money given back cancels no booking");
    let path = format!("/paymentService/2.0.0/bookings/{code}/payments");
    let listed = send(server.request(Method::GET, &path).bearer_auth(&account.token)).await.expect(200);
    assert_eq!(listed, json!({ "items": [rest], "next_cursor": null }));
}

#[actix_web::test]
async fn a_manual_payment_waits_for_its_capture() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let code = held(&account, "C1", json!([])).await;
    let mut body = price(&code, "55.50");
    body["capture"] = json!("manual");
    let made = call(&account, Method::POST, "/payments", "", Some(body)).await.expect(201);
    assert_eq!((&made["status"], &made["amount_paid"]), (&json!("AUTHORIZED"), &json!("0.00")));
    assert_eq!(booking(&account, &code).await, "ON_HOLD");
    let id = text(&made, "payment_id");
    let captured = call(&account, Method::POST, &format!("/payments/{id}/capture"), "", None).await.expect(200);
    assert_eq!((&captured["status"], &captured["amount_paid"]), (&json!("CAPTURED"), &json!("55.50")));
    assert_eq!(booking(&account, &code).await, "BOOKED");
    let seen = account.wait(&format!("for=payment&status=CAPTURED&booking_code={code}")).await;
    assert_eq!(seen, captured);
    assert_eq!(call(&account, Method::GET, &format!("/payments/{id}"), "", None).await.expect(200), captured);
    let told = call(&account, Method::POST, &format!("/payments/{id}/capture"), "", None).await.refused(400);
    assert_eq!(told, format!("cannot capture payment {id} in status CAPTURED"));
}

#[actix_web::test]
async fn magic_amounts_decline_wait_and_expire() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let [declined, pending, expiring, decided, refused] = [
        held(&account, "C1", json!([])).await,
        held(&account, "C2", json!([])).await,
        held(&account, "C3", json!([])).await,
        held(&account, "C4", json!([])).await,
        held(&account, "C5", json!([])).await,
    ];
    for (code, amount, status, stands) in [
        (&declined, "10.02", "DECLINED", "RELEASED"),
        (&pending, "10.03", "PENDING", "ON_HOLD"),
        (&expiring, "10.04", "PENDING", "ON_HOLD"),
        (&decided, "20.03", "PENDING", "ON_HOLD"),
        (&refused, "30.03", "PENDING", "ON_HOLD"),
    ] {
        assert_eq!(text(&pay(&account, code, amount).await, "status"), status, "{amount}");
        assert_eq!(booking(&account, code).await, stands, "{amount}");
    }
    // The payment provider answers: the control API plays it.
    for (code, verb, status, stands) in
        [(&decided, "capture", "CAPTURED", "BOOKED"), (&refused, "decline", "DECLINED", "RELEASED")]
    {
        let found = account.items(&format!("/payments?booking_code={code}")).await;
        let path = format!("/payments/{}", text(&found[0], "payment_id"));
        let done = account.control(Method::POST, &format!("{path}/{verb}"), None).await.expect(200);
        assert_eq!((text(&done, "status"), booking(&account, code).await.as_str()), (status, stands));
        assert_eq!(account.control(Method::GET, &path, None).await.expect(200), done);
        account.control(Method::POST, &format!("{path}/{verb}"), None).await.problem(409);
    }
    account.clock(json!({ "action": "advance", "duration": "15m" })).await.expect(200);
    for (code, status) in [(&pending, "PENDING"), (&expiring, "EXPIRED")] {
        let found = account.items(&format!("/payments?status={status}")).await;
        assert_eq!((found.len(), text(&found[0], "booking_code")), (1, code.as_str()));
        assert_eq!(booking(&account, code).await, "RELEASED", "{status}");
        let told = call(&account, Method::POST, "/payments", "", Some(price(code, "10.00"))).await.refused(400);
        assert_eq!(told, "cannot pay for a booking in state RELEASED");
    }
}

#[actix_web::test]
async fn the_same_idempotency_key_pays_once() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let code = held(&account, "C1", json!([])).await;
    let body = || Some(price(&code, "10.00"));
    let asked = (0..6).map(|_| call(&account, Method::POST, "/payments", "key-1", body()));
    let answers = futures_util::future::join_all(asked).await;
    let first = &answers[0];
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.text == first.text), "{answers:?}");
    assert_eq!(account.items("/payments").await.len(), 1);
    let told = call(&account, Method::POST, "/payments", "key-1", Some(price(&code, "11.00"))).await.refused(400);
    assert_eq!(told, "Idempotency-Key: \"key-1\" came with another request before");
    let refunds = format!("/payments/{}/refunds", text(&first.json(), "payment_id"));
    for _again in 0..2 {
        let part = call(&account, Method::POST, &refunds, "key-2", Some(json!({ "amount": "4.00" }))).await.expect(201);
        assert_eq!(part["amount_refunded"], "4.00");
    }
    let told = call(&account, Method::POST, &refunds, "key-1", Some(json!({}))).await.refused(400);
    assert_eq!(told, "Idempotency-Key: \"key-1\" came with another request before");
    // Another account's key is another key.
    let other = server.account(given()).await;
    let theirs = held(&other, "C1", json!([])).await;
    call(&other, Method::POST, "/payments", "key-1", Some(price(&theirs, "10.00"))).await.expect(201);
}

#[actix_web::test]
async fn payments_of_a_document_stand_as_given_and_are_exported_alike() {
    let server = Server::shared();
    let mut document = given();
    document["eligibilities"] = json!([
        { "test_code": "EXAM1", "client_eligibility_id": "E1", "candidate": { "candidate_id": "C1" } },
        { "test_code": "EXAM1", "client_eligibility_id": "E2", "candidate": { "candidate_id": "C2" } },
    ]);
    document["bookings"] = json!([
        { "eligibility": "E1", "booking_code": "BOOK0001", "voucher_codes": ["TEN"] },
        { "eligibility": "E2", "booking_code": "BOOK0002", "state": "ON_HOLD" },
    ]);
    document["payments"] = json!([
        { "booking_code": "BOOK0001", "amount": "100.00", "currency": "USD", "voucher_codes": ["TEN"], "discount": "10.00" },
        { "booking_code": "BOOK0002", "amount": "25.00", "currency": "EUR", "status": "AUTHORIZED", "payment_id": "PAYM0002" },
    ]);
    let account = server.account(document.clone()).await;
    let payments = account.items("/payments").await;
    let told: Vec<_> = payments.iter().map(|one| (text(one, "status"), text(one, "amount_paid"))).collect();
    assert_eq!(told, [("CAPTURED", "90.00"), ("AUTHORIZED", "0.00")]);
    let counts = account.control(Method::POST, "/fixtures", Some(document)).await.expect(200);
    assert_eq!((&counts["payments"], account.items("/payments").await), (&json!(2), payments.clone()), "loaded again");
    let mut exported = account.control(Method::GET, "/fixture?secrets=true", None).await.expect(200);
    exported["account"] = json!({});
    let again = server.account(exported).await;
    assert_eq!(again.items("/payments").await, payments);
    let captured = call(&again, Method::POST, "/payments/PAYM0002/capture", "", None).await.expect(200);
    assert_eq!((&captured["status"], booking(&again, "BOOK0002").await.as_str()), (&json!("CAPTURED"), "BOOKED"));
    for (payment, told) in [
        (
            json!({ "booking_code": "NONE", "amount": "1", "currency": "USD" }),
            "payments[0].booking_code: expected one of",
        ),
        (
            json!({ "booking_code": "BOOK0001", "amount": "1.005", "currency": "USD" }),
            "payments[0].amount: expected at most 2",
        ),
        (
            json!({ "booking_code": "BOOK0001", "amount": "1", "currency": "USD", "discount": "2" }),
            "payments[0].discount: ",
        ),
        (
            json!({ "booking_code": "BOOK0001", "amount": "1", "currency": "USD", "refunds": [{ "amount": "2" }] }),
            "payments[0].refunds: ",
        ),
    ] {
        let answer = account.control(Method::POST, "/fixtures", Some(json!({ "payments": [payment] }))).await;
        assert!(answer.problem(400).starts_with(told), "{}", answer.text);
    }
}
