//! The command line: settings and their layers, exit codes, signals, and what each command prints.

mod command;
mod setting;
mod stop;

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::server::{Server, folder};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How a command ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end; one that does not end is stopped after 30 s.
pub fn run(command: &mut Command) -> Ended {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let pid = child.id().to_string();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(Duration::from_secs(30)) else {
        Command::new("kill").args(["-KILL", &pid]).status().expect("kill can be run");
        panic!("{command:?} did not end");
    };
    let output = output.expect("its output can be read");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A file of the test's own.
pub fn file(name: &str, content: &str) -> String {
    let path = folder("cli").join(name);
    std::fs::write(&path, content).expect("a file");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The server's address without its scheme.
pub fn address(server: &Server) -> &str {
    server.url.trim_start_matches("http://")
}
