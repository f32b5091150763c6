//! `receive`: runs the reference receiver as a command, with a table that updates.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustls::ServerConfig;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::failure::Failure;
use super::output::{self, Output};
use super::port_file::PortFiles;
use super::stop_signal::StopSignal;
use super::terminal_table::{self, TerminalTable};
use crate::app;
use crate::config::edge::{HttpsConfig, ServerIdentity};
use crate::config::layer::{self, layered};
use crate::config::value::{self, address, address_member};
use crate::domain::value::span::Span;
use crate::partner::ledger::CallOutcome;
use crate::partner::receiver::{CallReport, Options, Receiver, ReceiverError, TOLERANCE};
use crate::partner::script::FailureScript;
use crate::partner::store::StoreError;
use crate::service::account;

/// The shortest time between two drawings of the table.
const FRAME: Duration = Duration::from_millis(100);

/// The arguments of `receive`; each may be absent.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReceiveArguments {
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:9090]
    #[arg(long, env = "ATLAS_SANDBOX_LISTEN", value_name = "ADDR", value_parser = address)]
    #[serde(deserialize_with = "address_member")]
    listen: Option<SocketAddr>,
    /// Write the port that was bound to this file
    #[arg(long, env = "ATLAS_SANDBOX_PORT_FILE", value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Answer HTTPS, with the certificate chain of this PEM file
    #[arg(long, env = "ATLAS_SANDBOX_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The PEM file with the key of --tls-cert
    #[arg(long, env = "ATLAS_SANDBOX_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Secrets (whsec_) and public keys (whpk_) to verify with; several while one is rotated [default: the demo account's]
    #[arg(
        long,
        env = "ATLAS_SANDBOX_SECRET",
        value_name = "SECRET",
        num_args = 1..,
        value_delimiter = ',',
        hide_env_values = true
    )]
    secret: Option<Vec<String>>,
    /// A file with the value of --secret
    #[arg(long, env = "ATLAS_SANDBOX_SECRET_FILE", value_name = "FILE", conflicts_with = "secret")]
    secret_file: Option<PathBuf>,
    /// How far webhook-timestamp may be from this machine's clock [default: 300s]
    #[arg(long, env = "ATLAS_SANDBOX_TOLERANCE", value_name = "DURATION")]
    tolerance: Option<Span>,
    /// The first N calls fail
    #[arg(long, env = "ATLAS_SANDBOX_FAIL", value_name = "N")]
    fail: Option<usize>,
    /// The status of failing calls [default: 500]; of all calls without --fail
    #[arg(long, env = "ATLAS_SANDBOX_STATUS", value_name = "CODE", value_parser = clap::value_parser!(u16).range(200..600))]
    status: Option<u16>,
    /// What happens to the first calls, in order: statuses, hang or close, with commas
    #[arg(long, env = "ATLAS_SANDBOX_SCRIPT", value_name = "STEPS", conflicts_with_all = ["fail", "status"])]
    script: Option<String>,
    /// How long every answer waits
    #[arg(long, env = "ATLAS_SANDBOX_DELAY", value_name = "DURATION")]
    delay: Option<Span>,
    /// Keep what was taken in this file, a JSON line each, and know it again after a restart
    #[arg(long, env = "ATLAS_SANDBOX_STORE", value_name = "FILE")]
    store: Option<PathBuf>,
    /// Exit 0 once N notifications were taken, each counted once
    #[arg(long, env = "ATLAS_SANDBOX_COUNT", value_name = "N")]
    count: Option<u64>,
    /// Exit 1 when --count was not reached after this time
    #[arg(long, env = "ATLAS_SANDBOX_TIMEOUT", value_name = "DURATION")]
    timeout: Option<Span>,
    /// What is printed: text (a table on a terminal, else a line per call) or json (an object per call) [default: text]
    #[arg(long, env = "ATLAS_SANDBOX_FORMAT", value_name = "FORMAT")]
    format: Option<String>,
    /// A YAML file with these settings, keys as the flags are called
    #[arg(long, env = "ATLAS_SANDBOX_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

#[derive(Debug)]
struct ReceiveConfig {
    options: Options,
    port_file: Option<PathBuf>,
    goal: Option<(u64, Option<Duration>)>,
    is_json: bool,
}

/// Receives until a signal, the timeout, or the count that `--count` waits for.
pub async fn run(arguments: ReceiveArguments) -> Result<(), Failure> {
    let mut config = arguments.resolve().map_err(Failure::Usage)?;
    let (sender, reports) = mpsc::unbounded_channel();
    config.options.observer = Some(sender);
    let stop = StopSignal::listen()?;
    let files = PortFiles::take([("port-file", config.port_file)]);
    let receiver = Receiver::start_with(config.options).map_err(|error| match error {
        ReceiverError::Bind(address, error) => Failure::bind("listen", address, &error),
        ReceiverError::Store(StoreError::Unusable { .. }) => {
            Failure::Environment(layer::with_origin(&error.to_string(), None))
        }
        ReceiverError::Secret(_) | ReceiverError::Store(StoreError::Malformed { .. }) | ReceiverError::Stored(..) => {
            Failure::Usage(layer::with_origin(&error.to_string(), None))
        }
    })?;
    let banner = Output::stderr();
    let address = receiver.address();
    banner.line(&format!("{}, at {}", banner.bold("atlas-sandbox receive"), banner.bold(receiver.url())));
    let page = receiver.url().trim_end_matches("notifications");
    banner.line(&banner.dim(&format!("  table  {page}    state  {page}state")));
    files.write("port-file", Some(address.port()))?;
    let mut watch = CallWatch { reports, screen: Screen::new(config.is_json), taken: 0 };
    let reached = watch.until(config.goal, &receiver, stop).await;
    watch.screen.refresh(&receiver);
    let (summary, taken) = (terminal_table::counts(&receiver.counts()), watch.taken);
    receiver.stop().await;
    watch.screen.end(&summary);
    match config.goal {
        Some((goal, _)) if !reached => Err(Failure::Checks(format!("{taken} of {goal} notifications were taken"))),
        _ => Ok(()),
    }
}

impl ReceiveArguments {
    fn resolve(self) -> Result<ReceiveConfig, String> {
        layer::refuse_unknown_environment::<Self>()?;
        let path = self.config.clone();
        let file: Self = layer::file(path.as_deref())?;
        let settings = layered!(
            Self,
            self,
            file,
            listen,
            port_file,
            tls_cert,
            tls_key,
            secret,
            secret_file,
            tolerance,
            fail,
            status,
            script,
            delay,
            store,
            count,
            timeout,
            format,
            config,
        );
        settings.check().map_err(|wrong| layer::with_origin(&wrong, path.as_deref()))
    }

    fn check(self) -> Result<ReceiveConfig, String> {
        let script = self.script()?;
        let goal = match (self.count, self.timeout) {
            (None, None) => None,
            (None, Some(_)) => return Err("timeout needs count".to_owned()),
            (Some(0), _) => return Err("count: expected 1 or more, got 0".to_owned()),
            (Some(count), timeout) => Some((count, timeout.map(|span| span.0))),
        };
        let is_json = is_json(self.format.as_deref())?;
        let listen = self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9090)));
        let tls = tls(listen, self.tls_cert, self.tls_key)?;
        let secrets = secrets(self.secret, self.secret_file)?;
        Ok(ReceiveConfig {
            options: Options {
                listen,
                tls,
                tolerance: self.tolerance.map_or(TOLERANCE, |span| span.0),
                script,
                delay: self.delay.unwrap_or_default().0,
                store: self.store,
                ..Options::new(secrets, crate::seconds)
            },
            port_file: self.port_file,
            goal,
            is_json,
        })
    }

    fn script(&self) -> Result<FailureScript, String> {
        match (&self.script, self.fail, self.status) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                Err("script contradicts fail and status: drop one".to_owned())
            }
            (Some(steps), None, None) => steps.parse().map_err(|wrong| format!("script: {wrong}")),
            (None, None, None) => Ok(FailureScript::default()),
            (None, _, Some(status)) if !(200..600).contains(&status) => {
                Err(format!("status: expected 200 to 599, got {status}"))
            }
            (None, Some(count), status) => Ok(FailureScript::failing(count, status.unwrap_or(500))),
            (None, None, Some(status)) => Ok(FailureScript::always(status)),
        }
    }
}

/// Whether a `format` setting asks for JSON.
pub fn is_json(format: Option<&str>) -> Result<bool, String> {
    match format {
        None | Some("text") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => Err(format!("format: expected text or json, got {other:?}")),
    }
}

fn tls(listen: SocketAddr, cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<ServerConfig>, String> {
    let identity = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => ServerIdentity::Files { cert, key },
        (Some(_), None) => return Err("tls-cert needs tls-key".to_owned()),
        (None, Some(_)) => return Err("tls-key needs tls-cert".to_owned()),
    };
    let (config, _authority) =
        app::tls::config(&HttpsConfig { listen, port_file: None, identity, public_host: None, clients: None })?;
    Ok(Some(config))
}

/// The given secrets, or else those of the demo account.
fn secrets(given: Option<Vec<String>>, file: Option<PathBuf>) -> Result<Vec<String>, String> {
    let given = value::secret("secret", given.map(|all| all.join(",")), file)?;
    let secrets = given.or_else(|| account::demo().account.signing_secret).unwrap_or_default();
    Ok(secrets.split([',', '\n']).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect())
}

struct CallWatch {
    reports: mpsc::UnboundedReceiver<CallReport>,
    screen: Screen,
    taken: u64,
}

impl CallWatch {
    /// Shows the calls until the goal is reached, the timeout is over, or a signal comes; returns whether it was reached.
    async fn until(
        &mut self,
        goal: Option<(u64, Option<Duration>)>,
        receiver: &Receiver,
        mut stop: StopSignal,
    ) -> bool {
        let deadline = goal.and_then(|(_, timeout)| timeout).map(|timeout| Instant::now() + timeout);
        let over = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(over);
        let mut frames = tokio::time::interval(FRAME);
        self.screen.refresh(receiver);
        loop {
            tokio::select! {
                Some(report) = self.reports.recv() => {
                    self.taken += u64::from(matches!(report.outcome, CallOutcome::Accepted | CallOutcome::OutOfOrder));
                    self.screen.show(&report);
                    if output::failure().is_err() {
                        return false;
                    }
                    if goal.is_some_and(|(count, _)| self.taken >= count) {
                        return true;
                    }
                }
                _ = frames.tick(), if self.screen.is_stale => self.screen.refresh(receiver),
                () = &mut over => return false,
                () = stop.received() => return false,
            }
        }
    }
}

/// Shows the calls on stdout.
struct Screen {
    out: Output,
    is_json: bool,
    table: Option<TerminalTable>,
    is_stale: bool,
}

impl Screen {
    fn new(is_json: bool) -> Self {
        let is_table = !is_json && std::io::stdout().is_terminal() && !output::is_dumb();
        Self { out: Output::stdout(), is_json, table: is_table.then(TerminalTable::default), is_stale: true }
    }

    fn show(&mut self, report: &CallReport) {
        self.is_stale = true;
        if let (Some(table), CallOutcome::Refused) = (&mut self.table, report.outcome) {
            table.refusal = Some(terminal_table::refusal(report));
        }
        if self.is_json {
            self.out.line(&serde_json::to_string(report).unwrap_or_default());
        } else if self.table.is_none() {
            self.out.line(&terminal_table::line(report));
        }
    }

    fn refresh(&mut self, receiver: &Receiver) {
        self.is_stale = false;
        let Some(table) = &mut self.table else { return };
        let (width, height) =
            terminal_size::terminal_size().map_or((80, 24), |(width, height)| (width.0.into(), height.0.into()));
        table.draw(&self.out, &receiver.view(terminal_table::room(height)), width);
    }

    /// Writes the summary: the table already shows it, and JSON output keeps stdout for programs.
    fn end(&self, summary: &str) {
        if self.is_json {
            Output::stderr().line(summary);
        } else if self.table.is_none() {
            self.out.line(summary);
        }
    }
}
