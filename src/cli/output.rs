//! Writing to stdout and stderr, where a closed pipe is no reason to fail.

use std::io::{IsTerminal, Write};

/// A stream to write lines to, with colour if it has any.
#[derive(Debug)]
pub struct Output {
    is_stderr: bool,
    colour: bool,
}

impl Output {
    /// The stream for results.
    pub fn stdout() -> Self {
        Self { is_stderr: false, colour: std::io::stdout().is_terminal() && !no_colour() }
    }

    /// The stream for errors and banners.
    pub fn stderr() -> Self {
        Self { is_stderr: true, colour: std::io::stderr().is_terminal() && !no_colour() }
    }

    /// Writes a line.
    pub fn line(&self, text: &str) {
        // The reader may be gone.
        let _closed = if self.is_stderr {
            writeln!(std::io::stderr().lock(), "{text}")
        } else {
            writeln!(std::io::stdout().lock(), "{text}")
        };
    }

    /// The text in bold.
    pub fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Writes a text without a line break, at once.
    pub fn raw(&self, text: &str) {
        // The reader may be gone.
        let _closed = if self.is_stderr {
            std::io::stderr().lock().write_all(text.as_bytes())
        } else {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        };
    }

    /// The text in grey.
    pub fn dim(&self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// <https://no-color.org>: any value that is not empty.
pub fn no_colour() -> bool {
    #[allow(clippy::disallowed_methods, reason = "NO_COLOR is a convention, no setting of ours")]
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal cannot move its cursor.
pub fn is_dumb() -> bool {
    #[allow(clippy::disallowed_methods, reason = "TERM tells of the terminal, no setting of ours")]
    std::env::var_os("TERM").is_none_or(|value| value == "dumb")
}
