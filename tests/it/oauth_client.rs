//! OAuth2 clients that nobody here wrote: each gets a token, calls with it, refreshes it, revokes it, and is out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use oauth2::basic::{BasicClient, BasicErrorResponseType};
use oauth2::{
    ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername,
    RevocationUrl, TokenResponse, TokenUrl,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Server, send};
use crate::token::keys;

/// `requests-oauthlib`, as its documentation uses it.
const CLIENT: &str = r#"
import json, os, sys
given = json.load(sys.stdin)
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

token_url, revoke_url, call_url = (given["base"] + path for path in ("/token", "/revoke", given["path"]))
key, auth = given["key"], HTTPBasicAuth(given["key"], given["secret"])
said = {}

def session(client, token=None):
    made = OAuth2Session(client=client, token=token)
    made.trust_env = False
    return made

def call(session):
    return session.get(call_url).status_code

def revoke(session, token):
    return session.post(revoke_url, data={"token": token}, auth=auth, withhold_token=True).status_code

def refused(ask):
    try:
        return ask()
    except OAuth2Error as error:
        return [type(error).__name__, error.status_code]

jo = session(LegacyApplicationClient(client_id=key))
user = dict(username=given["username"], password=given["password"])
first = jo.fetch_token(token_url, auth=auth, **user)
said["password"] = [first["token_type"], first["scope"], call(jo)]
second = jo.refresh_token(token_url, refresh_token=first["refresh_token"], auth=auth)
old = session(LegacyApplicationClient(client_id=key), token=first)
said["refreshed"] = [first["access_token"] != second["access_token"], call(jo), call(old)]
said["revoked"] = [revoke(jo, second["access_token"]), call(jo)]
said["refresh after it"] = refused(lambda: jo.refresh_token(token_url, refresh_token=second["refresh_token"], auth=auth))

app = session(BackendApplicationClient(client_id=key))
own = app.fetch_token(token_url, auth=auth)
said["client_credentials"] = [own["token_type"], own["scope"], call(app)]
said["its refresh token"] = own.get("refresh_token")
said["its revocation"] = [revoke(app, own["access_token"]), call(app)]

fresh = lambda: session(LegacyApplicationClient(client_id=key))
user["password"] += "x"
said["wrong password"] = refused(lambda: fresh().fetch_token(token_url, auth=auth, **user))
said["wrong secret"] = refused(lambda: fresh().fetch_token(token_url, auth=HTTPBasicAuth(key, "x"), **user))
json.dump(said, sys.stdout)
"#;

/// What the client says of a run against an account.
fn said(account: &Account<'_>, path: &str) -> Value {
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/python");
    assert!(python.exists(), "{} is missing: run `cargo xtask tools`", python.display());
    let own = keys(account);
    let given = json!({
        "base": account.server.url, "path": path, "key": own.key, "secret": own.secret,
        "username": own.username, "password": own.password,
    });
    let mut child = Command::new(python)
        .args(["-c", CLIENT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    child.stdin.take().expect("a pipe").write_all(given.to_string().as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the client broke");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[actix_web::test]
async fn requests_oauthlib_gets_refreshes_and_revokes_tokens_of_both_profiles() {
    let server = Server::shared();
    for profile in ["wso2-2", "wso2-1.10"] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        account.eligible("C1", "EXAM1").await;
        let expected = json!({
            "password": ["Bearer", ["default"], 200],
            "refreshed": [true, 200, 401],
            "revoked": [200, 401],
            "refresh after it": ["InvalidGrantError", 400],
            "client_credentials": ["Bearer", ["am_application_scope", "default"], 200],
            "its refresh token": null,
            "its revocation": [200, 401],
            "wrong password": ["InvalidGrantError", 400],
            "wrong secret": ["InvalidClientError", 401],
        });
        assert_eq!(said(&account, &account.path("/candidates/C1")), expected, "{profile}");
    }
}

/// The crate revokes over HTTPS only, so it meets the sandbox there.
#[actix_web::test]
async fn the_oauth2_crate_gets_refreshes_and_revokes_tokens_over_https() {
    let (server, base) = crate::edge::tls::self_signed();
    let ca = send(server.request(Method::GET, "/_sandbox/tls/ca.pem")).await.text;
    let ca = reqwest::Certificate::from_pem(ca.as_bytes()).expect("a certificate");
    #[allow(clippy::disallowed_methods, reason = "a client of the test's own")]
    let web = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().expect("a client");
    let http = |request: HttpRequest| {
        let web = web.clone();
        async move {
            let answer = web.execute(reqwest::Request::try_from(request)?).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = HttpResponse::new(answer.bytes().await?.to_vec());
            (*response.status_mut(), *response.headers_mut()) = (status, headers);
            Ok::<_, reqwest::Error>(response)
        }
    };
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let own = keys(&account);
    let client = BasicClient::new(ClientId::new(own.key.clone()))
        .set_client_secret(ClientSecret::new(own.secret.clone()))
        .set_token_uri(TokenUrl::new(format!("{base}/token")).expect("a URL"))
        .set_revocation_url(RevocationUrl::new(format!("{base}/revoke")).expect("a URL"));
    let call = async |token: &str| {
        let url = format!("{base}{}", account.path("/candidates/C1"));
        send(web.get(url).bearer_auth(token)).await.status
    };

    let user = ResourceOwnerUsername::new(own.username.clone());
    let password = ResourceOwnerPassword::new(own.password.clone());
    let first = client.exchange_password(&user, &password).request_async(&http).await.expect("a token");
    assert_eq!(call(first.access_token().secret()).await, 200);
    let refresh = first.refresh_token().expect("a refresh token");
    let second = client.exchange_refresh_token(refresh).request_async(&http).await.expect("a token");
    assert_eq!(second.expires_in().map(|life| life.as_secs()), Some(3600));
    assert_eq!(call(second.access_token().secret()).await, 200);
    assert_eq!(call(first.access_token().secret()).await, 401, "refreshed");
    let revocation = client.revoke_token(second.access_token().into()).expect("HTTPS");
    revocation.request_async(&http).await.expect("an answer that the crate takes");
    assert_eq!(call(second.access_token().secret()).await, 401, "revoked");
    let gone = client.exchange_refresh_token(second.refresh_token().expect("a refresh token"));
    let Err(RequestTokenError::ServerResponse(refusal)) = gone.request_async(&http).await else {
        panic!("it was revoked with its access token")
    };
    assert_eq!(*refusal.error(), BasicErrorResponseType::InvalidGrant);

    let own_token = client.exchange_client_credentials().request_async(&http).await.expect("a token");
    assert_eq!(call(own_token.access_token().secret()).await, 200);
    let revocation = client.revoke_token(own_token.access_token().into()).expect("HTTPS");
    revocation.request_async(&http).await.expect("an answer that the crate takes");
    assert_eq!(call(own_token.access_token().secret()).await, 401, "revoked");
    let other = client.clone().set_client_secret(ClientSecret::new("x".to_owned()));
    let Err(RequestTokenError::ServerResponse(refusal)) =
        other.exchange_client_credentials().request_async(&http).await
    else {
        panic!("the secret is wrong")
    };
    assert_eq!(*refusal.error(), BasicErrorResponseType::InvalidClient);
}
