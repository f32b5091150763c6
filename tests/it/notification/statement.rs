//! Results as xAPI statements, held against a validator that others wrote.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use super::{create, given};
use crate::action::text;
use crate::server::Server;

/// How many faults the validator finds in each statement.
fn faults(statements: &[Value]) -> Vec<u64> {
    let npm = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/npm/node_modules");
    assert!(npm.join("@learninglocker").exists(), "the validator is missing: run `cargo xtask tools`");
    let mut child = Command::new("node")
        .args(["-e", include_str!("xapi.js")])
        .env("NODE_PATH", npm)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node can be run");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(json!(statements).to_string().as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("a list of numbers")
}

#[actix_web::test]
async fn an_independent_validator_takes_each_statement_and_refuses_broken_ones() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let to = json!({ "url": "inbox:store" });
    account.control(Method::PUT, "/subscriptions/assessment_results", Some(to)).await.expect(200);
    let results = [("PASS", "87.50"), ("FAIL", "0"), ("NA", "n/a"), ("PASS", "512"), ("NA", "-3"), ("FAIL", "")];
    for (number, (result, score)) in results.into_iter().enumerate() {
        let candidate = format!("C {number}");
        let body = json!({ "candidate": { "candidate_id": candidate, "first_name": "Jo", "last_name": "Doe" },
            "test_code": "EXAM1" });
        let id = create(&account, body).await;
        let code = text(&account.schedule(&id).await, "booking_code").to_owned();
        account.booking_as(&code, "complete", json!({ "result": result, "score": score })).await.expect(200);
    }
    let told = account.items("/deliveries?service=assessment_results").await;
    let statements: Vec<Value> =
        told.iter().map(|row| serde_json::from_str(text(row, "body")).expect("a statement")).collect();
    assert_eq!(faults(&statements), [0; 6], "{statements:#?}");
    let broken = |path: &str, value: Value| {
        let mut statement = statements[0].clone();
        *statement.pointer_mut(path).expect("a member") = value;
        statement
    };
    let refused = faults(&[
        broken("/actor/account/homePage", json!("candidates")),
        broken("/verb/id", json!("passed")),
        broken("/result/score/scaled", json!(1.5)),
        broken("/result/success", json!("true")),
        broken("/context/registration", json!("first attempt")),
        broken("/timestamp", json!("yesterday")),
        broken("/object/id", json!("EXAM1")),
    ]);
    assert!(refused.len() == 7 && refused.iter().all(|faults| *faults > 0), "{refused:?}");
}
