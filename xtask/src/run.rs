//! Running commands at the root of the project.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A command's outcome; the error is in words.
pub type Result<T = ()> = std::result::Result<T, String>;

/// The root of the project.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// Where cargo builds: `CARGO_TARGET_DIR`, else `target`.
#[allow(clippy::disallowed_methods, reason = "cargo's own variable, no setting of the program")]
pub fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").filter(|name| !name.is_empty());
    root().join(named.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// A file that cargo builds, as a word of a command.
pub fn built(path: &str) -> String {
    target().join(path).to_string_lossy().into_owned()
}

/// Writes a line to stderr.
pub fn say(line: &str) {
    // A closed terminal is no reason to fail.
    let _closed = writeln!(std::io::stderr().lock(), "{line}");
}

/// Runs cargo.
pub fn cargo(arguments: &[&str]) -> Result {
    let mut command = vec!["cargo"];
    command.extend(arguments);
    self::command(&command)
}

/// Runs a command; fails where it fails.
pub fn command(line: &[&str]) -> Result {
    finish(prepare(line), line)
}

/// Runs a command with one more environment variable.
pub fn with_env(name: &str, value: &str, line: &[&str]) -> Result {
    let mut command = prepare(line);
    command.env(name, value);
    finish(command, line)
}

fn prepare(line: &[&str]) -> Command {
    let mut command = Command::new(line.first().copied().unwrap_or_default());
    command.args(line.get(1..).unwrap_or_default()).current_dir(root());
    command
}

fn finish(mut command: Command, line: &[&str]) -> Result {
    let shown = line.join(" ");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed: {status}")),
        Err(error) => Err(format!("`{shown}` could not be started: {error}")),
    }
}

/// What a command prints; its errors where it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let run = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let ended =
        run.and_then(Child::wait_with_output).map_err(|error| format!("{name} could not be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if ended.status.success() {
        Ok(text(&ended.stdout))
    } else {
        Err(format!("{name}: {}\n{}\n{}", ended.status, text(&ended.stdout), text(&ended.stderr)))
    }
}
