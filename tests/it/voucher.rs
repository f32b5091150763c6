//! The Voucher service over HTTP: batches and pages, both generations, attachment, redemption under races.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::text;
use crate::server::{Account, Answer, Server, eligibility, send};

const NOW: &str = "2026-03-01T12:00:00Z";

/// An account that stands still, with one test and no vouchers.
fn given() -> Value {
    json!({
        "catalog": { "tests": [{ "test_code": "EXAM1" }, { "test_code": "EXAM2" }], "vouchers": [] },
        "clock": { "instant": NOW, "frozen": true },
    })
}

/// A call of the service, in its first generation.
async fn call(account: &Account<'_>, method: Method, rest: &str, body: Option<Value>) -> Answer {
    let path = format!("/voucherService/1.0.0/accounts/{}/vouchers{rest}", account.code);
    send(request(account, method, &path, body)).await
}

fn request(account: &Account<'_>, method: Method, path: &str, body: Option<Value>) -> reqwest::RequestBuilder {
    let request = account.server.request(method, path).bearer_auth(&account.token).header("accept", "application/json");
    if let Some(body) = body { request.json(&body) } else { request }
}

/// Makes a voucher of ten per cent with this code.
async fn ten_percent(account: &Account<'_>, code: &str, more: Value) -> Value {
    let mut body = json!({ "voucher_code": code, "discount_type": "PERCENT", "discount": "10" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    call(account, Method::POST, "", Some(body)).await.expect(201)
}

/// An eligibility with vouchers; its identifier.
async fn eligible(account: &Account<'_>, candidate_id: &str, codes: Value) -> String {
    let mut body = eligibility(candidate_id, "EXAM1");
    body["voucher_codes"] = codes;
    text(&account.post("/candidates", body).await.expect(201), "psi_eligiblity_id").to_owned()
}

async fn redemptions(account: &Account<'_>, code: &str) -> (u64, String) {
    let voucher = call(account, Method::GET, &format!("/{code}"), None).await.expect(200);
    (voucher["redemptions"].as_u64().expect("a number"), text(&voucher, "status").to_owned())
}

#[actix_web::test]
async fn a_voucher_is_made_shown_extended_disabled_and_deleted() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let made = call(
        &account,
        Method::POST,
        "",
        Some(json!({
            "voucher_code": "FLAT25", "discount_type": "AMOUNT", "discount": "25.00", "currency": "USD",
            "max_redemptions": 2, "valid_until": "2026-04-01", "test_codes": ["EXAM1"],
        })),
    )
    .await;
    insta::assert_snapshot!(made.told(), @r#"
    201 application/json
    {
      "voucher_code": "FLAT25",
      "discount_type": "AMOUNT",
      "discount": "25.00",
      "currency": "USD",
      "max_redemptions": 2,
      "redemptions": 0,
      "valid_from": null,
      "valid_until": "2026-04-01T00:00:00Z",
      "test_codes": [
        "EXAM1"
      ],
      "status": "ACTIVE"
    }
    "#);
    assert_eq!(call(&account, Method::GET, "/FLAT25", None).await.expect(200), made.json());
    let staff = account.control(Method::GET, "/vouchers/FLAT25", None).await.expect(200);
    assert_eq!(staff, made.json(), "staff see the same");
    account.clock(json!({ "action": "set", "instant": "2026-04-02T00:00:00Z" })).await.expect(200);
    assert_eq!(redemptions(&account, "FLAT25").await, (0, "EXPIRED".to_owned()));
    for (change, status) in [
        (json!({ "valid_until": "2026-05-01T00:00:00Z" }), "ACTIVE"),
        (json!({ "status": "DISABLED" }), "DISABLED"),
        (json!({ "status": "ACTIVE", "max_redemptions": 9 }), "ACTIVE"),
    ] {
        let changed = call(&account, Method::PATCH, "/FLAT25", Some(change)).await;
        assert_eq!((changed.status, changed.text.as_str()), (204, ""));
        assert_eq!(redemptions(&account, "FLAT25").await.1, status);
    }
    call(&account, Method::DELETE, "/FLAT25", None).await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        let told = call(&account, method, "/FLAT25", None).await.refused(404);
        assert_eq!(told, "there is no voucher \"FLAT25\"");
    }
}

#[actix_web::test]
async fn a_batch_is_listed_page_by_page_in_both_generations() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let batch = json!({ "count": 120, "prefix": "SPRING", "discount_type": "PERCENT", "discount": "12.5" });
    let made = call(&account, Method::POST, "", Some(batch)).await.expect(201);
    let codes: BTreeSet<_> =
        made["items"].as_array().expect("a list").iter().map(|one| text(one, "voucher_code").to_owned()).collect();
    assert_eq!(codes.len(), 120);
    for code in &codes {
        assert!(code.starts_with("SPRING-") && !code[7..].contains(['0', 'O', '1', 'I']), "{code}");
    }
    let lists = [
        format!("/voucherService/1.0.0/accounts/{}/vouchers", account.code),
        "/voucherService/2.0.0/vouchers".to_owned(),
    ];
    for list in lists {
        let (mut listed, mut query, mut pages) = (Vec::new(), String::new(), Vec::new());
        loop {
            let page = send(request(&account, Method::GET, &format!("{list}{query}"), None)).await.expect(200);
            let items = page["items"].as_array().expect("a list");
            pages.push(items.len());
            listed.extend(items.iter().map(|one| text(one, "voucher_code").to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("?cursor={cursor}");
            // What goes and comes between two pages moves no other voucher.
            if pages.len() == 1 {
                let first = format!("/{}", listed[0]);
                call(&account, Method::DELETE, &first, None).await.expect(204);
                ten_percent(&account, &listed[0], json!({})).await;
            }
        }
        assert_eq!(pages, [50, 50, 20], "{list}");
        assert!(listed.iter().eq(&codes), "{list}: in order, each once");
        for limit in ["0", "501", "x"] {
            let path = format!("{list}?limit={limit}");
            let told = send(request(&account, Method::GET, &path, None)).await.refused(400);
            assert!(told.contains("limit") || limit == "x", "{told}");
        }
    }
}

#[actix_web::test]
async fn a_voucher_is_redeemed_with_the_booking_and_given_back_with_its_end() {
    let server = Server::shared();
    let account = server.account(given()).await;
    ten_percent(&account, "SAVE10", json!({ "max_redemptions": 1 })).await;
    let first = eligible(&account, "C1", json!(["SAVE10", "SAVE10"])).await;
    assert_eq!(redemptions(&account, "SAVE10").await.0, 0, "attached, not redeemed");
    let second = eligible(&account, "C2", json!(["SAVE10"])).await;
    let booking = account.schedule(&first).await;
    assert_eq!(booking["voucher_codes"], json!(["SAVE10"]));
    assert_eq!(redemptions(&account, "SAVE10").await, (1, "EXHAUSTED".to_owned()));
    let told = account.schedule_as(&second, json!({})).await.problem(409);
    assert_eq!(told, "voucher_codes: \"SAVE10\" is EXHAUSTED");
    let mut third = eligibility("C3", "EXAM1");
    third["voucher_codes"] = json!(["SAVE10"]);
    assert_eq!(account.post("/candidates", third).await.refused(400), "voucher_codes: \"SAVE10\" is EXHAUSTED");

    // It goes along with a booking that is moved, and comes back with one that is cancelled.
    let moved = account.booking_as(text(&booking, "booking_code"), "reschedule", json!({})).await.expect(200);
    assert_eq!(redemptions(&account, "SAVE10").await.0, 1);
    account.booking(text(&moved, "booking_code"), "cancel").await.expect(200);
    assert_eq!(redemptions(&account, "SAVE10").await, (0, "ACTIVE".to_owned()));
    account.schedule(&second).await;
    assert_eq!(redemptions(&account, "SAVE10").await.0, 1);

    // What is attached already stays accepted, though nothing of it is left.
    let mut again = eligibility("C1", "EXAM1");
    again["voucher_codes"] = json!(["SAVE10"]);
    account.put("/candidates/C1/tests/EXAM1", again).await.expect(204);
    let told = account.schedule_as(&first, json!({})).await.problem(409);
    assert_eq!(told, "voucher_codes: \"SAVE10\" is EXHAUSTED");
    account.put("/candidates/C1/tests/EXAM1/vouchers", json!([])).await.expect(204);
    assert_eq!(account.schedule(&first).await["voucher_codes"], json!([]));
    let told = call(&account, Method::DELETE, "/SAVE10", None).await.refused(400);
    assert_eq!(told, "voucher \"SAVE10\" is attached to an eligibility: disable it instead");
}

#[actix_web::test]
async fn of_bookings_that_race_for_the_last_redemption_one_wins() {
    let server = Server::shared();
    let account = server.account(given()).await;
    ten_percent(&account, "LAST", json!({ "max_redemptions": 1 })).await;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(eligible(&account, &format!("C{number}"), json!(["LAST"])).await);
    }
    let booked = futures_util::future::join_all(ids.iter().map(|id| account.schedule_as(id, json!({})))).await;
    let mut statuses: Vec<_> = booked.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(redemptions(&account, "LAST").await, (1, "EXHAUSTED".to_owned()));
    assert_eq!(account.items("/bookings").await.len(), 1);
}

#[actix_web::test]
async fn what_eligibility_attaches_is_checked_against_the_vouchers() {
    let server = Server::shared();
    let account = server.account(given()).await;
    ten_percent(&account, "OPEN", json!({})).await;
    ten_percent(&account, "OTHER", json!({ "test_codes": ["EXAM2"] })).await;
    ten_percent(&account, "SOON", json!({ "valid_from": "2026-03-10T00:00:00Z" })).await;
    ten_percent(&account, "GONE", json!({})).await;
    call(&account, Method::PATCH, "/GONE", Some(json!({ "status": "DISABLED" }))).await.expect(204);
    let id = eligible(&account, "C1", json!([])).await;
    let attach = async |codes: Value| account.put("/candidates/C1/tests/EXAM1/vouchers", codes).await;
    for (code, told) in [
        ("OTHER", "voucher_codes: \"OTHER\" is not for test \"EXAM1\""),
        ("GONE", "voucher_codes: \"GONE\" is DISABLED"),
        ("NONE", "voucher_codes: \"NONE\" is not set up for this account"),
    ] {
        assert_eq!(attach(json!(["OPEN", code])).await.refused(400), told);
    }
    attach(json!(["SOON"])).await.expect(204);
    let told = account.schedule_as(&id, json!({})).await.problem(409);
    assert_eq!(told, "voucher_codes: \"SOON\" is not valid before 2026-03-10T00:00:00Z");
    account.clock(json!({ "action": "set", "instant": "2026-03-10T00:00:00Z" })).await.expect(200);
    assert_eq!(account.schedule(&id).await["voucher_codes"], json!(["SOON"]));
}

#[actix_web::test]
async fn an_exported_account_has_its_vouchers_and_redemptions_again() {
    let server = Server::shared();
    let mut document = given();
    document["catalog"]["vouchers"] = json!([
        { "voucher_code": "SAVE10", "discount": "10", "max_redemptions": 5, "earlier_redemptions": 2 },
        { "voucher_code": "OFF", "disabled": true },
    ]);
    document["eligibilities"] = json!([
        { "test_code": "EXAM1", "client_eligibility_id": "E1", "voucher_codes": ["SAVE10"], "candidate": { "candidate_id": "C1" } },
        { "test_code": "EXAM1", "client_eligibility_id": "E2", "voucher_codes": ["SAVE10"], "candidate": { "candidate_id": "C2" } },
    ]);
    document["bookings"] = json!([{ "eligibility": "E1" }, { "eligibility": "E2", "voucher_codes": [] }]);
    let account = server.account(document).await;
    assert_eq!(redemptions(&account, "SAVE10").await, (3, "ACTIVE".to_owned()));
    assert_eq!(redemptions(&account, "OFF").await, (0, "DISABLED".to_owned()));
    let mut exported = account.control(Method::GET, "/fixture?secrets=true", None).await.expect(200);
    exported["account"] = json!({});
    let again = server.account(exported).await;
    for path in ["/vouchers", "/bookings"] {
        assert_eq!(again.items(path).await, account.items(path).await, "{path}");
    }
    for (voucher, told) in [
        (
            json!({ "voucher_code": "V", "discount": "101" }),
            "catalog.vouchers[0].discount: expected at most 100 per cent",
        ),
        (json!({ "voucher_code": "V", "discount": "ten" }), "catalog.vouchers[0].discount: expected a decimal string"),
        (json!({ "voucher_code": "V", "currency": "XYZ" }), "catalog.vouchers[0].currency: expected a currency code"),
    ] {
        let wrong = json!({ "catalog": { "vouchers": [voucher] } });
        let answer = account.control(Method::POST, "/fixtures", Some(wrong)).await.problem(400);
        assert!(answer.starts_with(told), "{answer}");
    }
}
