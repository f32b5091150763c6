//! Settings: read, and changed one by one.

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, eligibility};

#[actix_web::test]
async fn settings_change_one_by_one_and_a_bad_one_changes_nothing() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let before = account.control(Method::GET, "/settings", None).await;
    insta::assert_snapshot!(before.told(), @r#"
    200 application/json
    {
      "profile": "wso2-2",
      "lint": "warn",
      "unauthorized": "fault",
      "approval": false,
      "accommodation_review": false,
      "excused_absence": true,
      "open_catalog": false,
      "allow_list": "refuse",
      "tokens": "wall",
      "signature_time": "wall",
      "throttling": "wall",
      "effective_dates": "increasing",
      "launch_opens": "30m",
      "launch_closes": "15m",
      "launch_window": "warn",
      "auto_absent": false,
      "reentry": "resumes",
      "hold_minutes": 15,
      "on_close": "keep",
      "publication_delay": "0s",
      "max_deliveries": 1000000,
      "blocked_services": [],
      "scopes": {}
    }
    "#);
    for (patch, detail) in [
        (json!({ "approval": true, "lint": "loud" }), "lint: expected off, warn or enforce, got \"loud\""),
        (json!({ "approval": true, "colour": "red" }), "colour: unknown key \"colour\""),
        (json!({ "approval": true, "profile": "wso2-3" }), "profile: expected wso2-2 or wso2-1.10, got \"wso2-3\""),
        (json!({ "approval": "yes" }), "approval: expected true or false, got \"yes\""),
        (json!({ "approval": null }), "approval: "),
        (json!({ "approval": true, "hold_minutes": -1 }), "hold_minutes: "),
        (
            json!({ "approval": true, "publication_delay": "soon" }),
            "publication_delay: expected a duration like 500ms, 5s or 2h, got \"soon\"",
        ),
        (json!(["approval"]), ""),
    ] {
        let refused = account.control(Method::PATCH, "/settings", Some(patch.clone())).await;
        let told = refused.problem(400);
        assert!(told.starts_with(detail), "{patch}: {told}");
        assert_eq!(account.control(Method::GET, "/settings", None).await.text, before.text, "{patch}");
    }
    let mut expected = before.json();
    for (name, value) in [
        ("profile", json!("wso2-1.10")),
        ("lint", json!("enforce")),
        ("unauthorized", json!("error_model")),
        ("approval", json!(true)),
        ("accommodation_review", json!(true)),
        ("excused_absence", json!(false)),
        ("open_catalog", json!(true)),
        ("tokens", json!("clock")),
        ("signature_time", json!("clock")),
        ("throttling", json!("clock")),
        ("effective_dates", json!("exact")),
        ("hold_minutes", json!(5)),
        ("on_close", json!("cancel")),
        ("publication_delay", json!("2m")),
        ("max_deliveries", json!(10)),
        ("blocked_services", json!(["booking"])),
        ("scopes", json!({ "booking": "atlas_booking" })),
    ] {
        expected[name] = value.clone();
        let answer = account.control(Method::PATCH, "/settings", Some(json!({ name: value }))).await;
        assert_eq!(answer.expect(200), expected);
        assert_eq!(account.control(Method::GET, "/settings", None).await.expect(200), expected);
    }
    let made = account.post("/candidates", eligibility("C1", "EXAM1")).await.expect(201);
    assert_eq!(made["status"], "REG01");
}

#[actix_web::test]
async fn a_fixture_changes_only_the_settings_that_it_names() {
    let server = Server::shared_with(&["--lint", "enforce", "--profile", "wso2-1.10"]);
    let account = server.account(json!({ "account": { "settings": { "approval": true } } })).await;
    let settings = account.control(Method::GET, "/settings", None).await.expect(200);
    assert_eq!((&settings["lint"], &settings["profile"]), (&json!("enforce"), &json!("wso2-1.10")));
    let fixture = json!({ "account": { "settings": { "excused_absence": false } } });
    account.control(Method::POST, "/fixtures", Some(fixture)).await.expect(200);
    let settings = account.control(Method::GET, "/settings", None).await.expect(200);
    assert_eq!(
        (&settings["lint"], &settings["approval"], &settings["excused_absence"]),
        (&json!("enforce"), &json!(true), &json!(false))
    );
}
