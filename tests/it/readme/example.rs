//! The programs to copy from verify what the sandbox sends, and the one that the page shows is one of them.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{Page, root};
use crate::server::Server;

#[test]
fn the_function_on_the_page_is_of_the_program_that_is_tested() {
    let program = std::fs::read_to_string(root().join("examples/verify/verify.py")).expect("the program");
    let blocks = Page::read("docs/signatures.md").blocks("python");
    assert_eq!(blocks.len(), 1, "{blocks:?}");
    assert!(program.contains(&blocks[0]), "the block is not part of the program");
}

/// A program that verifies; Java and C# only where the machine has them (C# without a project needs .NET 10).
fn verifiers() -> Vec<Vec<String>> {
    let file = |name: &str| root().join("examples/verify").join(name).to_string_lossy().into_owned();
    let mut all = vec![vec!["python3".to_owned(), file("verify.py")], vec!["node".to_owned(), file("verify.mjs")]];
    if Command::new("java").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        all.push(vec!["java".to_owned(), file("Verify.java")]);
    }
    let dotnet = Command::new("dotnet").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let major = String::from_utf8_lossy(&dotnet).split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= 10) {
        all.push(["dotnet", "run", &file("Verify.cs"), "--"].map(str::to_owned).to_vec());
    }
    all
}

fn verify(program: &[String], arguments: &[&str], body: &[u8]) -> (bool, String) {
    let mut child = Command::new(&program[0])
        .args(&program[1..])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} is not on this machine: {error}", program[0]));
    child.stdin.take().expect("a pipe").write_all(body).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[actix_web::test]
async fn the_programs_to_copy_from_verify_a_real_delivery() {
    let server = Server::shared();
    let account = server.account(serde_json::json!({})).await;
    let receiver = crate::receiver::Receiver::start();
    account.subscribe(&receiver.url, serde_json::json!({})).await;
    let id = account.eligible("Zoë 1", "EXAM1").await;
    account.schedule(&id).await;
    let call = receiver.next().await;
    let secret = account.made["signing_secret"].as_str().expect("a secret");
    let [webhook_id, at, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| call.header(name));
    let mut altered = call.body.to_vec();
    altered.push(b' ');
    let bare = secret.trim_start_matches("whsec_");
    for program in verifiers() {
        for secret in [secret, bare] {
            let (ok, text) = verify(&program, &[secret, webhook_id, at, signature], &call.body);
            assert!(ok && text == "valid", "{program:?} {secret}: {text}");
        }
        let (ok, text) = verify(&program, &[secret, webhook_id, at, signature], &altered);
        assert!(!ok && text.starts_with("invalid"), "{program:?} took an altered body: {text}");
    }
}
