//! Paths that make no sense, and codes that are none.

use serde_json::json;

use super::{assert_alive, request};
use crate::server::Server;
use crate::socket::raw;

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
