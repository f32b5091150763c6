//! Whatever is sent: an answer in the right shape, never a 500, and the server goes on.

mod body;
mod clock;
mod connection;
mod form;
mod header;
mod json;
mod member;
mod path;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::TestRunner;
use reqwest::Method;

use crate::server::{Account, Answer, send};

/// A request that closes the connection, of bytes.
fn request(method: &str, target: &[u8], headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut bytes = [method.as_bytes(), b" ", target, b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"].concat();
    for (name, value) in headers {
        bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The last thing each test looks at.
async fn assert_alive(account: &Account<'_>) {
    account.eligible("ALIVE", "EXAM1").await;
    assert_eq!(account.get("/candidates/ALIVE").await.expect(200)[0]["status"], "REG02");
    assert!(!account.server.log().contains("panicked"), "{}", account.server.log());
}

/// The operations that read a body.
fn writers(account: &Account<'_>) -> [(&'static str, Method, String); 4] {
    let candidates = account.path("/candidates");
    [
        ("create", Method::POST, candidates.clone()),
        ("update", Method::PUT, format!("{candidates}/C1/tests/EXAM1")),
        ("vouchers", Method::PUT, format!("{candidates}/C1/tests/EXAM1/vouchers")),
        ("result", Method::PUT, "/bookings/AAAAAAAA/results".to_owned()),
    ]
}

async fn write(account: &Account<'_>, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = account.server.request(method, path).bearer_auth(&account.token);
    send(request.header("content-type", "application/json").body(body)).await
}

/// As many cases as are quick over a socket; failures are printed, and kept nowhere.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}
