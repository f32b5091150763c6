//! Who may use the control API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, eligibility, send};

#[actix_web::test]
async fn the_control_api_asks_for_the_admin_token_where_there_is_one() {
    let server = Server::shared_with(&["--admin-token", "adm1n"]);
    let ask = async |method: Method, path: &str, header: &str| {
        send(server.request(method, path).header("authorization", header)).await
    };
    for (method, path) in [
        (Method::GET, "/_sandbox/accounts"),
        (Method::POST, "/_sandbox/accounts"),
        (Method::GET, "/_sandbox/accounts/DEMO0001?secrets=true"),
        (Method::DELETE, "/_sandbox/accounts/DEMO0001"),
        (Method::GET, "/_sandbox/requests"),
        (Method::POST, "/_sandbox/reset"),
        (Method::PUT, "/_sandbox/clock"),
        (Method::GET, "/_sandbox/inbox/demo"),
        (Method::DELETE, "/_sandbox/inbox/demo"),
        (Method::PUT, "/_sandbox/inbox/demo/behaviour"),
        (Method::GET, "/_sandbox/fidelity"),
        (Method::GET, "/_sandbox/nothing"),
        (Method::GET, "/_sandbox"),
        (Method::GET, "/_sandbox/launch"),
        // The router knows `%5f` for `_`, and so does the guard.
        (Method::GET, "/%5fsandbox/accounts/DEMO0001?secrets=true"),
        (Method::GET, "/%5Fsandbox/accounts"),
        (Method::GET, "/_s%61ndbox/accounts"),
        (Method::GET, "/_sandbox/acc%6funts"),
        (Method::GET, "/_sandbox/launch/%2e%2e/accounts"),
        (Method::DELETE, "/%5fsandbox/accounts/DEMO0001"),
    ] {
        for header in [
            "",
            "Bearer wrong",
            "Bearer adm1n2",
            "Bearer adm1",
            "bearer adm1n",
            "adm1n",
            "Basic YWRtMW46",
            "Bearer demo-token",
        ] {
            let answer = ask(method.clone(), path, header).await;
            assert_eq!(answer.status, 401, "{method} {path} {header:?}: {}", answer.text);
            let detail = answer.problem(401);
            assert!(detail.contains("admin token") && !answer.text.contains("adm1n"), "{}", answer.text);
            assert_eq!(answer.json()["status"], 401);
        }
    }
    let with = async |method: Method, path: &str| ask(method, path, "Bearer adm1n").await;
    assert_eq!(with(Method::GET, "/_sandbox/accounts").await.expect(200)["items"][0]["account_code"], "DEMO0001");
    let secrets = with(Method::GET, "/_sandbox/accounts/DEMO0001?secrets=true").await.expect(200);
    assert_eq!(secrets["users"][0]["password"], "demo-pass");
    assert_eq!(with(Method::GET, "/_sandbox/nothing").await.status, 404);
    for path in ["/_sandbox/health", "/_sandbox/openapi.json", "/openapi.json", "/livez", "/readyz", "/metrics"] {
        assert_eq!(ask(Method::GET, path, "").await.status, 200, "{path} is for everyone");
    }
    let vendor = server.request(Method::GET, "/accounts/DEMO0001/candidates/C").bearer_auth("adm1n");
    assert_eq!(send(vendor).await.status, 401, "the admin token is no token of a partner");
}

#[actix_web::test]
async fn partners_and_candidates_reach_inbox_and_launch_pages_without_the_admin_token() {
    let server = Server::shared_with(&["--admin-token", "adm1n"]);
    let admin = async |method: Method, path: &str, body: Value| {
        send(server.request(method, &format!("/_sandbox{path}")).bearer_auth("adm1n").json(&body)).await.expect(200)
    };
    let created = server.request(Method::POST, "/accounts/DEMO0001/candidates").bearer_auth("demo-token");
    let created = send(created.json(&eligibility("C1", "EXAM1"))).await.expect(201);
    let id = created["psi_eligiblity_id"].as_str().expect("an identifier");
    let booking = admin(Method::POST, &format!("/accounts/DEMO0001/eligibilities/{id}/schedule"), json!({})).await;
    let wait = "/accounts/DEMO0001/wait?for=delivery&status=delivered&candidate_id=C1&timeout=20s";
    let delivery = admin(Method::GET, wait, json!({})).await;
    assert_eq!(delivery["booking_code"], booking["booking_code"], "the server's own notification got through");
    for method in [Method::PUT, Method::POST] {
        let put = server.request(method, "/_sandbox/inbox/mine").json(&json!({ "booking_code": "B" }));
        assert_eq!(send(put).await.expect(200), json!({ "booking_code": "B" }));
    }
    let inbox = admin(Method::GET, "/inbox/mine", json!({})).await;
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(2), "{inbox}");
    let launch = format!("/eligibilities/{id}/testLaunchInfo");
    let info = send(server.request(Method::GET, &launch).bearer_auth("demo-token")).await.expect(200);
    let url = info["launch_url"].as_str().expect("a URL");
    let page = send(server.client.get(url)).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains("EXAM1") && page.text.contains("<form"), "{}", page.text);
    let finished = send(server.client.post(url).form(&[("result", "PASS"), ("score", "88")])).await;
    assert_eq!(finished.status, 200, "{}", finished.text);
    let records = server.request(Method::GET, "/accounts/DEMO0001/candidates/C1").bearer_auth("demo-token");
    assert_eq!(send(records).await.expect(200)[0]["status"], "CSS5");
}

#[actix_web::test]
async fn without_an_admin_token_this_machine_may_use_the_control_api() {
    for flags in [&[][..], &["--admin-open"]] {
        let server = Server::shared_with(flags);
        for header in ["", "Bearer whatever", "Basic x"] {
            let demo = server.request(Method::GET, "/_sandbox/accounts/DEMO0001").header("authorization", header);
            assert_eq!(send(demo).await.expect(200)["account_code"], "DEMO0001", "{flags:?} {header:?}");
        }
        for (method, path, status) in [
            (Method::GET, "/_sandbox/nothing", 404),
            (Method::GET, "/_sandbox/accounts/NOSUCH01", 404),
            (Method::PATCH, "/_sandbox/accounts", 405),
        ] {
            let answer = send(server.request(method.clone(), path)).await;
            assert!(!answer.problem(status).is_empty(), "{method} {path}");
        }
    }
}
