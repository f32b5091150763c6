//! The benchmark of the sandbox: what it costs beside programs that do nothing but the bare work.

#[cfg(feature = "bare")]
mod bare;
mod compare;
mod inbound;
mod options;
mod process;
#[cfg(feature = "bare")]
mod put_loop;
mod report;
mod row;
mod sample;
mod server;
#[cfg(feature = "bare")]
mod sink;
mod soak;
mod wire;

use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::options::Task;

fn main() -> ExitCode {
    match options::parse(std::env::args().skip(1)).and_then(run) {
        Ok(code) => code,
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    match task {
        Task::Help => print(options::USAGE),
        Task::Bench(bench) => {
            let check = bench.check;
            let table = until_signal(row::bench(bench))?;
            print(&table.markdown())?;
            Ok(table.exit_code(check))
        }
        Task::SelfTest(effort) => {
            let table = until_signal(row::self_test(effort))?;
            print(&table.markdown())?;
            Ok(table.exit_code(false))
        }
        Task::Soak(soak) => {
            let even = until_signal(soak::run(&soak))?;
            Ok(if even { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Task::Bare(program) => bare_program(program),
    }
}

/// Runs one of the programs that the table's rows stand beside.
#[cfg(feature = "bare")]
fn bare_program(program: options::Bare) -> Result<ExitCode> {
    match program {
        options::Bare::Get(answer) => bare::serve_get(answer)?,
        options::Bare::Post(answer) => bare::serve_post(answer)?,
        options::Bare::Any(answer) => bare::serve_any(answer)?,
        options::Bare::Sink { port_file } => sink::serve(&port_file)?,
        options::Bare::PutLoop(puts) => return print(&put_loop::run(puts)?),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "bare"))]
fn bare_program(_: options::Bare) -> Result<ExitCode> {
    anyhow::bail!("built without the bare programs (feature bare)")
}

/// Runs the work on one thread, and drops it (which stops every child process) on Ctrl-C or SIGTERM.
fn until_signal<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = work => outcome,
            _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
            _ = terminate.recv() => anyhow::bail!("terminated"),
        }
    })
}

fn print(text: &str) -> Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", text.trim_end()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}
