//! Bodies that are no JSON, too large, or not wanted.

use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_alive, request, write, writers};
use crate::server::{Server, eligibility, send};
use crate::socket::{exchange, raw};

#[actix_web::test]
async fn what_is_not_json_is_a_400_that_says_so() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let deep = |open: &str, close: &str| [open.repeat(10_000), close.repeat(10_000)].concat().into_bytes();
    let sound = eligibility("C2", "EXAM1").to_string();
    for body in [
        b"".to_vec(),
        b"   \r\n\t".to_vec(),
        b"{".to_vec(),
        b"}".to_vec(),
        b"{]".to_vec(),
        b"hello".to_vec(),
        b"<xml/>".to_vec(),
        b"candidate_id=1&test_code=2".to_vec(),
        b"{'test_code': 'EXAM1'}".to_vec(),
        b"{\"test_code\": \"EXAM1\",}".to_vec(),
        b"{\"test_code\": undefined}".to_vec(),
        b"{\"test_code\": NaN}".to_vec(),
        b"{\"test_code\": 1e999}".to_vec(),
        b"{\"test_code\": 01}".to_vec(),
        b"{\"test_code\": \"\\ud800\"}".to_vec(),
        b"{\"test_code\": \"a\nb\"}".to_vec(),
        b"{\"test_code\": \"\xff\xfe\"}".to_vec(),
        b"\xff\xfe{\x00}\x00".to_vec(),
        b"\x00".to_vec(),
        b"\x1f\x8b\x08\x00\x00".to_vec(),
        deep("[", "]"),
        deep("{\"a\":", "}"),
        format!("{{\"candidate\":{}", "[".repeat(10_000)).into_bytes(),
        format!("{sound}{sound}").into_bytes(),
        format!("{sound} x").into_bytes(),
    ] {
        for (name, method, path) in writers(&account) {
            let answer = write(&account, method, &path, body.clone()).await;
            let why = format!("{name} {:?}", String::from_utf8_lossy(&body[..body.len().min(40)]));
            let text = answer.refused(400);
            assert!(text.starts_with("the body is not JSON: "), "{why}: {text}");
            assert_eq!(answer.json()["error"], "Bad Request", "{why}");
        }
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_body_of_over_1_mib_is_a_413_with_the_error_model() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let base = format!("/accounts/{}", account.code);
    let mut paths: Vec<_> = writers(&account).map(|(_, method, path)| (method, path)).into();
    paths.push((Method::POST, format!("{base}/candidates")));
    paths.push((Method::POST, "/eligibilityService/2.0.0/candidates".to_owned()));
    paths.push((Method::POST, "/token".to_owned()));
    paths.push((Method::POST, "/oauth2/token".to_owned()));
    paths.push((Method::POST, "/revoke".to_owned()));
    for size in [1024 * 1024 + 1, 3 * 1024 * 1024] {
        for (method, path) in &paths {
            let answer = write(&account, method.clone(), path, vec![b' '; size]).await;
            assert_eq!(answer.refused(413), "the body is larger than 1048576 bytes", "{method} {path}");
            assert_eq!(answer.json()["error"], "Payload Too Large", "{method} {path}");
        }
    }
    let mut body = eligibility("BIG", "EXAM1").to_string().into_bytes();
    body.resize(1024 * 1024, b' ');
    write(&account, Method::POST, &account.path("/candidates"), body.clone()).await.expect(201);
    let anonymous = server.request(Method::POST, &account.path("/candidates")).body(vec![b' '; 3 * 1024 * 1024]);
    assert_eq!(send(anonymous).await.status, 401, "the token is looked at first");
    let path = account.path("/candidates");
    let token = format!("Bearer {}", account.token);
    // In chunks, and more than is drained: the server hangs up instead of reading for ever.
    let mut chunked = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for _ in 0..3 {
        chunked.extend_from_slice(b"100000\r\n");
        chunked.extend_from_slice(&vec![b' '; 0x10_0000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let (status, text) = raw(&server, chunked);
    assert!(status == 413 && text.contains("Payload Too Large"), "{status} {text}");
    exchange(&server, &request("POST", path.as_bytes(), &[("authorization", token.as_bytes())], &vec![b'x'; 24 << 20]));
    assert_alive(&account).await;
}

#[actix_web::test]
async fn fixtures_have_no_such_limit_and_bad_ones_are_a_problem_document() {
    let server = Server::shared();
    let tests = json!([{ "test_code": "EXAM1", "test_name": "x".repeat(3 * 1024 * 1024), "exam_length": 60 }]);
    let account = server.account(json!({ "catalog": { "tests": tests } })).await;
    let post = async |kind: &'static str, body: Vec<u8>| {
        let request = server.request(Method::POST, "/_sandbox/accounts").header("content-type", kind);
        send(request.body(body)).await
    };
    let bomb = (0..40).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [{}]\n", n + 1, n + 1, vec![format!("*a{n}"); 9].join(", "))
    });
    for (kind, body) in [
        ("application/json", b"{".to_vec()),
        ("application/json", b"\xff".to_vec()),
        ("application/json", b"[]".to_vec()),
        ("application/json", b"null".to_vec()),
        ("application/json", b"{\"account\": 1}".to_vec()),
        ("application/json", b"{\"nonsense\": 1}".to_vec()),
        ("application/json", b"{\"account\": {\"account_code\": \"a b\"}}".to_vec()),
        ("application/json", b"{\"account\": {\"allow_ip\": [\"nowhere\"]}}".to_vec()),
        ("application/json", b"{\"clock\": {\"instant\": \"never\"}}".to_vec()),
        ("application/json", "[".repeat(10_000).into_bytes()),
        ("application/json", "{\"account\":".repeat(10_000).into_bytes()),
        ("application/yaml", "[".repeat(10_000).into_bytes()),
        ("application/yaml", "- ".repeat(10_000).into_bytes()),
        ("application/yaml", b"account: *nowhere\n".to_vec()),
        ("application/yaml", b"\ta: b".to_vec()),
        ("application/yaml", bomb.into_bytes()),
    ] {
        let answer = post(kind, body.clone()).await;
        let why = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(answer.status, 400, "{kind} {why}: {}", answer.text);
        assert!(!answer.problem(400).is_empty(), "{kind} {why}");
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_body_where_none_belongs_is_ignored() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    for body in [&b"{}"[..], b"not json", b"\xff\xfe", b"[[[[", &vec![b'x'; 100_000]] {
        for path in ["/candidates/C1", "/candidates/C1/eligibilities?status=all", "/candidates/C1/tests/EXAM1"] {
            let answer = write(&account, Method::GET, &account.path(path), body.to_vec()).await;
            assert_eq!(answer.expect(200)[0]["test_code"], "EXAM1", "{path}");
        }
        let answer = write(&account, Method::DELETE, &account.path("/candidates/C1/tests/EXAM1"), body.to_vec()).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        account.eligible("C1", "EXAM1").await;
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_body_of_nonsense_is_told_in_part_and_kept_in_part() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let vouchers = Value::Array(vec![json!(1); 100_000]);
    let told = account.put("/candidates/C1/tests/EXAM1/vouchers", vouchers).await;
    assert!(told.text.len() < 20_000, "{} bytes", told.text.len());
    assert!(told.refused(400).contains("99950 more that do not fit"), "{}", told.text);
    let mut body = eligibility("C2", "EXAM1");
    for number in 0..10_000 {
        body[format!("unknown{number}")] = json!(1);
    }
    account.post("/candidates", body.clone()).await.expect(201);
    let entry =
        account.control(Method::GET, "/requests/find?operation=create_eligibility&limit=1", None).await.expect(200);
    assert_eq!(entry["items"][0]["lint"].as_array().map(Vec::len), Some(50));
    let refused =
        send(server.request(Method::POST, &account.path("/candidates")).bearer_auth("wrong").json(&body)).await;
    assert_eq!(refused.status, 401);
    let entries = account.control(Method::GET, "/requests?status=401", None).await.expect(200);
    assert_eq!(entries["items"][0]["lint"], json!([]), "a caller that is refused is not linted");
}
