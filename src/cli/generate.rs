//! `generate`: writes a fixture of any size from a seed, list by list.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use super::failure::Failure;
use super::output;
use crate::domain::fixture::generate::{Attempt, Program, ProgramOptions};
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::{self, Timestamp};

/// How many lists of records a document has.
const LISTS: u64 = 4;

/// The arguments of `generate`.
#[derive(Debug, clap::Args)]
pub struct GenerateArguments {
    /// How many eligibilities; most have a booking, many a payment, a result or a proctored session
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 1000,
        value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    eligibilities: u64,
    /// The same seed and flags give the same document
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The account of the document
    #[arg(long, value_name = "CODE", default_value = "GENERATED")]
    account: AccountCode,
    /// Where candidates live and test centers are: two-letter codes with commas between them; all that ship where absent
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    country: Vec<String>,
    /// Where the account's clock stands: earlier exams are over, later ones are booked
    #[arg(long, value_name = "INSTANT", default_value = "2026-03-01T09:00:00Z", value_parser = instant)]
    at: Timestamp,
    /// Write to this file, whole or not at all; stdout where absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    stamp::parse(text).map(|(at, _)| at).ok_or_else(|| "expected an instant like 2026-03-01T09:00:00Z".to_owned())
}

/// Writes the document.
pub fn run(arguments: GenerateArguments) -> Result<(), Failure> {
    let program = Program::new(ProgramOptions {
        account_code: arguments.account,
        count: arguments.eligibilities,
        seed: arguments.seed,
        at: arguments.at,
        countries: arguments.country,
    })
    .map_err(|wrong| Failure::Usage(format!("--{wrong}")))?;
    let Some(path) = &arguments.output else {
        let out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
        return output::written(write(&program, out, &ProgressBar::hidden()));
    };
    let bar = ProgressBar::new(arguments.eligibilities * LISTS);
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let written = replace(path, |file| write(&program, BufWriter::with_capacity(64 * 1024, file), &bar));
    bar.finish_and_clear();
    written.map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))
}

/// Writes a file under another name beside it, and gives it its name when it is whole. What is no file, like a pipe or
/// `/dev/null`, is written to.
fn replace(path: &Path, write: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        return write(File::options().write(true).open(path)?);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let done = File::create(&part).and_then(write).and_then(|()| std::fs::rename(&part, path));
    if done.is_err() {
        // The error is told; what is left of the file may be gone already.
        let _gone = std::fs::remove_file(&part);
    }
    done
}

/// Writes the document: what is set up, and each list in turn.
fn write(program: &Program, mut out: impl Write, bar: &ProgressBar) -> io::Result<()> {
    // The lists of the head are empty; they come last, one record a line.
    let mut head = serde_json::to_value(program.head())?;
    if let Some(members) = head.as_object_mut() {
        members.retain(|_, value| *value != json!([]) && *value != json!({}));
    }
    let head = serde_json::to_string_pretty(&head)?;
    out.write_all(head.trim_end_matches(['}', '\n']).as_bytes())?;
    list(program, &mut out, bar, "eligibilities", |one| [one.eligibility()])?;
    list(program, &mut out, bar, "bookings", Attempt::bookings)?;
    list(program, &mut out, bar, "payments", Attempt::payment)?;
    list(program, &mut out, bar, "proctoring_sessions", Attempt::session)?;
    out.write_all(b"\n}\n")?;
    out.flush()
}

fn list<'p, T: Serialize, I: IntoIterator<Item = T>>(
    program: &'p Program,
    out: &mut impl Write,
    bar: &ProgressBar,
    name: &str,
    records: impl Fn(&Attempt<'p>) -> I,
) -> io::Result<()> {
    write!(out, ",\n  \"{name}\": [")?;
    let mut separator = "\n    ";
    for (number, attempt) in Attempt::all(program).enumerate() {
        for record in records(&attempt) {
            out.write_all(separator.as_bytes())?;
            serde_json::to_writer(&mut *out, &record)?;
            separator = ",\n    ";
        }
        if number % 1000 == 999 {
            bar.inc(1000);
        }
    }
    out.write_all(b"\n  ]")
}
