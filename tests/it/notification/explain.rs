//! `POST /_sandbox/signatures/explain`: a real notification, spoiled in the ways receivers spoil it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{SECRET, given};
use crate::action::text;
use crate::receiver::{Call, Receiver};
use crate::server::{Server, send};

async fn explain(server: &Server, input: Value) -> Value {
    send(server.request(Method::POST, "/_sandbox/signatures/explain").json(&input)).await.expect(200)
}

/// The notification as a receiver would paste it.
fn pasted(call: &Call, secret: &str) -> Value {
    let headers: Map<String, Value> =
        call.headers.iter().map(|(name, value)| (name.to_uppercase(), json!(value))).collect();
    let body = std::str::from_utf8(&call.body).expect("text");
    json!({ "headers": headers, "body": body, "secret": secret })
}

fn hmac(key: &[u8], id: &str, at: &str, body: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn v1(bytes: &[u8]) -> Value {
    json!(format!("v1,{}", STANDARD.encode(bytes)))
}

#[actix_web::test]
async fn each_way_to_spoil_a_notification_is_told_by_its_name() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    let call = receiver.next().await;
    let sound = pasted(&call, SECRET);
    let (id, at, body) = (call.header("webhook-id"), call.header("webhook-timestamp"), text(&sound, "body"));
    let bare = SECRET.strip_prefix("whsec_").expect("its prefix");
    let key = STANDARD.decode(bare).expect("base64");
    let hex = hmac(&key, id, at, body).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string");
        hex
    });
    let millis = format!("{at}000");
    let seconds: i64 = at.parse().expect("seconds");
    let clock =
        |skew: i64| json!(chrono::DateTime::from_timestamp(seconds + skew, 0).expect("an instant").to_rfc3339());
    let parsed: Value = serde_json::from_str(body).expect("JSON");
    // Ours is in alphabetical order.
    let reversed: Map<String, Value> = parsed.as_object().expect("an object").clone().into_iter().rev().collect();
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    // Unknown to the server, so that only the signature tells.
    let foreign = |signed: &str, received: &str| {
        let signature = v1(&hmac(&key, "msg_f", at, signed));
        json!([["/headers/WEBHOOK-ID", "msg_f"], ["/headers/WEBHOOK-SIGNATURE", signature], ["/body", received]])
    };
    let spoiled: Vec<(&str, Value)> = vec![
        ("valid", json!([])),
        ("valid", json!([["/now", clock(300)]])),
        ("timestamp-too-old", json!([["/now", clock(301)]])),
        ("timestamp-too-new", json!([["/now", clock(-301)]])),
        ("missing-header", json!([["/headers/WEBHOOK-ID", null]])),
        ("missing-header", json!([["/headers/WEBHOOK-TIMESTAMP", null]])),
        ("missing-header", json!([["/headers/WEBHOOK-SIGNATURE", null]])),
        ("malformed-signature", json!([["/headers/WEBHOOK-SIGNATURE", "sha256=abc"]])),
        ("malformed-timestamp", json!([["/headers/WEBHOOK-TIMESTAMP", "2026-03-01T12:00:00Z"]])),
        ("malformed-secret", json!([["/secret", "whsec_not base64"]])),
        ("timestamp-in-milliseconds", json!([["/headers/WEBHOOK-TIMESTAMP", millis]])),
        (
            "timestamp-in-milliseconds",
            json!([
                ["/headers/WEBHOOK-TIMESTAMP", millis],
                ["/headers/WEBHOOK-SIGNATURE", v1(&hmac(&key, id, &millis, body))]
            ]),
        ),
        ("signature-in-hex", json!([["/headers/WEBHOOK-SIGNATURE", format!("v1,{hex}")]])),
        ("signature-in-hex", json!([["/headers/WEBHOOK-SIGNATURE", hex]])),
        ("secret-not-decoded", json!([["/headers/WEBHOOK-SIGNATURE", v1(&hmac(bare.as_bytes(), id, at, body))]])),
        ("secret-with-prefix", json!([["/headers/WEBHOOK-SIGNATURE", v1(&hmac(SECRET.as_bytes(), id, at, body))]])),
        ("body-reserialised", json!([["/body", serde_json::to_string_pretty(&parsed).expect("JSON")]])),
        ("body-reserialised", json!([["/body", serde_json::to_string(&reversed).expect("JSON")]])),
        ("newline-added", json!([["/body", format!("{body}\n")]])),
        ("newline-trimmed", foreign(&format!("{body}\n"), body)),
        ("body-reserialised", foreign(&serde_json::to_string_pretty(&parsed).expect("JSON"), body)),
        ("body-reserialised", foreign("{\"a\": 1, \"b\": [1, 2]}", "{\"b\":[1,2],\"a\":1}")),
        ("body-altered", json!([["/body", body.replacen("C1", "C2", 1)]])),
        ("wrong-secret", json!([["/secret", other]])),
        ("signature-mismatch", json!([["/headers/WEBHOOK-ID", "msg_f"]])),
    ];
    for (reason, edits) in spoiled {
        let mut input = sound.clone();
        for edit in edits.as_array().expect("edits") {
            let (parent, name) = edit[0].as_str().expect("a path").rsplit_once('/').expect("a member");
            let members = input.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
            if edit[1].is_null() {
                drop(members.remove(name));
            } else {
                drop(members.insert(name.to_owned(), edit[1].clone()));
            }
        }
        let told = explain(&server, input).await;
        assert_eq!(told["reason"], reason, "{edits}: {told}");
        assert_eq!(told["valid"], reason == "valid", "{told}");
        assert!(!told.to_string().contains(bare), "a secret is told: {told}");
    }
    let mut input = sound.clone();
    input["body"] = json!(body.replacen("C1", "C2", 1));
    let told = explain(&server, input).await;
    assert_eq!(told["first_difference"]["offset"], body.find("C1").expect("the candidate") + 1, "{told}");
    // The secret from before and after a rotation.
    let rotated = account.subscription("rotate-secret").await;
    let new = text(&rotated["signing"], "secret");
    assert_eq!(explain(&server, pasted(&call, new)).await["reason"], "old-secret");
    let mut both = sound;
    both["secret"] = json!(null);
    both["secrets"] = json!([new, SECRET]);
    let told = explain(&server, both).await;
    assert_eq!((&told["valid"], &told["secret"]), (&json!(true), &json!(1)), "{told}");
}

#[actix_web::test]
async fn the_other_schemes_are_explained_as_well() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    for (index, (scheme, signing)) in [
        ("ed25519", json!({ "type": "ed25519" })),
        ("http-message-signatures", json!({ "type": "http-message-signatures", "secret": SECRET })),
        ("http-message-signatures", json!({ "type": "http-message-signatures", "algorithm": "ed25519" })),
    ]
    .into_iter()
    .enumerate()
    {
        let url = format!("{}?x=ü", receiver.url);
        let kept = account.subscribe(&url, json!({ "signing": signing })).await;
        let key = kept["signing"]["public_key"].as_str().unwrap_or(SECRET);
        account.booked(&format!("C{index}")).await;
        let call = receiver.next().await;
        account.wait_for(index + 1, "delivered").await;
        let sound = pasted(&call, key);
        let told = explain(&server, sound.clone()).await;
        assert_eq!((&told["scheme"], &told["reason"]), (&json!(scheme), &json!("valid")), "{told}");
        let mut altered = sound.clone();
        altered["body"] = json!(text(&sound, "body").replacen("EXAM1", "EXAM2", 1));
        assert_eq!(explain(&server, altered).await["reason"], "body-altered", "{scheme}");
        let mut other = sound.clone();
        other["body"] = json!(text(&sound, "body").to_owned() + "\n");
        assert_eq!(explain(&server, other).await["reason"], "newline-added", "{scheme}");
        let mut late = sound;
        late["now"] = json!("2036-01-01T00:00:00Z");
        assert_eq!(explain(&server, late).await["reason"], "timestamp-too-old", "{scheme}");
    }
}

#[actix_web::test]
async fn a_question_without_body_or_secret_is_refused() {
    let server = Server::shared();
    for (input, word) in [
        (json!({ "secret": SECRET }), "body"),
        (json!({ "secret": SECRET, "body": "", "body_base64": "" }), "both"),
        (json!({ "secret": SECRET, "body_base64": "?" }), "body_base64"),
        (json!({ "body": "{}" }), "secret"),
    ] {
        let request = server.request(Method::POST, "/_sandbox/signatures/explain").json(&input);
        let refused = send(request).await.problem(400);
        assert!(refused.contains(word), "{input}: {refused}");
    }
}
