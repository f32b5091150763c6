//! Cancel: with a booking and without, and what may come after.

use reqwest::Method;
use serde_json::{Value, json};

use super::{given, id_of, record, with};
use crate::server::{Account, Server, eligibility, send};

const PATH: &str = "/candidates/C1/tests/ONE";

async fn reasons(account: &Account<'_>) -> Vec<Value> {
    let deliveries = account.control(Method::GET, "/deliveries", None).await.expect(200);
    let rows = deliveries["items"].as_array().expect("items").iter();
    rows.map(|row| json!([row["change_reason"], row["booking_code"]])).collect()
}

#[actix_web::test]
async fn a_record_that_was_never_scheduled_ends_as_reg03_and_tells_nobody() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "ONE").await;
    let answer = account.delete(PATH).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let ended = record(&account, &id).await;
    assert_eq!((&ended["status"], &ended["open"]), (&json!("REG03"), &json!(false)));
    assert_eq!(ended["eligible_to_schedule"], false);
    assert_eq!(ended["eligibility_status_message"], "The eligibility has been cancelled.");
    assert_eq!(reasons(&account).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_scheduled_record_loses_its_booking_first_and_ends_as_css2_closed() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "ONE").await;
    let booking = account.schedule(&id).await;
    account.delete(PATH).await.expect(204);
    let ended = record(&account, &id).await;
    assert_eq!((&ended["status"], &ended["open"]), (&json!("CSS2"), &json!(false)));
    assert_eq!(ended["eligible_to_schedule"], false);
    assert_eq!(ended["eligibility_status_message"], "The eligibility has been cancelled.");
    let code = booking["booking_code"].as_str().expect("a code");
    let cancelled = account.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200);
    assert_eq!(cancelled["state"], "CANCELLED");
    assert_eq!(reasons(&account).await, [json!(["BOOKING_CREATED", code]), json!(["BOOKING_CANCELLED", code])]);
    assert_eq!(account.get(PATH).await.expect(200)[0]["status"], "CSS2");
}

#[actix_web::test]
async fn a_record_whose_booking_was_cancelled_is_closed_and_tells_nobody_again() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "ONE").await;
    let booking = account.schedule(&id).await;
    account.booking(booking["booking_code"].as_str().expect("a code"), "cancel").await.expect(200);
    assert_eq!(record(&account, &id).await["open"], true);
    let told = reasons(&account).await;
    account.delete(PATH).await.expect(204);
    let ended = record(&account, &id).await;
    assert_eq!((&ended["status"], &ended["open"]), (&json!("CSS2"), &json!(false)));
    assert_eq!(reasons(&account).await, told);
}

#[actix_web::test]
async fn after_a_cancel_the_same_client_eligibility_id_may_come_again() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let body = with(eligibility("C1", "ONE"), "/client_eligibility_id", json!("E1"));
    let mut seen = Vec::new();
    for scheduled in [false, true, false] {
        let id = id_of(&account.post("/candidates", body.clone()).await.expect(201));
        assert!(!seen.contains(&id), "{id} was given twice");
        if scheduled {
            account.schedule(&id).await;
        }
        account.delete(PATH).await.expect(204);
        seen.push(id);
    }
    let found = account.control(Method::GET, "/eligibilities?client_eligibility_id=E1", None).await.expect(200);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(3));
}

#[actix_web::test]
async fn a_second_cancel_finds_nothing_open() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.eligible("C1", "ONE").await;
    account.delete(PATH).await.expect(204);
    assert_eq!(account.delete(PATH).await.refused(404), "The specified candidate eligibility code was not found.");
}

#[actix_web::test]
async fn the_body_of_a_cancel_is_ignored() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for body in ["", "nope", r#"{"candidate": 7}"#, "[]"] {
        account.eligible("C1", "ONE").await;
        let request = server.request(Method::DELETE, &account.path(PATH)).bearer_auth(&account.token);
        let answer = send(request.header("content-type", "application/json").body(body)).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{body}");
    }
}

#[actix_web::test]
async fn only_the_record_of_that_test_is_cancelled() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (one, site) = (account.eligible("C1", "ONE").await, account.eligible("C1", "SITE").await);
    let other = account.eligible("C2", "ONE").await;
    account.delete(PATH).await.expect(204);
    for (id, status) in [(one, "REG03"), (site, "REG02"), (other, "REG02")] {
        assert_eq!(record(&account, &id).await["status"], status);
    }
}
