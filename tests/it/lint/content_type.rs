//! Bodies whose `Content-Type` is another than JSON's, or missing: served, found, and refused in `enforce`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{body, given, newest};
use crate::server::{Account, Answer, Server, send};

/// A call whose body says that it is this; nothing where it says nothing.
async fn call(account: &Account<'_>, method: Method, path: &str, body: &Value, kind: Option<&str>) -> Answer {
    let mut request = account.server.request(method, path).bearer_auth(&account.token).body(body.to_string());
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    send(request).await
}

#[actix_web::test]
async fn a_wrong_or_missing_content_type_is_found_and_refused_in_enforce() {
    let server = Server::shared();
    let kinds = [
        (None, "nothing"),
        (Some("text/plain"), "\"text/plain\""),
        (Some("application/x-www-form-urlencoded"), "\"application/x-www-form-urlencoded\""),
        (Some("application/json"), ""),
        (Some("application/json;charset=UTF-8"), ""),
    ];
    for (mode, is_refused) in [("off", false), ("warn", false), ("enforce", true)] {
        let account = server.account(given(mode)).await;
        for (number, (kind, sent)) in kinds.into_iter().enumerate() {
            let (id, is_right) = (format!("C{number}"), sent.is_empty());
            let test = account.path(&format!("/candidates/{id}/tests/EXAM1"));
            if is_refused {
                account.eligible(&id, "EXAM1").await;
            }
            let calls = [
                (Method::POST, account.path("/candidates"), body(&id, &[]), 201),
                (Method::PUT, test.clone(), body(&id, &[]), 204),
                (Method::PUT, format!("{test}/vouchers"), json!([]), 204),
            ];
            for (method, path, body, done) in calls {
                if is_refused && is_right && method == Method::POST {
                    // It exists already.
                    continue;
                }
                let answer = call(&account, method.clone(), &path, &body, kind).await;
                let entry = newest(&account).await;
                if is_refused && !is_right {
                    let expected = format!("content-type: expected application/json, got {sent} (HTTP-CONTENT-TYPE)");
                    assert_eq!(answer.refused(400), expected, "{method} {path}");
                } else {
                    assert_eq!(answer.status, done, "{mode} {method} {path}: {}", answer.text);
                }
                if is_right || mode == "off" {
                    assert_eq!(entry["lint"], json!([]), "{mode} {method} {kind:?}");
                    continue;
                }
                let told = ["rule", "pointer", "sent"].map(|name| entry["lint"][0][name].as_str().unwrap_or_default());
                assert_eq!(told, ["HTTP-CONTENT-TYPE", "content-type:", sent], "{mode} {method} {path}");
            }
        }
    }
}

#[actix_web::test]
async fn what_has_no_body_needs_no_content_type_and_a_broken_body_has_its_finding() {
    let server = Server::shared();
    let account = server.account(given("enforce")).await;
    account.eligible("C1", "EXAM1").await;
    account.get("/candidates/C1").await.expect(200);
    assert_eq!(newest(&account).await["lint"], json!([]));
    let test = account.path("/candidates/C1/tests/EXAM1");
    let ignored = call(&account, Method::DELETE, &test, &json!({}), Some("text/plain")).await;
    assert_eq!((ignored.status, &newest(&account).await["lint"]), (204, &json!([])));
    let form = json!("grant_type=password");
    let path = account.path("/candidates");
    call(&account, Method::POST, &path, &form, Some("text/plain")).await.refused(400);
    assert_eq!(newest(&account).await["lint"][0]["rule"], "HTTP-CONTENT-TYPE");
}
