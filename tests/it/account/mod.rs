//! Accounts: made, looked at, brought back, thrown away; each one a tenant of its own.

mod end;
mod event;
mod made;
mod reset;
mod settings;
mod snapshot;
mod tenant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, eligibility, send};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

/// A document in which nothing that matters is left to chance.
fn named(code: &str) -> Value {
    json!({
        "account": {
            "account_code": code,
            "settings": { "lint": "off", "excused_absence": false },
            "users": [{ "username": "jo", "password": "pa-ss", "roles": ["psiEligibility", "psiAssessmentResult"] }],
            "applications": [{
                "name": "app", "consumer_key": format!("key-{code}"), "consumer_secret": format!("secret-{code}"),
                "key_type": "SANDBOX", "tier": "Gold", "subscriptions": ["eligibility", "assessment_result"],
                "owner": "jo", "grants": ["client_credentials"],
            }],
            "static_tokens": [format!("token-{code}")],
            "signing_secret": SECRET,
        },
        "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
        "seed": 7,
    })
}

async fn token(server: &Server, key: &str, secret: &str) -> Answer {
    let form = [("grant_type", "client_credentials")];
    send(server.request(Method::POST, "/token").basic_auth(key, Some(secret)).form(&form)).await
}

/// The status of a call with a bearer token on the account's code.
async fn status_with(server: &Server, token: &str, code: &str) -> u16 {
    let path = format!("/eligibilityService/1.0.0/accounts/{code}/candidates/C1");
    send(server.request(Method::GET, &path).bearer_auth(token)).await.status
}

async fn codes(server: &Server) -> Vec<String> {
    let list = server.control(Method::GET, "/accounts?limit=500", None).await.expect(200);
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["account_code"].as_str().expect("a code").to_owned()).collect()
}

/// What one and the same story leaves behind: answers to the byte, notifications included.
async fn story(account: &Account<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let mut codes = Vec::new();
    for candidate in ["C1", "C2", "C3"] {
        let made = account.post("/candidates", eligibility(candidate, "EXAM1")).await;
        let id = made.expect(201)["psi_eligiblity_id"].as_str().expect("an identifier").to_owned();
        told.push(made.text);
        let booking = account.control(Method::POST, &format!("/eligibilities/{id}/schedule"), None).await;
        codes.push(booking.expect(200)["booking_code"].as_str().expect("a code").to_owned());
        told.push(booking.text);
    }
    for (code, action) in codes.iter().zip(["reschedule", "cancel", "complete"]) {
        let answer = account.booking(code, action).await;
        answer.expect(200);
        told.push(answer.text);
    }
    let id = account.eligible("C4", "EXAM1").await;
    told.push(account.schedule(&id).await.to_string());
    for list in ["/eligibilities", "/bookings", "/deliveries", "/candidates", "/tests", "/vouchers", "/settings"] {
        let answer = account.control(Method::GET, list, None).await;
        assert_eq!(answer.status, 200, "{list}");
        told.push(answer.text);
    }
    told
}
