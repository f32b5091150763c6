//! A bounded fuzz target: whatever the token endpoint is sent.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use reqwest::Method;
use serde_json::Value;

use super::{request, runner};
use crate::server::{Server, send};
use crate::socket::raw;

/// A value of a header: what HTTP allows, which is more than ASCII.
fn header_value() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![8 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8, 1 => Just(b'\t')], 0..80)
}

fn form_field() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        4 => Just("grant_type"), 1 => Just("username"), 1 => Just("password"), 1 => Just("refresh_token"), 1 => Just("scope"),
        1 => Just("validity_period"), 1 => Just("client_id"), 1 => Just("client_secret"), 1 => Just("token"), 1 => Just("x"),
    ];
    let value = prop_oneof![
        2 => Just(b"password".to_vec()), 2 => Just(b"client_credentials".to_vec()), 2 => Just(b"refresh_token".to_vec()),
        1 => Just(b"demo".to_vec()), 1 => Just(b"demo-pass".to_vec()), 1 => Just(b"demo-key".to_vec()),
        1 => Just(b"demo-secret".to_vec()), 1 => Just(b"-9223372036854775808".to_vec()), 1 => Just(b"9223372036854775807".to_vec()),
        1 => Just(b"%00%ff%zz+&=".to_vec()), 2 => vec(any::<u8>(), 0..60),
    ];
    (name, value).prop_map(|(name, value)| [name.as_bytes(), b"=", &value].concat())
}

fn token_request() -> impl Strategy<Value = Vec<u8>> {
    let path = prop_oneof![3 => Just("/token"), 1 => Just("/oauth2/token"), 2 => Just("/revoke")];
    let method =
        prop_oneof![12 => Just("POST"), 1 => Just("PUT"), 1 => Just("GET"), 1 => Just("DELETE"), 1 => Just("PATCH")];
    let query = prop_oneof![4 => Just(String::new()), 1 => "\\?[!-~]{0,40}"];
    let kind = prop_oneof![
        6 => Just(b"application/x-www-form-urlencoded".to_vec()),
        1 => Just(b"application/json".to_vec()),
        2 => header_value(),
    ];
    let authorization = prop_oneof![
        4 => Just(b"Basic ZGVtby1rZXk6ZGVtby1zZWNyZXQ=".to_vec()),
        1 => Just(Vec::new()),
        1 => header_value(),
        1 => header_value().prop_map(|value| [b"Basic ".to_vec(), value].concat()),
        1 => vec(any::<u8>(), 0..40).prop_map(|bytes| {
            use base64::Engine as _;
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(bytes)).into_bytes()
        }),
    ];
    let body = prop_oneof![
        4 => vec(form_field(), 0..6).prop_map(|fields| fields.join(&b'&')),
        1 => vec(any::<u8>(), 0..2000),
        1 => ".{0,200}".prop_map(String::into_bytes),
    ];
    let more = ("x-[a-z]{1,12}", header_value());
    (method, path, query, kind, authorization, more, body).prop_map(
        |(method, path, query, kind, authorization, (name, value), body)| {
            let headers = [
                ("content-type", &kind[..]),
                ("authorization", &authorization[..]),
                ("accept", &value),
                (&name, &value),
            ];
            request(method, format!("{path}{query}").as_bytes(), &headers, &body)
        },
    )
}

#[actix_web::test]
async fn the_token_endpoint_answers_anything_at_all_and_never_with_a_500() {
    let server = Server::shared();
    let mut seen = std::collections::BTreeMap::<u16, u32>::new();
    let cell = std::cell::RefCell::new(&mut seen);
    runner(600)
        .run(&token_request(), |request| {
            let (status, text) = raw(&server, &request);
            *cell.borrow_mut().entry(status).or_default() += 1;
            let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            proptest::prop_assert!([200, 400, 401, 405].contains(&status), "{} {}", status, text);
            if status == 401 {
                let error: Value = serde_json::from_str(body).unwrap_or_default();
                proptest::prop_assert!(error["error_description"].is_string(), "{}", text);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}\n{}", server.log()));
    assert!([200, 400, 401, 405].iter().all(|status| seen.contains_key(status)), "not all answers were met: {seen:?}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
    let form = [("grant_type", "client_credentials")];
    let sound = server.request(Method::POST, "/token").basic_auth("demo-key", Some("demo-secret")).form(&form);
    assert!(send(sound).await.expect(200)["access_token"].is_string());
}
