//! Unusual but legal HTTP, and connections that break off.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::json;

use super::assert_alive;
use crate::server::{Server, eligibility};
use crate::socket::raw;

#[actix_web::test]
async fn unusual_but_legal_http_is_understood() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let path = account.path("/candidates");
    let token = format!("Bearer {}", account.token);
    let head = format!("POST {path} HTTP/1.1\r\nHOST: x\r\nAUTHORIZATION: {token}\r\nConnection: close\r\n");
    let body = |id: &str| eligibility(id, "EXAM1").to_string();
    let with_length = |more: &str, body: &str| format!("{head}{more}Content-Length: {}\r\n\r\n{body}", body.len());
    let chunks = body("H1").chars().map(|c| format!("1\r\n{c}\r\n")).collect::<Vec<_>>().concat();
    let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    for (why, request) in [
        ("a chunk for each byte", format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")),
        ("an offer of HTTP/2, as Java's client makes", with_length(upgrade, &body("H2"))),
        ("Expect: 100-continue", with_length("Expect: 100-continue\r\n", &body("H3"))),
        ("no content type", with_length("", &body("H4"))),
        ("another content type", with_length("Content-Type: text/plain\r\n", &body("H5"))),
        ("absolute form", with_length("", &body("H6")).replacen(&path, &format!("{}{path}", server.url), 1)),
        ("a hundred kilobytes of headers", {
            let many = (0..80).map(|n| format!("X-{n}: {}\r\n", "y".repeat(1000))).collect::<Vec<_>>().concat();
            with_length(&many, &body("H7"))
        }),
    ] {
        let (_, text) = raw(&server, request);
        assert!(text.contains("HTTP/1.1 201 Created") && text.contains("psi_eligiblity_id"), "{why}: {text}");
    }
    for (why, request) in [
        (
            "an upgrade to what is not spoken here",
            format!(
                "GET {path}/H1 HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
            ),
        ),
        ("HTTP/1.0", format!("GET {path}/H1 HTTP/1.0\r\nauthorization: {token}\r\n\r\n")),
        (
            "a header of odd bytes",
            format!(
                "GET {path}/H1 HTTP/1.1\r\nhost: x\r\nx-odd: \u{e9}\u{2713}\r\nauthorization: {token}\r\nconnection: close\r\n\r\n"
            ),
        ),
    ] {
        let (status, text) = raw(&server, request);
        assert!(status == 200 && text.contains("\"candidate_id\":\"H1\""), "{why}: {text}");
    }
    let (status, text) = raw(&server, "CONNECT other.example:443 HTTP/1.1\r\nhost: other.example:443\r\n\r\n");
    assert_eq!(status, 404, "this is no proxy: {text}");
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_connection_that_breaks_off_changes_nothing() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let path = account.path("/candidates");
    let token = format!("Bearer {}", account.token);
    let whole = eligibility("CUT", "EXAM1").to_string();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n");
    for broken in [
        format!("{head}content-length: {}\r\n\r\n{whole}", whole.len() + 1),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{whole}\r\n", whole.len()),
        format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{whole}\r\n"),
        format!("{head}content-length: -1\r\n\r\n{whole}"),
        format!("{head}content-length: 99999999999999999999\r\n\r\n{whole}"),
        format!("{head}content-length: 5\r\ncontent-length: 6\r\n\r\n{whole}"),
        format!("{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{whole}"),
        "\r\n\r\n\r\n".to_owned(),
        "GET".to_owned(),
        "\u{0}\u{1}\u{2}".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // The server may hang up first.
        let _closed = stream.write_all(broken.as_bytes()).and_then(|()| stream.shutdown(Shutdown::Write));
        let mut answer = Vec::new();
        let _closed = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.starts_with("HTTP/1.1 2") && !text.starts_with("HTTP/1.1 5"), "{broken:?}: {text}");
    }
    assert_eq!(account.get("/candidates/CUT").await.refused(400), "No data found for the given candidate id.");
    assert_alive(&account).await;
}
