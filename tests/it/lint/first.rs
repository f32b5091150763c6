//! The log tells once per rule and account that there is something to see.

use serde_json::json;

use super::{body, given};
use crate::server::Server;

#[actix_web::test]
async fn the_log_tells_a_rule_once_per_account_at_level_info() {
    let server = Server::shared();
    let [warned, other, off] =
        [server.account(given("warn")).await, server.account(given("warn")).await, server.account(given("off")).await];
    for number in 0..3 {
        for account in [&warned, &other, &off] {
            let members = [("/candidate/city", json!("")), ("/colour", json!("red"))];
            account.post("/candidates", body(&format!("C{number}"), &members)).await.expect(201);
        }
    }
    let log = server.log();
    let lines = |account: &str, rule: &str| {
        log.lines().filter(|line| line.contains("lint: ") && line.contains(account) && line.contains(rule)).count()
    };
    for (account, expected) in [(&warned, 1), (&other, 1), (&off, 0)] {
        for rule in ["ELIG-EMPTY-STRING", "ELIG-UNKNOWN-MEMBER"] {
            assert_eq!(lines(&account.code, rule), expected, "{rule} of {}: {log}", account.code);
        }
    }
    let line = log.lines().find(|line| line.contains(&warned.code) && line.contains("ELIG-UNKNOWN-MEMBER"));
    let line = line.expect("a line");
    let place = format!("/_sandbox/accounts/{}/requests/1", warned.code);
    assert!(line.contains("INFO") && line.contains("/colour") && line.contains(&place), "{line}");
}
