//! Whatever is sent: an answer in the right shape, never a 500, and the server goes on.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, eligibility, send};

/// Sends bytes that need not be HTTP, and gives the status and all that came back; 0 where nothing did.
pub fn raw(server: &Server, request: impl AsRef<[u8]>) -> (u16, String) {
    let (status, text) = exchange(server, request.as_ref());
    (status, String::from_utf8_lossy(&text).into_owned())
}

fn exchange(server: &Server, request: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    // The server may have answered and closed before all was sent.
    let _closed = stream.write_all(request);
    let mut answer = Vec::new();
    let _closed = stream.read_to_end(&mut answer);
    let status = answer.get(9..12).and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| code.parse().ok());
    (status.unwrap_or(0), answer)
}

/// A request that closes the connection, of bytes.
fn request(method: &str, target: &[u8], headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut bytes = [method.as_bytes(), b" ", target, b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"].concat();
    for (name, value) in headers {
        bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The last thing each test looks at.
async fn assert_alive(account: &Account<'_>) {
    account.eligible("ALIVE", "EXAM1").await;
    assert_eq!(account.get("/candidates/ALIVE").await.expect(200)[0]["status"], "REG02");
    assert!(!account.server.log().contains("panicked"), "{}", account.server.log());
}

/// The operations that read a body.
fn writers(account: &Account<'_>) -> [(&'static str, Method, String); 4] {
    let candidates = account.path("/candidates");
    [
        ("create", Method::POST, candidates.clone()),
        ("update", Method::PUT, format!("{candidates}/C1/tests/EXAM1")),
        ("vouchers", Method::PUT, format!("{candidates}/C1/tests/EXAM1/vouchers")),
        ("result", Method::PUT, "/bookings/AAAAAAAA/results".to_owned()),
    ]
}

async fn write(account: &Account<'_>, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = account.server.request(method, path).bearer_auth(&account.token);
    send(request.header("content-type", "application/json").body(body)).await
}

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

/// An eligibility whose member at a pointer is another value.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = eligibility("C9", "EXAM1");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("the parent is there");
    parent.as_object_mut().expect("an object").insert(name.to_owned(), value);
    body
}

#[actix_web::test]
async fn a_wrong_type_is_a_400_that_names_the_member_by_its_path() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C9", "EXAM1").await;
    let texts = ["/candidate/candidate_id", "/candidate/first_name", "/candidate/last_name", "/test_code"]
        .map(|pointer| (pointer, true));
    let optional = [
        "/candidate/address1",
        "/candidate/address2",
        "/candidate/city",
        "/candidate/country",
        "/candidate/email",
        "/candidate/home_phone",
        "/candidate/middle_name",
        "/candidate/office_phone",
        "/candidate/postal_code",
        "/candidate/province_state",
        "/candidate/school_code",
        "/candidate/suffix",
        "/client_eligibility_id",
        "/registration_mode",
        "/delivery_mode",
        "/schedule_start_date",
        "/eligibility_end_date",
    ]
    .map(|pointer| (pointer, false));
    let scalars = [json!(1), json!(1.5), json!(true), json!([]), json!(["x"]), json!({}), json!({ "a": 1 })];
    let mut cases: Vec<(String, Value, &str)> = Vec::new();
    for (pointer, is_required) in texts.into_iter().chain(optional) {
        let path = pointer[1..].replace('/', ".");
        for wrong in &scalars {
            cases.push((path.clone(), with(pointer, wrong.clone()), "a string"));
        }
        if is_required {
            for empty in [json!(null), json!(""), json!("  ")] {
                cases.push((path.clone(), with(pointer, empty), "a string that is not empty"));
            }
        }
    }
    for list in
        ["/portion_codes", "/voucher_codes", "/candidate/special_accommodations", "/candidate/additional_attributes"]
    {
        let path = list[1..].replace('/', ".");
        for wrong in [json!(1), json!(true), json!("X"), json!({ "a": 1 })] {
            cases.push((path.clone(), with(list, wrong), "an array"));
        }
        let item = if list.ends_with("attributes") { "an object" } else { "a string that is not empty" };
        cases.push((format!("{path}[0]"), with(list, json!([1])), item));
        cases.push((format!("{path}[0]"), with(list, json!([null])), item));
    }
    for (path, wrong) in [
        ("candidate.additional_attributes[0].key", json!([{ "key": 1, "value": "v" }])),
        ("candidate.additional_attributes[0].value", json!([{ "key": "cohort", "value": {} }])),
        ("candidate.additional_attributes[0].key", json!([{ "value": "v" }])),
        ("candidate.additional_attributes[1].key", json!([{ "key": "cohort", "value": "v" }, {}])),
    ] {
        cases.push((path.to_owned(), with("/candidate/additional_attributes", wrong), "a string"));
    }
    for wrong in [json!(null), json!(1), json!("C"), json!([]), json!(true)] {
        cases.push(("candidate".to_owned(), with("/candidate", wrong.clone()), "an object"));
        cases.push(("body".to_owned(), wrong, "an object"));
    }
    assert!(cases.len() > 150, "{} cases", cases.len());
    for (path, body, expected) in cases {
        for (method, place) in [(Method::POST, ""), (Method::PUT, "/C9/tests/EXAM1")] {
            let answer = account.call(method.clone(), &format!("/candidates{place}"), Some(body.clone())).await;
            let text = answer.refused(400);
            let start = format!("{path}: expected {expected}");
            assert!(text.starts_with(&start), "{method} {body}: {text:?} does not start with {start:?}");
            assert!(text.contains(", got "), "{text}");
        }
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn all_faults_of_a_body_come_in_one_answer() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (body, paths) in [
        (json!({}), vec!["candidate", "test_code"]),
        (
            json!({ "candidate": {} }),
            vec!["candidate.candidate_id", "candidate.first_name", "candidate.last_name", "test_code"],
        ),
        (
            json!({ "candidate": { "candidate_id": 1, "first_name": "", "email": [] }, "test_code": null, "voucher_codes": [1, "A", ""] }),
            vec![
                "candidate.candidate_id",
                "candidate.email",
                "candidate.first_name",
                "candidate.last_name",
                "test_code",
                "voucher_codes[0]",
                "voucher_codes[2]",
            ],
        ),
    ] {
        let text = account.post("/candidates", body.clone()).await.refused(400);
        let mut named: Vec<_> = text.split("; ").map(|fault| fault.split(':').next().unwrap_or_default()).collect();
        named.sort_unstable();
        assert_eq!(named, paths, "{body}: {text}");
    }
    for (body, paths) in [
        (json!({}), vec!["result", "score"]),
        (json!({ "result": "MAYBE", "score": {} }), vec!["result", "score"]),
        (json!({ "result": "PASS" }), vec!["score"]),
        (json!({ "result": "pass", "score": 1 }), vec!["result"]),
        (json!({ "result": 1, "score": null }), vec!["result", "score"]),
        (json!([]), vec!["body"]),
        (json!(null), vec!["body"]),
    ] {
        let answer = write(&account, Method::PUT, "/bookings/AAAAAAAA/results", body.to_string()).await;
        let text = answer.refused(400);
        let named: Vec<_> = text.split("; ").map(|fault| fault.split(':').next().unwrap_or_default()).collect();
        for path in &paths {
            assert!(named.contains(path), "{body}: {text}");
        }
        assert!(named.iter().all(|name| paths.contains(name)), "{body}: {text}");
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn what_cannot_be_a_date_is_a_400_and_what_nearly_cannot_is_none() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for member in ["schedule_start_date", "eligibility_end_date"] {
        for wrong in [
            "tomorrow",
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "20260301",
            "01/03/2026",
            "2026-03-01T25:00:00Z",
            "2026-03-01T09:00:00",
            "2026-03-01T09:00Z",
            "2026-03-01T09:00:00+99:00",
            "2026-03-01T09:00:00Z; DROP TABLE",
            "99999-01-01",
            "+12026-03-01",
            "-001-01-01",
            "0000-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "２０２６-03-1",
            "\u{0}",
            "1767225600",
        ] {
            let text = account.post("/candidates", with(&format!("/{member}"), json!(wrong))).await.refused(400);
            assert!(text.starts_with(&format!("{member}: expected a UTC date-time")), "{wrong:?}: {text}");
        }
    }
    for (index, odd) in
        ["0000-01-01", "9999-12-31T23:59:59Z", "2026-06-30T23:59:60Z", "2026-03-01T09:00:00.999999999999Z"]
            .into_iter()
            .enumerate()
    {
        let mut body = with("/eligibility_end_date", json!(odd));
        body["candidate"]["candidate_id"] = json!(format!("D{index}"));
        account.post("/candidates", body).await.expect(201);
        account.get(&format!("/candidates/D{index}")).await.expect(200);
    }
    let mut body = with("/eligibility_end_date", json!("2026-03-01"));
    body["schedule_start_date"] = json!("2026-03-02");
    let text = account.post("/candidates", body).await.refused(400);
    assert!(text.starts_with("eligibility_end_date: expected a date that is not before"), "{text}");
    assert_alive(&account).await;
}

#[actix_web::test]
async fn an_unknown_value_of_an_enumeration_is_refused_where_the_contract_says_so() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned();
    for mode in ["Foo", "site_proctored", "SITE_PROCTORED ", "0"] {
        let text = account.post("/candidates", with("/delivery_mode", json!(mode))).await.refused(400);
        assert!(text.starts_with("delivery_mode: expected SITE_PROCTORED or ATLAS_REMOTE_PROCTORED"), "{text}");
    }
    let lenient = account.post("/candidates", with("/registration_mode", json!("Pigeon"))).await;
    assert_eq!(lenient.status, 201, "a lint finding by default: {}", lenient.text);
    for result in ["MAYBE", "pass", "Pass", "PASS ", ""] {
        let path = format!("/bookings/{booking}/results");
        let body = json!({ "result": result, "score": "1" }).to_string();
        let text = write(&account, Method::PUT, &path, body).await.refused(400);
        assert!(text.starts_with("result: expected "), "{result:?}: {text}");
    }
    for status in ["ACTIVE", "Active", "open", "active,inactive", "active%20", "%00", "%FF", "1"] {
        let text = account.get(&format!("/candidates/C1/eligibilities?status={status}")).await.refused(400);
        let expected = "The request is invalid. Only active, inactive, or all can be passed as values.";
        assert_eq!(text, expected, "{status:?}");
    }
    let twice = account.get("/candidates/C1/eligibilities?status=active&status=all").await;
    assert!(!twice.refused(400).is_empty());
    for noise in ["status=all&x=1", "status=all&&&", "status=all&%zz=%", "x[]=1&status=all"] {
        account.get(&format!("/candidates/C1/eligibilities?{noise}")).await.expect(200);
    }
    assert_eq!(account.get("/candidates/C1").await.expect(200)[0]["status"], "CSS1");
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_client_eligibility_id_or_test_code_outside_its_pattern_is_refused() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "open_catalog": true } } })).await;
    for (member, wrong) in [
        ("client_eligibility_id", "x".repeat(21)),
        ("client_eligibility_id", "a b".to_owned()),
        ("client_eligibility_id", "a/b".to_owned()),
        ("client_eligibility_id", "\u{e9}".to_owned()),
        ("client_eligibility_id", "a\n".to_owned()),
        ("test_code", "x".repeat(51)),
        ("test_code", "A B".to_owned()),
        ("test_code", "A.B".to_owned()),
        ("test_code", "\u{e4}".to_owned()),
        ("test_code", "x".repeat(100_000)),
    ] {
        let answer = account.post("/candidates", with(&format!("/{member}"), json!(wrong))).await;
        let text = answer.refused(400);
        assert!(text.starts_with(&format!("{member}: expected at most ")), "{wrong:?}: {text}");
        assert!(text.len() < 300, "what was sent is shortened: {} bytes", text.len());
    }
    for (member, right) in [("client_eligibility_id", "x".repeat(20)), ("test_code", "x".repeat(50))] {
        account.post("/candidates", with(&format!("/{member}"), json!(right))).await.expect(201);
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
async fn a_path_that_makes_no_sense_is_refused_in_the_right_shape() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let base = account.path("");
    let token = format!("Bearer {}", account.token);
    let unknown = "No data found for the given candidate id.";
    let long = "x".repeat(20_000);
    for (target, status, expected) in [
        (format!("{base}/candidates/%FF"), 400, unknown),
        (format!("{base}/candidates/%00"), 400, unknown),
        (format!("{base}/candidates/%"), 400, unknown),
        (format!("{base}/candidates/%zz"), 400, unknown),
        (format!("{base}/candidates/%2F"), 400, unknown),
        (format!("{base}/candidates/%2e%2e"), 400, unknown),
        (format!("{base}/candidates/.."), 400, unknown),
        (format!("{base}/candidates/C1%00"), 400, unknown),
        (format!("{base}/candidates/%C3%28"), 400, unknown),
        (format!("{base}/candidates/'%20OR%201=1--"), 400, unknown),
        (format!("{base}/candidates/{long}"), 400, unknown),
        (format!("{base}/candidates/C1/tests/{long}"), 400, "No mapping found for the given test code."),
        (format!("{base}/candidates/C1/tests/%FF"), 400, "No mapping found for the given test code."),
        (format!("{base}/candidates/"), 404, "am:fault"),
        (format!("{base}/candidates//"), 404, "am:fault"),
        (format!("{base}//candidates/C1"), 404, "am:fault"),
        (format!("/{base}/candidates/C1"), 404, "am:fault"),
        (format!("{base}/candidates//tests/EXAM1"), 404, "am:fault"),
        (format!("{base}/candidates/../candidates/C1"), 404, "am:fault"),
        (format!("{base}/../{}/candidates/C1", account.code), 404, "am:fault"),
        (format!("{base}%2Fcandidates/C1"), 404, "am:fault"),
        ("/../../../etc/passwd".to_owned(), 404, "am:fault"),
        ("/%2e%2e/%2e%2e/etc/passwd".to_owned(), 404, "am:fault"),
        ("//".to_owned(), 404, "am:fault"),
        ("/%00".to_owned(), 404, "am:fault"),
        ("/%FF/%FE".to_owned(), 404, "am:fault"),
        (format!("/{long}"), 404, "am:fault"),
        ("/eligibilityService/1.0.0/eligibilities/%FF/testLaunchInfo".to_owned(), 400, "accountCode/testCode."),
        (format!("/eligibilityService/1.0.0/eligibilities/{long}/testLaunchInfo"), 400, "accountCode/testCode."),
        ("/eligibilities/%00/testLaunchInfo".to_owned(), 400, "accountCode/testCode."),
        ("/eligibilityService/2.0.0/candidates/%FF".to_owned(), 400, unknown),
        ("/eligibilityService/2.0.0//candidates/C1".to_owned(), 404, "am:fault"),
        ("/eligibilityService/2.0.0/../candidates".to_owned(), 404, "am:fault"),
    ] {
        let request = request("GET", target.as_bytes(), &[("authorization", token.as_bytes())], b"");
        let (got, text) = raw(&server, request);
        let why = &target[..target.len().min(120)];
        assert!(got == status && text.contains(expected), "{why}: {got} {}", &text[..text.len().min(600)]);
    }
    let escaped = account.path("/%63andidates/%431");
    let same = request("GET", escaped.as_bytes(), &[("authorization", token.as_bytes())], b"");
    let (status, text) = raw(&server, same);
    assert!(status == 200 && text.contains("\"candidate_id\":\"C1\""), "escapes that need not be there: {text}");
    for target in [&b"/\xff\xfe"[..], b"no-slash", b"", b"/a b", b"/\x00", b"*", b"http://other.example/nothing"] {
        let (status, text) = raw(&server, request("GET", target, &[], b""));
        assert!((400..500).contains(&status), "{:?}: {status} {text}", String::from_utf8_lossy(target));
    }
    for kibibytes in [60, 70, 200] {
        let target = [b"/", vec![b'x'; kibibytes * 1024].as_slice()].concat();
        let (status, text) = raw(&server, request("GET", &target, &[], b""));
        assert!((400..500).contains(&status), "{kibibytes} KiB: {status} {text}");
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn none_and_other_codes_that_are_none_are_a_400() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let other = server.account(json!({})).await;
    let id = other.eligible("C1", "EXAM1").await;
    let strangers = other.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned();
    let long = "A".repeat(5000);
    for code in ["None", "null", "undefined", "AAAAAAAA", "aaaaaaaa", "%00", "%FF", "..", "0", &strangers, &long] {
        for base in ["", "/assessmentResultService/1.0.0"] {
            let target = format!("{base}/bookings/{code}/results");
            let token = format!("Bearer {}", account.token);
            let body = json!({ "result": "PASS", "score": "1" }).to_string();
            let request = request("PUT", target.as_bytes(), &[("authorization", token.as_bytes())], body.as_bytes());
            let (status, text) = raw(&server, request);
            assert!(status == 400 && text.contains("\"error\":\"Bad Request\""), "{target}: {status} {text}");
            assert!(text.contains("No booking found for the given booking code"), "{target}: {text}");
        }
    }
    assert_eq!(other.get("/candidates/C1").await.expect(200)[0]["status"], "CSS1", "the other account's stands");
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
async fn unusual_but_legal_http_is_understood() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let path = account.path("/candidates");
    let token = format!("Bearer {}", account.token);
    let head = format!("POST {path} HTTP/1.1\r\nHOST: x\r\nAUTHORIZATION: {token}\r\nConnection: close\r\n");
    let body = |id: &str| eligibility(id, "EXAM1").to_string();
    let with_length = |more: &str, body: &str| format!("{head}{more}Content-Length: {}\r\n\r\n{body}", body.len());
    let chunks = body("H1").chars().map(|c| format!("1\r\n{c}\r\n")).collect::<Vec<_>>().concat();
    let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    for (why, request) in [
        ("a chunk for each byte", format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")),
        ("an offer of HTTP/2, as Java's client makes", with_length(upgrade, &body("H2"))),
        ("Expect: 100-continue", with_length("Expect: 100-continue\r\n", &body("H3"))),
        ("no content type", with_length("", &body("H4"))),
        ("another content type", with_length("Content-Type: text/plain\r\n", &body("H5"))),
        ("absolute form", with_length("", &body("H6")).replacen(&path, &format!("{}{path}", server.url), 1)),
        ("a hundred kilobytes of headers", {
            let many = (0..80).map(|n| format!("X-{n}: {}\r\n", "y".repeat(1000))).collect::<Vec<_>>().concat();
            with_length(&many, &body("H7"))
        }),
    ] {
        let (_, text) = raw(&server, request);
        assert!(text.contains("HTTP/1.1 201 Created") && text.contains("psi_eligiblity_id"), "{why}: {text}");
    }
    for (why, request) in [
        (
            "an upgrade to what is not spoken here",
            format!(
                "GET {path}/H1 HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
            ),
        ),
        ("HTTP/1.0", format!("GET {path}/H1 HTTP/1.0\r\nauthorization: {token}\r\n\r\n")),
        (
            "a header of odd bytes",
            format!(
                "GET {path}/H1 HTTP/1.1\r\nhost: x\r\nx-odd: \u{e9}\u{2713}\r\nauthorization: {token}\r\nconnection: close\r\n\r\n"
            ),
        ),
    ] {
        let (status, text) = raw(&server, request);
        assert!(status == 200 && text.contains("\"candidate_id\":\"H1\""), "{why}: {text}");
    }
    let (status, text) = raw(&server, "CONNECT other.example:443 HTTP/1.1\r\nhost: other.example:443\r\n\r\n");
    assert_eq!(status, 404, "this is no proxy: {text}");
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_connection_that_breaks_off_changes_nothing() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let path = account.path("/candidates");
    let token = format!("Bearer {}", account.token);
    let whole = eligibility("CUT", "EXAM1").to_string();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n");
    for broken in [
        format!("{head}content-length: {}\r\n\r\n{whole}", whole.len() + 1),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{whole}\r\n", whole.len()),
        format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{whole}\r\n"),
        format!("{head}content-length: -1\r\n\r\n{whole}"),
        format!("{head}content-length: 99999999999999999999\r\n\r\n{whole}"),
        format!("{head}content-length: 5\r\ncontent-length: 6\r\n\r\n{whole}"),
        format!("{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{whole}"),
        "\r\n\r\n\r\n".to_owned(),
        "GET".to_owned(),
        "\u{0}\u{1}\u{2}".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // The server may hang up first.
        let _closed = stream.write_all(broken.as_bytes()).and_then(|()| stream.shutdown(Shutdown::Write));
        let mut answer = Vec::new();
        let _closed = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.starts_with("HTTP/1.1 2") && !text.starts_with("HTTP/1.1 5"), "{broken:?}: {text}");
    }
    assert_eq!(account.get("/candidates/CUT").await.refused(400), "No data found for the given candidate id.");
    assert_alive(&account).await;
}

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

/// As many cases as are quick over a socket; failures are printed, and kept nowhere.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
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

/// A JSON value of any shape, its members often named as the models' are.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        prop_oneof![
            Just("EXAM1"),
            Just("EXAM2-P1"),
            Just("PASS"),
            Just("2026-03-01"),
            Just("SAVE10"),
            Just("C1"),
            Just("")
        ]
        .prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("candidate".to_owned()),
        Just("candidate_id".to_owned()),
        Just("first_name".to_owned()),
        Just("last_name".to_owned()),
        Just("test_code".to_owned()),
        Just("portion_codes".to_owned()),
        Just("voucher_codes".to_owned()),
        Just("additional_attributes".to_owned()),
        Just("special_accommodations".to_owned()),
        Just("key".to_owned()),
        Just("schedule_start_date".to_owned()),
        Just("eligibility_end_date".to_owned()),
        Just("result".to_owned()),
        Just("score".to_owned()),
        ".{0,10}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((name.clone(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[actix_web::test]
async fn a_service_answers_any_json_in_the_error_model_and_never_with_a_500() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let token = format!("Bearer {}", account.token);
    let places = writers(&account).map(|(_, method, path)| (method.to_string(), path));
    let strategy = (proptest::sample::select(places.to_vec()), json_value());
    runner(300)
        .run(&strategy, |((method, path), body)| {
            let headers = [("authorization", token.as_bytes())];
            let (status, text) = raw(&server, request(&method, path.as_bytes(), &headers, body.to_string().as_bytes()));
            proptest::prop_assert!([201, 204, 400].contains(&status), "{} {}", status, text);
            if status == 400 {
                let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                let error: Value = serde_json::from_str(body).unwrap_or_default();
                proptest::prop_assert!(error["error"] == "Bad Request", "{}", text);
                proptest::prop_assert!(error["error_description"].as_str().is_some_and(|t| !t.is_empty()), "{}", text);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}\n{}", server.log()));
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

#[actix_web::test]
async fn a_time_beyond_all_clocks_is_refused_and_harms_nobody() {
    let server = Server::shared();
    let given = json!({ "account": { "ttl": "400000000000y" } });
    let told = server.control(Method::POST, "/accounts", Some(given)).await.problem(400);
    assert!(told.contains("account.ttl") && told.contains("100 years"), "{told}");
    let account = server.account(json!({ "account": { "ttl": "99y" } })).await;
    let clock = json!({ "action": "scale", "factor": 1e-300 });
    account.control(Method::PUT, "/clock", Some(clock)).await.expect(200);
    let id = account.eligible("C1", "EXAM1").await;
    account.schedule(&id).await;
    account.wait("for=delivery").await;
}
