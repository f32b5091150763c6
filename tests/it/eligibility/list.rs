//! Lists: which records, in which order.

use reqwest::Method;
use serde_json::{Value, json};

use super::{given, id_of, with};
use crate::server::{Account, Server, eligibility};

fn ids(records: &Value) -> Vec<String> {
    records.as_array().expect("a bare array").iter().map(id_of).collect()
}

/// Five records of one candidate: cancelled, completed, open; another test open; another one cancelled.
async fn five(account: &Account<'_>) -> [String; 5] {
    let cancelled = account.eligible("C1", "ONE").await;
    account.delete("/candidates/C1/tests/ONE").await.expect(204);
    let completed = account.eligible("C1", "ONE").await;
    let booking = account.schedule(&completed).await;
    account.booking(booking["booking_code"].as_str().expect("a code"), "complete").await.expect(200);
    let open = account.eligible("C1", "ONE").await;
    let other_open = account.eligible("C1", "SITE").await;
    let two = with(eligibility("C1", "TWO"), "/portion_codes", json!(["P1"]));
    let other_cancelled = id_of(&account.post("/candidates", two).await.expect(201));
    account.delete("/candidates/C1/tests/TWO").await.expect(204);
    [cancelled, completed, open, other_open, other_cancelled]
}

#[actix_web::test]
async fn open_records_come_first_and_then_the_newest() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let [cancelled, completed, open, other_open, other_cancelled] = five(&account).await;
    account.eligible("C2", "ONE").await;
    let all = [&other_open, &open, &other_cancelled, &completed, &cancelled];
    for (path, expected) in [
        ("/candidates/C1", all.as_slice()),
        ("/candidates/C1/eligibilities?status=all", &all),
        ("/candidates/C1/eligibilities", &all),
        ("/candidates/C1/eligibilities?status=active", &[&other_open, &open]),
        ("/candidates/C1/eligibilities?status=inactive", &[&other_cancelled, &completed, &cancelled]),
        ("/candidates/C1/tests/ONE", &[&open, &completed, &cancelled]),
        ("/candidates/C1/tests/TWO", &[&other_cancelled]),
    ] {
        let records = account.get(path).await.expect(200);
        assert_eq!(ids(&records).iter().collect::<Vec<_>>(), expected, "{path}");
    }
}

#[actix_web::test]
async fn every_list_shows_a_record_as_create_answered_it() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let made = account.post("/candidates", eligibility("C1", "ONE")).await;
    for path in [
        "/candidates/C1",
        "/candidates/C1/tests/ONE",
        "/candidates/C1/eligibilities?status=all",
        "/candidates/C1/eligibilities?status=active",
    ] {
        let answer = account.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.text, format!("[{}]", made.text), "{path}");
    }
    let none = account.get("/candidates/C1/eligibilities?status=inactive").await;
    assert_eq!((none.status, none.text.as_str()), (200, "[]"));
}

#[actix_web::test]
async fn every_status_is_active_or_inactive() {
    let server = Server::shared();
    for (status, filter) in [
        ("REG01", "active"),
        ("REG02", "active"),
        ("REG03", "inactive"),
        ("CSS1", "active"),
        ("CSS2", "active"),
        ("CSS2 closed", "inactive"),
        ("CSS5", "inactive"),
        ("CSS8", "inactive"),
        ("CSS9", "inactive"),
    ] {
        let account = server.account(given()).await;
        super::status::reach(&account, status).await;
        for (asked, expected) in [(filter, 1), (if filter == "active" { "inactive" } else { "active" }, 0)] {
            let records = account.get(&format!("/candidates/C1/eligibilities?status={asked}")).await.expect(200);
            assert_eq!(ids(&records).len(), expected, "{status} in {asked}");
        }
    }
}

#[actix_web::test]
async fn the_control_api_lists_oldest_first_in_pages_and_by_filter() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let made = five(&account).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    let mut pages = 0;
    loop {
        let page = account.control(Method::GET, &format!("/eligibilities?limit=2{cursor}"), None).await.expect(200);
        seen.extend(ids(&page["items"]));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen.as_slice(), pages), (made.as_slice(), 3));
    for (filter, expected) in [
        ("candidate_id=C1&test_code=SITE", vec![&made[3]]),
        ("status=REG03", vec![&made[0], &made[4]]),
        ("status=CSS5", vec![&made[1]]),
        ("candidate_id=C2", vec![]),
    ] {
        let page = account.control(Method::GET, &format!("/eligibilities?{filter}"), None).await.expect(200);
        assert_eq!(ids(&page["items"]).iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    for (query, detail) in [
        ("limit=0", "limit: expected 1 to 500, got 0"),
        ("limit=501", "limit: expected 1 to 500, got 501"),
        ("cursor=x", "cursor: expected next_cursor of a page, got \"x\""),
    ] {
        let answer = account.control(Method::GET, &format!("/eligibilities?{query}"), None).await;
        assert_eq!(answer.problem(400), detail);
    }
    let page = account.control(Method::GET, "/eligibilities?colour=red", None).await;
    assert!(page.problem(400).contains("colour"), "{}", page.text);
}
