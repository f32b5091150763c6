//! OAuth2 client credentials: one token for many notifications, renewed in time and after a 401.

use reqwest::Method;
use serde_json::{Value, json};

use super::frozen;
use crate::action::{text, texts, until};
use crate::receiver::{BlackHole, Call, Receiver, Reply, hangs, held, nowhere, reply};
use crate::server::{Account, Server};

const SECRET: &str = "s3cret/of+the client";

/// A grant of the token `NAME-t0ken`, which lives so long.
pub fn grant(name: &str, expires_in: i64) -> Reply {
    let body = json!({ "access_token": format!("{name}-t0ken"), "token_type": "Bearer", "expires_in": expires_in });
    Reply { body: body.to_string().leak(), ..reply(200) }
}

fn oauth2(endpoint: &str, more: &Value) -> Value {
    let mut auth = json!({ "type": "oauth2", "token_url": endpoint, "client_id": "me", "client_secret": SECRET });
    auth.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    auth
}

pub async fn subscribe(account: &Account<'_>, receiver: &Receiver, endpoint: &str, more: Value) {
    let mut members = json!({ "auth": oauth2(endpoint, &json!({})), "timeout": "60s", "concurrency": 16 });
    members.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    account.subscribe(&receiver.url, members).await;
}

pub fn tokens(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.header("authorization").to_owned()).collect()
}

/// Waits until so many deliveries are under way.
async fn until_sending(account: &Account<'_>, count: usize) {
    let sending = async || account.statuses().await.iter().filter(|status| *status == "sending").count() == count;
    until("sending", sending).await;
}

/// Nothing of a secret is in what the sandbox tells of the deliveries.
async fn assert_hidden(account: &Account<'_>) {
    for delivery in account.deliveries().await {
        let told = json!([delivery, account.attempts(text(&delivery, "id")).await]).to_string();
        for secret in ["s3cret", "t0ken"] {
            assert!(!told.contains(secret), "{told}");
            assert!(!account.server.log().contains(secret), "{}", account.server.log());
        }
    }
}

#[actix_web::test]
async fn a_token_is_fetched_once_for_many_notifications_side_by_side() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([Reply { held: true, ..grant("a", 3600) }]);
    subscribe(&account, &receiver, &endpoint.url, json!({})).await;
    for index in 0..14 {
        account.booked(&format!("C{index}")).await;
    }
    until_sending(&account, 14).await;
    endpoint.next().await;
    assert_eq!((endpoint.unread(), receiver.unread()), (0, 0));
    endpoint.release(1);
    assert_eq!(tokens(&receiver.take(14).await), ["Bearer a-t0ken"; 14]);
    account.wait_for(14, "delivered").await;
    // A later one uses it as well.
    account.booked("later").await;
    assert_eq!(receiver.next().await.header("authorization"), "Bearer a-t0ken");
    account.wait("for=delivery&status=delivered&candidate_id=later").await;
    assert_hidden(&account).await;
}

#[actix_web::test]
async fn the_endpoint_is_asked_as_the_subscription_says() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    // Source: RFC 6749 §2.3.1.
    let basic = "Basic bWU6czNjcmV0JTJGb2YlMkJ0aGUrY2xpZW50";
    let body = "client_id=me&client_secret=s3cret%2Fof%2Bthe+client&grant_type=client_credentials";
    for (index, (more, header, form)) in [
        (json!({}), basic, "grant_type=client_credentials"),
        (json!({ "client_auth": "basic", "scope": "a b" }), basic, "grant_type=client_credentials&scope=a+b"),
        (json!({ "client_auth": "body" }), "", body),
        (
            json!({ "params": { "audience": "https://h", "resource": "r" } }),
            basic,
            "audience=https%3A%2F%2Fh&grant_type=client_credentials&resource=r",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("C{index}");
        endpoint.answers([grant(&name, 3600)]);
        let shown = account.subscribe(&receiver.url, json!({ "auth": oauth2(&endpoint.url, &more) })).await;
        assert_eq!(shown["auth"]["client_secret"], "***");
        account.booked(&name).await;
        let asked = endpoint.next().await;
        assert_eq!((asked.method.as_str(), asked.header("authorization")), ("POST", header), "{more}");
        assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(std::str::from_utf8(&asked.body).unwrap(), form, "{more}");
        assert_eq!(receiver.next().await.header("authorization"), format!("Bearer {name}-t0ken"));
        account.wait_for(index + 1, "delivered").await;
    }
}

#[actix_web::test]
async fn a_token_that_has_ended_is_not_used_again() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 0), grant("b", 0), grant("c", 3600)]);
    subscribe(&account, &receiver, &endpoint.url, json!({})).await;
    for (candidate, token) in [("1", "a"), ("2", "b"), ("3", "c"), ("4", "c")] {
        account.booked(candidate).await;
        assert_eq!(receiver.next().await.header("authorization"), format!("Bearer {token}-t0ken"));
        account.wait(&format!("for=delivery&status=delivered&candidate_id={candidate}")).await;
    }
    endpoint.take(3).await;
}

#[actix_web::test]
async fn after_a_401_the_same_request_is_sent_with_a_new_token() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 3600), grant("b", 3600)]);
    let said = ("x-seen", "Bearer b-t0ken".to_owned());
    let echo = Reply { body: "you are Bearer b-t0ken", headers: vec![said], ..reply(200) };
    receiver.answers([reply(200), reply(401), echo]);
    subscribe(&account, &receiver, &endpoint.url, json!({})).await;
    account.booked("1").await;
    receiver.next().await;
    account.wait_for(1, "delivered").await;
    account.booked("2").await;
    let (refused, taken) = (receiver.next().await, receiver.next().await);
    assert_eq!((refused.header("authorization"), taken.header("authorization")), ("Bearer a-t0ken", "Bearer b-t0ken"));
    let but_the_token = |call: &Call| {
        let mut kept: Vec<_> = call.headers.iter().filter(|(name, _)| name != "authorization").cloned().collect();
        kept.sort();
        (kept, call.body.clone())
    };
    assert_eq!(but_the_token(&refused), but_the_token(&taken));
    let delivery = account.wait_for(2, "delivered").await;
    assert_eq!((&delivery["attempts"], &delivery["last_status"]), (&json!(1), &json!(200)));
    endpoint.take(2).await;
    assert_hidden(&account).await;
}

#[actix_web::test]
async fn many_401_side_by_side_renew_the_token_once() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 3600), grant("a", 3600)]);
    receiver.answers((0..12).map(|_| held(401)));
    subscribe(&account, &receiver, &endpoint.url, json!({})).await;
    for index in 0..12 {
        account.booked(&format!("C{index}")).await;
    }
    receiver.take(12).await;
    receiver.release(12);
    receiver.take(12).await;
    account.wait_for(12, "delivered").await;
    // The second may have been the same text, as Atlas' own token endpoint does it.
    endpoint.take(2).await;
}

#[actix_web::test]
async fn a_second_401_fails() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 3600), grant("b", 3600), reply(400)]);
    receiver.answers([reply(401), reply(401), reply(401)]);
    subscribe(&account, &receiver, &endpoint.url, json!({ "retry": "automatic" })).await;
    account.booked("1").await;
    let delivery = account.wait_for(1, "failed").await;
    assert_eq!(delivery["reason"], "the receiver answered 401; 200 was expected");
    assert_eq!((&delivery["attempts"], &delivery["last_status"]), (&json!(1), &json!(401)));
    // No new token: the attempt says both.
    account.booked("2").await;
    let delivery = account.wait("for=delivery&candidate_id=2&status=failed").await;
    let told = format!("the receiver answered 401; no token: {} answered 400", endpoint.url);
    assert_eq!(delivery["reason"], told);
    assert_eq!(tokens(&receiver.take(3).await), ["Bearer a-t0ken", "Bearer b-t0ken", "Bearer b-t0ken"]);
    endpoint.take(3).await;
}

#[actix_web::test]
async fn without_a_token_the_attempt_says_why_and_the_next_one_asks_again() {
    let server = Server::shared();
    let page = Reply { body: "<html>Sign in</html>", ..reply(200) };
    let wrong =
        r#"{"error":"invalid_client","error_description":"s3cret/of+the client is not the secret of \u0007me"}"#;
    let moved = Reply { headers: vec![("location", "https://elsewhere.example/".to_owned())], ..reply(302) };
    for (answer, reason, is_passing) in [
        (Reply { body: wrong, ..reply(400) }, "answered 400: invalid_client: *** is not the secret of me", false),
        (reply(401), "answered 401", false),
        (moved, "answered 302, a redirect; redirects are never followed", false),
        (reply(500), "answered 500", true),
        (Reply { body: "<html>", ..reply(503) }, "answered 503", true),
        (page, "answered 200 without a JSON object; one with access_token was expected", false),
        (
            Reply { body: "", ..reply(200) },
            "answered 200 with an empty body; JSON with access_token was expected",
            false,
        ),
        (reply(200), "answered 200 without access_token", false),
        (hangs(), "gave no answer within 300ms (timeout)", true),
    ] {
        let account = server.account(frozen()).await;
        let (receiver, endpoint) = (Receiver::start(), Receiver::start());
        let timeout = if answer.hangs { "300ms" } else { "20s" };
        endpoint.answers([answer, grant("a", 3600)]);
        let more = |timeout| json!({ "timeout": timeout, "retry": "automatic", "retry_schedule": ["1m"] });
        let url = format!("{}?key=s3cret", endpoint.url);
        subscribe(&account, &receiver, &url, more(timeout)).await;
        account.booked("1").await;
        endpoint.next().await;
        let delivery = attempted(&account).await;
        assert_eq!(delivery["status"], if is_passing { "pending" } else { "failed" }, "{delivery}");
        assert_eq!(delivery["reason"], format!("no token: {} {reason}", endpoint.url));
        assert_eq!(delivery["last_status"], Value::Null);
        assert_eq!(receiver.unread(), 0);
        assert_hidden(&account).await;
        subscribe(&account, &receiver, &url, more("20s")).await;
        if is_passing {
            account.clock(json!({ "action": "advance", "duration": "2m" })).await.expect(200);
        } else {
            account.resend(text(&delivery, "id")).await.expect(200);
        }
        assert_eq!(receiver.next().await.header("authorization"), "Bearer a-t0ken");
        endpoint.next().await;
        account.wait_for(1, "delivered").await;
    }
}

/// The one delivery of an account once its first attempt has ended.
async fn attempted(account: &Account<'_>) -> Value {
    let id = text(&account.deliveries().await[0], "id").to_owned();
    until("an attempt", async || !account.attempts(&id).await.is_empty()).await;
    account.control(Method::GET, &format!("/deliveries/{id}"), None).await.expect(200)
}

#[actix_web::test]
async fn an_endpoint_that_is_not_there_is_named() {
    let server = Server::shared();
    let (receiver, black_hole, refused) = (Receiver::start(), BlackHole::open(), nowhere());
    for (url, reason) in [
        (&refused, "could not be asked: no connection: connection refused"),
        (&black_hole.url, "gave no answer within 300ms (timeout)"),
    ] {
        let account = server.account(frozen()).await;
        subscribe(&account, &receiver, url, json!({ "timeout": "300ms" })).await;
        account.booked("1").await;
        let delivery = account.wait_for(1, "failed").await;
        let told = text(&delivery, "reason");
        // On a busy machine even a refusal may take too long.
        assert!(told.starts_with(&format!("no token: {url} {reason}")) || told.ends_with("(timeout)"), "{told}");
    }
}

#[actix_web::test]
async fn who_gives_up_early_breaks_no_other() {
    let server = Server::shared();
    for hasty_is_first in [true, false] {
        let account = server.account(frozen()).await;
        let (receiver, endpoint) = (Receiver::start(), Receiver::start());
        endpoint.answers((0..2).map(|_| Reply { held: true, ..grant("a", 3600) }));
        let (hasty, patient) = (("hasty", "1s"), ("patient", "60s"));
        let [first, second] = if hasty_is_first { [hasty, patient] } else { [patient, hasty] };
        subscribe(&account, &receiver, &endpoint.url, json!({ "timeout": first.1 })).await;
        account.booked(first.0).await;
        endpoint.next().await;
        // The attempt that is under way keeps its own timeout.
        subscribe(&account, &receiver, &endpoint.url, json!({ "timeout": second.1 })).await;
        account.booked(second.0).await;
        let gave_up = account.wait("for=delivery&status=failed&candidate_id=hasty").await;
        let told = format!("no token: {} gave no answer within 1s (timeout)", endpoint.url);
        assert_eq!(gave_up["reason"], told);
        if hasty_is_first {
            // The fetch ended with the time of who began it; the other one begins its own.
            endpoint.next().await;
        }
        endpoint.release(2);
        assert_eq!(receiver.next().await.header("authorization"), "Bearer a-t0ken");
        account.wait("for=delivery&status=delivered&candidate_id=patient").await;
        assert_eq!(endpoint.unread(), 0);
    }
}

#[actix_web::test]
async fn credentials_that_do_not_fit_are_refused_and_named() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (more, word) in [
        (json!({ "token_url": "ftp://h" }), "auth.token_url"),
        (json!({ "token_url": "" }), "auth.token_url"),
        (json!({ "token_url": "http://u:p4ss@h/" }), "auth.token_url"),
        (json!({ "client_id": "" }), "client_id"),
        (json!({ "client_secret": "" }), "client_secret"),
        (json!({ "client_secret": null }), "auth"),
        (json!({ "client_auth": "post" }), "auth"),
        (json!({ "params": { "client_secret": "x" } }), "auth.params"),
        (json!({ "params": { "a": 1 } }), "auth"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let body = json!({ "url": "http://h", "auth": oauth2("http://h/token", &more) });
        let path = "/subscriptions/booking_notification";
        let refused = account.control(Method::PUT, path, Some(body)).await.problem(400);
        assert!(refused.contains(word), "{more}: {refused}");
        assert!(!refused.contains("s3cret") && !refused.contains("p4ss"), "{refused}");
    }
}

#[actix_web::test]
async fn a_flag_gives_every_account_the_credentials() {
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 3600)]);
    let auth = format!("oauth2:me:a:b@c@{}", endpoint.url);
    let server = Server::start_with(&["--notification-url", &receiver.url, "--notification-auth", &auth]);
    let account = server.account(frozen()).await;
    account.booked("1").await;
    assert_eq!(endpoint.next().await.header("authorization"), "Basic bWU6YSUzQWIlNDBj");
    assert_eq!(receiver.next().await.header("authorization"), "Bearer a-t0ken");
    account.wait_for(1, "delivered").await;
    assert_eq!(texts(&account.deliveries().await, "status"), ["delivered"]);
}
