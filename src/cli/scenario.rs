//! `scenario`: checks fixture files, prints their JSON Schema.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::Failure;
use super::output::Output;
use crate::app::openapi;
use crate::domain::contract::error::Error;
use crate::domain::fixture::given::Given;
use crate::scenario;
use crate::service::{Options, Sandbox, account};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check fixture files: unknown keys and bad values are told with file, line and path
    Validate {
        /// Files or folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// How to print what was found
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Print the JSON Schema of fixture files
    Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Checks or prints.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Schema => {
            let schema = serde_json::to_string_pretty(&openapi::given_schema()).unwrap_or_default();
            Output::stdout().line(&schema);
            Ok(())
        }
        Command::Validate { paths, format } => validate(paths, *format),
    }
}

fn validate(paths: &[PathBuf], format: Format) -> Result<(), Failure> {
    let out = Output::stdout();
    let files = scenario::files(paths).map_err(Failure::Usage)?;
    if files.is_empty() {
        return Err(Failure::Checks("nothing was checked: no .yaml, .yml or .json file was found".to_owned()));
    }
    let mut wrong = Vec::new();
    for file in &files {
        let checked = scenario::read(file).and_then(|accounts| {
            let count = accounts.len();
            try_out(accounts).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(count)
        });
        match (&checked, format) {
            (Ok(count), Format::Text) => {
                let plural = if *count == 1 { "" } else { "s" };
                out.line(&format!("{}: ok, {count} account{plural}", file.display()));
            }
            (Err(reason), Format::Text) => out.line(reason),
            (Ok(count), Format::Json) => out.line(&json!({ "file": file, "ok": true, "accounts": count }).to_string()),
            (Err(reason), Format::Json) => out.line(&json!({ "file": file, "ok": false, "error": reason }).to_string()),
        }
        wrong.extend(checked.err());
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Usage(format!("{} of {} files do not fit", wrong.len(), files.len())))
    }
}

/// Loads the accounts of a file into a server that nobody can reach: what it refuses, `serve` would refuse.
fn try_out(accounts: Vec<Given>) -> Result<(), Error> {
    let (sandbox, _woken) = Sandbox::new(Options::for_a_check());
    // Set once, here; an `inbox:` needs a server to be at.
    let _first = sandbox.base_url.set("http://127.0.0.1".to_owned());
    accounts.into_iter().try_for_each(|given| account::create(&sandbox, given).map(drop))
}
