//! What a token may do: roles, subscriptions, key types, account codes.

use reqwest::Method;
use serde_json::json;

use super::{applications, assert_error_model, call, code, everywhere, token};
use crate::server::{Server, send};

#[actix_web::test]
async fn a_missing_role_is_the_services_403() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    for (username, is_refused) in
        [("none", [true, true]), ("results", [true, false]), ("eligibility", [false, true]), ("all", [false, false])]
    {
        let token = token(&account, 0, username).await;
        for (name, answer) in everywhere(&account, &token, &account.code).await {
            if is_refused[usize::from(name == "result")] {
                assert_error_model(&answer, 403, "Forbidden", "Forbidden operation.", &format!("{username} {name}"));
            } else {
                assert!(![401, 403].contains(&answer.status), "{username} {name}: {}", answer.text);
            }
        }
    }
}

#[actix_web::test]
async fn a_client_credentials_token_has_the_roles_of_the_applications_owner() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    let first_user = token(&account, 0, "").await;
    let poor_owner = token(&account, 3, "").await;
    let path = account.path("/candidates/NOBODY");
    let call = async |token: &str| send(server.request(Method::GET, &path).bearer_auth(token)).await;
    assert_eq!(call(&first_user).await.status, 400, "the owner is the first user where none is named");
    insta::assert_snapshot!(call(&poor_owner).await.told(), @r#"
    403 application/json
    {
      "error": "Forbidden",
      "error_description": "Forbidden operation."
    }
    "#);
    assert_eq!(call(&token(&account, 3, "all").await).await.status, 400, "a user's own roles count with a password");
}

#[actix_web::test]
async fn another_accounts_code_is_a_403_and_an_unknown_one_the_operations_400() {
    let server = Server::shared();
    let (account, other) = (server.account(json!({})).await, server.account(json!({})).await);
    for (name, answer) in everywhere(&account, &account.token, &other.code).await {
        if !["launch", "result"].contains(&name) {
            assert_error_model(&answer, 403, "Forbidden", "Forbidden operation.", name);
        }
    }
    let account_text = "Unable to get the account details for the given accountCode.";
    let test_text = "Unable to get the account and test details for the given accountCode/testCode.";
    let mut worded = 0;
    for (name, answer) in everywhere(&account, &account.token, "NOSUCH01").await {
        let text = match name {
            "create" | "update" | "by test" | "vouchers" => account_text.to_owned(),
            "cancel" => test_text.to_owned(),
            "by status" | "by candidate" => format!("{test_text}."),
            _ => continue,
        };
        assert_error_model(&answer, 400, "Bad Request", &text, name);
        worded += 1;
    }
    assert_eq!(worded, 7);
    let own = everywhere(&other, &other.token, &other.code).await;
    assert_eq!(own[0].1.status, 201, "nothing came of it: {}", own[0].1.text);
}

#[actix_web::test]
async fn an_application_that_is_not_subscribed_gets_900908() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    let narrow = token(&account, 1, "all").await;
    for (name, answer) in everywhere(&account, &narrow, &account.code).await {
        if name == "result" {
            assert_eq!(answer.status, 400, "it is subscribed to this one: {}", answer.text);
        } else {
            assert_eq!(code(&answer, 403), 900_908, "{name}");
            assert_eq!(answer.json()["fault"]["message"], "Resource forbidden ", "the trailing blank is real");
            assert!(!answer.headers.contains_key("www-authenticate"), "{name}");
        }
    }
    let json = [("authorization", format!("Bearer {narrow}")), ("accept", "application/json".to_owned())];
    let json = json.each_ref().map(|(name, value)| (*name, value.as_str()));
    insta::assert_snapshot!(call(&account, &json).await.told(), @r#"
    403 application/json
    {
      "fault": {
        "code": 900908,
        "message": "Resource forbidden ",
        "description": "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900908) - Resource forbidden "
      }
    }
    "#);
    let header = format!("Bearer {narrow}");
    let xml = call(&account, &[("authorization", &header)]).await;
    let start = "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900908</ams:code>\
        <ams:message>Resource forbidden </ams:message><ams:description>";
    assert!(xml.status == 403 && xml.text.starts_with(start), "{}", xml.text);
}

#[actix_web::test]
async fn a_production_key_is_refused_with_900901_and_403() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    for username in ["all", ""] {
        let production = token(&account, 2, username).await;
        for (name, answer) in everywhere(&account, &production, &account.code).await {
            assert_eq!(code(&answer, 403), 900_901, "{name}");
            let text = "Production key offered to the API with no production endpoint";
            assert!(answer.text.contains(text), "{name}: {}", answer.text);
        }
    }
}
