//! The blocks of the pages: those of a shell run, those that serve or install are commands that the program knows.

use std::process::Command;

use reqwest::Method;

use super::{Page, README};
use crate::server::Server;

/// What the blocks of a page show when they run.
const SHOWN: [(&str, &[&str]); 5] = [
    (
        README,
        &[
            "BOOKING_CREATED",
            "\"status\":\"delivered\"",
            "\"status\":\"failed\"",
            "ABSENT",
            "create_eligibility",
            "BOOKING_CANCELLED",
            "\"open\":0",
            "2026-03-01T11:00:00.000Z",
        ],
    ),
    ("docs/control.md", &["\"open\":0", "\"settled\":true", "\"count\":"]),
    ("docs/faults.md", &["\"all_delivered\":true"]),
    ("docs/notifications.md", &["\"change_reason\":\"ABSENT\"", "\"answered\":200", "\"Retry-After\":\"30\""]),
    ("docs/signatures.md", &["\"reason\":\"body-reserialised\""]),
];

#[actix_web::test]
async fn every_block_of_a_shell_runs_as_it_is_written() {
    let server = Server::start();
    let mut ran = 0;
    for page in Page::all() {
        let blocks = page.blocks("bash");
        ran += blocks.len();
        // One shell for all blocks of a page, as a reader has; any HTTP error fails it.
        let script = format!(
            "set -euo pipefail\ncurl() {{ command curl --fail-with-body \"$@\"; echo; }}\n{}",
            blocks.join("echo --- next\n")
        )
        .replace("http://127.0.0.1:8080", &server.url);
        let output = Command::new("bash").arg("-c").arg(&script).env("NO_PROXY", "*").output().expect("bash runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {text}\n{}", page.name, String::from_utf8_lossy(&output.stderr));
        let expected = SHOWN.iter().filter(|(name, _)| *name == page.name).flat_map(|(_, words)| *words);
        for word in expected {
            assert!(text.contains(word), "{} shows no {word}:\n{text}", page.name);
        }
        // The next page begins as its reader does.
        server.control(Method::POST, "/reset", None).await.expect(204);
    }
    assert!(ran > 20, "{ran} blocks");
}

#[test]
fn every_other_command_is_one_that_the_program_takes() {
    let mut taken = Vec::new();
    for page in Page::all() {
        for line in page.blocks("console").iter().flat_map(|block| block.lines()) {
            let words: Vec<_> = line.split(" #").next().unwrap_or_default().split_whitespace().collect();
            let arguments = match words.as_slice() {
                ["cargo", "run", "--release", "--", rest @ ..] | ["atlas-sandbox", rest @ ..] => rest,
                ["cargo", "xtask" | "install", ..] | ["docker", "build", ..] => continue,
                _ => panic!("{}: what is {line}?", page.name),
            };
            let parsed = atlas_sandbox::cli::command()
                .try_get_matches_from(std::iter::once("atlas-sandbox").chain(arguments.iter().copied()));
            let parsed = parsed.unwrap_or_else(|wrong| panic!("{}: {line}: {wrong}", page.name));
            taken.extend(parsed.subcommand_name().map(str::to_owned));
        }
    }
    for name in ["serve", "demo", "generate", "healthcheck", "token", "scenario", "openapi", "receive", "probe"] {
        assert!(taken.iter().any(|one| one == name), "no page shows how to call {name}: {taken:?}");
    }
    let first: Vec<_> = Page::read(README).blocks("console")[0].lines().map(str::to_owned).collect();
    assert!(first[0].starts_with("cargo run --release -- demo ") && first[1].starts_with("cargo xtask test "));
}

#[test]
fn the_page_of_commands_has_all_of_them_and_the_flags_of_the_other_side() {
    let program = atlas_sandbox::cli::command();
    let names = Page::read("docs/commands.md").rows();
    let names: Vec<_> = names.iter().flat_map(|row| super::spans(&row[0])).collect();
    for command in program.get_subcommands().map(clap::Command::get_name) {
        assert!(names.iter().any(|name| name == command), "docs/commands.md has no {command}");
    }
    let told: Vec<_> = Page::read("docs/receivers.md").rows().iter().flat_map(|row| super::spans(&row[0])).collect();
    let mut known = Vec::new();
    for command in ["receive", "probe"].map(|name| program.find_subcommand(name).expect("a command")) {
        known.extend(command.get_arguments().filter_map(clap::Arg::get_long).map(|name| format!("--{name}")));
    }
    for flag in known.iter().filter(|flag| *flag != "--config") {
        assert!(told.contains(flag), "docs/receivers.md does not list {flag}");
    }
    for flag in told.iter().filter(|word| word.starts_with("--")) {
        assert!(known.contains(flag), "there is no {flag}");
    }
}
