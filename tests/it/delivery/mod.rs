//! The delivery engine: authentication, order, side by side, answers, retries, the error queue, what is kept of every attempt.

mod again;
mod answer;
mod authentication;
mod isolation;
mod misbehaviour;
mod order;
mod overtaking;
mod permutation;
mod queue;
mod retry;
mod secret;
mod subscription;
mod tls;

use serde_json::{Value, json};

use crate::action::text;
use crate::server::Account;

pub fn frozen() -> Value {
    json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } })
}

/// Books and cancels in turn: so many changes of one eligibility.
pub async fn changes(account: &Account<'_>, candidate_id: &str, count: usize) {
    let id = account.eligible(candidate_id, "EXAM1").await;
    let mut code = None;
    for _ in 0..count {
        code = match code.take() {
            None => Some(text(&account.schedule(&id).await, "booking_code").to_owned()),
            Some(code) => {
                account.booking(&code, "cancel").await.expect(200);
                None
            }
        };
    }
}
