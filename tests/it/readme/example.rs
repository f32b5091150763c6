//! Guards: what the README tells works. Its bash blocks run, its receivers verify, its settings are all there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::{Server, command};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("the README")
}

/// The blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        match &mut block {
            None if line == format!("```{language}") => block = Some(String::new()),
            Some(_) if line == "```" => found.extend(block.take()),
            Some(lines) => {
                lines.push_str(line);
                lines.push('\n');
            }
            None => {}
        }
    }
    found
}

#[actix_web::test]
async fn the_tour_runs_as_it_is_written() {
    let server = Server::start();
    let blocks = blocks(&readme(), "bash");
    assert!(blocks.len() >= 8, "the tour has {} blocks", blocks.len());
    // One shell for all of them, as a reader has; any HTTP error fails it.
    let script = format!(
        "set -euo pipefail\ncurl() {{ command curl --fail-with-body \"$@\"; echo; }}\n{}",
        blocks.join("echo --- next\n")
    )
    .replace("http://127.0.0.1:8080", &server.url);
    let output = Command::new("bash").arg("-c").arg(&script).env("NO_PROXY", "*").output().expect("bash runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "BOOKING_CREATED",
        "\"status\":\"delivered\"",
        "\"status\":\"failed\"",
        "ABSENT",
        "create_eligibility",
        "2026-03-01T11:00:00.000Z",
    ] {
        assert!(text.contains(expected), "the tour shows no {expected}:\n{text}");
    }
}

#[test]
fn the_receivers_of_the_readme_are_the_programs_that_are_tested() {
    for (language, file) in
        [("python", "verify.py"), ("javascript", "verify.mjs"), ("java", "Verify.java"), ("csharp", "Verify.cs")]
    {
        let program = std::fs::read_to_string(root().join("examples/verify").join(file)).expect(file);
        let blocks = blocks(&readme(), language);
        assert_eq!(blocks.len(), 1, "{language}");
        assert!(program.contains(blocks[0].trim_end()), "the {language} block is not part of {file}");
    }
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
async fn the_receivers_of_the_readme_verify_a_real_delivery() {
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
    for program in verifiers() {
        let (ok, text) = verify(&program, &[secret, webhook_id, at, signature], &call.body);
        assert!(ok && text == "valid", "{program:?}: {text}");
        let (ok, text) = verify(&program, &[secret, webhook_id, at, signature], &altered);
        assert!(!ok && text.starts_with("invalid"), "{program:?} took an altered body: {text}");
    }
}

#[test]
fn the_settings_table_lists_every_flag() {
    let help = command(&["serve", "--help"]).output().expect("the binary runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let readme = readme();
    let flags: Vec<_> = help
        .split_whitespace()
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'))
        .filter(|flag| flag.chars().skip(2).all(|c| c.is_ascii_lowercase() || c == '-'))
        .filter(|flag| !flag.ends_with("-file") || *flag == "--port-file")
        .filter(|flag| !matches!(*flag, "--help" | "--version" | "--config"))
        .collect();
    assert!(flags.len() > 15, "{flags:?}");
    for flag in flags {
        assert!(readme.contains(&format!("`{flag}`")), "README.md does not list {flag}");
    }
}

#[test]
fn every_file_the_documents_link_to_is_there() {
    for name in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "benches/README.md", "examples/README.md"]
    {
        let text = std::fs::read_to_string(root().join(name)).expect(name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let target = root()
                .join(Path::new(name).parent().unwrap_or(Path::new("")))
                .join(link.split('#').next().unwrap_or(link));
            assert!(target.exists(), "{name} links to {link}");
        }
    }
}
