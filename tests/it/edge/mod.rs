//! The edge: trusted proxies, HTTPS, the control face's own port, slow clients, how calls end.

mod ending;
mod limit;
mod own;
pub mod tls;

use std::io::Write as _;
use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, folder, send};

fn port(file: &std::path::Path) -> String {
    std::fs::read_to_string(file).expect("a port file").trim().to_owned()
}

#[allow(clippy::disallowed_methods, reason = "a client of the test's own")]
fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

#[actix_web::test]
async fn a_trusted_proxy_tells_the_client_and_nobody_else_does() {
    let given = json!({ "account": { "allow_ip": ["198.51.100.0/24"] } });
    for (flags, header, value, expected) in [
        (&[][..], "x-forwarded-for", "198.51.100.7", 403),
        (&["--trusted-proxies", "10.0.0.0/8"], "x-forwarded-for", "198.51.100.7", 403),
        (&["--trusted-proxies", "127.0.0.1"], "x-forwarded-for", "198.51.100.7", 200),
        (&["--trusted-proxies", "127.0.0.1"], "x-forwarded-for", "198.51.100.7, 203.0.113.1", 403),
        (&["--trusted-proxies", "127.0.0.1"], "forwarded", "for=\"198.51.100.7:1\";proto=https", 200),
        (&["--trusted-proxies", "127.0.0.1"], "forwarded", "for=unknown", 403),
    ] {
        let server = Server::shared_with(&[flags, &["--admin-open"]].concat());
        let account = server.account(given.clone()).await;
        let call = server.request(Method::GET, &account.path("/candidates/C1")).bearer_auth(&account.token);
        let status = send(call.header(header, value)).await.status;
        assert_eq!(status == 403, expected == 403, "{flags:?} {header}: {value}: {status}");
        if flags == ["--trusted-proxies", "127.0.0.1"] && expected == 200 {
            let kept = account.control(Method::GET, "/requests/1", None).await.expect(200);
            assert!(kept.to_string().contains("198.51.100.7"), "{kept}");
        }
    }
}

#[actix_web::test]
async fn a_trusted_proxy_on_this_machine_does_not_open_the_control_api() {
    let proxied = Server::start_with(&["--trusted-proxies", "127.0.0.1"]);
    let ask = |server: &Server| server.request(Method::GET, "/_sandbox/accounts");
    for call in [
        // It says nothing of whom it speaks for.
        ask(&proxied),
        ask(&proxied).header("x-forwarded-for", "198.51.100.7"),
        ask(&proxied).header("x-forwarded-for", "127.0.0.1, 198.51.100.7"),
        ask(&proxied).header("forwarded", "for=198.51.100.7"),
        ask(&proxied).header("forwarded", "for=unknown"),
    ] {
        assert!(send(call).await.problem(403).contains("this machine only"));
    }
    assert_eq!(send(ask(&proxied).header("x-forwarded-for", "127.0.0.1")).await.status, 200);
    let guarded = Server::start_with(&["--trusted-proxies", "127.0.0.1", "--admin-token", "t"]);
    assert_eq!(send(ask(&guarded).bearer_auth("t")).await.status, 200);
    assert_eq!(send(ask(&guarded)).await.status, 401);
}

#[actix_web::test]
async fn a_foreign_host_name_does_not_reach_the_control_api() {
    let server = Server::shared();
    let call = |host: &str| server.request(Method::GET, "/_sandbox/accounts").header("host", host);
    assert!(send(call("evil.example")).await.problem(403).contains("DNS rebinding"));
    let answer = send(call("localhost:8080").header("origin", "https://evil.example")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
}

#[actix_web::test]
async fn the_control_api_moves_to_an_address_of_its_own() {
    let file = folder("admin").join("port");
    let server =
        Server::start_with(&["--admin-listen", "127.0.0.1:0", "--admin-port-file", file.to_str().expect("UTF-8")]);
    assert!(send(server.request(Method::GET, "/_sandbox/accounts")).await.problem(404).contains("--admin-listen"));
    assert_eq!(send(server.request(Method::GET, "/_sandbox/health")).await.status, 200);
    let url = format!("http://127.0.0.1:{}/_sandbox/accounts", port(&file));
    // The page for browsers leads there.
    let page = send(server.request(Method::GET, "/").header("accept", "text/html")).await.text;
    assert!(page.contains(&format!("href='{url}'")) && !page.contains("href='/_sandbox/"), "{page}");
    assert_eq!(send(client().build().expect("a client").get(url)).await.status, 200);
}

#[actix_web::test]
async fn slow_clients_are_cut_off_and_hold_nobody_up() {
    let server = Server::shared_with(&["--request-timeout", "1s"]);
    let account = server.account(json!({})).await;
    let address = server.url.trim_start_matches("http://");
    let mut slow: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(address).expect("the server listens");
            stream.write_all(b"GET /livez HTTP/1.1\r\nhost: ").expect("a part of a head");
            stream
        })
        .collect();
    account.eligible("C1", "EXAM1").await;
    let mut stream = slow.pop().expect("a slow client");
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("a timeout");
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut answer).expect("the server closes");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}
