//! Writing to stdout and stderr, where a closed pipe is no reason to fail.

use std::io::Write;

use anstream::{AutoStream, ColorChoice};

/// A stream to write lines to, with colour if it has any.
#[derive(Debug)]
pub struct Output {
    is_stderr: bool,
    colour: bool,
}

impl Output {
    /// The stream for results.
    pub fn stdout() -> Self {
        Self { is_stderr: false, colour: has_colour(&std::io::stdout()) }
    }

    /// The stream for errors and banners.
    pub fn stderr() -> Self {
        Self { is_stderr: true, colour: has_colour(&std::io::stderr()) }
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

/// Whether a stream shows colour: decided by the terminal, `NO_COLOR`, `CLICOLOR` and `TERM`, as for the help texts.
pub fn has_colour(stream: &impl anstream::stream::RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// Whether the terminal cannot move its cursor.
pub fn is_dumb() -> bool {
    #[allow(clippy::disallowed_methods, reason = "TERM tells of the terminal, no setting of ours")]
    std::env::var_os("TERM").is_none_or(|value| value == "dumb")
}
