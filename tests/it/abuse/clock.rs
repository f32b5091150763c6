//! Times beyond all clocks.

use reqwest::Method;
use serde_json::json;

use crate::server::Server;

#[actix_web::test]
async fn a_time_beyond_all_clocks_is_refused_and_harms_nobody() {
    let server = Server::shared();
    let given = json!({ "account": { "ttl": "400000000000y" } });
    let told = server.control(Method::POST, "/accounts", Some(given)).await.problem(400);
    assert!(told.contains("account.ttl") && told.contains("100 years"), "{told}");
    let account = server.account(json!({ "account": { "ttl": "99y" } })).await;
    let clock = json!({ "action": "scale", "factor": 1e-300 });
    account.control(Method::PUT, "/clock", Some(clock)).await.expect(200);
    let id = account.eligible("C1", "EXAM1").await;
    account.schedule(&id).await;
    account.wait("for=delivery").await;
}
