//! Signatures by key pair and by HTTP Message Signatures, verified by libraries of another language.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{SECRET, given};
use crate::action::text;
use crate::receiver::{Call, Receiver};
use crate::server::Server;

/// Verifies RFC 9421 with `http-message-signatures`, `v1a` with `cryptography`; prints the key ids or counts that fit.
const VERIFIER: &str = r#"
import base64, hashlib, json, sys
given = json.load(sys.stdin)
body = base64.b64decode(given["body"])
headers = given["headers"]
if given["scheme"] == "ed25519":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(given["key"].removeprefix("whpk_")))
    message = (headers["webhook-id"] + "." + headers["webhook-timestamp"] + ".").encode() + body
    for one in headers["webhook-signature"].split(" "):
        try:
            key.verify(base64.b64decode(one.removeprefix("v1a,")), message)
            print("fits")
        except Exception as error:
            print(type(error).__name__)
else:
    from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    import requests
    raw = base64.b64decode(given["key"].split("_", 1)[1])
    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id):
            return raw if given["scheme"] == "hmac-sha256" else Ed25519PublicKey.from_public_bytes(raw)
    algorithm = algorithms.HMAC_SHA256 if given["scheme"] == "hmac-sha256" else algorithms.ED25519
    request = requests.Request(given["method"], given["url"], headers=headers, data=body).prepare()
    for name in ("content-digest", "signature", "signature-input"):
        request.headers[name] = headers[name]
    assert headers["content-digest"] == "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
    try:
        for result in HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=Keys()).verify(request):
            covered = sorted(name.strip('"') for name in result.covered_components if "@signature-params" not in name)
            print("fits", result.parameters["keyid"], *covered)
    except Exception as error:
        print(type(error).__name__, error)
"#;

fn verified(call: &Call, url: &str, scheme: &str, key: &str) -> String {
    use base64::Engine as _;
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/python");
    assert!(python.exists(), "{} is missing: run `cargo xtask tools`", python.display());
    let headers: serde_json::Map<String, Value> =
        call.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body = base64::engine::general_purpose::STANDARD.encode(&call.body);
    let input =
        json!({ "headers": headers, "body": body, "url": url, "method": call.method, "scheme": scheme, "key": key });
    let mut child = Command::new(python)
        .args(["-c", VERIFIER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    child.stdin.take().expect("a pipe").write_all(input.to_string().as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the verifier broke");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[actix_web::test]
async fn ed25519_makes_up_a_key_shows_its_public_half_and_signs_with_both_during_a_rotation() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({ "signing": { "type": "ed25519" } })).await;
    account.booked("C1").await;
    let call = receiver.next().await;
    assert!(call.header("webhook-signature").starts_with("v1a,"), "{}", call.header("webhook-signature"));
    let rotated = account.subscription("rotate-secret").await;
    let (new, old) = (text(&rotated["signing"], "public_key"), text(&rotated["signing"], "previous_public_key"));
    assert_ne!(new, old);
    assert_eq!(verified(&call, "", "ed25519", old), "fits");
    assert_eq!(verified(&call, "", "ed25519", new), "InvalidSignature");
    account.booked("C2").await;
    let call = receiver.next().await;
    assert_eq!(verified(&call, "", "ed25519", new), "fits\nInvalidSignature");
    assert_eq!(verified(&call, "", "ed25519", old), "InvalidSignature\nfits");
}

#[actix_web::test]
async fn http_message_signatures_cover_the_request_and_verify_elsewhere() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let account = server.account(given()).await;
    let covered = "@method @target-uri content-digest content-type webhook-id";
    for (candidate, signing, scheme, key_id) in [
        ("1", json!({ "type": "http-message-signatures" }), "hmac-sha256", "atlas-sandbox"),
        (
            "2",
            json!({ "type": "http-message-signatures", "algorithm": "ed25519", "key_id": "mine" }),
            "message-ed25519",
            "mine",
        ),
    ] {
        let url = format!("{}?tenant=a%20b", receiver.url);
        let kept = account.subscribe(&url, json!({ "signing": signing })).await;
        let key = kept["signing"]["public_key"].as_str().unwrap_or(SECRET).to_owned();
        account.booked(candidate).await;
        let call = receiver.next().await;
        assert_eq!(verified(&call, &url, scheme, &key), format!("fits {key_id} {covered}"));
        let elsewhere = verified(&call, &receiver.url, scheme, &key);
        assert!(!elsewhere.contains("fits"), "another target: {elsewhere}");
        account.subscription("rotate-secret").await;
        account.booked(&format!("{candidate}b")).await;
        let call = receiver.next().await;
        assert!(call.header("signature").contains(", sig2=:"), "{}", call.header("signature"));
        assert!(call.header("signature-input").contains(&format!("keyid=\"{key_id}-previous\"")));
    }
}

#[actix_web::test]
async fn keys_that_do_not_fit_are_refused_and_named() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (signing, word) in [
        (json!({ "type": "ed25519", "secret": SECRET }), "signing.secret: expected whsk_"),
        (json!({ "type": "ed25519", "secret": "whsk_AAAA" }), "signing.secret: expected whsk_"),
        (json!({ "type": "http-message-signatures", "secret": "whsk_AAAA" }), "signing.secret: expected whsec_"),
        (json!({ "type": "http-message-signatures", "key_id": "a\"b" }), "signing.key_id"),
        (json!({ "type": "http-message-signatures", "algorithm": "rsa" }), "hmac-sha256"),
    ] {
        let body = json!({ "url": "http://localhost:1/", "signing": signing });
        let path = "/subscriptions/booking_notification";
        let refused = account.control(reqwest::Method::PUT, path, Some(body)).await.problem(400);
        assert!(refused.contains(word), "{signing}: {refused}");
    }
}
