//! The built-in receiver: captures what it is sent, answers as it is told, and shows the demo account's notifications.

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::{text, texts};
use crate::server::{Answer, Server, eligibility, send};

async fn put(server: &Server, name: &str, body: &'static str) -> Answer {
    send(server.request(Method::PUT, &format!("/_sandbox/inbox/{name}")).body(body)).await
}

async fn behave(server: &Server, name: &str, answers: Value) -> Answer {
    let script = json!({ "answers": answers });
    server.control(Method::PUT, &format!("/inbox/{name}/behaviour"), Some(script)).await
}

async fn messages(server: &Server, path: &str) -> Vec<Value> {
    let page = server.control(Method::GET, &format!("/inbox/{path}"), None).await.expect(200);
    page["items"].as_array().unwrap_or_else(|| panic!("no items: {page}")).clone()
}

#[actix_web::test]
async fn a_message_is_kept_as_it_came() {
    let server = Server::shared();
    for (index, (method, query, body, parsed)) in [
        (Method::PUT, "?a=1&b=%20", r#"{"b": 1, "a": [true, null]}"#, json!({ "b": 1, "a": [true, null] })),
        (Method::POST, "", "not json: ü", Value::Null),
        (Method::PUT, "", "", Value::Null),
        (Method::PUT, "", "[]", json!([])),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/_sandbox/inbox/kept{query}");
        let request = server.request(method.clone(), &path).header("x-trace", "t1").header("cookie", "c=secret");
        let answer = send(request.bearer_auth("secret").body(body)).await;
        assert_eq!(answer.expect(200), json!({ "booking_code": null }));
        let message = messages(&server, "kept").await.remove(index);
        for (member, expected) in [
            ("id", json!(index + 1)),
            ("method", json!(method.as_str())),
            ("target", json!(path)),
            ("body", json!(body)),
            ("json", parsed),
            ("answered", json!(200)),
        ] {
            assert_eq!(message[member], expected, "{member}");
        }
        assert_eq!(message["headers"]["x-trace"], "t1");
        assert!(!message.to_string().contains("secret"), "{message}");
        assert!(text(&message, "received").ends_with('Z'));
    }
    assert_eq!(messages(&server, "no-kept").await, [Value::Null; 0]);
}

#[actix_web::test]
async fn messages_are_listed_oldest_first_by_page() {
    let server = Server::shared();
    for body in ["1", "2", "3"] {
        put(&server, "listed", body).await.expect(200);
    }
    let page = server.control(Method::GET, "/inbox/listed?limit=2", None).await.expect(200);
    assert_eq!(texts(page["items"].as_array().unwrap(), "body"), ["1", "2"]);
    let cursor = text(&page, "next_cursor");
    let rest = server.control(Method::GET, &format!("/inbox/listed?limit=2&cursor={cursor}"), None).await.expect(200);
    assert_eq!(texts(rest["items"].as_array().unwrap(), "body"), ["3"]);
    assert_eq!(rest["next_cursor"], Value::Null);
    // A cursor goes on working as messages come in.
    put(&server, "listed", "4").await.expect(200);
    assert_eq!(texts(&messages(&server, &format!("listed?cursor={cursor}")).await, "body"), ["3", "4"]);
    for query in ["limit=0", "limit=501", "limit=x", "cursor=x"] {
        server.control(Method::GET, &format!("/inbox/listed?{query}"), None).await.problem(400);
    }
    server.control(Method::DELETE, "/inbox/listed", None).await.expect(204);
    assert_eq!(messages(&server, "listed").await, [Value::Null; 0]);
}

#[actix_web::test]
async fn answers_are_used_up_in_order_and_then_it_is_200_again() {
    let server = Server::shared();
    let script = json!([
        { "status": 500, "times": 2 },
        { "status": 302, "times": 1, "headers": { "location": "/elsewhere", "x-a": "1" } },
        { "times": 1, "body": "{not json" },
        { "status": 400, "times": 1, "body": "" },
    ]);
    let shown = behave(&server, "used-up", script).await.expect(200);
    assert_eq!(shown["answers"][0], json!({ "status": 500, "times": 2, "delay": "0s" }));
    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(put(&server, "used-up", r#"{"booking_code": "AB12CD34"}"#).await);
    }
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [500, 500, 302, 200, 400, 200, 200]);
    let documented = r#"{"booking_code":"AB12CD34"}"#;
    let bodies: Vec<_> = answers.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(bodies, [documented, documented, documented, "{not json", "", documented, documented]);
    assert_eq!((answers[2].header("location"), answers[2].header("x-a")), ("/elsewhere", "1"));
    let answered: Vec<_> =
        messages(&server, "used-up").await.iter().map(|message| message["answered"].clone()).collect();
    assert_eq!(answered, statuses);
}

#[actix_web::test]
async fn an_answer_without_times_stands_until_the_script_is_replaced() {
    let server = Server::shared();
    behave(&server, "standing", json!([{ "status": 503 }, { "status": 201 }])).await.expect(200);
    for _ in 0..3 {
        assert_eq!(put(&server, "standing", "{}").await.status, 503);
    }
    assert_eq!(put(&server, "no-standing", "{}").await.status, 200);
    behave(&server, "standing", json!([])).await.expect(200);
    assert_eq!(put(&server, "standing", "{}").await.status, 200);
    behave(&server, "standing", json!([{ "status": 503 }])).await.expect(200);
    server.control(Method::DELETE, "/inbox/standing", None).await.expect(204);
    assert_eq!(put(&server, "standing", "{}").await.status, 200);
}

#[actix_web::test]
async fn an_answer_can_be_late() {
    let server = Server::shared();
    behave(&server, "late", json!([{ "delay": "40ms", "times": 1 }])).await.expect(200);
    let began = std::time::Instant::now();
    put(&server, "late", "{}").await.expect(200);
    assert!(began.elapsed().as_millis() >= 40, "{:?}", began.elapsed());
}

#[actix_web::test]
async fn a_script_that_does_not_fit_is_refused_and_changes_nothing() {
    let server = Server::shared();
    behave(&server, "refused", json!([{ "status": 418 }])).await.expect(200);
    for (answers, word) in [
        (json!([{ "status": 199 }]), "answers[0].status"),
        (json!([{}, { "status": 600 }]), "answers[1].status"),
        (json!([{ "status": "500" }]), "status"),
        (json!([{ "delay": "long" }]), "delay"),
        (json!([{ "times": -1 }]), "times"),
        (json!([{ "times": 0 }]), "answers[0].times"),
        (json!([{ "headers": { "a b": "x" } }]), "answers[0].headers"),
        (json!([{ "headers": { "x": "a\nb" } }]), "answers[0].headers"),
        (json!([{ "colour": "red" }]), "colour"),
        (json!({}), "answers"),
    ] {
        let refused = behave(&server, "refused", answers.clone()).await.problem(400);
        assert!(refused.contains(word), "{answers}: {refused}");
    }
    assert_eq!(put(&server, "refused", "{}").await.status, 418);
}

#[actix_web::test]
async fn an_inbox_takes_a_body_of_a_mebibyte() {
    let server = Server::shared();
    let body = "x".repeat(1024 * 1024);
    let answer = send(server.request(Method::PUT, "/_sandbox/inbox/mebibyte").body(body.clone())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(text(&messages(&server, "mebibyte").await[0], "body"), body);
    // More than an inbox may hold is refused in the control API's own words.
    let body = "x".repeat(9 * 1024 * 1024);
    send(server.request(Method::PUT, "/_sandbox/inbox/mebibyte").body(body)).await.problem(413);
    assert_eq!(messages(&server, "mebibyte").await.len(), 1);
}

#[actix_web::test]
async fn the_notification_of_the_demo_account_arrives_in_the_demo_inbox() {
    for flags in [[].as_slice(), &["--admin-token", "adm1n"]] {
        let server = Server::shared_with(flags);
        let control =
            |method: Method, path: &str| server.request(method, &format!("/_sandbox{path}")).bearer_auth("adm1n");
        let create = server.request(Method::POST, "/eligibilityService/1.0.0/accounts/DEMO0001/candidates");
        let made = send(create.bearer_auth("demo-token").json(&eligibility("INBOX-1", "EXAM1"))).await.expect(201);
        let id = text(&made, "psi_eligiblity_id");
        let path = format!("/accounts/DEMO0001/eligibilities/{id}/schedule");
        let booking = send(control(Method::POST, &path)).await.expect(200);
        let path = "/accounts/DEMO0001/wait?for=delivery&status=delivered&candidate_id=INBOX-1&timeout=20s";
        let delivery = send(control(Method::GET, path)).await.expect(200);
        let page = send(control(Method::GET, "/inbox/demo")).await.expect(200);
        let mut all = page["items"].as_array().unwrap().clone();
        all.retain(|message| message["json"]["candidate_id"] == "INBOX-1");
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["json"]["booking_code"], booking["booking_code"]);
        assert_eq!(all[0]["json"]["change_reason"], "BOOKING_CREATED");
        assert_eq!(all[0]["headers"]["webhook-id"], delivery["id"]);
        let secret = "whsec_YXRsYXMtc2FuZGJveC1kZW1vLXNlY3JldA==";
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        let mut headers = http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, text(&all[0]["headers"], name).parse().unwrap());
        }
        webhook.verify(text(&all[0], "body").as_bytes(), &headers).unwrap();
    }
}

#[actix_web::test]
async fn anyone_may_send_to_an_inbox_and_the_operator_alone_may_read_it() {
    let server = Server::shared_with(&["--admin-token", "adm1n"]);
    put(&server, "operator", "{}").await.expect(200);
    for (method, path) in [
        (Method::GET, "/inbox/operator"),
        (Method::DELETE, "/inbox/operator"),
        (Method::PUT, "/inbox/operator/behaviour"),
        (Method::POST, "/inbox/operator/behaviour"),
    ] {
        let answer = server.control(method.clone(), path, None).await;
        assert!(answer.problem(401).contains("admin token"), "{method} {path}");
    }
    let page = send(server.request(Method::GET, "/_sandbox/inbox/operator").bearer_auth("adm1n")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn an_inbox_belongs_to_its_account() {
    let server = Server::shared();
    let given = || json!({ "subscriptions": { "booking_notification": { "url": "inbox:mine" } } });
    let (one, other) = (server.account(given()).await, server.account(given()).await);
    let fork = one.control(Method::POST, "/fork", Some(json!({}))).await.expect(201);
    let captured = async |account: &str| {
        let page = server.control(Method::GET, &format!("/accounts/{account}/inbox/mine"), None).await.expect(200);
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["json"]["candidate_id"].clone())
            .collect::<Vec<_>>()
    };
    one.booked("C1").await;
    other.booked("C2").await;
    for account in [&one, &other] {
        account.wait_for(1, "delivered").await;
        let kept = account.control(Method::GET, "/subscriptions/booking_notification", None).await.expect(200);
        assert_eq!(kept["url"], "inbox:mine");
    }
    assert_eq!((captured(&one.code).await, captured(&other.code).await), (vec![json!("C1")], vec![json!("C2")]));
    assert_eq!(captured(text(&fork, "account_code")).await, [Value::Null; 0]);
    let wire = one.deliveries().await;
    let line = one.attempts(text(&wire[0], "id")).await[0]["request_line"].clone();
    assert_eq!(line, format!("PUT {}/_sandbox/accounts/{}/inbox/mine", server.url, one.code));
    one.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(captured(&one.code).await, [Value::Null; 0]);
    other.control(Method::DELETE, "", None).await.expect(204);
    let gone = server.request(Method::PUT, &format!("/_sandbox/accounts/{}/inbox/mine", other.code)).body("{}");
    send(gone).await.problem(404);
}

#[actix_web::test]
async fn an_inbox_rehearses_an_outage() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    behave(&server, "outage", json!([{ "status": 500, "times": 1 }])).await.expect(200);
    // Without an account, it is the demo account's.
    account.subscribe(&format!("{}/_sandbox/inbox/outage", server.url), json!({})).await;
    account.booked("C1").await;
    let failed = account.wait_for(1, "failed").await;
    account.resend(text(&failed, "id")).await.expect(200);
    account.wait_for(1, "delivered").await;
    let all = messages(&server, "outage").await;
    assert_eq!(all.iter().map(|message| message["answered"].clone()).collect::<Vec<_>>(), [500, 200]);
    assert_eq!(all[0]["headers"]["webhook-id"], all[1]["headers"]["webhook-id"]);
}
