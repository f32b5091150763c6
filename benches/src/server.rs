//! The servers under measurement: the sandbox with its defaults, and the bare programs beside it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Process, Scratch};
use crate::wire::{RawConnection, request};

/// Worker threads of every server.
pub const WORKERS: &str = "2";

/// How long a server may take until it can be asked.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a row needs to start servers.
pub struct Bench<'a> {
    /// The sandbox's binary.
    pub sandbox: &'a Path,
    /// Where files go.
    pub scratch: &'a Scratch,
}

/// An answer that is kept.
#[derive(Clone)]
pub struct RecordedAnswer {
    /// The status.
    pub status: u16,
    /// The content type, empty if there is none.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl RecordedAnswer {
    /// The body as JSON; null if it is empty.
    pub fn json(&self) -> Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A server that answers.
pub struct ServerProcess {
    /// For messages.
    pub name: &'static str,
    /// The process.
    pub process: Process,
    /// Its port on 127.0.0.1.
    pub port: u16,
}

impl ServerProcess {
    /// A fresh sandbox that is ready.
    pub async fn sandbox(bench: &Bench<'_>) -> Result<Self> {
        let file = bench.scratch.file("sandbox.port");
        let mut command = sandbox_command(bench.sandbox, "127.0.0.1:0");
        command.arg("--port-file").arg(&file);
        let mut server = Self::start("sandbox", &mut command, &file, bench.scratch).await?;
        let began = Instant::now();
        while server.call("GET", "/readyz", None).await?.status != 200 {
            server.process.check_alive()?;
            if began.elapsed() > PATIENCE {
                bail!("the sandbox is not ready after {PATIENCE:?}:\n{}", server.process.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(server)
    }

    /// A bare server (`bare-get`, `bare-post`) that gives this answer.
    pub async fn bare(kind: &'static str, answer: &RecordedAnswer, scratch: &Scratch) -> Result<Self> {
        let file = scratch.file("bare.port");
        let body = scratch.keep("answer", &answer.body)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(kind).arg("--port-file").arg(&file).arg("--body").arg(body);
        command.args(["--status", &answer.status.to_string()]);
        command.args(["--content-type", &answer.content_type]);
        Self::start(kind, &mut command, &file, scratch).await
    }

    /// The receiver of notifications.
    pub async fn sink(scratch: &Scratch) -> Result<Self> {
        let file = scratch.file("sink.port");
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("sink").arg("--port-file").arg(&file);
        Self::start("sink", &mut command, &file, scratch).await
    }

    async fn start(name: &'static str, command: &mut Command, port_file: &Path, scratch: &Scratch) -> Result<Self> {
        let mut process = Process::spawn(name, command, scratch)?;
        let began = Instant::now();
        loop {
            let text = std::fs::read_to_string(port_file).unwrap_or_default();
            if let Ok(port) = text.trim().parse() {
                return Ok(Self { name, process, port });
            }
            process.check_alive()?;
            if began.elapsed() > PATIENCE {
                bail!("{name} wrote no port after {PATIENCE:?}:\n{}", process.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// One request on a connection of its own.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<RecordedAnswer> {
        let bytes = match body {
            Some(body) => {
                let headers = [("Content-Type", "application/json")];
                request(method, path, &headers, &serde_json::to_vec(body)?)
            }
            None => request(method, path, &[], b""),
        };
        self.send(&bytes).await.with_context(|| format!("{method} {path} on {}", self.name))
    }

    /// One request as bytes on a connection of its own.
    pub async fn send(&self, bytes: &[u8]) -> Result<RecordedAnswer> {
        let mut connection = RawConnection::open(self.port).await?;
        let answer = tokio::time::timeout(PATIENCE * 6, connection.exchange(bytes))
            .await
            .context("no answer within a minute")??;
        Ok(RecordedAnswer {
            status: answer.status,
            content_type: answer.header("content-type").unwrap_or_default().to_owned(),
            body: answer.body.to_vec(),
        })
    }

    /// One request whose answer must have one of these statuses; its JSON.
    pub async fn expect(&self, statuses: &[u16], method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.call(method, path, body).await?;
        if !statuses.contains(&answer.status) {
            bail!("{method} {path} on {}: expected {statuses:?}, got {}:\n{}", self.name, answer.status, answer.text());
        }
        answer.json()
    }
}

/// `serve` with its defaults, whatever the environment says.
#[allow(clippy::disallowed_methods, reason = "what the environment says is taken away from it")]
pub fn sandbox_command(binary: &Path, listen: &str) -> Command {
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", listen, "--workers", WORKERS]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ATLAS_SANDBOX_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}
