//! The command line: which measurement, for how long, and the arguments of the helper processes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: atlas-sandbox-benches --sandbox PATH [--quick] [--minute] [--check] [--only ROW]...
       atlas-sandbox-benches self-test [--quick]
       atlas-sandbox-benches soak --sandbox PATH [--accounts N] [--deliveries N] [--seed N] [--limit SECONDS]

  --sandbox PATH  the sandbox's binary, built with --profile dist
  --quick         about one second a row: to see that all works, not to quote
  --minute        adds the memory run of 60 s
  --check         exit code 1 when a bar is missed (a row that fails always gives 1)
  --only ROW      get, post, timeslots, locations, booking, capture, notification, latency, start, idle, account,
                  pending, load, search, minute; may be repeated
  soak            1000 accounts, 200000 deliveries, receivers that fail, hang, break off and die: every change must end
                  exactly once, in order, and memory stay flat; exit code 1 otherwise, or after 240 s
  self-test       the bare programs against themselves: how far this machine can be trusted

Started by the program itself: bare-get, bare-post, bare-any, sink, put-loop.";

/// What one run of the program does.
pub enum Task {
    /// Print the usage.
    Help,
    /// Measure the sandbox.
    Bench(BenchOptions),
    /// Measure the bare programs against themselves.
    SelfTest(Effort),
    /// Deliver to receivers that go wrong, and draw the balance.
    Soak(SoakOptions),
    /// Be one of the programs that the rows stand beside.
    Bare(Bare),
}

/// A program that a row stands beside, started by this one.
#[cfg_attr(not(feature = "bare"), allow(dead_code, reason = "parsed, and refused"))]
pub enum Bare {
    /// Serve one recorded answer to GET.
    Get(BareAnswer),
    /// Parse the body, and serve one recorded answer to POST.
    Post(BareAnswer),
    /// Read the body, and serve one recorded answer to any call.
    Any(BareAnswer),
    /// Take notifications and count them.
    Sink {
        /// Where the port goes.
        port_file: PathBuf,
    },
    /// Send PUTs as fast as reqwest allows.
    PutLoop(PutLoop),
}

/// The settings of a measurement.
pub struct BenchOptions {
    /// The sandbox's binary.
    pub sandbox: PathBuf,
    /// How long the rows run.
    pub effort: Effort,
    /// Names of the rows to run; empty is all, `minute` only where it is asked for.
    pub only: Vec<String>,
    /// Whether the memory run is wanted.
    pub minute: bool,
    /// Whether a missed bar is a failure.
    pub check: bool,
}

/// The settings of the soak.
pub struct SoakOptions {
    /// The sandbox's binary.
    pub sandbox: PathBuf,
    /// Accounts, all of them alive at once.
    pub accounts: usize,
    /// Deliveries of all accounts in all waves.
    pub deliveries: usize,
    /// Tells which calls go wrong.
    pub seed: u64,
    /// When it gives up.
    pub limit: Duration,
}

/// How much each row does.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Rounds of each side of a comparison.
    pub rounds: usize,
    /// Length of one round of one side.
    pub round: Duration,
    /// Rounds of each side of the notification row.
    pub notification_rounds: usize,
    /// Notifications in one such round.
    pub notifications: usize,
    /// Changes of the latency row.
    pub changes: usize,
    /// Starts of the sandbox.
    pub starts: usize,
    /// Fresh servers whose idle memory is read.
    pub idle_servers: usize,
    /// Accounts made and deleted.
    pub pairs: usize,
    /// Deliveries that wait.
    pub pending: usize,
    /// Bookings in the account that is searched.
    pub bookings: usize,
}

impl Effort {
    /// Five to eight seconds a row.
    pub const FULL: Self = Self {
        rounds: 9,
        round: Duration::from_millis(400),
        notification_rounds: 5,
        notifications: 8_000,
        changes: 1_100,
        starts: 20,
        idle_servers: 3,
        pairs: 1_000,
        pending: 1_000_000,
        bookings: 1_000_000,
    };
    /// About a second a row.
    pub const QUICK: Self = Self {
        rounds: 3,
        round: Duration::from_millis(170),
        notification_rounds: 3,
        notifications: 1_500,
        changes: 220,
        starts: 5,
        idle_servers: 1,
        pairs: 200,
        pending: 20_000,
        bookings: 20_000,
    };
}

/// The answer that a bare server gives.
#[cfg_attr(not(feature = "bare"), allow(dead_code, reason = "for the bare programs"))]
pub struct BareAnswer {
    /// Where the port goes.
    pub port_file: PathBuf,
    /// The file with the answer's body.
    pub body: PathBuf,
    /// The answer's status.
    pub status: u16,
    /// The answer's content type.
    pub content_type: String,
}

/// The arguments of the bare loop of PUTs.
#[cfg_attr(not(feature = "bare"), allow(dead_code, reason = "for the bare programs"))]
pub struct PutLoop {
    /// Where the PUTs go.
    pub url: String,
    /// The file with the body.
    pub body: PathBuf,
    /// How many are sent.
    pub count: usize,
    /// How many are under way side by side.
    pub tasks: usize,
}

/// Reads the arguments (without the program's name).
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Task> {
    let mut arguments = arguments.peekable();
    let word = arguments.next_if(|first| !first.starts_with('-'));
    let mut flags = GivenFlags::read(arguments)?;
    if flags.switch("help") {
        return Ok(Task::Help);
    }
    let task = match word.as_deref() {
        None => Task::Bench(bench(&mut flags)?),
        Some("self-test") => Task::SelfTest(effort(&mut flags)),
        Some("soak") => Task::Soak(soak(&mut flags)?),
        Some("bare-get") => Task::Bare(Bare::Get(bare_answer(&mut flags)?)),
        Some("bare-post") => Task::Bare(Bare::Post(bare_answer(&mut flags)?)),
        Some("bare-any") => Task::Bare(Bare::Any(bare_answer(&mut flags)?)),
        Some("sink") => Task::Bare(Bare::Sink { port_file: flags.one("port-file")?.into() }),
        Some("put-loop") => Task::Bare(Bare::PutLoop(PutLoop {
            url: flags.one("url")?,
            body: flags.one("body")?.into(),
            count: flags.one("count")?.parse().context("--count")?,
            tasks: flags.one("tasks")?.parse().context("--tasks")?,
        })),
        Some(other) => bail!("unknown command {other}\n\n{USAGE}"),
    };
    flags.finish()?;
    Ok(task)
}

fn bench(flags: &mut GivenFlags) -> Result<BenchOptions> {
    Ok(BenchOptions {
        sandbox: flags.one("sandbox")?.into(),
        effort: effort(flags),
        only: flags.all("only"),
        minute: flags.switch("minute"),
        check: flags.switch("check"),
    })
}

fn soak(flags: &mut GivenFlags) -> Result<SoakOptions> {
    Ok(SoakOptions {
        sandbox: flags.one("sandbox")?.into(),
        accounts: usize::try_from(flags.number("accounts", 1_000)?)?,
        deliveries: usize::try_from(flags.number("deliveries", 200_000)?)?,
        seed: flags.number("seed", 1)?,
        limit: Duration::from_secs(flags.number("limit", 240)?),
    })
}

fn effort(flags: &mut GivenFlags) -> Effort {
    if flags.switch("quick") { Effort::QUICK } else { Effort::FULL }
}

fn bare_answer(flags: &mut GivenFlags) -> Result<BareAnswer> {
    Ok(BareAnswer {
        port_file: flags.one("port-file")?.into(),
        body: flags.one("body")?.into(),
        status: flags.one("status")?.parse().context("--status")?,
        content_type: flags.one("content-type")?,
    })
}

/// The flags that were given; each is taken out once.
struct GivenFlags(BTreeMap<String, Vec<String>>);

impl GivenFlags {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut flags: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(argument) = arguments.next() {
            let Some(name) = argument.strip_prefix("--") else {
                bail!("unexpected argument {argument}\n\n{USAGE}");
            };
            let value = match name {
                "quick" | "minute" | "check" | "help" => String::new(),
                _ => arguments.next().with_context(|| format!("--{name} needs a value"))?,
            };
            flags.entry(name.to_owned()).or_default().push(value);
        }
        Ok(Self(flags))
    }

    fn switch(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    fn one(&mut self, name: &str) -> Result<String> {
        let values = self.0.remove(name).unwrap_or_default();
        match <[String; 1]>::try_from(values) {
            Ok([value]) => Ok(value),
            Err(_) => bail!("--{name} is needed, once\n\n{USAGE}"),
        }
    }

    fn number(&mut self, name: &str, default: u64) -> Result<u64> {
        if !self.0.contains_key(name) {
            return Ok(default);
        }
        self.one(name)?.parse().with_context(|| format!("--{name}"))
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        self.0.remove(name).unwrap_or_default()
    }

    fn finish(self) -> Result<()> {
        match self.0.into_keys().next() {
            Some(name) => bail!("--{name} does not belong here\n\n{USAGE}"),
            None => Ok(()),
        }
    }
}
