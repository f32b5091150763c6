//! How a subcommand fails, and the exit code that says so.

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Checks failed: exit code 1.
    Checks(String),
    /// Wrong usage, configuration or fixture: exit code 2.
    Usage(String),
    /// The port is taken, the target unreachable: exit code 3.
    Environment(String),
}

impl Failure {
    /// The message and the exit code.
    pub fn message_and_code(&self) -> (&str, u8) {
        match self {
            Self::Checks(text) => (text, 1),
            Self::Usage(text) => (text, 2),
            Self::Environment(text) => (text, 3),
        }
    }
}
