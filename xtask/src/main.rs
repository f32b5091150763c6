//! The project's own commands: `cargo xtask test`, `ci`, `bench`, `soak`, `openapi`, `documents`, `container`, `engine`, `tools`, `zones`.

mod container;
mod debian;
mod documents;
mod engine;
mod run;
mod tools;
mod zones;

use std::process::ExitCode;
use std::time::Instant;

use run::{Result, cargo, say};

const USAGE: &str = "usage: cargo xtask test | ci | bench [--quick] [--minute] | soak [--seed N] | openapi | documents | container | engine | tools | zones";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let ended = match arguments.first().map(String::as_str) {
        Some("test") => test(rest),
        Some("ci") => ci(),
        Some("bench") => bench(rest),
        Some("soak") => soak(rest),
        Some("openapi") => openapi(),
        Some("container") => container::check().and_then(|()| engine::check()),
        Some("engine") => engine::check(),
        Some("documents") => documents::check(),
        Some("tools") => tools::install(),
        Some("zones") => zones::check(),
        _ => Err(USAGE.to_owned()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&format!("xtask: {reason}"));
            ExitCode::FAILURE
        }
    }
}

/// Sets up what the tests need, and runs every test.
fn test(rest: &[String]) -> Result {
    tools::install()?;
    let mut arguments = vec!["test", "--workspace", "--locked"];
    arguments.extend(rest.iter().map(String::as_str));
    cargo(&arguments)
}

/// All that CI checks.
fn ci() -> Result {
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("clippy", || cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    step("docs", || {
        run::with_env(
            "RUSTDOCFLAGS",
            "-D warnings",
            &["cargo", "doc", "--no-deps", "--locked", "--document-private-items"],
        )
    })?;
    step("licences", tools::licences)?;
    step("time zones", zones::check)?;
    step("container", container::check)?;
    step("engine", engine::check)?;
    step("documents", documents::check)?;
    step("soak", || soak(&[]))?;
    step("tests", || test(&[]))
}

/// Runs a step, and says how long it took.
fn step(name: &str, run: impl FnOnce() -> Result) -> Result {
    say(&format!("--- {name}"));
    let begun = Instant::now();
    run()?;
    say(&format!("--- {name}: {} s", begun.elapsed().as_secs()));
    Ok(())
}

/// Builds the container's binary and prints the table.
fn bench(rest: &[String]) -> Result {
    beside_the_container(&[], &[], rest)
}

/// Builds the container's binary, and has it deliver to receivers that go wrong; ends by itself after minutes. Built
/// without the bare programs, whose dependencies would be compiled for this alone.
fn soak(rest: &[String]) -> Result {
    beside_the_container(&["--no-default-features"], &["soak"], rest)
}

/// Runs the benchmark's program on the container's binary, both built.
fn beside_the_container(features: &[&str], command: &[&str], rest: &[String]) -> Result {
    container::build()?;
    // With the flags of the binary beside it, so that they differ by their work alone.
    let flags = ["-C", "target-feature=+crt-static", "-C", "relocation-model=static"];
    let mut build = vec!["rustc", "--profile", "dist", "--locked", "--package", "atlas-sandbox-benches"];
    build.extend(features);
    build.push("--");
    build.extend(flags);
    cargo(&build)?;
    let (program, sandbox) = (run::built("dist/atlas-sandbox-benches"), run::built("dist/atlas-sandbox"));
    let mut line = vec![program.as_str()];
    line.extend(command);
    line.extend(["--sandbox", &sandbox]);
    line.extend(rest.iter().map(String::as_str));
    run::command(&line)
}

/// Records the examples and writes the OpenAPI documents; a test compares them with the code.
fn openapi() -> Result {
    // The documents hold the examples, so the examples go first.
    ["examples", "committed"].iter().try_for_each(|which| {
        let test = format!("openapi::the_{which}");
        run::with_env("UPDATE_OPENAPI", "1", &["cargo", "test", "--locked", "--test", "it", &test])
    })
}
