//! Refresh tokens: taken once, by their own application, for as long as they live.

use futures_util::future::join_all;
use serde_json::json;

use super::{DEAD, Keys, WORKS, assert_refused, frozen, keys, pair};
use crate::action::text;
use crate::server::Server;

#[actix_web::test]
async fn a_refresh_token_is_taken_once_of_many_that_use_it_at_once() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let refresh = pair(&keys.by_password().await).refresh;
    let answers = join_all((0..16).map(|_| keys.by_refresh(&refresh))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 400), "{statuses:?}");
}

#[actix_web::test]
async fn a_refresh_gives_a_new_pair_and_ends_the_old_one() {
    let server = Server::shared();
    for (profile, is_told) in [("wso2-2", false), ("wso2-1.10", true)] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        let keys = keys(&account);
        let old = pair(&keys.by_password().await);
        let answer = keys.by_refresh(&old.refresh).await;
        let new = pair(&answer);
        assert_eq!(new.expires_in, 3600);
        assert!(new.access != old.access && new.refresh != old.refresh);
        assert_eq!(
            answer.header("deactivatedaccesstoken"),
            if is_told { old.access.as_str() } else { "" },
            "{profile}"
        );
        assert_eq!(keys.status_with(&old.access).await, DEAD);
        assert_eq!(keys.status_with(&new.access).await, WORKS);
        let used = keys.by_refresh(&old.refresh).await;
        let state = if is_told { "Provided Authorization Grant is invalid" } else { "Invalid refresh token state" };
        assert_refused(&used, 400, "invalid_grant", state, "a used refresh token");
        assert_eq!(pair(&keys.by_password().await).access, new.access, "a password gets the new pair again");
        assert_ne!(pair(&keys.by_refresh(&new.refresh).await).access, new.access);
    }
}

#[actix_web::test]
async fn a_refresh_token_outlives_its_access_token_to_84600_seconds() {
    let server = Server::shared();
    for (profile, error) in [("wso2-2", "invalid_grant"), ("wso2-1.10", "invalid_request")] {
        let settings = json!({ "settings": { "tokens": "clock", "profile": profile } });
        let account = frozen(&server, settings).await;
        let keys = keys(&account);
        let first = pair(&keys.by_password().await);
        keys.advance("84599s").await;
        assert_eq!(keys.status_with(&first.access).await, DEAD);
        let second = pair(&keys.by_refresh(&first.refresh).await);
        assert_eq!(keys.status_with(&second.access).await, WORKS);
        keys.advance("84600s").await;
        let expired = keys.by_refresh(&second.refresh).await;
        assert_refused(&expired, 400, error, "Refresh token is expired.", profile);
        assert_ne!(pair(&keys.by_password().await).access, second.access);
    }
}

#[actix_web::test]
async fn a_newer_pair_supersedes_the_refresh_token_of_an_older_one() {
    let server = Server::shared();
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let old = pair(&keys.by_password().await);
    keys.advance("3500s").await;
    let new = pair(&keys.by_password().await);
    let answer = keys.by_refresh(&old.refresh).await;
    assert_refused(&answer, 400, "invalid_grant", "Invalid refresh token value in the request", "superseded");
    assert_eq!(keys.status_with(&old.access).await, WORKS, "a refusal ends nothing");
    assert_ne!(pair(&keys.by_refresh(&new.refresh).await).access, new.access);
}

#[actix_web::test]
async fn a_pair_of_a_short_life_supersedes_as_well() {
    let server = Server::shared();
    let applications = json!([{ "name": "short", "validity_period": 200 }]);
    let account = frozen(&server, json!({ "applications": applications })).await;
    let keys = keys(&account);
    let old = pair(&keys.by_password().await);
    let new = pair(&keys.by_password().await);
    assert_ne!(old, new, "under 300 seconds every token is new");
    let answer = keys.by_refresh(&old.refresh).await;
    assert_refused(&answer, 400, "invalid_grant", "Invalid refresh token value in the request", "superseded");
    assert_ne!(pair(&keys.by_refresh(&new.refresh).await), new);
}

#[actix_web::test]
async fn a_refresh_token_works_for_its_own_application_only() {
    let server = Server::shared();
    let account =
        server.account(json!({ "account": { "applications": [{ "name": "one" }, { "name": "two" }] } })).await;
    let stranger = server.account(json!({})).await;
    let one = keys(&account);
    let second = &account.made["applications"][1];
    let two = Keys {
        key: second["consumer_key"].as_str().unwrap().to_owned(),
        secret: second["consumer_secret"].as_str().unwrap().to_owned(),
        ..keys(&account)
    };
    let token = pair(&one.by_password().await);
    for (other, why) in [(two, "another application"), (keys(&stranger), "another account")] {
        let answer = other.by_refresh(&token.refresh).await;
        assert_refused(&answer, 400, "invalid_grant", "Persisted access token data not found", why);
        let answer = other.post("/revoke", &[("token", &token.access)]).await;
        assert_eq!((answer.status, answer.header("revokedaccesstoken")), (200, ""), "{why}");
    }
    assert_eq!(one.status_with(&token.access).await, WORKS);
    assert_ne!(pair(&one.by_refresh(&token.refresh).await).access, token.access);
}

/// Issue 8: a refresh narrows its scope (RFC 6749 §6).
#[actix_web::test]
async fn a_refresh_narrows_the_scope_and_never_widens_it() {
    let server = Server::shared();
    let scopes = json!({ "eligibility": "elig", "payment": "pay" });
    let account = server.account(json!({ "account": { "settings": { "scopes": scopes } } })).await;
    let keys = keys(&account);
    for (asked, scope) in
        [(None, "elig pay"), (Some("elig pay"), "elig pay"), (Some("pay"), "pay"), (Some("elig"), "pay")]
    {
        let by_password = [
            ("grant_type", "password"),
            ("username", keys.username.as_str()),
            ("password", keys.password.as_str()),
            ("scope", "elig pay"),
        ];
        let mut old = keys.post("/token", &by_password).await.expect(200);
        if asked == Some("elig") {
            // What it once had and gave up does not come back.
            let narrowed =
                [("grant_type", "refresh_token"), ("refresh_token", text(&old, "refresh_token")), ("scope", "pay")];
            old = keys.post("/token", &narrowed).await.expect(200);
        }
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", text(&old, "refresh_token"))];
        form.extend(asked.map(|asked| ("scope", asked)));
        let new = keys.post("/token", &form).await.expect(200);
        assert_eq!(new["scope"], scope, "{asked:?}");
        let works = keys.status_with(text(&new, "access_token")).await;
        assert_eq!(works, if scope == "pay" { 403 } else { WORKS }, "{asked:?}");
    }
}
