//! Results told to the partner: the xAPI statement, the flat document, the small notification, and what they link to.

use reqwest::Method;
use serde_json::{Value, json};

use super::{create, given};
use crate::action::text;
use crate::receiver::{Call, Receiver, reply};
use crate::server::{Account, Server, laid_out, send};

async fn subscribe(account: &Account<'_>, service: &str, subscription: Value) {
    account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(subscription)).await.expect(200);
}

/// A booked candidate with a client identifier; gives the identifiers of the eligibility and the booking.
async fn booked(account: &Account<'_>, candidate: &str) -> (String, String) {
    let jo = json!({ "candidate": { "candidate_id": candidate, "first_name": "Jo", "last_name": "Doe" },
        "client_eligibility_id": "E-1", "test_code": "EXAM1" });
    let id = create(account, jo).await;
    let code = text(&account.schedule(&id).await, "booking_code").to_owned();
    (id, code)
}

async fn put_result(account: &Account<'_>, code: &str, result: &str, score: &str) {
    let path = format!("/assessmentResultService/1.0.0/bookings/{code}/results");
    let call = account.server.request(Method::PUT, &path).bearer_auth(&account.token);
    assert_eq!(send(call.json(&json!({ "result": result, "score": score }))).await.status, 200);
}

#[actix_web::test]
async fn a_result_is_put_as_an_xapi_statement_to_the_byte() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let store = Receiver::start();
    let endpoint = store.url.replace("/notifications", "/xapi?tenant=7");
    subscribe(&account, "assessment_results", json!({ "url": endpoint })).await;
    let (id, code) = booked(&account, "C-1").await;
    // A store of statements answers 204.
    store.answers([reply(204)]);
    put_result(&account, &code, "PASS", "87.5").await;
    let call = store.next().await;
    let body = call.json();
    let statement = text(&body, "id").to_owned();
    assert_eq!(call.method, "PUT");
    assert_eq!(call.target, format!("/xapi/statements?statementId={statement}&tenant=7"));
    assert_eq!(call.header("x-experience-api-version"), "1.0.3");
    assert!(call.is_signed_with(super::SECRET));
    let registration = text(&body["context"], "registration");
    assert!(uuid(&statement) && uuid(registration), "{body}");
    let told =
        [(statement.as_str(), "STATEMENT"), (registration, "REGISTRATION"), (&id, "ELIGIBILITY"), (&code, "BOOKING")];
    insta::assert_snapshot!(masked(&call, &told), @r#"
    {
      "id": "STATEMENT",
      "actor": {
        "objectType": "Agent",
        "account": {
          "homePage": "https://atlas.example/candidates",
          "name": "C-1"
        }
      },
      "verb": {
        "id": "http://adlnet.gov/expapi/verbs/passed",
        "display": {
          "en": "passed"
        }
      },
      "object": {
        "objectType": "Activity",
        "id": "https://atlas.example/xapi/tests/EXAM1",
        "definition": {
          "name": {
            "en": "EXAM1"
          },
          "type": "http://adlnet.gov/expapi/activities/assessment"
        }
      },
      "result": {
        "score": {
          "scaled": 0.875,
          "raw": 87.5,
          "min": 0.0,
          "max": 100.0
        },
        "success": true,
        "completion": true
      },
      "context": {
        "registration": "REGISTRATION",
        "extensions": {
          "https://atlas.example/xapi/client_eligibility_id": "E-1",
          "https://atlas.example/xapi/psi_eligiblity_id": "ELIGIBILITY",
          "https://atlas.example/xapi/booking_code": "BOOKING"
        }
      },
      "timestamp": "2026-03-01T12:00:00Z"
    }
    "#);
    let delivery = account.wait("for=delivery&status=delivered").await;
    assert_eq!((&delivery["service"], &delivery["last_status"]), (&json!("assessment_results"), &json!(204)));
    assert_eq!(delivery["change_reason"], Value::Null);
    // A corrected result is another statement of the same registration.
    put_result(&account, &code, "NA", "n/a").await;
    let second = store.next().await.json();
    assert_ne!(second["id"], body["id"]);
    assert_eq!(second["context"]["registration"], body["context"]["registration"]);
    assert_eq!(second["verb"]["display"]["en"], "completed");
    assert_eq!(second["result"], json!({ "completion": true }));
}

/// The body, laid out, with what differs from run to run by name.
fn masked(call: &Call, names: &[(&str, &str)]) -> String {
    let body = String::from_utf8_lossy(&call.body).into_owned();
    laid_out(&names.iter().fold(body, |body, (own, name)| body.replace(own, name)))
}

fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            14 => c == '4',
            _ => c.is_ascii_hexdigit(),
        })
}

#[actix_web::test]
async fn the_link_begins_with_the_address_by_which_the_causing_call_came() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    subscribe(&account, "assessment_results_notification", json!({ "url": receiver.url })).await;
    let (_, code) = booked(&account, "C-1").await;
    for (score, host) in ["sandbox:8080", "atlas.internal"].into_iter().enumerate() {
        let path = format!("/bookings/{code}/results");
        let put = server.request(Method::PUT, &path).bearer_auth(&account.token).header("host", host);
        send(put.json(&json!({ "result": "PASS", "score": score }))).await.expect(200);
        let link = receiver.next().await.member("results_url");
        assert!(link.starts_with(&format!("http://{host}/assessmentResultService/")), "{link}");
    }
}

#[actix_web::test]
async fn the_flat_document_the_notification_and_its_link_tell_the_same() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    subscribe(&account, "assessment_results", json!({ "url": receiver.url, "format": "json", "enabled": false })).await;
    subscribe(&account, "assessment_results_notification", json!({ "url": receiver.url, "timestamps": "millis" }))
        .await;
    let (id, code) = booked(&account, "C-1").await;
    account.booking_as(&code, "complete", json!({ "result": "FAIL", "score": "12" })).await.expect(200);
    let url = format!("{}/assessmentResultService/1.0.0/accounts/{}/results/{code}", server.url, account.code);
    let names = [(url.as_str(), "LINK"), (&code, "BOOKING"), (&id, "ELIGIBILITY")];
    insta::assert_snapshot!(masked(&receiver.next().await, &names), @r#"
    {
      "booking_code": "BOOKING",
      "candidate_id": "C-1",
      "client_eligibility_id": "E-1",
      "test_code": "EXAM1",
      "result": "FAIL",
      "effective_date": "2026-03-01T12:00:00.000Z",
      "results_url": "LINK"
    }
    "#);
    let fetched = send(server.client.get(&url).bearer_auth(&account.token)).await;
    let told = names.iter().fold(fetched.told(), |told, (own, name)| told.replace(own, name));
    insta::assert_snapshot!(told, @r#"
    200 application/json
    {
      "booking_code": "BOOKING",
      "candidate_id": "C-1",
      "client_eligibility_id": "E-1",
      "psi_eligiblity_id": "ELIGIBILITY",
      "test_code": "EXAM1",
      "result": "FAIL",
      "score": "12",
      "effective_date": "2026-03-01T12:00:00Z"
    }
    "#);
    let document = fetched.text;
    // The disabled one is recorded with its reason; enabled and told anew, it is the same document.
    let rows = account.items("/deliveries?service=assessment_results").await;
    assert_eq!(rows[0]["reason"], "not sent: the assessment_results subscription is disabled");
    subscribe(&account, "assessment_results", json!({ "url": receiver.url, "format": "json" })).await;
    let again = json!({ "as": "now" });
    let path = format!("/deliveries/{}/resend", text(&rows[0], "id"));
    account.control(Method::POST, &path, Some(again)).await.expect(200);
    assert_eq!(String::from_utf8_lossy(&receiver.next().await.body), document);
}

#[actix_web::test]
async fn a_link_to_a_result_needs_a_token_a_booking_and_a_result() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (_, code) = booked(&account, "C-1").await;
    let path = |code: &str| format!("/assessmentResultService/1.0.0/accounts/{}/results/{code}", account.code);
    let get = async |path: String, token: &str| send(server.request(Method::GET, &path).bearer_auth(token)).await;
    assert_eq!(get(path(&code), "no-token").await.status, 401);
    assert!(get(path("NOSUCH00"), &account.token).await.refused(400).contains("NOSUCH00"));
    assert!(get(path(&code), &account.token).await.refused(404).contains(&code));
    let other = server.account(json!({})).await;
    get(path(&code), &other.token).await.refused(403);
    // Who asked for no results has no rows of them.
    put_result(&account, &code, "PASS", "1").await;
    let services: Vec<_> = account.deliveries().await.iter().map(|row| row["service"].clone()).collect();
    assert_eq!(services, ["booking_notification", "booking_notification"]);
}

#[actix_web::test]
async fn a_result_that_finds_no_room_for_its_rows_is_refused_whole() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for service in ["assessment_results", "assessment_results_notification"] {
        subscribe(&account, service, json!({ "url": "http://127.0.0.1:9", "paused": true })).await;
    }
    let (_, code) = booked(&account, "C-1").await;
    account.set(json!({ "max_deliveries": 3 })).await;
    let result = json!({ "result": "PASS", "score": "1" });
    account.booking_as(&code, "complete", result.clone()).await.problem(503);
    assert_eq!(account.deliveries().await.len(), 1);
    account.set(json!({ "max_deliveries": 4 })).await;
    account.booking_as(&code, "complete", result).await.expect(200);
    assert_eq!(account.deliveries().await.len(), 4);
}
