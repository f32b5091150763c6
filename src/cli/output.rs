//! Writing to stdout and stderr. A reader that has gone is no reason to fail; a full disk is one.

use std::io::{Error, ErrorKind, Write};
use std::sync::OnceLock;

use anstream::{AutoStream, ColorChoice};

use super::failure::Failure;

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
        self.raw(&format!("{text}\n"));
    }

    /// The text in bold.
    pub fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Writes a text without a line break, at once.
    pub fn raw(&self, text: &str) {
        if self.is_stderr {
            // Where would that be told?
            let _lost = std::io::stderr().lock().write_all(text.as_bytes());
        } else {
            let mut out = std::io::stdout().lock();
            // Kept, and told when the command has ended.
            let _kept = written(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        }
    }

    /// The text in grey.
    pub fn dim(&self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The first text that could not be written to stdout, in words.
static FAILED: OnceLock<String> = OnceLock::new();

/// What became of a text for stdout; a failure is remembered.
///
/// # Errors
/// It was not written, and its reader has not gone.
pub fn written(done: Result<(), Error>) -> Result<(), Failure> {
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            FAILED.get_or_init(|| format!("cannot write to stdout: {error}"));
            failure()
        }
        _ => Ok(()),
    }
}

/// Whether all that was written to stdout got there.
///
/// # Errors
/// [`Failure::Environment`].
pub fn failure() -> Result<(), Failure> {
    FAILED.get().map_or(Ok(()), |text| Err(Failure::Environment(text.clone())))
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
