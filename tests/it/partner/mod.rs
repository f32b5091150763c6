//! The other side as commands: the reference partner, and the probe of receivers.

mod probe;
mod receive;
mod service;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::{folder, serving};

pub const DEMO_SECRET: &str = "whsec_YXRsYXMtc2FuZGJveC1kZW1vLXNlY3JldA==";

/// A running `receive` on a free port; stopped when dropped.
pub struct Partner {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Partner {
    /// Starts it with more flags.
    #[track_caller]
    pub fn start(flags: &[&str]) -> Self {
        let folder = folder("partner");
        let port_file = folder.join("port");
        let log = |name: &str| std::fs::File::create(folder.join(name)).expect("a log file");
        let mut child = serving(&["receive", "--listen", "127.0.0.1:0", "--port-file"])
            .arg(&port_file)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(log("out"))
            .stderr(log("err"))
            .spawn()
            .expect("the binary starts");
        let began = Instant::now();
        let port = loop {
            if let Some(port) = std::fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse().ok()) {
                break port;
            }
            if let Some(status) = child.try_wait().expect("the child can be asked") {
                panic!("it ended with {status}: {}", std::fs::read_to_string(folder.join("err")).unwrap_or_default());
            }
            assert!(began.elapsed() < Duration::from_secs(30), "the partner did not start");
            std::thread::yield_now();
        };
        Self { child, folder, port }
    }

    /// Where it takes notifications.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/notifications", self.port)
    }

    /// An answer of its own pages.
    #[allow(clippy::disallowed_methods, reason = "a client of the test's own")]
    pub async fn get(&self, path: &str) -> crate::server::Answer {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        crate::server::send(client.get(format!("http://127.0.0.1:{}{path}", self.port))).await
    }

    /// What it knows.
    pub async fn state(&self) -> Value {
        self.get("/state").await.expect(200)
    }

    /// Sends it a signal, and gives its exit code.
    pub fn stop(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill can be run").success(), "the signal was not sent");
        self.wait_for_end()
    }

    /// Waits until it has ended, and gives its exit code.
    pub fn wait_for_end(&mut self) -> Option<i32> {
        self.child.wait().expect("the child can be waited for").code()
    }

    /// What it printed.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.folder.join("out")).expect("its output")
    }

    /// What it said on stderr.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("err")).expect("its output")
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
