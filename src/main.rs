//! Parses arguments, runs, and gives the exit code.

use std::process::ExitCode;

/// A record costs a page of fresh memory now and then: this allocator asks for it without a system call each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    atlas_sandbox::cli::main()
}
