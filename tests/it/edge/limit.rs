//! Clients that ask for too much, all at once, or never finish.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::action::text;
use crate::server::{Server, send};
use crate::socket::raw;
use crate::token::keys;

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream
}

#[actix_web::test]
async fn a_body_that_does_not_come_ends_its_call_on_both_faces_and_is_kept() {
    let server = Server::shared_with(&["--request-timeout", "1s"]);
    let account = server.account(json!({})).await;
    let late = |method: &str, path: &str, more: &str| {
        raw(&server, format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{more}content-length: 9\r\n\r\n{{"))
    };
    let (status, text) =
        late("POST", &account.path("/candidates"), &format!("authorization: Bearer {}\r\n", account.token));
    // The gateway product closes the connection without an answer.
    assert_eq!((status, text.as_str()), (0, ""));
    let kept = account.control(Method::GET, "/requests?status=408", None).await;
    let items = kept.expect(200)["items"].as_array().expect("items").clone();
    assert_eq!(items.len(), 1, "{}", kept.text);
    assert_eq!((&items[0]["status"], &items[0]["operation"]), (&json!(408), &json!("create_eligibility")));
    for path in ["/_sandbox/accounts", "/_sandbox/inbox/slow", "/_sandbox/launch/DEMO0001/AAAAAAAA"] {
        let (status, text) = late("POST", path, "content-type: application/json\r\n");
        assert!(status == 408 && text.contains("--request-timeout"), "{path}: {text}");
    }
    account.eligible("C1", "EXAM1").await;
}

#[actix_web::test]
async fn a_flood_of_headers_is_refused_and_hurts_nobody() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let many = "x-flood: 1\r\n".repeat(5000);
    let large = format!("x-large: {}\r\n", "a".repeat(4 * 1024 * 1024));
    for (flood, name) in [(many, "many"), (large, "large")] {
        let (status, text) =
            raw(&server, format!("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{flood}\r\n"));
        assert!((400..500).contains(&status), "{name}: {status} {text}");
    }
    account.eligible("C1", "EXAM1").await;
}

#[actix_web::test]
async fn connections_above_the_cap_wait_until_one_is_free() {
    let server = Server::start_with(&["--max-connections", "2", "--request-timeout", "60s"]);
    let ask = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    // Two workers, a connection each; all others wait.
    let held: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = connect(&server);
            stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n").expect("a part of a head");
            stream
        })
        .collect();
    let mut waiting = connect(&server);
    waiting.write_all(ask).expect("a request");
    waiting.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    let mut byte = [0];
    waiting.read(&mut byte).expect_err("nobody answers above the cap");
    drop(held);
    let mut answer = String::new();
    waiting.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    waiting.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Whoever waits for something, or follows events, and goes away gives the connection back.
    for path in ["wait?for=booking&timeout=5m", "events"] {
        let held: Vec<_> = (0..2)
            .map(|_| {
                let mut stream = connect(&server);
                let call = format!("GET /_sandbox/accounts/DEMO0001/{path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
                stream.write_all(call.as_bytes()).expect("a request");
                stream
            })
            .collect();
        drop(held);
        let (status, text) = raw(&server, ask);
        assert_eq!(status, 200, "{path}: {text}");
    }
}

#[actix_web::test]
async fn a_client_that_never_reads_is_cut_off() {
    let server = Server::shared_with(&["--request-timeout", "1s"]);
    let mut stream = connect(&server);
    stream.set_write_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    // As long as nobody reads the answers, the server reads no more questions, until it hangs up.
    let asked = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(500_000);
    let error = stream.write_all(&asked).expect_err("the server hangs up");
    let kinds = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    assert!(kinds.contains(&error.kind()), "{error}");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[actix_web::test]
async fn a_control_body_has_a_limit() {
    let server = Server::shared();
    let head = "POST /_sandbox/signatures/explain HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    let ended = |chunks: usize| {
        let chunks = chunk.repeat(chunks);
        [format!("{head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes(), &chunks, b"0\r\n\r\n"]
            .concat()
    };
    let (status, text) = raw(&server, ended(17));
    assert!(status == 413 && text.contains("larger than 16777216 bytes"), "{status} {text}");
    let (status, text) = raw(&server, ended(16));
    assert!(status == 400 && text.contains("body: expected it"), "{status} {text}");
}

#[actix_web::test]
async fn a_connection_stays_open_until_the_client_says_close() {
    let server = Server::shared();
    let mut stream = connect(&server);
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .expect("two requests");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("the server closes");
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
}

#[actix_web::test]
async fn token_requests_at_once_are_all_given_the_same_token() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let answers = join_all((0..64).map(|_| keys.by_password())).await;
    let tokens: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.expect(200)["access_token"].to_string()).collect();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
}

#[actix_web::test]
async fn guessing_passwords_of_one_account_does_not_touch_another() {
    let server = Server::shared();
    let (victim, other) = (server.account(json!({})).await, server.account(json!({})).await);
    other.eligible("C1", "EXAM1").await;
    let keys = keys(&victim);
    let username = text(&victim.made["users"][0], "username");
    let guesses = join_all((0..300).map(async |number| {
        let password = format!("guess-{number}");
        keys.post("/token", &[("grant_type", "password"), ("username", username), ("password", &password)]).await
    }));
    let reads = join_all((0..100).map(|_| other.get("/candidates/C1")));
    let (guesses, reads) = futures_util::future::join(guesses, reads).await;
    let reasons: std::collections::BTreeSet<_> = guesses.iter().map(|guess| guess.refused(400)).collect();
    assert_eq!(reasons, [format!("Authentication failed for {username}")].into());
    assert!(reads.iter().all(|read| read.status == 200));
    assert_eq!(keys.by_password().await.status, 200, "nobody is locked out");
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("guess-"), "{log}");
}

#[actix_web::test]
async fn headers_that_carry_secrets_are_kept_nowhere() {
    let server = Server::start_with(&["--admin-token", "adm1n-hidden", "--log-level", "trace", "--debug-headers"]);
    let control =
        |method: Method, path: &str| server.request(method, &format!("/_sandbox{path}")).bearer_auth("adm1n-hidden");
    let made = send(control(Method::POST, "/accounts").json(&json!({}))).await.expect(201);
    let code = made["account_code"].as_str().expect("a code");
    let path = format!("/eligibilityService/1.0.0/accounts/{code}/candidates/C1");
    for (name, value) in [
        // Also where it does not belong.
        ("authorization", "Bearer adm1n-hidden"),
        ("proxy-authorization", "Basic hidden"),
        ("x-forwarded-access-token", "hidden"),
        ("x-forwarded-authorization", "Bearer hidden"),
        ("x-api-key", "hidden"),
        ("x-client-secret", "hidden"),
        ("cookie", "session=hidden"),
    ] {
        for path in [path.as_str(), "/nothing", "/_sandbox/accounts", "/_sandbox/nothing"] {
            let answer = send(server.request(Method::GET, path).header(name, value)).await;
            assert!(!answer.text.contains("hidden"), "{name} {path}: {}", answer.text);
        }
        let sent = server.request(Method::POST, "/_sandbox/inbox/secrets").header(name, value);
        assert_eq!(send(sent.body("{}")).await.status, 200);
    }
    for (name, path) in [
        ("the account's journal", format!("/accounts/{code}/requests?limit=500")),
        ("the server's journal", "/requests?limit=500".to_owned()),
        ("the inbox", "/inbox/secrets".to_owned()),
        ("the settings", "/settings".to_owned()),
    ] {
        let text = send(control(Method::GET, &path)).await.text;
        assert!(text.len() > 100 && !text.contains("hidden"), "{name}: {text}");
    }
    let metrics = send(server.request(Method::GET, "/metrics").bearer_auth("adm1n-hidden")).await.text;
    assert!(metrics.len() > 100 && !metrics.contains("hidden"), "{metrics}");
    let log = server.log();
    assert!(
        log.len() > 100 && !log.contains("hidden"),
        "{}",
        log.lines().filter(|line| line.contains("hidden")).collect::<String>()
    );
}
