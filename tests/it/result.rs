//! Results from test drivers: by booking, by eligibility, by candidate, and as `RPNow` sends them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, send};

fn given() -> Value {
    json!({ "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true } })
}

async fn put_at(account: &Account<'_>, path: &str, body: &Value) -> Answer {
    send(account.server.request(Method::PUT, path).bearer_auth(&account.token).json(body)).await
}

async fn put(account: &Account<'_>, code: &str, body: &Value) -> Answer {
    put_at(account, &format!("/assessmentResultService/1.0.0/bookings/{code}/results"), body).await
}

/// A booked candidate; gives the booking's code.
async fn booked(account: &Account<'_>, candidate: &str) -> String {
    let id = account.eligible(candidate, "EXAM1").await;
    account.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned()
}

async fn booking(account: &Account<'_>, code: &str) -> Value {
    account.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200)
}

async fn completions(account: &Account<'_>) -> usize {
    let told = account.control(Method::GET, "/deliveries?change_reason=EXAM_COMPLETED", None).await.expect(200);
    told["items"].as_array().expect("items").len()
}

#[actix_web::test]
async fn a_result_finishes_the_exam_at_the_root_the_canonical_and_the_second_generation_path() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (number, service) in ["", "/assessmentResultService/1.0.0", "/assessmentResultService/2.0.0"].iter().enumerate()
    {
        let candidate = format!("C{number}");
        let code = booked(&account, &candidate).await;
        let answer = put_at(
            &account,
            &format!("{service}/bookings/{code}/results"),
            &json!({ "result": "PASS", "score": "90" }),
        )
        .await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{service}");
        assert_eq!(account.get(&format!("/candidates/{candidate}")).await.expect(200)[0]["status"], "CSS5");
        let done = booking(&account, &code).await;
        assert_eq!(done["state"], "COMPLETED");
        assert_eq!(done["result"], json!({ "result": "PASS", "score": "90", "received": "2026-03-01T09:00:00.000Z" }));
        assert_eq!(completions(&account).await, number + 1);
    }
}

#[actix_web::test]
async fn a_score_is_taken_as_a_string_and_as_a_number() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let code = booked(&account, "C1").await;
    for (sent, kept) in [
        (json!("90"), "90"),
        (json!(90), "90"),
        (json!(87.5), "87.5"),
        (json!(0), "0"),
        (json!(-1), "-1"),
        (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
        (json!("87.50"), "87.50"),
        (json!("87,5 %"), "87,5 %"),
        (json!("Distinction"), "Distinction"),
    ] {
        put(&account, &code, &json!({ "result": "PASS", "score": sent })).await.expect(200);
        assert_eq!(booking(&account, &code).await["result"]["score"], kept, "{sent}");
    }
}

#[actix_web::test]
async fn pass_fail_and_na_are_taken_and_the_last_one_stands() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let code = booked(&account, "C1").await;
    for (minute, result) in ["PASS", "FAIL", "NA", "PASS"].into_iter().enumerate() {
        let instant = format!("2026-03-01T09:0{minute}:00.000Z");
        let set = json!({ "action": "set", "instant": instant });
        account.control(Method::PUT, "/clock", Some(set)).await.expect(200);
        let score = minute.to_string();
        put(&account, &code, &json!({ "result": result, "score": score })).await.expect(200);
        let kept = booking(&account, &code).await;
        assert_eq!(kept["result"], json!({ "result": result, "score": score, "received": instant }));
    }
    assert_eq!(completions(&account).await, 1);
}

#[actix_web::test]
async fn a_result_may_follow_an_exam_that_was_finished_without_one() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let code = booked(&account, "C1").await;
    assert_eq!(account.booking(&code, "complete").await.expect(200)["result"], json!(null));
    put(&account, &code, &json!({ "result": "FAIL", "score": 12 })).await.expect(200);
    assert_eq!(booking(&account, &code).await["result"]["result"], "FAIL");
    assert_eq!(completions(&account).await, 1);
}

#[actix_web::test]
async fn a_body_that_does_not_fit_is_refused_with_all_its_faults_and_finishes_nothing() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let code = booked(&account, "C1").await;
    let result = "result: expected PASS, FAIL or NA, got";
    let score = "score: expected a string or a number, got";
    for (body, expected) in [
        (json!({}), format!("{result} nothing; {score} nothing")),
        (json!({ "score": "90" }), format!("{result} nothing")),
        (json!({ "result": "PASS" }), format!("{score} nothing")),
        (json!({ "result": "NA" }), format!("{score} nothing")),
        (json!({ "result": "NA", "score": "" }), format!("{score} \"\"")),
        (json!({ "result": "NA", "score": null }), format!("{score} null")),
        (json!({ "result": "PASS", "score": [90] }), format!("{score} an array")),
        (json!({ "result": "PASS", "score": true }), format!("{score} the boolean true")),
        (json!({ "result": "pass", "score": 1 }), format!("{result} \"pass\"")),
        (json!({ "result": "PASSED", "score": 1 }), format!("{result} \"PASSED\"")),
        (json!({ "result": "", "score": 1 }), format!("{result} \"\"")),
        (json!({ "result": null, "score": 1 }), format!("{result} null")),
        (json!({ "result": 5, "score": {} }), format!("{result} the number 5; {score} an object")),
        (json!([]), "body: expected an object, got an array".to_owned()),
    ] {
        assert_eq!(put(&account, &code, &body).await.refused(400), expected, "{body}");
    }
    let kept = booking(&account, &code).await;
    assert_eq!((&kept["state"], &kept["result"]), (&json!("BOOKED"), &json!(null)));
    assert_eq!(completions(&account).await, 0);
}

#[actix_web::test]
async fn a_code_that_names_no_booking_of_the_account_is_400_and_never_500() {
    let server = Server::shared();
    let (account, other) = (server.account(given()).await, server.account(given()).await);
    let theirs = booked(&other, "C1").await;
    let moved = booked(&account, "C1").await;
    account.booking(&moved, "reschedule").await.expect(200);
    for code in ["None", "AAAAAAAA", "aaaaaaaa", "%20", "0", theirs.as_str(), moved.as_str()] {
        let answer = put(&account, code, &json!({ "result": "PASS", "score": "90" })).await;
        let shown = if code == "%20" { " " } else { code };
        assert_eq!(answer.refused(400), format!("No booking found for the given booking code {shown:?}."));
    }
    assert_eq!(booking(&other, &theirs).await["state"], "BOOKED");
}

#[actix_web::test]
async fn a_booking_that_was_not_taken_takes_no_result() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (action, state) in [("cancel", "CANCELLED"), ("absent", "ABSENT"), ("excuse", "EXCUSED")] {
        let code = booked(&account, action).await;
        account.booking(&code, action).await.expect(200);
        let before = booking(&account, &code).await;
        let answer = put(&account, &code, &json!({ "result": "PASS", "score": "90" })).await;
        assert_eq!(answer.refused(400), format!("cannot take a result for a booking in state {state}"));
        assert_eq!(booking(&account, &code).await, before);
    }
}

#[actix_web::test]
async fn staff_may_finish_an_exam_with_a_result_of_their_own() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (number, (body, kept)) in [
        (json!({}), json!(null)),
        (json!({ "result": "PASS", "score": 91.5 }), json!("91.5")),
        (json!({ "result": "FAIL", "score": "12" }), json!("12")),
    ]
    .into_iter()
    .enumerate()
    {
        let code = booked(&account, &format!("C{number}")).await;
        let path = format!("/bookings/{code}/complete");
        for (wrong, status) in [(json!({ "score": 1 }), 400), (json!({ "result": "MAYBE" }), 400), (json!([]), 400)] {
            let refused = account.control(Method::POST, &path, Some(wrong)).await;
            assert!(!refused.problem(status).is_empty());
        }
        assert_eq!(booking(&account, &code).await["state"], "BOOKED");
        let done = account.control(Method::POST, &path, Some(body)).await.expect(200);
        assert_eq!((&done["state"], &done["result"]["score"]), (&json!("COMPLETED"), &kept));
        assert_eq!(booking(&account, &code).await, done);
    }
}

/// Sends a body as it is written.
async fn raw(account: &Account<'_>, method: Method, path: &str, body: &str) -> Answer {
    let call = account.server.request(method, path).bearer_auth(&account.token);
    send(call.header("content-type", "application/json").body(body.to_owned())).await
}

#[actix_web::test]
async fn every_driver_sends_its_result_at_each_of_its_paths_and_the_same_again_tells_nobody() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let to = json!({ "url": "inbox:results", "format": "json" });
    account.control(Method::PUT, "/subscriptions/assessment_results", Some(to)).await.expect(200);
    let (root, one, two) = ("", "/assessmentResultService/1.0.0", "/assessmentResultService/2.0.0");
    let at = |base: &str| if base == two { base.to_owned() } else { format!("{base}/accounts/{}", account.code) };
    for (number, base) in [root, one, two].into_iter().enumerate() {
        let (client, candidate) = (format!("E-{number}"), format!("C{number}"));
        let mut body = crate::server::eligibility(&candidate, "EXAM1");
        body["client_eligibility_id"] = json!(client);
        let made = account.post("/candidates", body).await.expect(201);
        let id = made["psi_eligiblity_id"].as_str().expect("an identifier").to_owned();
        let code = account.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned();
        let data = format!(
            r#"{{ "candidate_id": "{candidate}", "result": "FAIL", "result_id": "R-1", "overall_score_pct": 41.20,
                 "category_scores": [{{ "category_name": "Law", "category_order": 1, "category_score_pct": 40.0 }}] }}"#
        );
        let rpnow = format!(r#"{{ "result": "PASS", "score": 87.50, "booking_code": "{code}" }}"#);
        for (calls, (method, path, body, kept)) in [
            (Method::PUT, format!("{}/{client}/results", at(base)), r#"{ "score": 1.0 }"#, "1.0"),
            (Method::PUT, at(base), data.as_str(), "41.20"),
            (Method::POST, format!("{base}/results/rpnow"), rpnow.as_str(), "87.50"),
        ]
        .into_iter()
        .enumerate()
        {
            for _again in 0..2 {
                let answer = raw(&account, method.clone(), &path, body).await;
                assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{method} {path}");
            }
            let fetched = account.server.request(Method::GET, &format!("{}/results/{code}", at(base)));
            let fetched = send(fetched.bearer_auth(&account.token)).await.expect(200);
            assert_eq!(fetched["score"], kept);
            assert_eq!(fetched["category_scores"][0]["category_score_pct"] == "40.0", calls == 1, "{fetched}");
            let told = account.items(&format!("/deliveries?service=assessment_results&booking_code={code}")).await;
            assert_eq!(told.len(), calls + 1);
        }
    }
}

#[actix_web::test]
async fn results_of_a_fixture_are_there_and_are_exported() {
    let server = Server::shared();
    let mut given = given();
    given["eligibilities"] = json!([
        { "client_eligibility_id": "E-1", "test_code": "EXAM1", "candidate": { "candidate_id": "C-1" } },
        { "client_eligibility_id": "E-2", "test_code": "EXAM1", "candidate": { "candidate_id": "C-2" } },
    ]);
    given["bookings"] = json!([{ "eligibility": "E-1", "booking_code": "AB12CD34" }, { "eligibility": "E-2" }]);
    given["results"] = json!([
        { "booking_code": "AB12CD34", "result": "PASS", "score": "87.50", "details": { "result_id": "R-1" } },
        { "eligibility": "E-2", "result": "FAIL", "score": 12 },
    ]);
    let account = server.account(given).await;
    assert_eq!(booking(&account, "AB12CD34").await["result"]["details"], json!({ "result_id": "R-1" }));
    assert!(account.items("/deliveries").await.is_empty());
    let exported = account.control(Method::GET, "/fixture", None).await.expect(200);
    let kept: Vec<_> =
        exported["bookings"].as_array().expect("bookings").iter().map(|one| &one["result"]["score"]).collect();
    assert_eq!(kept, ["87.50", "12"]);
    for (wrong, told) in [
        (
            json!({ "booking_code": "NOSUCH00", "result": "NA", "score": 1 }),
            "results[0].booking_code: expected the code",
        ),
        (
            json!({ "eligibility": "E-9", "result": "NA", "score": 1 }),
            "results[0].eligibility: expected the identifier",
        ),
        (json!({ "result": "NA", "score": 1 }), "results[0].booking_code: expected either"),
    ] {
        let refused =
            account.control(Method::POST, "/fixtures", Some(json!({ "results": [wrong] }))).await.problem(400);
        assert!(refused.starts_with(told), "{refused}");
    }
}
