//! Parses arguments, runs, and gives the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    atlas_sandbox::cli::main()
}
