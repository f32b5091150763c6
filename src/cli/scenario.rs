//! `scenario`: checks fixture files, and prints their JSON Schema.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::failure::Failure;
use super::output::Output;
use crate::app::openapi;
use crate::scenario::{self, Check, Fixture, Found};
use crate::service::{SandboxOptions, account};

/// The arguments of `scenario`.
#[derive(Debug, clap::Args)]
pub struct ScenarioArguments {
    #[command(subcommand)]
    command: ScenarioCommand,
}

#[derive(Debug, Subcommand)]
enum ScenarioCommand {
    /// Check fixture files: unknown keys and bad values are told with file, line and path
    Validate {
        /// Files or folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// How to print what was found
        #[arg(long, value_enum, default_value = "text")]
        format: OutputFormat,
    },
    /// Print the JSON Schema of fixture files
    Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

/// Checks or prints.
pub fn run(arguments: &ScenarioArguments) -> Result<(), Failure> {
    match &arguments.command {
        ScenarioCommand::Schema => {
            Output::stdout().line(openapi::GIVEN.trim_end());
            Ok(())
        }
        ScenarioCommand::Validate { paths, format } => validate(paths, *format),
    }
}

fn validate(paths: &[PathBuf], format: OutputFormat) -> Result<(), Failure> {
    let out = Output::stdout();
    let Found { files, skipped } = scenario::find(paths).map_err(Failure::Usage)?;
    if files.is_empty() {
        return Err(Failure::Checks("nothing was checked: no .yaml, .yml or .json file was found".to_owned()));
    }
    for (file, why) in &skipped {
        Output::stderr().line(&format!("{}: skipped, {why}", file.display()));
    }
    let read: Vec<_> = files.iter().map(|file| Fixture::read_partly(file)).collect();
    // As for a server: a fixture with the demo account's code replaces it.
    let demo = account::demo();
    let is_replaced = read.iter().flatten().any(|fixture| fixture.has(account::DEMO));
    let mut check = Check::new(SandboxOptions::for_a_check(), Some(&demo).filter(|_| !is_replaced));
    let (mut wrong, mut accounts) = (0, 0);
    for (file, fixture) in files.iter().zip(read) {
        let checked = fixture.and_then(|fixture| check.add(&fixture));
        wrong += usize::from(checked.is_err());
        accounts += checked.as_ref().copied().unwrap_or(0);
        match (checked, format) {
            (Ok(count), OutputFormat::Text) => {
                let plural = if count == 1 { "" } else { "s" };
                out.line(&format!("{}: ok, {count} account{plural}", file.display()));
            }
            (Err(reason), OutputFormat::Text) => out.line(&reason.to_string()),
            (Ok(count), OutputFormat::Json) => {
                out.line(&json!({ "file": file, "ok": true, "accounts": count }).to_string());
            }
            (Err(reason), OutputFormat::Json) => {
                let mistakes = reason.mistakes.iter().map(|(mistake, _)| {
                    json!({ "line": mistake.line, "column": mistake.column, "path": mistake.path,
                        "expected": mistake.expected, "error": mistake.message })
                });
                let mistakes: Vec<_> = mistakes.collect();
                out.line(&json!({ "file": file, "ok": false, "mistakes": mistakes }).to_string());
            }
        }
    }
    match wrong {
        0 if accounts == 0 => Err(Failure::Checks("nothing was checked: there is no account in it".to_owned())),
        0 => Ok(()),
        _ => Err(Failure::Usage(format!("{wrong} of {} files do not fit", files.len()))),
    }
}
