//! What other people's tools say of the OpenAPI documents: two linters, and a caller of a running sandbox that looks
//! whether all that comes back is documented.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::run::{Result, built, cargo, command, output, root, say, target};
use crate::tools;

/// The accounts that are called.
const FIXTURE: &str = "openapi/schemathesis.yaml";

/// The fewest calls that each document is worth.
const FEWEST: u64 = 2_000;

/// Lints both documents, and calls a sandbox as they say.
pub fn check() -> Result {
    tools::install()?;
    for document in ["openapi/atlas.json", "openapi/control.json"] {
        command(&[
            &tools::npm("redocly"),
            "lint",
            "--config",
            "openapi/redocly.yaml",
            "--max-problems",
            "50",
            document,
        ])?;
        let spectral = tools::npm("spectral");
        command(&[&spectral, "lint", "--fail-severity", "hint", "--ruleset", "openapi/spectral.yaml", document])?;
    }
    call()
}

/// Calls a sandbox as each document says, one beside the other: each has a sandbox of its own.
fn call() -> Result {
    cargo(&["build", "--locked"])?;
    let ended = thread::scope(|scope| {
        let both = ["atlas", "control"].map(|name| scope.spawn(move || call_as(name)));
        both.map(|one| one.join().unwrap_or_else(|_| Err("schemathesis: the step panicked".to_owned())))
    });
    ended.into_iter().collect()
}

/// Calls a sandbox as a document says, and looks whether that was enough, and whether it still runs.
fn call_as(name: &str) -> Result {
    let folder = target().join("schemathesis").join(name);
    let _old = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (mut server, url) = serve(&folder)?;
    let report = folder.join("report.json");
    let mut schemathesis = Command::new(tools::pip("schemathesis"));
    schemathesis.args(["--config-file", &format!("openapi/schemathesis-{name}.toml"), "run"]);
    schemathesis.args([&format!("openapi/{name}.json"), "--url", &url, "--no-color"]);
    schemathesis.args(["--report", "json", "--report-json-path"]).arg(&report);
    output(schemathesis.current_dir(root()))?;
    if let Ok(Some(status)) = server.0.try_wait() {
        return Err(format!("{name}: the sandbox ended with {status}"));
    }
    let text = fs::read_to_string(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    let told: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", report.display()))?;
    let calls = told["test_cases"]["generated"].as_u64().unwrap_or_default();
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        if told["phases"][phase]["status"] != "success" {
            return Err(format!("{name}: the phase {phase} was left out: {}", told["phases"][phase]));
        }
    }
    if calls < FEWEST {
        return Err(format!("{name}: {calls} calls, expected {FEWEST} or more: see max-examples"));
    }
    say(&format!("{name}: {calls} calls in {} s", told["running_time"].as_f64().unwrap_or_default().round()));
    Ok(())
}

/// A server that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Starts a sandbox with the accounts; gives its URL once it is ready.
fn serve(folder: &std::path::Path) -> Result<(Running, String)> {
    let (binary, port_file) = (built("debug/atlas-sandbox"), folder.join("port"));
    let mut serve = Command::new(&binary);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--seed", "1", "--no-demo", "--log-level", "error", "--port-file"]);
    serve.arg(&port_file).arg("--fixtures").arg(root().join(FIXTURE)).stdout(Stdio::null());
    let server = serve.spawn().map(Running).map_err(|error| format!("{binary}: {error}"))?;
    let mut health = Command::new(&binary);
    health.args(["healthcheck", "--wait", "--timeout", "20s", "--port-file"]).arg(&port_file);
    if !health.status().is_ok_and(|status| status.success()) {
        return Err("the sandbox did not become ready".to_owned());
    }
    let port = fs::read_to_string(&port_file).map_err(|error| format!("{}: {error}", port_file.display()))?;
    Ok((server, format!("http://127.0.0.1:{}", port.trim())))
}
