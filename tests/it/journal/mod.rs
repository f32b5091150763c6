//! What the sandbox remembers and tells of a run: the request journal, waiting, the counters.

mod metric;
mod request;
mod wait;

use serde_json::Value;

use crate::server::{Account, eligibility};

fn ids(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["id"].as_u64().unwrap_or_else(|| panic!("no id: {entry}"))).collect()
}

/// Five calls: two creates, a refused one, a look, an unknown path.
async fn five_calls(account: &Account<'_>) {
    account.post("/candidates", eligibility("C1", "EXAM1")).await.expect(201);
    account.post("/candidates", eligibility("C2", "EXAM1")).await.expect(201);
    account.post("/candidates", eligibility("C1", "EXAM1")).await.expect(400);
    account.get("/candidates/C1").await.expect(200);
    account.get("/candidats").await.expect(404);
}
