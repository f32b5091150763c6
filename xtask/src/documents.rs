//! What other people's tools say of the OpenAPI documents: two linters, and a caller of a running sandbox that looks
//! whether all that comes back is documented.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::run::{Result, built, cargo, command, target};
use crate::tools;

/// A fixture with the account and the token of the caller.
const FIXTURE: &str = "account: { account_code: SCHEMA01, static_tokens: [schemathesis-token] }\n";

/// The seconds that the caller has for a document; it draws the same data each time.
const SECONDS: &str = "40";

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

/// The vendor's document first: calls of the control face change what the account answers.
fn call() -> Result {
    cargo(&["build", "--locked"])?;
    let folder = target().join("schemathesis");
    let _old = fs::remove_dir_all(&folder);
    let write = || fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("account.yaml"), FIXTURE));
    write().map_err(|error| format!("{}: {error}", folder.display()))?;
    let (server, url) = serve(&folder)?;
    let report = folder.join("report").to_string_lossy().into_owned();
    let ended = ["openapi/atlas.json", "openapi/control.json"].iter().try_for_each(|document| {
        command(&[
            &tools::pip("schemathesis"),
            "--config-file",
            "openapi/schemathesis.toml",
            "run",
            document,
            "--url",
            &url,
            "--max-time",
            SECONDS,
            "--report-dir",
            &report,
            "--no-color",
        ])
    });
    drop(server);
    ended
}

/// A server that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Starts a sandbox with the account; gives its URL once it is ready.
fn serve(folder: &std::path::Path) -> Result<(Running, String)> {
    let (binary, port_file) = (built("debug/atlas-sandbox"), folder.join("port"));
    let mut serve = Command::new(&binary);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--seed", "1", "--no-demo", "--log-level", "error", "--port-file"]);
    serve.arg(&port_file).arg("--fixtures").arg(folder.join("account.yaml")).stdout(Stdio::null());
    let server = serve.spawn().map(Running).map_err(|error| format!("{binary}: {error}"))?;
    let mut health = Command::new(&binary);
    health.args(["healthcheck", "--wait", "--timeout", "20s", "--port-file"]).arg(&port_file);
    if !health.status().is_ok_and(|status| status.success()) {
        return Err("the sandbox did not become ready".to_owned());
    }
    let port = fs::read_to_string(&port_file).map_err(|error| format!("{}: {error}", port_file.display()))?;
    Ok((server, format!("http://127.0.0.1:{}", port.trim())))
}
