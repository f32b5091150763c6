//! How an account ends: deleted, or when its time is over.

use reqwest::Method;
use serde_json::json;

use super::{named, status_with, token};
use crate::server::Server;

#[actix_web::test]
async fn delete_frees_the_code_the_keys_the_tokens_and_the_identifiers() {
    let server = Server::shared();
    let mut identifiers = Vec::new();
    for _ in 0..2 {
        let account = server.account(named("DELETED1")).await;
        let id = account.eligible("C1", "EXAM1").await;
        let booking = account.schedule(&id).await;
        let moved = account.booking(booking["booking_code"].as_str().expect("a code"), "reschedule").await.expect(200);
        identifiers.push([json!(id), booking["booking_code"].clone(), moved["booking_code"].clone()]);
        let issued = token(&server, "key-DELETED1", "secret-DELETED1").await.expect(200);
        let issued = issued["access_token"].as_str().expect("a token");
        assert_eq!(status_with(&server, issued, "DELETED1").await, 200);
        let gone = account.control(Method::DELETE, "", None).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        for token in [issued, account.token.as_str()] {
            assert_eq!(status_with(&server, token, "DELETED1").await, 401);
        }
        assert_eq!(token(&server, "key-DELETED1", "secret-DELETED1").await.status, 401);
        for path in ["", "/eligibilities", "/bookings", "/settings", "/clock", "/requests", "/deliveries"] {
            assert_eq!(account.control(Method::GET, path, None).await.problem(404), "there is no account \"DELETED1\"");
        }
        assert_eq!(account.control(Method::DELETE, "", None).await.problem(404), "there is no account \"DELETED1\"");
    }
    assert_eq!(identifiers[0], identifiers[1]);
}

#[actix_web::test]
async fn an_account_with_a_ttl_is_gone_when_its_time_is_over() {
    let server = Server::shared();
    let mut given = named("BRIEF1");
    given["account"]["ttl"] = json!("300ms");
    let brief = server.account(given.clone()).await;
    let lasting = server.account(named("LASTING1")).await;
    // The wait ends with the account, long before its own time.
    let began = std::time::Instant::now();
    let ended = brief.control(Method::GET, "/wait?for=request&status=599&timeout=60s", None).await;
    assert!(matches!(ended.status, 404 | 408), "{}", ended.text);
    assert!(began.elapsed().as_secs() < 30, "the wait lasted {:?}", began.elapsed());
    assert_eq!(brief.control(Method::GET, "", None).await.problem(404), "there is no account \"BRIEF1\"");
    assert_eq!(status_with(&server, &brief.token, "BRIEF1").await, 401);
    assert_eq!(status_with(&server, &lasting.token, "LASTING1").await, 400);
    server.account(given).await;
}

#[actix_web::test]
async fn a_younger_account_with_the_code_outlives_the_ttl_of_the_older_one() {
    let server = Server::shared();
    let mut given = named("BRIEF2");
    given["account"]["ttl"] = json!("300ms");
    let brief = server.account(given.clone()).await;
    brief.control(Method::DELETE, "", None).await.expect(204);
    let younger = server.account(named("BRIEF2")).await;
    // Of the same age as the first one's rest: when it is gone, so is the time of the first.
    given["account"]["account_code"] = json!("CLOCK2");
    given["account"]["applications"][0]["consumer_key"] = json!("key-CLOCK2");
    given["account"]["static_tokens"] = json!(["token-CLOCK2"]);
    let clock = server.account(given).await;
    clock.control(Method::GET, "/wait?for=request&status=599&timeout=60s", None).await;
    assert_eq!(clock.control(Method::GET, "", None).await.problem(404), "there is no account \"CLOCK2\"");
    assert_eq!(status_with(&server, &younger.token, "BRIEF2").await, 400);
}
