//! Whom the sandbox believes where a receiver has HTTPS, and the certificate it shows.

use reqwest::Method;
use rustls::version::TLS12;
use serde_json::{Value, json};

use super::frozen;
use crate::action::text;
use crate::authority::{self, Authority};
use crate::receiver::{Receiver, Reply, reply};
use crate::server::Server;

#[actix_web::test]
async fn a_receiver_is_believed_as_the_subscription_says() {
    let server = Server::shared();
    let (ours, other) = (Authority::make(), Authority::make());
    let account = server.account(frozen()).await;
    let receiver = Receiver::secure(authority::server(&ours.sign(), None));
    let expired = ours.sign_for(&["127.0.0.1"], |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    let expired = Receiver::secure(authority::server(&expired, None));
    let elsewhere = ours.sign_for(&["elsewhere.example"], |_| {});
    let elsewhere = Receiver::secure(authority::server(&elsewhere, None));
    let believes_ours = json!({ "ca": ours.pem });
    let own = authority::self_signed(&["localhost", "127.0.0.1"]);
    let own_elsewhere = authority::self_signed(&["elsewhere.example"]);
    let [by_itself, by_itself_elsewhere] =
        [&own, &own_elsewhere].map(|identity| Receiver::secure(authority::server(identity, None)));
    let is_authority = "it is one of an authority (basicConstraints CA:TRUE), which no server may show as its own: give \
                        that very certificate as tls.ca, or make one with -addext basicConstraints=CA:FALSE";
    let unknown = "its issuer is unknown (tls.ca adds one)";
    for (index, (receiver, tls, wrong)) in [
        (&receiver, Value::Null, unknown),
        (&receiver, json!({}), unknown),
        (&receiver, json!({ "ca": other.pem }), unknown),
        (&receiver, believes_ours.clone(), ""),
        (&receiver, json!({ "ca": format!("{}{}", other.pem, ours.pem) }), ""),
        (&receiver, json!({ "insecure": true }), ""),
        (&receiver, json!({ "insecure": false }), unknown),
        (&expired, believes_ours.clone(), "it has expired"),
        (&expired, json!({ "insecure": true }), ""),
        (&elsewhere, believes_ours.clone(), "it is not for 127.0.0.1, but for elsewhere.example"),
        (&elsewhere, json!({ "insecure": true }), ""),
        (&by_itself, json!({ "ca": own.0 }), ""),
        (&by_itself, believes_ours.clone(), is_authority),
        (&by_itself_elsewhere, json!({ "ca": own_elsewhere.0 }), "it is not for 127.0.0.1, but for elsewhere.example"),
    ]
    .into_iter()
    .enumerate()
    {
        account.subscribe(&receiver.url, json!({ "timeout": "20s", "tls": tls })).await;
        account.booked(&format!("C{index}")).await;
        let status = if wrong.is_empty() { "delivered" } else { "failed" };
        let delivery = account.wait(&format!("for=delivery&candidate_id=C{index}&status={status}")).await;
        if wrong.is_empty() {
            receiver.next().await;
        } else {
            let told = "no connection: the receiver's certificate is not trusted";
            assert_eq!(text(&delivery, "reason"), format!("{told}: {wrong}; tls.insecure trusts any"));
        }
    }
}

#[actix_web::test]
async fn a_receiver_that_wants_a_client_certificate_gets_it() {
    let server = Server::shared();
    let (ours, other) = (Authority::make(), Authority::make());
    let account = server.account(frozen()).await;
    let newest = Receiver::secure(authority::server(&ours.sign(), Some(&ours)));
    let tls_1_2 = Receiver::secure(authority::server_of(&[&TLS12], &ours.sign(), Some(&ours)));
    let shown = |(cert, key): (String, String)| json!({ "ca": ours.pem, "client_cert": cert, "client_key": key });
    let chain = {
        let (cert, key) = ours.sign();
        shown((format!("{cert}{}", ours.pem), key))
    };
    let (wants, refused) = ("wants a client certificate (tls.client_cert, tls.client_key)", "client certificate: ");
    for (index, (receiver, tls, wrong)) in [
        (&newest, shown(ours.sign()), ""),
        (&newest, chain, ""),
        (&newest, json!({ "ca": ours.pem }), wants),
        (&newest, shown(other.sign()), refused),
        (&tls_1_2, shown(ours.sign()), ""),
        (&tls_1_2, json!({ "ca": ours.pem }), wants),
        (&tls_1_2, shown(other.sign()), refused),
    ]
    .into_iter()
    .enumerate()
    {
        let kept = account.subscribe(&receiver.url, json!({ "timeout": "20s", "tls": tls })).await;
        assert_eq!(kept["tls"]["client_key"].is_null(), tls["client_key"].is_null());
        assert!(!kept.to_string().contains("PRIVATE KEY"), "{kept}");
        account.booked(&format!("C{index}")).await;
        let status = if wrong.is_empty() { "delivered" } else { "failed" };
        let delivery = account.wait(&format!("for=delivery&candidate_id=C{index}&status={status}")).await;
        let told = text(&delivery, "reason");
        if wrong.is_empty() {
            receiver.next().await;
        } else {
            assert!(told.contains(wrong), "{told}");
        }
        let line = tls["client_key"].as_str().and_then(|key| key.lines().nth(1)).unwrap_or("no key");
        let told = json!(account.attempts(text(&delivery, "id")).await).to_string();
        assert!(!told.contains(line) && !server.log().contains(line), "the key is told");
    }
}

#[actix_web::test]
async fn a_token_endpoint_is_spoken_to_with_the_same_certificates() {
    let server = Server::shared();
    let ours = Authority::make();
    let account = server.account(frozen()).await;
    let [receiver, endpoint] = [(); 2].map(|()| Receiver::secure(authority::server(&ours.sign(), Some(&ours))));
    endpoint.answers([Reply { body: r#"{"access_token":"t1","expires_in":60}"#, ..reply(200) }]);
    let auth = json!({ "type": "oauth2", "token_url": endpoint.url, "client_id": "me", "client_secret": "s" });
    account.subscribe(&receiver.url, json!({ "auth": auth, "timeout": "20s" })).await;
    account.booked("1").await;
    let delivery = account.wait_for(1, "failed").await;
    let told =
        "could not be asked: no connection: the token endpoint's certificate is not trusted: its issuer is unknown";
    assert!(text(&delivery, "reason").starts_with(&format!("no token: {} {told}", endpoint.url)), "{delivery}");
    let (cert, key) = ours.sign();
    let tls = json!({ "ca": ours.pem, "client_cert": cert, "client_key": key });
    account.subscribe(&receiver.url, json!({ "auth": auth, "tls": tls, "timeout": "20s" })).await;
    account.resend(text(&delivery, "id")).await.expect(200);
    endpoint.next().await;
    assert_eq!(receiver.next().await.header("authorization"), "Bearer t1");
    account.wait_for(1, "delivered").await;
}

#[actix_web::test]
async fn certificates_that_do_not_fit_are_refused_and_named() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let ours = Authority::make();
    let ((cert, key), (_, other)) = (ours.sign(), ours.sign());
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let body = key.lines().nth(1).unwrap();
    let broken = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let encrypted = format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n");
    for (tls, word) in [
        (json!({ "ca": "" }), "tls.ca"),
        (json!({ "ca": garbage }), "tls.ca"),
        (json!({ "ca": key }), "tls.ca"),
        (json!({ "client_cert": cert }), "tls.client_key"),
        (json!({ "client_key": key }), "tls.client_cert"),
        (json!({ "client_cert": key, "client_key": key }), "tls.client_cert"),
        (json!({ "client_cert": garbage, "client_key": key }), "tls.client_cert"),
        (json!({ "client_cert": cert, "client_key": cert }), "tls.client_key"),
        (json!({ "client_cert": cert, "client_key": broken }), "tls.client_key"),
        (json!({ "client_cert": cert, "client_key": encrypted }), "tls.client_key"),
        (json!({ "client_cert": cert, "client_key": other }), "tls.client_key: expected the key of tls.client_cert"),
        (json!({ "client_certificate": cert }), "client_certificate"),
        (json!({ "insecure": "yes" }), "insecure"),
    ] {
        let sent = json!({ "url": "https://h", "tls": tls });
        let refused = account.control(Method::PUT, "/subscriptions/booking_notification", Some(sent.clone())).await;
        let refused = refused.problem(400);
        assert!(refused.contains(word), "{tls}: {refused}");
        assert!(!refused.contains(body), "{refused}");
        let given = json!({ "subscriptions": { "booking_notification": sent } });
        let refused = server.control(Method::POST, "/accounts", Some(given)).await.problem(400);
        assert!(refused.contains(word) && !refused.contains(body), "{tls}: {refused}");
    }
}
