//! How a subcommand fails, and the exit code that says so.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;

use crate::config::layer;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Checks failed: exit code 1.
    Checks(String),
    /// Wrong usage, configuration or fixture: exit code 2.
    Usage(String),
    /// The port is taken, the target unreachable, a file or stdout cannot be written: exit code 3.
    Environment(String),
}

impl Failure {
    /// An address cannot be listened on: why, and what to do about it.
    pub fn bind(setting: &str, address: SocketAddr, error: &Error) -> Self {
        let setting = match layer::origin(setting) {
            origin if origin == setting => format!("--{setting}"),
            origin => origin,
        };
        let hint = match error.kind() {
            ErrorKind::AddrInUse => format!(
                "; another program listens there: stop it, or choose another address with {setting} (port 0 picks a \
                 free one)"
            ),
            ErrorKind::AddrNotAvailable => {
                format!("; {setting} takes an address of this machine, or 0.0.0.0 for all")
            }
            ErrorKind::PermissionDenied => format!("; the system keeps this port: choose another with {setting}"),
            _ => String::new(),
        };
        Self::Environment(format!("cannot listen on {address}: {error}{hint}"))
    }

    /// The message and the exit code.
    pub fn message_and_code(&self) -> (&str, u8) {
        match self {
            Self::Checks(text) => (text, 1),
            Self::Usage(text) => (text, 2),
            Self::Environment(text) => (text, 3),
        }
    }
}
