//! testLaunchInfo, and the page it leads to, where a person or a script finishes the test.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all_of, given, record};
use crate::action::text;
use crate::server::{Account, Answer, Server, send};

async fn info(account: &Account<'_>, code: &str) -> Answer {
    let path = format!("/eligibilityService/1.0.0/eligibilities/{code}/testLaunchInfo");
    send(account.server.request(Method::GET, &path).bearer_auth(&account.token)).await
}

async fn finish(account: &Account<'_>, url: &str, form: &[(&str, &str)]) -> Answer {
    send(account.server.client.post(url).form(form)).await
}

/// A scheduled record: its identifier, its booking, its launch URL.
async fn scheduled(account: &Account<'_>) -> (String, Value, String) {
    let (id, _) = super::status::reach(account, "CSS1").await;
    let bookings = account.control(Method::GET, "/bookings", None).await.expect(200);
    let url = info(account, &id).await.expect(200)["launch_url"].as_str().expect("a URL").to_owned();
    (id, bookings["items"][0].clone(), url)
}

#[actix_web::test]
async fn the_launch_info_names_the_page_the_record_and_the_time_around_the_start() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "ONE").await;
    let at = json!({ "booking_on": "2026-03-05T15:00:00Z" });
    let booking = account.control(Method::POST, &format!("/eligibilities/{id}/schedule"), Some(at)).await.expect(200);
    let answer = info(&account, &id).await;
    let page = format!("{}/_sandbox/launch/{}/{}", server.url, account.code, text(&booking, "booking_code"));
    let told = answer.told().replace(&page, "PAGE").replace(&id, "ELIGIBILITY");
    insta::assert_snapshot!(told, @r#"
    200 application/json
    {
      "launch_url": "PAGE",
      "psi_eligibility_code": "ELIGIBILITY",
      "test_code": "ONE",
      "valid_from": "2026-03-05T14:30:00Z",
      "valid_until": "2026-03-05T15:15:00Z"
    }
    "#);
    let settings = json!({ "launch_opens": "1h", "launch_closes": "1d" });
    account.control(Method::PATCH, "/settings", Some(settings)).await.expect(200);
    let told = info(&account, &id).await.expect(200);
    assert_eq!([&told["valid_from"], &told["valid_until"]], ["2026-03-05T14:00:00Z", "2026-03-06T15:00:00Z"]);
}

#[actix_web::test]
async fn only_a_scheduled_record_of_the_caller_s_account_can_be_launched() {
    let server = Server::shared();
    for status in ["REG01", "REG02", "REG03", "CSS2", "CSS5", "CSS8", "CSS9"] {
        let account = server.account(given()).await;
        let (id, _) = super::status::reach(&account, status).await;
        assert_eq!(
            info(&account, &id).await.refused(400),
            format!("the eligibility is in status {status}; a test can be launched in CSS1 only")
        );
    }
    let (account, other) = (server.account(given()).await, server.account(given()).await);
    let (theirs, _) = super::status::reach(&other, "CSS1").await;
    for code in [theirs.as_str(), "AAAAAAAA", "aaaaaaaa", "short"] {
        assert_eq!(
            info(&account, code).await.refused(400),
            "Unable to get the account and test details for the given accountCode/testCode."
        );
    }
}

#[actix_web::test]
async fn the_page_shows_the_test_and_finishes_it_with_a_result() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (id, booking, url) = scheduled(&account).await;
    let code = booking["booking_code"].as_str().expect("a code");
    let page = send(server.client.get(&url)).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for part in [code, "PENDING", "C1", "BOOKED", "<form method=post>"] {
        assert!(page.text.contains(part), "no {part} in {}", page.text);
    }
    let done = finish(&account, &url, &[("result", "FAIL"), ("score", "41.5")]).await;
    assert_eq!((done.status, done.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(done.text.contains("The test is finished."), "{}", done.text);
    assert_eq!(record(&account, &id).await["status"], "CSS5");
    let kept = account.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200);
    assert_eq!(kept["state"], "COMPLETED");
    assert_eq!(kept["result"], json!({ "result": "FAIL", "score": "41.5", "received": "2026-03-01T09:00:00.000Z" }));
    let told = account.control(Method::GET, "/deliveries?change_reason=EXAM_COMPLETED", None).await.expect(200);
    assert_eq!(told["items"][0]["booking_code"], code);
    let after = send(server.client.get(&url)).await;
    assert!(after.text.contains("COMPLETED") && !after.text.contains("<form"), "{}", after.text);
}

#[actix_web::test]
async fn a_finished_test_is_not_finished_again_and_a_wrong_result_finishes_nothing() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (_, _, url) = scheduled(&account).await;
    let before = all_of(&account).await;
    for form in [&[("result", "MAYBE"), ("score", "1")][..], &[("score", "1")], &[]] {
        assert_eq!(finish(&account, &url, form).await.problem(400), "result: expected PASS, FAIL or NA");
    }
    assert_eq!(all_of(&account).await, before);
    assert_eq!(finish(&account, &url, &[("result", "PASS"), ("score", "80")]).await.status, 200);
    let before = all_of(&account).await;
    let again = finish(&account, &url, &[("result", "FAIL"), ("score", "0")]).await;
    assert_eq!(again.problem(409), "cannot complete a booking in state COMPLETED");
    assert_eq!(all_of(&account).await, before);
}

#[actix_web::test]
async fn the_page_of_an_unknown_booking_is_404_and_what_is_shown_is_escaped() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for path in [format!("{}/AAAAAAAA", account.code), format!("{}/x", account.code), "NOBODY/AAAAAAAA".to_owned()] {
        let answer = send(server.request(Method::GET, &format!("/_sandbox/launch/{path}"))).await;
        assert!(answer.problem(404).starts_with("there is no "), "{}", answer.text);
    }
    let id = account.eligible("<b>&\"'", "ONE").await;
    let booking = account.schedule(&id).await;
    let path = format!("/_sandbox/launch/{}/{}", account.code, booking["booking_code"].as_str().expect("a code"));
    let page = send(server.request(Method::GET, &path)).await;
    assert!(page.text.contains("&lt;b&gt;&amp;&quot;&#39;") && !page.text.contains("<b>"), "{}", page.text);
}

#[actix_web::test]
async fn outside_of_its_time_the_page_says_so_and_refuses_only_where_the_account_asks_for_that() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (_, _, url) = scheduled(&account).await;
    let page = send(server.client.get(&url)).await;
    assert!(page.text.contains("Not now:") && page.text.contains("<form"), "{}", page.text);
    account.control(Method::PATCH, "/settings", Some(json!({ "launch_window": "enforce" }))).await.expect(200);
    let before = all_of(&account).await;
    let refused = finish(&account, &url, &[("result", "PASS"), ("score", "80")]).await.problem(409);
    assert!(refused.starts_with("the test can be launched from "), "{refused}");
    assert_eq!(all_of(&account).await, before);
    let start = before_start(&account).await;
    account.control(Method::PUT, "/clock", Some(json!({ "action": "set", "instant": start }))).await.expect(200);
    let page = send(server.client.get(&url)).await;
    assert!(!page.text.contains("Not now:"), "{}", page.text);
    assert_eq!(finish(&account, &url, &[("result", "PASS"), ("score", "80")]).await.status, 200);
}

/// When the only booking of an account starts.
async fn before_start(account: &Account<'_>) -> String {
    let bookings = account.control(Method::GET, "/bookings", None).await.expect(200);
    text(&bookings["items"][0], "booking_on").to_owned()
}

#[actix_web::test]
async fn a_test_that_nobody_finished_in_its_time_makes_an_absence_where_the_account_asks_for_that() {
    let server = Server::shared();
    for asked in [false, true] {
        let account = server.account(given()).await;
        account.control(Method::PATCH, "/settings", Some(json!({ "auto_absent": asked }))).await.expect(200);
        let id = account.eligible("C1", "ONE").await;
        let at = json!({ "booking_on": "2026-03-05T15:00:00Z" });
        account.schedule_as(&id, at).await.expect(200);
        let taken = account.eligible("C2", "ONE").await;
        let other = account.schedule_as(&taken, json!({ "booking_on": "2026-03-05T15:00:00Z" })).await.expect(200);
        account.booking(text(&other, "booking_code"), "complete").await.expect(200);
        let to = |instant: &str| json!({ "action": "advance", "instant": instant });
        account.control(Method::PUT, "/clock", Some(to("2026-03-05T15:14:59Z"))).await.expect(200);
        assert_eq!(record(&account, &id).await["status"], "CSS1");
        account.control(Method::PUT, "/clock", Some(to("2026-03-06T00:00:00Z"))).await.expect(200);
        assert_eq!(record(&account, &id).await["status"], if asked { "CSS8" } else { "CSS1" });
        assert_eq!(record(&account, &taken).await["status"], "CSS5");
        let told = account.control(Method::GET, "/deliveries?change_reason=ABSENT", None).await.expect(200);
        let absences = told["items"].as_array().expect("a page");
        assert_eq!(absences.len(), usize::from(asked));
        if asked {
            let body: Value = serde_json::from_str(text(&absences[0], "body")).expect("JSON");
            assert_eq!(body["effective_date"], "2026-03-05T15:15:00Z", "at the instant it fell due: {body}");
        }
    }
}
