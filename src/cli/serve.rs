//! `serve`: runs the sandbox until a signal stops it.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::poll;
use tracing_subscriber::EnvFilter;

use super::failure::Failure;
use super::output::{self, Output};
use super::port_file::PortFiles;
use super::stop_signal::StopSignal;
use crate::app::{BindError, Server, Setup, StartError};
use crate::config::edge::ServerIdentity;
use crate::config::flags::Flags;
use crate::config::layer;
use crate::config::server::Config;
use crate::domain::fixture::given::Given;
use crate::domain::value::hidden::hide_query;
use crate::domain::value::url::INBOX;
use crate::scenario::{self, Check, Fixture, Found};
use crate::service::{SandboxOptions, account};

/// Runs the sandbox.
pub async fn run(flags: Flags) -> Result<(), Failure> {
    let config = resolve(flags)?;
    // Both before anything takes its time: who stops the server, or waits for its port, may do so at once.
    let mut stop = StopSignal::listen()?;
    let tls_file = config.edge.tls.as_ref().and_then(|tls| tls.port_file.clone());
    let files = PortFiles::take([
        ("port-file", config.port_file.clone()),
        ("tls-port-file", tls_file),
        ("admin-port-file", config.edge.admin_port_file.clone()),
    ]);
    raise_file_limit();
    let is_json = config.log_json;
    let fixtures = config.fixtures.clone();
    let as_set =
        SandboxOptions { open_catalog: config.open_catalog, clock: config.clock, ..SandboxOptions::for_a_check() };
    let demo = (!config.no_demo).then(|| demo_account(&config));
    let starting = tokio::task::spawn_blocking(move || {
        let started = setup(config).and_then(|setup| {
            let banner = Banner::of(&setup);
            Ok((start(setup)?, banner))
        });
        started.map_err(|failure| match failure {
            Failure::Usage(_) => told(&fixtures, as_set, demo.as_ref()).unwrap_or(failure),
            other => other,
        })
    });
    let started = tokio::select! {
        started = starting => started,
        () = stop.received() => return Ok(()),
    };
    let (server, banner) = started.map_err(|error| Failure::Environment(format!("the start failed: {error}")))??;
    if is_json {
        log_start(&server);
    } else {
        banner.print(&server);
    }
    let [tls, admin] = [server.tls(), server.admin()].map(|address| address.map(|at| at.port()));
    let (port, handle) = (server.port(), server.handle());
    tokio::spawn(async move {
        stop.received().await;
        handle.stop().await;
    });
    let mut running = pin!(server.run());
    // The first look starts the workers: who finds the port is not ahead of them.
    if let Poll::Ready(ended) = poll!(&mut running) {
        return ended.map_err(|error| Failure::Environment(error.to_string()));
    }
    // Last, so that the banner is written before any file, and the file of --port-file after the others.
    files.write("tls-port-file", tls)?;
    files.write("admin-port-file", admin)?;
    files.write("port-file", Some(port))?;
    running.await.map_err(|error| Failure::Environment(error.to_string()))
}

/// Reads the settings, and begins the log that they ask for.
pub fn resolve(flags: Flags) -> Result<Config, Failure> {
    let resolved = flags.resolve();
    match &resolved {
        Ok(config) => start_log(config.log_json, &config.log_level),
        Err(_) => log_early(),
    }
    resolved.map_err(Failure::Usage)
}

/// Raises the limit of open files as far as the system allows. Every caller and every notification under way needs one;
/// the usual limit of 1024 is reached when 64 accounts wait for receivers that hang.
fn raise_file_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// Builds the server.
pub fn start(setup: Setup) -> Result<Server, Failure> {
    Server::build(setup).map_err(|error| match error {
        StartError::Bind(BindError { setting, address, source }) => Failure::bind(setting, address, &source),
        StartError::Listen(_) => Failure::Environment(error.to_string()),
        StartError::Fixture(_) | StartError::Tls(_) => Failure::Usage(error.to_string()),
    })
}

/// What a server with these settings starts with; reads the fixtures.
pub fn setup(config: Config) -> Result<Setup, Failure> {
    let (mut accounts, mut wrong) = (Vec::new(), Vec::new());
    let Found { files, skipped } = scenario::find(&config.fixtures).map_err(Failure::Usage)?;
    for (file, why) in &skipped {
        tracing::info!(file = %file.display(), "skipped a file that is no fixture: {why}");
    }
    for file in &files {
        match Fixture::read(file) {
            Ok(fixture) => accounts.extend(fixture.accounts),
            Err(told) => wrong.push(told.to_string()),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Usage(wrong.join("\n")));
    }
    let demo = demo_account(&config);
    // A fixture with the demo account's code replaces it.
    let is_taken = accounts.iter().any(|given| given.account.account_code == demo.account.account_code);
    if !config.no_demo && !is_taken {
        accounts.insert(0, demo);
    }
    Ok(Setup {
        listen: config.listen,
        workers: config.workers,
        admin_token: config.admin_token,
        admin_open: config.admin_open,
        grace: config.grace,
        options: SandboxOptions {
            seed: config.seed,
            journal_entries: config.journal_entries,
            profile: config.profile,
            lint: config.lint,
            open_catalog: config.open_catalog,
            clock: config.clock,
            signing_secret: config.signing_secret,
            subscription: config.subscription,
            public_url: config.public_url,
            debug_headers: config.debug_headers,
            request_timeout: config.edge.request_timeout,
            accounts,
        },
        edge: config.edge,
    })
}

/// All that is wrong with the fixtures that a server does not start with, each with its file and line.
fn told(fixtures: &[PathBuf], options: SandboxOptions, demo: Option<&Given>) -> Option<Failure> {
    if fixtures.iter().any(|path| path.as_os_str() == scenario::STDIN) {
        // It was read, and what was wrong with it told.
        return None;
    }
    let files = scenario::find(fixtures).ok()?.files;
    let read: Vec<_> = files.iter().map(|file| Fixture::read_partly(file)).collect();
    let is_replaced = read.iter().flatten().any(|fixture| fixture.has(account::DEMO));
    let mut check = Check::new(options, demo.filter(|_| !is_replaced));
    let wrong = read.into_iter().filter_map(|read| read.and_then(|fixture| check.add(&fixture)).err());
    let wrong: Vec<_> = wrong.map(|wrong| wrong.to_string()).collect();
    (!wrong.is_empty()).then(|| Failure::Usage(wrong.join("\n")))
}

fn demo_account(config: &Config) -> Given {
    let mut demo = account::demo();
    if let Some(token) = &config.static_token {
        demo.account.static_tokens = Some(vec![token.clone()]);
    }
    if config.signing_secret.is_some() {
        demo.account.signing_secret.clone_from(&config.signing_secret);
    }
    if config.subscription.is_some() {
        demo.subscriptions.booking_notification.clone_from(&config.subscription);
    }
    demo.account.allow_ip.clone_from(&config.allow_ip);
    demo
}

/// Whether stderr has lines of JSON alone.
static LOGS_JSON: AtomicBool = AtomicBool::new(false);

/// Logs JSON from now on, where the settings of a server ask for it that is refused before they are all read.
pub fn log_early() {
    if !logs_json() && layer::wants_json_log() {
        start_log(true, "info");
    }
}

/// Whether stderr has lines of JSON alone: then a failure is one, too.
pub fn logs_json() -> bool {
    LOGS_JSON.load(Ordering::Relaxed)
}

/// Logs to stderr.
fn start_log(is_json: bool, level: &str) {
    LOGS_JSON.store(is_json, Ordering::Relaxed);
    if is_json {
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    }
    // What clients do to their connections is no error of the server; `app::listen` tells it at debug level.
    let filter = EnvFilter::new(format!("warn,actix_http::h1::dispatcher=off,atlas_sandbox={level}"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second server in one process finds the first one's log in place.
    let _set = if is_json {
        builder.json().try_init()
    } else {
        builder.with_ansi(output::has_colour(&std::io::stderr())).with_target(false).try_init()
    };
}

/// What `serve` prints at start.
#[derive(Debug)]
struct Banner {
    demo: Option<Given>,
    has_admin_token: bool,
    is_self_signed: bool,
}

impl Banner {
    fn of(setup: &Setup) -> Self {
        let is_demo =
            |given: &&Given| given.account.account_code.as_ref().is_some_and(|code| code.as_str() == "DEMO0001");
        Self {
            demo: setup.options.accounts.iter().find(is_demo).cloned(),
            has_admin_token: setup.admin_token.is_some(),
            is_self_signed: setup
                .edge
                .tls
                .as_ref()
                .is_some_and(|tls| matches!(tls.identity, ServerIdentity::SelfSigned)),
        }
    }

    fn print(&self, server: &Server) {
        let (url, tls, admin) = (server.base_url(), server.tls(), server.admin());
        let url = url.as_str();
        let out = Output::stderr();
        let version = env!("CARGO_PKG_VERSION");
        out.line(&format!("{} {version}, at {}", out.bold("atlas-sandbox"), out.bold(url)));
        let token = if self.has_admin_token { " (with the admin token)" } else { "" };
        out.line(&format!("  API document     {url}/openapi/"));
        let control = admin.map_or_else(|| url.to_owned(), |at| format!("http://{at}"));
        out.line(&format!("  control API      {control}/_sandbox{token}"));
        if let Some(at) = tls {
            let ca = if self.is_self_signed { format!(" (its CA: {url}/_sandbox/tls/ca.pem)") } else { String::new() };
            out.line(&format!("  HTTPS            https://{at}{ca}"));
        }
        out.line("  state            memory, lost at stop");
        self.accounts(&out, server.loaded());
        let Some(demo) = &self.demo else { return };
        out.line("  demo account     DEMO0001");
        // A configured value may be a secret; only the values that ship with the sandbox are shown.
        let shipped = account::demo();
        let shown = |configured: &str, shipped: &str| {
            if configured == shipped { configured.to_owned() } else { "(as configured)".to_owned() }
        };
        let first = |given: &Given| {
            let user = given.account.users.iter().flatten().next().cloned();
            let application = given.account.applications.iter().flatten().next().cloned();
            user.zip(application)
        };
        if let (Some((user, application)), Some((known_user, known))) = (first(demo), first(&shipped)) {
            out.line(&format!(
                "    user           {} / {}",
                user.username,
                shown(&user.password, &known_user.password)
            ));
            let secret = shown(&application.consumer_secret, &known.consumer_secret);
            out.line(&format!("    consumer key   {} / {secret}", application.consumer_key));
        }
        if let (Some(secret), Some(known)) = (&demo.account.signing_secret, &shipped.account.signing_secret) {
            out.line(&format!("    signing secret {}", shown(secret, known)));
        }
        let inbox = demo
            .subscriptions
            .booking_notification
            .as_ref()
            .map(|subscription| subscription.url.replace(INBOX, &format!("{url}/_sandbox/inbox/")));
        if let Some(inbox) = inbox {
            out.line(&format!("    notifications  {}", hide_query(&inbox)));
        }
        let token = demo.account.static_tokens.iter().flatten().next();
        let Some(token) = token.map(|token| if token == "demo-token" { token } else { "$TOKEN" }) else { return };
        out.line(&out.dim("  try it:"));
        out.line(&format!(
            "  curl -s {url}/eligibilityService/1.0.0/accounts/DEMO0001/candidates \\\n    -H 'Authorization: Bearer {token}' \
             -H 'Content-Type: application/json' \\\n    -d '{{\"candidate\": {{\"candidate_id\": \"C1\", \"first_name\": \"Jo\", \
             \"last_name\": \"Doe\"}}, \"test_code\": \"EXAM1\"}}'"
        ));
    }

    /// A line for each account that was loaded.
    fn accounts(&self, out: &Output, loaded: Vec<account::Summary>) {
        let is_fixture = |one: &account::Summary| self.demo.is_none() || one.account_code.as_str() != "DEMO0001";
        let mut loaded = loaded.into_iter().filter(is_fixture);
        for one in loaded.by_ref().take(SHOWN) {
            let token = one.token.map_or_else(String::new, |token| format!("token {token}, "));
            let (tests, eligibilities, bookings) = (one.tests, one.eligibilities, one.bookings);
            out.line(&format!(
                "  account          {}: {token}tests {tests}, eligibilities {eligibilities}, bookings {bookings}",
                one.account_code
            ));
        }
        let more = loaded.count();
        if more > 0 {
            out.line(&format!("  account          and {more} more"));
        }
    }
}

/// The most accounts that the banner shows.
const SHOWN: usize = 20;

/// The same as lines of the log, where nothing may be anything else.
fn log_start(server: &Server) {
    let url = server.base_url();
    let control = server.admin().map_or_else(|| url.clone(), |at| format!("http://{at}"));
    let https = server.tls().map(|at| format!("https://{at}"));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), url, control, https, state = "memory, lost at stop", "serving");
    for one in server.loaded() {
        let account::Summary { account_code, tests, eligibilities, bookings, .. } = one;
        tracing::info!(account = %account_code, tests, eligibilities, bookings, "loaded an account");
    }
}
