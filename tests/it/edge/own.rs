//! The sandbox's own paths: probes, documents, the page for browsers, and what other sites may not do.

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, send};
use crate::socket::raw;

#[actix_web::test]
async fn what_answers_get_answers_head_without_a_body() {
    let server = Server::shared();
    for path in [
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/openapi/control.json",
        "/openapi/",
        "/_sandbox/openapi.json",
        "/_sandbox/health",
        "/_sandbox/accounts/DEMO0001",
        "/_sandbox/accounts/DEMO0001/events",
    ] {
        let head = send(server.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        if !path.ends_with("events") && path != "/metrics" {
            let length = send(server.request(Method::GET, path)).await.text.len();
            assert_eq!(head.header("content-length"), length.to_string(), "{path}");
        }
    }
}

#[actix_web::test]
async fn another_method_of_an_own_path_is_a_405_that_lists_those_it_has() {
    let server = Server::shared();
    for (method, path, allowed) in [
        (Method::POST, "/livez", "GET, HEAD"),
        (Method::DELETE, "/metrics", "GET, HEAD"),
        (Method::POST, "/openapi.json", "GET, HEAD"),
        (Method::PUT, "/_sandbox/accounts/DEMO0001/requests", "GET, DELETE, HEAD"),
        (Method::GET, "/_sandbox/reset", "POST"),
    ] {
        let answer = send(server.request(method.clone(), path)).await;
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        assert!(answer.problem(405).contains(path) && answer.text.ends_with("}\n"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_browser_at_the_root_gets_a_page_and_everybody_else_the_vendors_404() {
    let server = Server::shared();
    let ask = async |path: &str, accept: &str| send(server.request(Method::GET, path).header("accept", accept)).await;
    let page = ask("/", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let links: Vec<_> = page.text.split("href='/").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
    assert!(links.len() > 7, "{links:?}");
    for link in links {
        assert_eq!(send(server.request(Method::GET, &format!("/{link}"))).await.status, 200, "{link}");
    }
    for (path, accept) in [("/", "*/*"), ("/", "application/json"), ("/nothing", "text/html")] {
        let answer = ask(path, accept).await;
        assert!(answer.status == 404 && answer.text.contains("404"), "{path} {accept}: {}", answer.text);
        assert!(!answer.text.contains("<html"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_page_of_another_site_changes_nothing() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let settings = format!("/_sandbox/accounts/{}/settings", account.code);
    let change = |kind: &'static str| {
        server.request(Method::PATCH, &settings).header("content-type", kind).body(r#"{"approval": true}"#)
    };
    for request in [
        change("application/json").header("origin", "https://evil.example"),
        change("application/json").header("sec-fetch-site", "cross-site"),
        change("application/json").header("origin", "null"),
    ] {
        assert!(send(request).await.problem(403).contains("another site"));
    }
    assert!(send(change("text/plain")).await.problem(415).contains("application/json or application/yaml"));
    let now = async || account.control(Method::GET, "/settings", None).await.expect(200)["approval"].clone();
    assert_eq!(now().await, false);
    let own = change("application/json").header("origin", server.url.as_str()).header("sec-fetch-site", "same-origin");
    send(own).await.expect(200);
    assert_eq!(now().await, true);
    // A form of another site does not finish a test, either.
    let launch = format!("/_sandbox/launch/{}/AAAAAAAA", account.code);
    let form = server.request(Method::POST, &launch).form(&[("result", "PASS")]);
    assert!(send(form.header("origin", "https://evil.example")).await.problem(403).contains("another site"));
}

#[actix_web::test]
async fn control_answers_end_with_a_line_break_and_inboxes_answer_what_they_are_told() {
    let server = Server::shared();
    for (path, status) in [("/_sandbox/health", 200), ("/_sandbox/accounts/DEMO0001", 200), ("/_sandbox/nothing", 404)]
    {
        let answer = send(server.request(Method::GET, path)).await;
        assert!(answer.status == status && answer.text.ends_with("}\n"), "{path}: {:?}", answer.text);
    }
    let answer = send(server.request(Method::PUT, "/_sandbox/inbox/line-break").json(&json!({}))).await;
    assert_eq!(answer.text, r#"{"booking_code":null}"#);
    let answer = send(server.request(Method::GET, "/ping").bearer_auth("demo-token")).await;
    assert!(!answer.text.ends_with('\n'), "the vendor's are as the vendor sends them: {:?}", answer.text);
}

#[actix_web::test]
async fn an_account_says_where_each_service_is_that_is_served() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let urls = account.made["base_urls"].as_object().expect("URLs");
    let names: Vec<_> = urls.keys().map(String::as_str).collect();
    let all = [
        "assessment_result",
        "booking",
        "eligibility",
        "getting_started",
        "payment",
        "proctoring",
        "test_center",
        "test_publication",
        "voucher",
    ];
    assert_eq!(names, all);
    for (name, url) in urls {
        assert!(url.as_str().is_some_and(|url| url.starts_with(&server.url)), "{name}: {url}");
    }
}

#[actix_web::test]
async fn an_offer_of_another_protocol_is_ignored_and_the_connection_closed_in_words() {
    let server = Server::shared();
    let offer = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAAB\r\n";
    for path in ["/ping", "/livez", "/nothing"] {
        let (_, text) = raw(&server, format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{offer}\r\n"));
        let (head, _) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains("connection: close") && !head.contains("upgrade"), "{head}");
    }
}

#[actix_web::test]
async fn a_path_that_is_no_utf_8_is_no_other_spelling_of_a_replacement_character() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("\u{fffd}", "EXAM1").await;
    account.get("/candidates/%EF%BF%BD").await.expect(200);
    for text in ["%FF", "%FE", "%C0%AF", "%ED%A0%80"] {
        let refused = account.get(&format!("/candidates/{text}")).await.refused(400);
        assert_eq!(refused, "No data found for the given candidate id.", "{text}");
        account.delete(&format!("/candidates/{text}/tests/EXAM1")).await.refused(400);
        account.control(Method::GET, &format!("/candidates/{text}"), None).await.problem(404);
        let waited = format!("/wait?for=eligibility&candidate_id={text}&timeout=0s");
        account.control(Method::GET, &waited, None).await.problem(400);
    }
    assert_eq!(account.get("/candidates/%EF%BF%BD").await.expect(200)[0]["status"], "REG02");
}
