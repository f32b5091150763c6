//! The command line: a file per subcommand. Results go to stdout, logs to stderr.

mod demo;
mod failure;
mod generate;
mod healthcheck;
mod help;
mod openapi;
mod output;
mod port_file;
mod probe;
mod receive;
mod scenario;
mod score;
mod serve;
mod stop_signal;
mod terminal_table;
mod token;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::flags::Flags;
use failure::Failure;
use output::Output;

/// A local, offline, stateful emulator of the PSI Atlas API.
#[derive(Debug, Parser)]
#[command(name = "atlas-sandbox", version, about, args_conflicts_with_subcommands = true, max_term_width = 110)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Flags,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "parsed once")]
enum Command {
    /// Run the sandbox (the default)
    Serve(Flags),
    /// Play a partner against a sandbox, from the token to verified notifications, and tell the story
    Demo(demo::DemoArguments),
    /// Ask the server that the same settings describe whether it is ready
    Healthcheck(healthcheck::HealthcheckArguments),
    /// Be the partner: receive notifications, verify, order, store and show them, and fail on request
    Receive(receive::ReceiveArguments),
    /// Send a receiver the cases it must get right, and print its score card
    Probe(probe::ProbeArguments),
    /// Print or write the generated OpenAPI documents
    Openapi(openapi::OpenapiArguments),
    /// Print a token for scripts
    Token(token::TokenArguments),
    /// Write a fixture of any size from a seed
    Generate(generate::GenerateArguments),
    /// Check fixture files, or print their JSON Schema
    Scenario(scenario::ScenarioArguments),
}

/// The command line with its help texts. What documents say of it is held against this.
pub fn command() -> clap::Command {
    help::complete(CommandLine::command())
}

/// Parses the arguments, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    let parsed = command().try_get_matches().and_then(|matches| CommandLine::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(help) => {
            let is_wrong = help.use_stderr();
            if is_wrong && runs_a_server() {
                serve::log_early();
            }
            if let Some(told) = help::told(&help) {
                return fail(&Failure::Usage(told));
            }
            if is_wrong && serve::logs_json() {
                let told = help.render().to_string();
                return fail(&Failure::Usage(told.trim_start_matches("error: ").trim_end().to_owned()));
            }
            // clap writes help to stdout and errors to stderr.
            let code = u8::try_from(help.exit_code()).unwrap_or(2);
            return match output::written(help.print()) {
                Ok(()) => ExitCode::from(code),
                Err(failure) => fail(&failure),
            };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failure::Environment(format!("cannot start a runtime: {error}"))),
    };
    let ended = runtime.block_on(async {
        match arguments.command {
            None => serve::run(arguments.serve).await,
            Some(Command::Serve(flags)) => serve::run(flags).await,
            Some(Command::Demo(arguments)) => demo::run(arguments).await,
            Some(Command::Healthcheck(arguments)) => healthcheck::run(arguments).await,
            Some(Command::Receive(arguments)) => receive::run(arguments).await,
            Some(Command::Probe(arguments)) => probe::run(arguments).await,
            Some(Command::Openapi(arguments)) => openapi::run(&arguments),
            Some(Command::Generate(arguments)) => generate::run(arguments),
            Some(Command::Token(arguments)) => token::run(arguments).await,
            Some(Command::Scenario(arguments)) => scenario::run(&arguments),
        }
    });
    runtime.shutdown_background();
    // What could not be written is the cause of whatever followed.
    match output::failure().and(ended) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

/// Whether the arguments ask for a command that runs a server, as far as they tell that unparsed.
fn runs_a_server() -> bool {
    let first = std::env::args().nth(1);
    first.is_none_or(|first| first.starts_with('-') || ["serve", "demo"].contains(&first.as_str()))
}

fn fail(failure: &Failure) -> ExitCode {
    let (message, code) = failure.message_and_code();
    if serve::logs_json() {
        tracing::error!(exit_code = code, "{message}");
    } else {
        Output::stderr().line(&format!("error: {message}"));
    }
    ExitCode::from(code)
}
