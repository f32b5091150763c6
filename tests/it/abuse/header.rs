//! A bounded fuzz target: whatever stands in the headers that the gateway reads, the answer is never a 500, and nobody
//! gets in who should not. `form` does the same for the body of the token endpoint.

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::server::Server;
use crate::socket::raw;

/// The headers that proxies add; one line for each more.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip"];

/// How many inputs each target gets.
const CASES: u32 = 300;

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })
}

/// Anything that a header may carry.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff], 0..200)
}

/// A value near to those of an `Authorization` header.
fn credentials() -> impl Strategy<Value = Vec<u8>> {
    let scheme = select(vec!["Bearer ", "bearer ", "Basic ", "bAsIc\t", "Bearer Bearer ", ""]);
    let coded = "[A-Za-z0-9+/]{0,80}={0,3}".prop_map(String::into_bytes);
    (scheme, prop_oneof![bytes(), coded]).prop_map(|(scheme, rest)| [scheme.as_bytes(), &rest].concat())
}

/// A value near to those that proxies write.
fn forwarded() -> impl Strategy<Value = Vec<u8>> {
    let element = prop_oneof![
        Just("for=192.0.2.60;proto=https;by=203.0.113.43".to_owned()),
        Just("for=\"[2001:db8::1]:4711\"".to_owned()),
        Just("999.1.1.1:99999".to_owned()),
        Just("_hidden".to_owned()),
        "[0-9a-fA-F:.\\[\\]]{0,40}",
        "(for|by|host|proto)?=?\"?[ -~]{0,20}",
    ];
    prop_oneof![bytes(), vec(element, 0..6).prop_map(|elements| elements.join(", ").into_bytes())]
}

/// A call with these headers.
fn call(line: &str, headers: &[(&str, &[u8])]) -> Vec<u8> {
    let head = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n");
    let lines = headers.iter().map(|(name, value)| [name.as_bytes(), b": ", value, b"\r\n"].concat());
    [head.into_bytes(), lines.collect::<Vec<_>>().concat(), b"\r\n".to_vec()].concat()
}

#[actix_web::test]
async fn nobody_gets_in_with_anything_at_all_in_the_authorization_header() {
    let server = Server::shared();
    let lines = ["GET /ping", "GET /gettingStartedService/2.0.0/whoami", "POST /token", "POST /revoke"];
    runner()
        .run(&(select(lines.to_vec()), credentials()), |(line, value)| {
            let (status, text) = raw(&server, call(line, &[("authorization", &value)]));
            proptest::prop_assert!([400, 401].contains(&status), "{} {}", status, text);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}\n{}", server.log()));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[actix_web::test]
async fn anything_at_all_in_forwarded_headers_changes_nothing_for_a_caller_without_a_proxy() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let token = format!("Bearer {}", account.token);
    runner()
        .run(&(select(FORWARDED.to_vec()), forwarded()), |(name, value)| {
            let headers = [("authorization", token.as_bytes()), (name, value.as_slice())];
            let (status, text) = raw(&server, call("GET /ping", &headers));
            proptest::prop_assert!(status == 200, "{} {}", status, text);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}\n{}", server.log()));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
