//! Signals: what is under way finishes, nothing else begins.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{address, run};
use crate::action::until;
use crate::receiver::{Receiver, hangs, held};
use crate::server::{Server, command, folder, send};

/// Waits until nobody takes connections any more.
fn wait_until_closed(server: &Server) {
    let began = Instant::now();
    while TcpStream::connect(address(server)).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(20), "the server goes on accepting");
    }
}

#[actix_web::test]
async fn on_stop_the_attempt_under_way_finishes_once_and_the_rest_is_counted() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start_with(&["--log-level", "debug"]);
        let receiver = Receiver::start();
        receiver.answers([held(200), held(200), held(200)]);
        let (one, two) = (server.account(json!({})).await, server.account(json!({})).await);
        for account in [&one, &two] {
            account.subscribe(&receiver.url, json!({ "timeout": "60s", "concurrency": 1 })).await;
        }
        for candidate in ["C1", "C2", "C3"] {
            one.booked(candidate).await;
        }
        two.booked("C1").await;
        let under_way: Vec<_> =
            receiver.take(2).await.iter().map(|call| call.header("webhook-id").to_owned()).collect();
        let (one, port_file) = (one.code.clone(), server.port_file());
        server.signal(signal);
        wait_until_closed(&server);
        receiver.release(3);
        assert_eq!(server.wait_for_end(), Some(0));
        // Neither sent again, nor any other begun.
        assert_eq!(receiver.unread(), 0);
        let log = server.log();
        for id in under_way {
            assert_eq!(log.lines().filter(|line| line.contains(&id) && line.contains("delivered")).count(), 1, "{log}");
        }
        let last = log.lines().last().unwrap();
        assert!(last.contains("stopped with deliveries pending"), "{last}");
        assert!(last.contains(&format!("{one}: 2")), "{last}");
        assert_eq!(last.matches(": ").count(), 1, "{last}");
        assert!(!port_file.exists());
    }
}

#[actix_web::test]
async fn a_stop_takes_no_longer_than_its_grace() {
    let mut server = Server::start_with(&["--grace", "1s"]);
    let receiver = Receiver::start();
    receiver.answers([hangs()]);
    let account = server.account(json!({})).await;
    account.subscribe(&receiver.url, json!({ "timeout": "10m" })).await;
    account.booked("C1").await;
    receiver.next().await;
    let code = account.code.clone();
    let began = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait_for_end(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    let log = server.log();
    let last = log.lines().last().unwrap();
    assert!(last.contains("stopped with deliveries pending") && last.contains(&format!("{code}: 1")), "{last}");
}

#[actix_web::test]
async fn a_port_file_holds_the_port_of_its_own_server_or_is_not_there() {
    let port_file = folder("port").join("port");
    let given = port_file.to_str().expect("UTF-8");
    std::fs::write(&port_file, "1\n").expect("an earlier server's");
    let failed = run(&mut command(&["serve", "--fixtures", "/nowhere.yaml", "--port-file", given]));
    assert_eq!((failed.code, port_file.exists()), (Some(2), false), "{}", failed.stderr);
    // One that is stopped as soon as it can be found ends as any other.
    let mut server = Server::start();
    server.signal("TERM");
    assert_eq!((server.wait_for_end(), server.port_file().exists()), (Some(0), false), "{}", server.log());
}

#[actix_web::test]
async fn on_stop_a_request_in_flight_is_answered() {
    let mut server = Server::start();
    let late = json!({ "answers": [{ "status": 201, "delay": "300ms" }] });
    server.control(Method::PUT, "/inbox/box/behaviour", Some(late)).await.expect(200);
    let request = server.request(Method::PUT, "/_sandbox/inbox/box").body("{}");
    let answer = tokio::spawn(send(request));
    let arrived = async || server.control(Method::GET, "/inbox/box", None).await.expect(200)["items"] != json!([]);
    until("the request arrives", arrived).await;
    // Who waits for something is not work in flight.
    let mut waiting = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
    let call = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let wait = call("/_sandbox/accounts/DEMO0001/wait?for=booking&timeout=5m");
    // Both at once: when the first is answered, the second has begun.
    waiting.write_all((call("/livez") + &wait).as_bytes()).expect("it reads");
    waiting.read_exact(&mut [0; 12]).expect("an answer");
    let events = server.request(Method::GET, "/_sandbox/accounts/DEMO0001/events").send().await.expect("a stream");
    let began = Instant::now();
    server.signal("TERM");
    let waited = tokio::task::spawn_blocking(move || {
        let mut waited = String::new();
        waiting.read_to_string(&mut waited).map(|_| waited)
    });
    let waited = waited.await.expect("a thread").expect("the end of the connection");
    assert!(waited.contains("HTTP/1.1 503 ") && waited.contains("the server stops"), "{waited}");
    assert!(began.elapsed().as_secs() < 8, "{:?}", began.elapsed());
    assert_eq!(events.text().await.expect("its end"), "");
    assert_eq!(answer.await.unwrap().status, 201);
    assert_eq!(server.wait_for_end(), Some(0));
    let log = server.log();
    assert!(log.lines().last().unwrap().contains("stopped; no delivery was pending"), "{log}");
}
