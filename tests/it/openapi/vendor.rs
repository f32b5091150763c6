//! Examples of the vendor's services beside eligibilities and bookings: calls, and what they were answered.

use reqwest::Method;
use serde_json::{Value, json};

use super::Recorder;
use crate::server::{Account, send};

/// Makes the calls, and keeps them.
pub async fn record(account: &Account<'_>, recorder: &mut Recorder) {
    publications(account, recorder).await;
    sessions(account, recorder).await;
    drivers(account, recorder).await;
}

/// A test from its first draft to its end.
async fn publications(account: &Account<'_>, recorder: &mut Recorder) {
    let tests = format!("/testPublicationService/1.0.0/accounts/{}/tests", account.code);
    let call = |method, path: &str| account.server.request(method, path).bearer_auth(&account.token);
    let draft = json!({
        "test_name": "Land law", "portions": [{ "portion_code": "P1", "portion_name": "Statutes", "exam_length": 60 },
            { "portion_code": "P2", "portion_name": "Cases", "exam_length": 90 }],
        "delivery_modes": ["SITE_PROCTORED"], "price": "125.00", "currency": "USD", "max_attempts": 3,
    });
    recorder.keep("put_test", "request", draft.clone());
    let test = format!("{tests}/LAW1");
    recorder.answer("put_test", &send(call(Method::PUT, &test).json(&draft)).await, 201);
    let made = recorder.answer("publish_test", &send(call(Method::POST, &format!("{test}/publications"))).await, 202);
    let id = made["publication_id"].as_str().expect("an identifier");
    let path = format!("{test}/publications/{id}");
    recorder.answer("get_publication", &send(call(Method::GET, &path)).await, 200);
    recorder.answer("get_test_record", &send(call(Method::GET, &test)).await, 200);
    let listed = format!("{tests}?cursor=HOME1&limit=1");
    recorder.answer("list_test_records", &send(call(Method::GET, &listed)).await, 200);
    recorder.answer("retire_test", &send(call(Method::DELETE, &format!("{tests}/NONE"))).await, 400);
    send(call(Method::DELETE, &test)).await;
}

/// A proctored session from its beginning to its review.
async fn sessions(account: &Account<'_>, recorder: &mut Recorder) {
    let sessions = format!("/proctoringService/1.0.0/accounts/{}/proctoring/sessions", account.code);
    let call = |method, path: &str| account.server.request(method, path).bearer_auth(&account.token);
    let booking = account.booked("C-1003").await;
    let wanted = json!({
        "booking_code": booking["booking_code"], "exam_url": "https://exam.example/start", "duration": 90,
        "rules": { "calculator": true, "scratch_paper": false },
    });
    recorder.keep("create_session", "request", wanted.clone());
    let mut keep = |name: &str, status: &str, answer: Value| {
        let text = answer.to_string().replace(&account.server.url, "http://127.0.0.1:8080");
        recorder.keep(name, status, serde_json::from_str(&text).expect("JSON"));
    };
    let made = send(call(Method::POST, &sessions).json(&wanted)).await.expect(201);
    keep("create_session", "201", made.clone());
    let id = made["session_id"].as_str().expect("an identifier");
    let session = format!("{sessions}/{id}");
    account.control(Method::POST, &format!("/proctoring/sessions/{id}/check_in"), None).await.expect(200);
    keep("report_session_event", "request", json!({ "event": "started" }));
    for event in ["started", "submitted"] {
        let report = call(Method::POST, &format!("{session}/events")).json(&json!({ "event": event }));
        let reported = send(report).await.expect(201);
        if event == "started" {
            keep("report_session_event", "201", reported);
        }
    }
    keep("get_session", "200", send(call(Method::GET, &session)).await.expect(200));
    keep("list_sessions", "200", send(call(Method::GET, &format!("{sessions}?limit=1"))).await.expect(200));
    keep("cancel_session", "400", send(call(Method::DELETE, &session)).await.expect(400));
    let clean = json!({ "review_status": "CLEAN", "overall_comment": "Nothing to see." });
    account.control(Method::POST, &format!("/proctoring/sessions/{id}/review"), Some(clean)).await.expect(200);
    keep("get_session_results", "200", send(call(Method::GET, &format!("{session}/results"))).await.expect(200));
}

/// What the other test drivers send.
async fn drivers(account: &Account<'_>, recorder: &mut Recorder) {
    let service = format!("/assessmentResultService/1.0.0/accounts/{}", account.code);
    let of_eligibility = json!({ "result": "PASS", "score": 87.5 });
    let of_candidate = json!({
        "candidate_id": "C-9999",
        "category_scores": [{ "category_name": "Law", "category_order": "1", "category_score_pct": "82" }],
        "category_total_count": 1, "overall_score_label": "Scaled score", "overall_score_pct": 87.5,
        "overall_score_scaled": 512, "result": "PASS", "result_id": "R-1",
    });
    let by_rpnow = json!({ "result": "PASS", "score": "87", "booking_code": "NOSUCH00" });
    for (name, method, path, body) in [
        ("put_eligibility_result", Method::PUT, format!("{service}/E-9999/results"), of_eligibility),
        ("put_candidate_result", Method::PUT, service, of_candidate),
        ("post_rpnow_result", Method::POST, "/assessmentResultService/1.0.0/results/rpnow".to_owned(), by_rpnow),
    ] {
        let call = account.server.request(method, &path).bearer_auth(&account.token).json(&body);
        recorder.keep(name, "request", body);
        recorder.answer(name, &send(call).await, 400);
    }
}

/// What the Test Center service answers.
pub async fn record_centers(account: &Account<'_>, recorder: &mut Recorder) {
    let get = async |rest: &str| {
        let path = format!("/testCenterService/1.0.0/accounts/{}/test_centers{rest}", account.code);
        send(account.server.request(Method::GET, &path).bearer_auth(&account.token)).await
    };
    let near = get("?near=39.1,-94.6&radius=60&test_code=EXAM1").await;
    recorder.answer("search_test_centers", &near, 200);
    recorder.answer("search_test_centers", &get("?near=here").await, 400);
    recorder.answer("find_test_center", &get("/MKC7Q4TX").await, 200);
    recorder.answer("find_test_center", &get("/NOSUCH00").await, 404);
    let days = "/ATC2H9LB/availability?start_date=2026-03-07&end_date=2026-03-07&test_code=EXAM1";
    recorder.answer("get_availability", &get(days).await, 200);
}

/// A payment from its hold to its refund.
pub async fn record_payments(account: &Account<'_>, recorder: &mut Recorder) {
    let service = format!("/paymentService/1.0.0/accounts/{}", account.code);
    let call = |method: Method, path: &str| {
        account.server.request(method, &format!("{service}{path}")).bearer_auth(&account.token)
    };
    let id = account.eligible("C-1010", "EXAM1").await;
    let booking = account.schedule_as(&id, json!({ "on_hold": true })).await.expect(200);
    let code = booking["booking_code"].as_str().expect("a code");
    let price = json!({
        "booking_code": code, "amount": "100.00", "currency": "USD", "method": "CARD", "voucher_codes": ["SPRING25"],
        "capture": "manual",
    });
    recorder.keep("create_payment", "request", price.clone());
    let made = recorder.answer("create_payment", &send(call(Method::POST, "/payments").json(&price)).await, 201);
    recorder.answer("create_payment", &send(call(Method::POST, "/payments").json(&price)).await, 400);
    let one = format!("/payments/{}", made["payment_id"].as_str().expect("an identifier"));
    recorder.answer("capture_payment", &send(call(Method::POST, &format!("{one}/capture"))).await, 200);
    recorder.keep("create_refund", "request", json!({ "amount": "25.00" }));
    let refunds = format!("{one}/refunds");
    let part = json!({ "amount": "25.00" });
    recorder.answer("create_refund", &send(call(Method::POST, &refunds).json(&part)).await, 201);
    recorder.answer("get_payment", &send(call(Method::GET, &one)).await, 200);
    recorder.answer("get_payment", &send(call(Method::GET, "/payments/NOSUCH00")).await, 404);
    let list = format!("/bookings/{code}/payments");
    recorder.answer("list_booking_payments", &send(call(Method::GET, &list)).await, 200);
}
