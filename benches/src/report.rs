//! The table of results, and the machine that they were measured on.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// One measured thing.
pub struct ResultRow {
    /// What was done.
    pub work: String,
    /// What the sandbox took.
    pub ours: String,
    /// What stands beside it took; empty where nothing does.
    pub beside: String,
    /// The number that the bar judges.
    pub measured: String,
    /// The bar, in words.
    pub bar: String,
    /// Whether the bar was met.
    pub met: bool,
}

/// All rows of a run.
pub struct ResultTable {
    heading: String,
    rows: Vec<ResultRow>,
    failures: Vec<String>,
    machine: String,
}

impl ResultTable {
    /// An empty table; reads the machine as it is before the load.
    pub fn new(heading: &str, sandbox: Option<&Path>) -> Self {
        Self { heading: heading.to_owned(), rows: Vec::new(), failures: Vec::new(), machine: machine(sandbox) }
    }

    /// Adds what a row measured; a row that could not be measured is said at once, loudly.
    pub fn add(&mut self, name: &str, outcome: anyhow::Result<Vec<ResultRow>>) {
        match outcome {
            Ok(rows) => self.rows.extend(rows),
            Err(error) => {
                say(&format!("FAILED {name}: {error:#}\n"));
                self.failures.push(name.to_owned());
            }
        }
    }

    /// Markdown: the table, the failures, the machine.
    pub fn markdown(&self) -> String {
        let mut text = format!("| work | {} | beside | measured | bar | |\n", self.heading);
        text.push_str("|---|---|---|---|---|---|\n");
        for row in &self.rows {
            let ResultRow { work, ours, beside, measured, bar, met } = row;
            let met = if *met { "met" } else { "**missed**" };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {work} | {ours} | {beside} | {measured} | {bar} | {met} |");
        }
        for name in &self.failures {
            let _ = writeln!(text, "| {name} | **not measured: see stderr** | | | | **failed** |");
        }
        text + "\n" + &self.machine
    }

    /// Failure when a row could not be measured, or, with `check`, when a bar was missed.
    pub fn exit_code(&self, check: bool) -> ExitCode {
        let missed = check && self.rows.iter().any(|row| !row.met);
        if missed || !self.failures.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Progress and errors, to stderr.
pub fn say(text: &str) {
    // Nobody left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Seconds as microseconds.
pub fn micros(seconds: f64) -> String {
    format!("{:.1} µs", seconds * 1e6)
}

/// Seconds as milliseconds.
pub fn millis(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

/// A rate in thousands.
pub fn thousands(rate: f64) -> String {
    format!("{:.1} k/s", rate / 1e3)
}

/// KiB as MiB.
pub fn mebibytes(kibibytes: f64) -> String {
    format!("{:.1} MiB", kibibytes / 1024.0)
}

/// The middle of ascending ratios, and how far they spread.
pub fn spread(ratios: &[f64]) -> String {
    let middle = crate::compare::median(ratios.to_vec());
    match ratios {
        [first, .., last] => format!("**{middle:.2}** times (rounds {first:.2} to {last:.2})"),
        _ => format!("**{middle:.2}** times"),
    }
}

fn machine(sandbox: Option<&Path>) -> String {
    let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.strip_suffix(" kB")?.parse::<f64>().ok())
        .map_or_else(String::new, |kibibytes| format!(", {:.1} GiB", kibibytes / 1_048_576.0));
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let rustc = first_line(Command::new("rustc").arg("--version"));
    let date = first_line(Command::new("date").args(["-u", "+%Y-%m-%d"]));
    let version =
        sandbox.map_or_else(String::new, |path| format!("{}; ", first_line(Command::new(path).arg("--version"))));
    let profile = if cfg!(debug_assertions) { "debug build: do not quote" } else { "optimised build" };
    format!(
        "Machine: {cpu}, {cpus} cores{memory}; Linux {kernel}; {rustc}; {version}{profile}; \
         load average before the run {load}; {date}.\n"
    )
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn first_line(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    text.lines().next().unwrap_or("unknown version").to_owned()
}
