//! What can be checked of the container without an engine: the Dockerfile's own build command, and its binary in an
//! empty root.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::run::{Result, command, root, say, target};
use crate::tools;

/// Builds the container's binary, with the command that the Dockerfile runs.
pub fn build() -> Result {
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).map_err(|error| format!("Dockerfile: {error}"))?;
    let build = dockerfile
        .lines()
        .find_map(|line| {
            line.trim().strip_prefix("RUN ").filter(|line| line.contains("cargo ")).or_else(|| {
                let line = line.trim();
                line.starts_with("cargo rustc").then_some(line)
            })
        })
        .ok_or("Dockerfile: no line runs cargo")?;
    let start = build.find("cargo ").unwrap_or(0);
    let words: Vec<&str> = build[start..].trim_end_matches('\\').split_whitespace().collect();
    say(&format!("building as the Dockerfile does: {}", words.join(" ")));
    command(&words)
}

/// Builds the container's binary, and starts it in a root that holds nothing else.
pub fn check() -> Result {
    tools::container_files()?;
    build()?;
    let binary = target().join("dist/atlas-sandbox");
    let empty = target().join("empty-root");
    lay_out(&empty, &binary)?;
    run_in(&empty)
}

/// An empty root: the binary, and nothing else.
fn lay_out(empty: &Path, binary: &Path) -> Result {
    let _old = fs::remove_file(empty.join("atlas-sandbox"));
    fs::create_dir_all(empty).map_err(|error| error.to_string())?;
    fs::copy(binary, empty.join("atlas-sandbox")).map_err(|error| error.to_string())?;
    let linked = Command::new("ldd").arg(binary).output().map_err(|error| format!("ldd: {error}"))?;
    let words = String::from_utf8_lossy(&linked.stdout).into_owned() + &String::from_utf8_lossy(&linked.stderr);
    if !words.contains("statically linked") && !words.contains("not a dynamic executable") {
        return Err(format!("the binary is not static: {words}"));
    }
    Ok(())
}

fn inside(empty: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("/usr/sbin/chroot");
    command.args(["--userspec=65532:65532"]).arg(empty).arg("/atlas-sandbox").args(arguments);
    command.env_clear().env("ATLAS_SANDBOX_LISTEN", "0.0.0.0:18080");
    command
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Serves in the empty root, as the image's user, and asks it as the image's HEALTHCHECK does.
fn run_in(empty: &Path) -> Result {
    let server = inside(empty, &["serve"]).stderr(Stdio::null()).spawn().map_err(|error| format!("chroot: {error}"))?;
    let _running = Running(server);
    let health = inside(empty, &["healthcheck", "--wait", "--timeout", "10s"]).status();
    if !health.is_ok_and(|status| status.success()) {
        return Err("the static binary does not pass `healthcheck` in an empty root".to_owned());
    }
    let demo = inside(empty, &["demo"]).env("ATLAS_SANDBOX_LISTEN", "127.0.0.1:0").stdout(Stdio::null()).status();
    if !demo.is_ok_and(|status| status.success()) {
        return Err("the static binary does not play `demo` in an empty root".to_owned());
    }
    say("the static binary serves, passes healthcheck and plays the demo in an empty root");
    Ok(())
}
