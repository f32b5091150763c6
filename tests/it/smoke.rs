//! The main job in one test: eligibility in, signed booking notification out.

use reqwest::Method;
use serde_json::json;

use crate::receiver::Receiver;
use crate::server::Server;

#[actix_web::test]
async fn an_eligibility_that_is_scheduled_notifies_the_partner() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule(&id).await;
    let call = receiver.next().await;
    assert_eq!((call.method.as_str(), call.target.as_str()), ("PUT", "/notifications"));
    let body = call.json();
    assert_eq!(body["booking_code"], booking["booking_code"]);
    assert_eq!(body["change_reason"], "BOOKING_CREATED");
    let webhook = standardwebhooks::Webhook::new(account.made["signing_secret"].as_str().unwrap()).unwrap();
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, call.header(name).parse().unwrap());
    }
    webhook.verify(&call.body, &headers).unwrap();
    let delivery = account.wait("for=delivery&status=delivered").await;
    assert_eq!(delivery["id"], call.header("webhook-id"));
    let records = account.get("/candidates/C1").await.expect(200);
    assert_eq!(records[0]["status"], "CSS1");
    account.control(Method::DELETE, "", None).await.expect(204);
}
