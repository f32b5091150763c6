//! Java's own HTTP client, as it comes: it offers HTTP/2 over plain HTTP, which the sandbox does not take up.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::server::Server;
use crate::token::keys;

/// What the client tells of its calls, a line each: what it did, the status, and in which version of HTTP.
const EXPECTED: &str = "\
token 200 HTTP_1_1
create 201 HTTP_1_1
again 400 HTTP_1_1
chunked 204 HTTP_1_1
head 405 HTTP_1_1
list 200 HTTP_1_1
together 50
cancel 204 HTTP_1_1
control 200 HTTP_1_1
nowhere 404 HTTP_1_1
stranger 401 HTTP_1_1
";

#[actix_web::test]
async fn javas_own_client_makes_every_kind_of_call() {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/java/Client.java");
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let own = keys(&account);
    let eligibility = json!({
        "candidate": {
            "candidate_id": "C1", "first_name": "Jo", "last_name": "Doe", "address1": "1 Main St", "city": "Boise",
            "country": "USA", "state": "ID", "postal_code": "83701", "email": "jo@example.com",
        },
        "test_code": "EXAM1",
    });
    let ran = Command::new("java")
        .arg(program)
        .args([&account.server.url, &account.path("/candidates")])
        .args([&own.key, &own.secret, &own.username, &own.password, &eligibility.to_string()])
        .output()
        .expect("java starts: run `cargo xtask tools`");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert_eq!(text(&ran.stdout), EXPECTED);
}
