//! What the receiver answers, or does not, and what is kept of every attempt.

use reqwest::Method;
use serde_json::{Value, json};

use super::frozen;
use crate::action::text;
use crate::receiver::{BlackHole, Raw, Receiver, Reply, nowhere, reply};
use crate::server::Server;

#[actix_web::test]
async fn every_answer_is_judged_by_its_status_alone() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    let moved =
        || Reply { headers: vec![("location", receiver.url.replace("/notifications", "/moved"))], ..reply(302) };
    for (index, (success, answer, status, reason)) in [
        ("200", reply(200), "delivered", "delivered: the receiver answered 200"),
        ("200", Reply { body: "", ..reply(200) }, "delivered", "delivered: the receiver answered 200"),
        ("200", Reply { body: "{not json", ..reply(200) }, "delivered", "delivered: the receiver answered 200"),
        ("200", reply(201), "failed", "the receiver answered 201; only 200 counts (setting success: 2xx takes any)"),
        ("200", reply(204), "failed", "the receiver answered 204; only 200 counts (setting success: 2xx takes any)"),
        ("200", moved(), "failed", "the receiver answered 302, a redirect to URL/moved; redirects are never followed"),
        ("200", reply(304), "failed", "the receiver answered 304, a redirect; redirects are never followed"),
        ("200", reply(400), "failed", "the receiver answered 400; 200 was expected"),
        ("200", reply(401), "failed", "the receiver answered 401; 200 was expected"),
        ("200", reply(404), "failed", "the receiver answered 404; 200 was expected"),
        ("200", reply(500), "failed", "the receiver answered 500; 200 was expected"),
        ("200", reply(503), "failed", "the receiver answered 503; 200 was expected"),
        ("2xx", reply(200), "delivered", "delivered: the receiver answered 200"),
        ("2xx", reply(201), "delivered", "delivered: the receiver answered 201"),
        ("2xx", reply(204), "delivered", "delivered: the receiver answered 204"),
        ("2xx", reply(299), "delivered", "delivered: the receiver answered 299"),
        ("2xx", moved(), "failed", "the receiver answered 302, a redirect to URL/moved; redirects are never followed"),
        ("2xx", reply(500), "failed", "the receiver answered 500; 200 was expected"),
    ]
    .into_iter()
    .enumerate()
    {
        let (expected_status, body) = (answer.status, answer.body);
        receiver.answers([answer]);
        account.subscribe(&receiver.url, json!({ "success": success })).await;
        account.booked(&format!("C{index}")).await;
        let id = receiver.next().await.header("webhook-id").to_owned();
        account.wait(&format!("for=delivery&candidate_id=C{index}")).await;
        let delivery = account.control(Method::GET, &format!("/deliveries/{id}"), None).await.expect(200);
        let reason = reason.replace("URL", receiver.url.trim_end_matches("/notifications"));
        assert_eq!(delivery["status"], status, "{success} {expected_status}: {delivery}");
        assert_eq!(delivery["last_status"], expected_status, "{delivery}");
        assert_eq!(delivery["reason"], reason, "{delivery}");
        assert_eq!(delivery["attempts"], 1, "{delivery}");
        assert_eq!(
            account.attempts(&id).await[0]["response_body"],
            if expected_status == 204 || expected_status == 304 { "" } else { body }
        );
    }
}

#[actix_web::test]
async fn what_is_no_answer_fails_with_its_reason_in_words() {
    let server = Server::shared();
    let (black_hole, receiver) = (BlackHole::open(), Receiver::start());
    let (garbage, closes) = (Raw::answers("SSH-2.0-OpenSSH\r\n\r\n"), Raw::answers(""));
    let half = Raw::answers("HTTP/1.1 200 OK\r\ncontent-le");
    let (unknown, ended) = (
        "http://partnr.invalid:9090/n".to_owned(),
        "no usable answer: the receiver ended the connection before its answer was complete",
    );
    let (refused, tls) = (nowhere(), receiver.url.replace("http:", "https:"));
    for (name, url, reason) in [
        ("refused", &refused, "no connection: connection refused: nothing listens there"),
        ("no TLS", &tls, "no connection: the receiver does not speak TLS there (is its URL http://?)"),
        ("no host", &unknown, "no connection: no such host \"partnr.invalid\""),
        ("garbage", &garbage.url, "no usable answer: what the receiver answers is not HTTP/1.1"),
        ("closes", &closes.url, ended),
        ("half a head", &half.url, ended),
        ("black hole", &black_hole.url, "no answer within 200ms (timeout)"),
    ] {
        let account = server.account(frozen()).await;
        let timeout = if reason.ends_with("(timeout)") { "200ms" } else { "20s" };
        account.subscribe(url, json!({ "timeout": timeout })).await;
        account.booked("C1").await;
        let delivery = account.wait_for(1, "failed").await;
        let words = text(&delivery, "reason");
        assert!(words.starts_with(reason), "{name}: {words}");
        assert_eq!(delivery["last_status"], Value::Null, "{name}");
        let attempts = account.attempts(text(&delivery, "id")).await;
        assert_eq!(attempts.len(), 1, "{name}");
        assert_eq!(attempts[0]["status"], Value::Null, "{name}");
        assert_eq!(attempts[0]["reason"], delivery["reason"], "{name}");
        let duration = attempts[0]["duration_ms"].as_f64().unwrap();
        assert!(duration > 0.0 && (timeout == "20s" || duration >= 200.0), "{name}: {duration}");
    }
}

#[actix_web::test]
async fn an_answer_that_does_not_end_in_time_is_a_failure_and_what_came_of_it_is_kept() {
    let server = Server::shared();
    for (head, body) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-a: 1\r\n\r\nab", "ab"),
        ("HTTP/1.1 200 OK\r\nx-a: 1\r\n\r\n{}", "{}"),
        ("HTTP/1.1 500 No\r\ncontent-length: 5\r\nx-a: 1\r\n\r\n", ""),
    ] {
        let account = server.account(frozen()).await;
        let stalled = Raw::stalls(head);
        account.subscribe(&stalled.url, json!({ "timeout": "300ms" })).await;
        account.booked("C1").await;
        let delivery = account.wait_for(1, "failed").await;
        let attempts = account.attempts(text(&delivery, "id")).await;
        let status = if head.contains("200") { 200 } else { 500 };
        let told = format!("the receiver answered {status}, but its answer did not end within 300ms (timeout)");
        assert_eq!(attempts[0]["reason"], told);
        assert_eq!((&attempts[0]["status"], &attempts[0]["response_body"]), (&json!(status), &json!(body)));
        assert!(attempts[0]["response_headers"].to_string().contains("x-a"), "{}", attempts[0]);
    }
}

#[actix_web::test]
async fn a_put_whose_kept_connection_ended_is_made_again_on_a_fresh_one_and_a_post_uses_no_kept_one() {
    let server = Server::shared();
    for method in ["PUT", "POST"] {
        let account = server.account(frozen()).await;
        let (receiver, seen) = Raw::ends_kept_connections();
        account.subscribe(&receiver.url, json!({ "method": method, "timeout": "20s" })).await;
        for candidate in ["C1", "C2"] {
            account.booked(candidate).await;
            let delivery = account.wait(&format!("for=delivery&status=delivered&candidate_id={candidate}")).await;
            let attempts = account.attempts(text(&delivery, "id")).await;
            let again = " (sent a second time, on a fresh connection: the kept one ended before it answered)";
            let again = if method == "PUT" && candidate == "C2" { again } else { "" };
            assert_eq!(attempts.len(), 1);
            assert_eq!(attempts[0]["reason"], format!("delivered: the receiver answered 200{again}"));
        }
        let calls = seen.lock().expect("the calls").clone();
        let id = |call: &String| call.lines().find(|line| line.starts_with("webhook-id")).map(str::to_owned);
        assert_eq!(calls.len(), if method == "PUT" { 3 } else { 2 }, "{calls:?}");
        assert_eq!(calls.get(2), calls.get(1).filter(|_| method == "PUT"), "to the byte the same");
        assert!(id(&calls[1]).is_some() && id(&calls[0]) != id(&calls[1]));
    }
}

#[actix_web::test]
async fn a_200_whose_body_breaks_off_is_delivered() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let broken = Raw::answers("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"booking");
    account.subscribe(&broken.url, json!({})).await;
    account.booked("C1").await;
    let delivery = account.wait("for=delivery").await;
    assert_eq!(delivery["status"], "delivered", "{delivery}");
    let reason = text(&delivery, "reason");
    assert!(reason.starts_with("delivered: the receiver answered 200; its body broke off: the receiver"), "{reason}");
    assert_eq!(account.attempts(text(&delivery, "id")).await[0]["response_body"], "{\"booking");
}

#[actix_web::test]
async fn of_a_large_answer_64_kib_are_kept() {
    let server = Server::shared();
    let receiver = Receiver::start();
    receiver.answers([Reply { body: "y".repeat(100 * 1024).leak(), ..reply(200) }]);
    let endless = Raw::floods("HTTP/1.1 200 OK\r\n\r\n");
    for (url, letter) in [(&receiver.url, "y"), (&endless.url, "x")] {
        let account = server.account(frozen()).await;
        account.subscribe(url, json!({ "timeout": "20s" })).await;
        account.booked("C1").await;
        let delivery = account.wait_for(1, "delivered").await;
        let attempts = account.attempts(text(&delivery, "id")).await;
        assert_eq!(text(&attempts[0], "response_body"), letter.repeat(64 * 1024));
    }
    receiver.next().await;
}

#[actix_web::test]
async fn an_attempt_is_kept_as_it_went_over_the_wire() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver
        .answers([Reply { body: "{\"why\": \"Zoë\"}", headers: vec![("x-trace", "t1".to_owned())], ..reply(400) }]);
    account.subscribe(&format!("{}?a=1", receiver.url), json!({})).await;
    let before = chrono::DateTime::parse_from_rfc3339("2026-03-02T00:00:00Z").unwrap();
    account.booked("C1").await;
    let call = receiver.next().await;
    let delivery = account.wait_for(1, "failed").await;
    assert_eq!(delivery["id"], call.header("webhook-id"));
    assert_eq!(text(&delivery, "body").as_bytes(), call.body);
    let attempts = account.attempts(text(&delivery, "id")).await;
    assert_eq!(attempts.len(), 1);
    let attempt = &attempts[0];
    assert_eq!(attempt["number"], 1);
    assert_eq!(attempt["request_line"], format!("PUT {}?a=1", receiver.url));
    assert_eq!(text(attempt, "request_body").as_bytes(), call.body);
    let mut kept: Vec<(String, String)> = serde_json::from_value(attempt["request_headers"].clone()).unwrap();
    let mut sent = call.headers.clone();
    kept.sort();
    sent.sort();
    assert_eq!(kept, sent);
    assert_eq!(attempt["status"], 400);
    let answered: Vec<(String, String)> = serde_json::from_value(attempt["response_headers"].clone()).unwrap();
    assert!(answered.contains(&("x-trace".to_owned(), "t1".to_owned())), "{answered:?}");
    assert_eq!(attempt["response_body"], "{\"why\": \"Zoë\"}");
    assert!(attempt["duration_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(attempt["reason"], "the receiver answered 400; 200 was expected");
    // Attempts are of the real world: wall time, not the frozen clock.
    let at = chrono::DateTime::parse_from_rfc3339(text(attempt, "at")).unwrap();
    assert!(at > before, "{at}");
}

#[actix_web::test]
async fn the_newest_twenty_attempts_are_kept_and_the_newest_in_full() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..23).map(|_| Reply { body: "z".repeat(5000).leak(), ..reply(500) }));
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    let id = receiver.next().await.header("webhook-id").to_owned();
    for _ in 0..22 {
        account.wait_for(1, "failed").await;
        account.resend(&id).await.expect(200);
        receiver.next().await;
    }
    let delivery = account.wait_for(1, "failed").await;
    assert_eq!(delivery["attempts"], 23);
    let attempts = account.attempts(&id).await;
    let numbers: Vec<_> = attempts.iter().map(|attempt| attempt["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (4..=23).collect::<Vec<_>>());
    let lengths: Vec<_> = attempts.iter().map(|attempt| text(attempt, "response_body").len()).collect();
    assert_eq!(lengths[19], 5000);
    assert!(lengths[..19].iter().all(|length| *length < 5000), "{lengths:?}");
}

#[actix_web::test]
async fn the_receiver_is_shown_the_credentials_and_the_record_is_not() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    for (candidate, auth, header, value, secret) in [
        ("1", json!({ "type": "none" }), "authorization", "", "authorization"),
        (
            "2",
            json!({ "type": "basic", "username": "ü:ser", "password": "s3cret: ü" }),
            "authorization",
            "Basic w7w6c2VyOnMzY3JldDogw7w=",
            "w7w6c2VyOnMzY3JldDogw7w=",
        ),
        ("3", json!({ "type": "bearer", "token": "s3cret.token" }), "authorization", "Bearer s3cret.token", "s3cret"),
        (
            "4",
            json!({ "type": "header", "name": "X-Api-Key", "value": "s3cret key" }),
            "x-api-key",
            "s3cret key",
            "s3cret",
        ),
    ] {
        account.subscribe(&receiver.url, json!({ "auth": auth })).await;
        account.booked(candidate).await;
        let call = receiver.next().await;
        assert_eq!(call.header(header), value, "{auth}");
        let delivery = account.wait(&format!("for=delivery&candidate_id={candidate}")).await;
        let attempts = account.attempts(text(&delivery, "id")).await;
        let shown: Vec<(String, String)> = serde_json::from_value(attempts[0]["request_headers"].clone()).unwrap();
        let shown = shown.iter().find(|(name, _)| name == header).map_or("", |(_, value)| value.as_str());
        assert_eq!(shown, if value.is_empty() { "" } else { "***" }, "{auth}");
        assert!(!json!(attempts).to_string().contains(secret), "{auth}: {attempts:?}");
        assert!(!server.log().contains(secret), "{auth}");
    }
}
