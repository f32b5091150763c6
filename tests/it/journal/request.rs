//! The request journal: what is kept of a call, found by filter, hidden, and emptied.

use reqwest::Method;
use serde_json::{Value, json};

use super::{five_calls, ids};
use crate::action::{text, texts};
use crate::server::{Server, eligibility, send};

#[actix_web::test]
async fn a_call_is_kept_with_what_was_sent_and_answered() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let body = eligibility("C1", "EXAM1");
    let path = account.path("/candidates?source=test%20run");
    let request = server.request(Method::POST, &path).bearer_auth(&account.token).header("x-trace", "t1").json(&body);
    let answered = send(request).await.expect(201);
    let entries = account.items("/requests").await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    for (member, expected) in [
        ("id", json!(1)),
        ("method", json!("POST")),
        ("target", json!(path)),
        ("service", json!("eligibility")),
        ("operation", json!("create_eligibility")),
        ("peer", json!("127.0.0.1")),
        ("status", json!(201)),
        ("request_body", body.clone()),
        ("request_body_size", json!(body.to_string().len())),
        ("response_body", answered),
    ] {
        assert_eq!(entry[member], expected, "{member}");
    }
    assert_eq!(entry["request_headers"]["x-trace"], "t1");
    assert_eq!(entry["request_headers"]["authorization"], "Bearer ***");
    assert!(entry["duration_ms"].as_f64().unwrap() > 0.0);
    let at = chrono::DateTime::parse_from_rfc3339(text(entry, "at")).unwrap();
    assert!((chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()) - at.to_utc()).num_seconds() < 60);
    assert_eq!(account.control(Method::GET, "/requests/1", None).await.expect(200), *entry);
    for id in ["2", "0", "-1", "x", "99999999999999999999"] {
        account.control(Method::GET, &format!("/requests/{id}"), None).await.problem(404);
    }
}

#[actix_web::test]
async fn calls_are_listed_counted_and_found_by_filter() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    five_calls(&account).await;
    for (query, expected) in [
        ("", vec![1, 2, 3, 4, 5]),
        ("method=GET", vec![4, 5]),
        ("method=get", vec![4, 5]),
        ("path=/candidates/C1", vec![4]),
        ("service=eligibility", vec![1, 2, 3, 4]),
        ("service=booking", vec![]),
        ("operation=create_eligibility", vec![1, 2, 3]),
        ("operation=create_eligibility&status=400", vec![3]),
        ("status=201", vec![1, 2]),
        ("status=404", vec![5]),
        ("body=C2", vec![2]),
        ("body=nobody", vec![]),
        ("since=2020-01-01T00:00:00Z", vec![1, 2, 3, 4, 5]),
        ("until=2020-01-01T00:00:00Z", vec![]),
        ("since=2999-01-01T00:00:00Z", vec![]),
    ] {
        assert_eq!(ids(&account.items(&format!("/requests?{query}")).await), expected, "{query}");
        let count = account.control(Method::GET, &format!("/requests/count?{query}"), None).await.expect(200);
        assert_eq!(count, json!({ "count": expected.len() }), "{query}");
        let newest_first: Vec<_> = expected.into_iter().rev().collect();
        assert_eq!(ids(&account.items(&format!("/requests/find?{query}")).await), newest_first, "{query}");
    }
    assert_eq!(ids(&account.items("/requests/find?limit=2").await), [5, 4]);
    let page = account.control(Method::GET, "/requests?limit=3", None).await.expect(200);
    assert_eq!((ids(page["items"].as_array().unwrap()), &page["next_cursor"]), (vec![1, 2, 3], &json!("3")));
    let rest = account.control(Method::GET, "/requests?limit=3&cursor=3", None).await.expect(200);
    assert_eq!((ids(rest["items"].as_array().unwrap()), &rest["next_cursor"]), (vec![4, 5], &Value::Null));
    for query in ["status=good", "status=-1", "since=soon", "limit=0", "limit=501", "limit=x", "colour=red"] {
        for list in ["requests", "requests/find", "requests/unmatched"] {
            account.control(Method::GET, &format!("/{list}?{query}"), None).await.problem(400);
        }
    }
    account.control(Method::GET, "/requests?cursor=x", None).await.problem(400);
}

#[actix_web::test]
async fn a_call_is_found_by_the_lint_rule_it_broke() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.post("/candidates", eligibility("C1", "EXAM1")).await.expect(201);
    let mut body = eligibility("C2", "EXAM1");
    body["eligibility_end_date"] = json!("2030-01-01");
    account.post("/candidates", body).await.expect(201);
    let found = account.items("/requests?lint=ELIG-DATE-ONLY").await;
    assert_eq!(ids(&found), [2]);
    assert_eq!(found[0]["lint"][0]["rule"], "ELIG-DATE-ONLY");
    assert_eq!(account.items("/requests?lint=NO-SUCH-RULE").await, [Value::Null; 0]);
}

#[actix_web::test]
async fn a_call_that_reached_no_operation_is_unmatched() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    five_calls(&account).await;
    account.call(Method::PATCH, "/candidates", None).await;
    let unmatched = account.items("/requests/unmatched").await;
    assert_eq!(ids(&unmatched), [5, 6]);
    assert_eq!(texts(&unmatched, "method"), ["GET", "PATCH"]);
    for entry in &unmatched {
        assert_eq!((&entry["operation"], &entry["service"]), (&Value::Null, &Value::Null));
    }
}

#[actix_web::test]
async fn a_call_that_no_account_could_be_told_for_is_in_the_servers_own_journal() {
    let server = Server::start();
    let account = server.account(json!({})).await;
    let look = |path: &str| server.request(Method::GET, path);
    // A bad token on a path that names no account; unknown paths.
    for (request, status) in [
        (look("/eligibilities/AAAAAAAA/testLaunchInfo").bearer_auth("nonsense"), 401),
        (look("/nothing/here?a=1"), 404),
        (look("/eligibilityService/1.0.0/accounts/NOBODY/candidates/1"), 401),
        // The path names the account, so these are its own.
        (look(&account.path("/candidates/1")).bearer_auth("nonsense"), 401),
        (look(&account.path("/candidates/1")), 401),
    ] {
        assert_eq!(send(request).await.status, status);
    }
    let page = server.control(Method::GET, "/requests", None).await.expect(200);
    let unassigned = page["items"].as_array().unwrap();
    let targets = [
        "/eligibilities/AAAAAAAA/testLaunchInfo",
        "/nothing/here?a=1",
        "/eligibilityService/1.0.0/accounts/NOBODY/candidates/1",
    ];
    assert_eq!(texts(unassigned, "target"), targets);
    assert_eq!(unassigned[0]["request_headers"]["authorization"], "Bearer ***");
    assert_eq!(ids(&account.items("/requests?status=401").await), [1, 2]);
    let filtered = server.control(Method::GET, "/requests?status=404", None).await.expect(200);
    assert_eq!(ids(filtered["items"].as_array().unwrap()), [2]);
    server.control(Method::DELETE, "/requests", None).await.expect(204);
    assert_eq!(server.control(Method::GET, "/requests", None).await.expect(200)["items"], json!([]));
    assert_eq!(account.items("/requests").await.len(), 2);
}

#[actix_web::test]
async fn a_journal_is_emptied_by_hand_and_by_a_reset_and_is_its_accounts_own() {
    let server = Server::start();
    let (one, two) = (server.account(json!({})).await, server.account(json!({})).await);
    five_calls(&one).await;
    two.get("/candidates/C1").await.expect(400);
    assert_eq!((one.items("/requests").await.len(), two.items("/requests").await.len()), (5, 1));
    one.control(Method::DELETE, "/requests", None).await.expect(204);
    assert_eq!((one.items("/requests").await.len(), two.items("/requests").await.len()), (0, 1));
    // Numbers are not given twice.
    one.get("/candidates/C1").await.expect(200);
    assert_eq!(ids(&one.items("/requests").await), [6]);
    one.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(one.items("/requests").await, [Value::Null; 0]);
    // The control API is not the partner's doing.
    assert_eq!(server.control(Method::GET, "/requests", None).await.expect(200)["items"], json!([]));
    server.control(Method::DELETE, "/accounts/NOBODY/requests", None).await.problem(404);
}

#[actix_web::test]
async fn the_journal_keeps_the_newest_entries_only() {
    for (entries, kept) in [("5", vec![4, 5, 6, 7, 8]), ("1", vec![8]), ("0", vec![])] {
        let server = Server::start_with(&["--journal-entries", entries]);
        let account = server.account(json!({})).await;
        for _ in 0..8 {
            account.get("/candidates/C1").await.expect(400);
            assert_eq!(send(server.request(Method::GET, "/nothing")).await.status, 404);
        }
        assert_eq!(ids(&account.items("/requests").await), kept, "{entries}");
        let own = server.control(Method::GET, "/requests", None).await.expect(200);
        assert_eq!(ids(own["items"].as_array().unwrap()), kept, "{entries}");
    }
}

#[actix_web::test]
async fn of_a_large_request_64_kib_are_kept() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let body = "x".repeat(100 * 1024);
    let request = server.request(Method::POST, &account.path("/candidates")).bearer_auth(&account.token).body(body);
    send(request).await.refused(400);
    let entry = account.items("/requests").await.remove(0);
    assert_eq!(text(&entry, "request_body"), "x".repeat(64 * 1024));
    assert_eq!(entry["request_body_size"], 100 * 1024);
}

#[actix_web::test]
async fn the_journal_hides_what_a_token_call_carries() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let (user, application) = (&account.made["users"][0], &account.made["applications"][0]);
    let (password, secret) = (text(user, "password"), text(application, "consumer_secret"));
    let form = [("grant_type", "password"), ("username", text(user, "username")), ("password", password)];
    let key = text(application, "consumer_key");
    let issued =
        send(server.request(Method::POST, "/token").basic_auth(key, Some(secret)).form(&form)).await.expect(200);
    let entry = account.items("/requests").await.remove(0);
    assert_eq!((text(&entry, "operation"), text(&entry, "service")), ("issue_token", "token"));
    assert!(text(&entry, "request_body").starts_with("grant_type=password&username="), "{entry}");
    let shown = entry.to_string();
    for hidden in [password, secret, text(&issued, "access_token"), text(&issued, "refresh_token")] {
        assert!(!shown.contains(hidden), "{hidden} is in {shown}");
        assert!(!server.log().contains(hidden), "{hidden} is in the log");
    }
    assert_eq!(entry["response_body"]["access_token"], "***");
}

#[actix_web::test]
async fn calls_are_found_by_what_they_have_to_be_or_those_that_come_nearest() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    five_calls(&account).await;
    let find = async |query: Value| account.control(Method::POST, "/requests/find", Some(query)).await;
    for (query, expected) in [
        (json!({}), vec![5, 4, 3, 2, 1]),
        (json!({ "operation": "create_eligibility" }), vec![3, 2, 1]),
        (json!({ "candidate": "C1" }), vec![4, 3, 1]),
        (json!({ "candidate": { "matches": "^C[0-9]$" }, "status": { "at_least": 400 } }), vec![3]),
        (json!({ "method": ["PUT", "GET"], "path": { "contains": "/candidates/" } }), vec![4]),
        (json!({ "request_body": { "candidate": { "candidate_id": "C2" } } }), vec![2]),
        (json!({ "response_body": [{ "test_code": "EXAM1" }] }), vec![4, 2, 1]),
        (json!({ "response_body": { "each": { "test_code": "EXAM1" } } }), vec![4]),
        (json!({ "operation": { "present": false } }), vec![5]),
    ] {
        let found = find(query.clone()).await.expect(200);
        let items = found["items"].as_array().expect("items");
        assert_eq!((ids(items), &found["nearest"]), (expected, &json!([])), "{query}");
    }
    // The nearest come first, with all that is wrong with them.
    let found = find(json!({ "operation": "get_eligibility", "candidate": "C2", "status": 200 })).await.expect(200);
    assert_eq!(found["items"], json!([]));
    let nearest = found["nearest"].as_array().expect("near misses");
    assert_eq!(nearest.len(), 3, "{found}");
    let wrong = json!([
        { "pointer": "/operation", "expected": "\"get_eligibility\"", "got": "list_eligibilities" },
        { "pointer": "/candidate", "expected": "\"C2\"", "got": "C1" },
    ]);
    assert_eq!((&nearest[0]["mismatches"], &nearest[0]["request"]["id"]), (&wrong, &json!(4)), "{found}");
    // A long query would be held against each call.
    find(json!({ "path": "x".repeat(64 * 1024) })).await.problem(413);
    // All that is wrong with a query is told.
    let refused = find(json!({ "operatoin": "x", "status": { "at_least": "1" } })).await;
    let told = refused.problem(400);
    for part in ["did you mean \"operation\"?", "status.at_least: expected a number, got \"1\""] {
        assert!(told.contains(part), "{told}");
    }
}
