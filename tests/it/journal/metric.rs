//! The counters and gauges.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::five_calls;
use crate::receiver::{Receiver, reply};
use crate::server::{Server, send};

#[actix_web::test]
async fn requests_and_attempts_are_counted() {
    let server = Server::start();
    let account = server.account(json!({})).await;
    let receiver = Receiver::start();
    receiver.answers([reply(200), reply(500), reply(400)]);
    let requests = |operation: &str, status: u16| {
        format!("atlas_sandbox_requests_total{{service=\"eligibility\",operation=\"{operation}\",status=\"{status}\"}}")
    };
    assert_eq!(server.metric(&requests("create_eligibility", 201)).await, 0);
    five_calls(&account).await;
    for (name, expected) in [
        (requests("create_eligibility", 201), 2),
        (requests("create_eligibility", 400), 1),
        (requests("list_eligibilities", 200), 1),
        ("atlas_sandbox_requests_total{service=\"none\",operation=\"none\",status=\"404\"}".to_owned(), 1),
        ("atlas_sandbox_request_duration_seconds_count{service=\"eligibility\"}".to_owned(), 4),
        ("atlas_sandbox_accounts".to_owned(), 2),
    ] {
        assert_eq!(server.metric(&name).await, expected, "{name}");
    }
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1h"] })).await;
    for candidate in ["C3", "C4", "C5"] {
        account.booked(candidate).await;
        receiver.next().await;
    }
    account.wait_for(1, "failed").await;
    account.wait("for=delivery&status=pending").await;
    for (name, expected) in [
        ("atlas_sandbox_delivery_attempts_total{outcome=\"delivered\"}", 1),
        ("atlas_sandbox_delivery_attempts_total{outcome=\"again\"}", 1),
        ("atlas_sandbox_delivery_attempts_total{outcome=\"failed\"}", 1),
        ("atlas_sandbox_deliveries_open", 1),
        ("atlas_sandbox_deliveries_failed", 1),
    ] {
        assert_eq!(server.metric(name).await, expected, "{name}");
    }
    account.subscription("pause").await;
    join_all((0..32).map(async |candidate| account.booked(&format!("D{candidate}")).await)).await;
    assert_eq!(server.metric("atlas_sandbox_deliveries_open").await, 33);
    account.subscription("resume").await;
    receiver.take(32).await;
    account.wait_for(33, "delivered").await;
    assert_eq!(server.metric("atlas_sandbox_deliveries_open").await, 1);
    let all = send(server.request(Method::GET, "/metrics")).await;
    assert!(all.text.ends_with("# EOF\n"), "{}", all.text);
    assert!(all.text.contains("le=\"+Inf\"") && !all.text.contains("e308"), "{}", all.text);
    read_by_a_parser(&all.text);
    assert!(all.header("content-type").starts_with("application/openmetrics-text"), "{}", all.header("content-type"));
}

/// Has the parser of the Prometheus project read the text; it is strict about `OpenMetrics`.
fn read_by_a_parser(text: &str) {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin/python");
    assert!(std::path::Path::new(python).exists(), "{python} is missing: run `cargo xtask tools`");
    let program = "import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as read; \
                   print(sum(len(family.samples) for family in read(sys.stdin.read())))";
    let mut parser = Command::new(python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python can be run");
    parser.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    let ended = parser.wait_with_output().expect("it ends");
    let samples = String::from_utf8_lossy(&ended.stdout).trim().parse::<usize>();
    assert!(ended.status.success() && samples.is_ok_and(|count| count > 20), "not read:\n{text}");
}
