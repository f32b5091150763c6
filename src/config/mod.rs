//! Settings of the server: flag > environment > file > default, resolved once.

pub mod edge;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::contract::lint::Mode;
use crate::domain::record::authentication::{Auth, ClientCredentials};
use crate::domain::record::settings::Profile;
use crate::domain::record::subscription::{Subscription, secret_fault};
use crate::domain::value::document::{self, Format};
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};

/// What every environment twin starts with.
const PREFIX: &str = "ATLAS_SANDBOX_";

/// Every setting of `serve`, as a flag, an environment variable and a key of the file; all may be absent.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "ATLAS_SANDBOX_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Write the port that was bound to this file
    #[arg(long, env = "ATLAS_SANDBOX_PORT_FILE", value_name = "FILE")]
    pub port_file: Option<PathBuf>,
    /// Fixture files or folders with accounts to start with
    #[arg(long, env = "ATLAS_SANDBOX_FIXTURES", value_name = "PATH", num_args = 1.., value_delimiter = ',')]
    pub fixtures: Option<Vec<PathBuf>>,
    /// Where accounts that name no subscription send booking notifications
    #[arg(long, env = "ATLAS_SANDBOX_NOTIFICATION_URL", value_name = "URL")]
    pub notification_url: Option<String>,
    /// How those notifications authenticate: none, basic:USER:PASSWORD, bearer:TOKEN, header:NAME:VALUE,
    /// oauth2:CLIENT:SECRET@URL
    #[arg(long, env = "ATLAS_SANDBOX_NOTIFICATION_AUTH", value_name = "AUTH", hide_env_values = true)]
    pub notification_auth: Option<String>,
    /// A file with the value of --notification-auth
    #[arg(
        long,
        env = "ATLAS_SANDBOX_NOTIFICATION_AUTH_FILE",
        value_name = "FILE",
        conflicts_with = "notification_auth"
    )]
    pub notification_auth_file: Option<PathBuf>,
    /// Secret that signs notifications: whsec_ and base64
    #[arg(long, env = "ATLAS_SANDBOX_SIGNING_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub signing_secret: Option<String>,
    /// A file with the value of --signing-secret
    #[arg(long, env = "ATLAS_SANDBOX_SIGNING_SECRET_FILE", value_name = "FILE", conflicts_with = "signing_secret")]
    pub signing_secret_file: Option<PathBuf>,
    /// Bearer token of the control API; without one it answers this machine only
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// A file with the value of --admin-token
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_TOKEN_FILE", value_name = "FILE", conflicts_with = "admin_token")]
    pub admin_token_file: Option<PathBuf>,
    /// Let everyone use the control API without a token
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_OPEN", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub admin_open: Option<bool>,
    /// Seed of identifiers and generated people [default: 1]
    #[arg(long, env = "ATLAS_SANDBOX_SEED", value_name = "N")]
    pub seed: Option<u64>,
    /// Freeze the clocks of new accounts at this instant
    #[arg(long, env = "ATLAS_SANDBOX_CLOCK", value_name = "INSTANT")]
    pub clock: Option<String>,
    /// Gateway profile: wso2-2 or wso2-1.10 [default: wso2-2]
    #[arg(long, env = "ATLAS_SANDBOX_PROFILE")]
    pub profile: Option<String>,
    /// Field lint: off, warn or enforce [default: warn]
    #[arg(long, env = "ATLAS_SANDBOX_LINT")]
    pub lint: Option<String>,
    /// CIDR block that may call the demo account; everyone where absent
    #[arg(long, env = "ATLAS_SANDBOX_ALLOW_IP", value_name = "CIDR", num_args = 1.., value_delimiter = ',')]
    pub allow_ip: Option<Vec<String>>,
    /// A bearer token of the demo account that never expires [default: demo-token]
    #[arg(long, env = "ATLAS_SANDBOX_STATIC_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub static_token: Option<String>,
    /// Accept any test, portion, school, accommodation or attribute key
    #[arg(long, env = "ATLAS_SANDBOX_OPEN_CATALOG", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub open_catalog: Option<bool>,
    /// Start without the demo account
    #[arg(long, env = "ATLAS_SANDBOX_NO_DEMO", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub no_demo: Option<bool>,
    /// Add X-Atlas-Sandbox-Request and X-Atlas-Sandbox-Lint to vendor answers
    #[arg(long, env = "ATLAS_SANDBOX_DEBUG_HEADERS", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub debug_headers: Option<bool>,
    /// Calls that each request journal keeps [default: 1000]
    #[arg(long, env = "ATLAS_SANDBOX_JOURNAL_ENTRIES", value_name = "N")]
    pub journal_entries: Option<usize>,
    /// Worker threads [default: the machine's cores]
    #[arg(long, env = "ATLAS_SANDBOX_WORKERS", value_name = "N")]
    pub workers: Option<usize>,
    /// How long requests and notifications under way may take on stop [default: 10s]
    #[arg(long, env = "ATLAS_SANDBOX_GRACE", value_name = "DURATION")]
    pub grace: Option<Span>,
    /// CIDR blocks of proxies whose Forwarded and X-Forwarded-For tell the client's address
    #[arg(long, env = "ATLAS_SANDBOX_TRUSTED_PROXIES", value_name = "CIDR", num_args = 1.., value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<String>>,
    /// Serve HTTPS as well, with the certificate chain of this PEM file
    #[arg(long, env = "ATLAS_SANDBOX_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The PEM file with the key of --tls-cert
    #[arg(long, env = "ATLAS_SANDBOX_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Serve HTTPS as well, with a certificate made at start; its CA is at /_sandbox/tls/ca.pem
    #[arg(long, env = "ATLAS_SANDBOX_TLS_SELF_SIGNED", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub tls_self_signed: Option<bool>,
    /// Address of HTTPS; port 0 picks a free one [default: 127.0.0.1:8443]
    #[arg(long, env = "ATLAS_SANDBOX_TLS_LISTEN", value_name = "ADDR")]
    pub tls_listen: Option<SocketAddr>,
    /// Write the port of HTTPS to this file
    #[arg(long, env = "ATLAS_SANDBOX_TLS_PORT_FILE", value_name = "FILE")]
    pub tls_port_file: Option<PathBuf>,
    /// PEM file with who signs client certificates; they are verified when shown
    #[arg(long, env = "ATLAS_SANDBOX_TLS_CLIENT_CA", value_name = "FILE")]
    pub tls_client_ca: Option<PathBuf>,
    /// Whether HTTPS clients need a certificate: optional or required [default: optional]
    #[arg(long, env = "ATLAS_SANDBOX_TLS_CLIENT_AUTH", value_name = "WHETHER")]
    pub tls_client_auth: Option<String>,
    /// An address of its own for the control API; port 0 picks a free one
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_LISTEN", value_name = "ADDR")]
    pub admin_listen: Option<SocketAddr>,
    /// Write the port of --admin-listen to this file
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_PORT_FILE", value_name = "FILE")]
    pub admin_port_file: Option<PathBuf>,
    /// The most connections at a time; more wait until one is closed [default: 10000]
    #[arg(long, env = "ATLAS_SANDBOX_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<usize>,
    /// How long a client may take to send the head of a request, and then its body [default: 10s]
    #[arg(long, env = "ATLAS_SANDBOX_REQUEST_TIMEOUT", value_name = "DURATION")]
    pub request_timeout: Option<Span>,
    /// Log format: text or json [default: text]
    #[arg(long, env = "ATLAS_SANDBOX_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Least severe level to log: error, warn, info, debug (a line per request) or trace [default: info]
    #[arg(long, env = "ATLAS_SANDBOX_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// A YAML file with these settings, keys as the flags are called
    #[arg(long, env = "ATLAS_SANDBOX_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// Settings that were resolved and checked.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Resolved {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where to write the port.
    pub port_file: Option<PathBuf>,
    /// Fixture files or folders.
    pub fixtures: Vec<PathBuf>,
    /// The subscription of accounts that name none.
    pub subscription: Option<Subscription>,
    /// Signs notifications.
    pub signing_secret: Option<String>,
    /// Bearer token of the control API.
    pub admin_token: Option<String>,
    /// The control API is open to everyone.
    pub admin_open: bool,
    /// Seed.
    pub seed: u64,
    /// Where clocks stand frozen.
    pub clock: Option<Timestamp>,
    /// Gateway profile.
    pub profile: Profile,
    /// Lint mode.
    pub lint: Mode,
    /// Who may call the demo account.
    pub allow_ip: Option<Vec<ipnet::IpNet>>,
    /// A static token of the demo account.
    pub static_token: Option<String>,
    /// Whether any catalog code is accepted.
    pub open_catalog: bool,
    /// Whether the demo account is left out.
    pub no_demo: bool,
    /// Whether vendor answers carry debug headers.
    pub debug_headers: bool,
    /// Entries of each journal.
    pub journal_entries: usize,
    /// Worker threads.
    pub workers: usize,
    /// How long stopping may take.
    pub grace: std::time::Duration,
    /// TLS, proxies, the control face's own port, limits.
    pub edge: edge::Edge,
    /// Whether logs are JSON lines.
    pub log_json: bool,
    /// The least severe level to log.
    pub log_level: String,
}

/// Takes what this layer has, else what the one below has.
macro_rules! layered {
    ($over:expr, $under:expr, $($name:ident),+ $(,)?) => {
        Settings { $($name: $over.$name.or($under.$name)),+ }
    };
}

impl Settings {
    /// Lays flags and environment over the file, and checks every value.
    ///
    /// # Errors
    /// An unknown or contradictory setting, an unreadable file; in words, with the setting's name.
    pub fn resolve(self) -> Result<Resolved, String> {
        refuse_unknown_environment::<Self>()?;
        let file: Self = file(self.config.as_deref())?;
        layered!(
            self,
            file,
            listen,
            port_file,
            fixtures,
            notification_url,
            notification_auth,
            notification_auth_file,
            signing_secret,
            signing_secret_file,
            admin_token,
            admin_token_file,
            admin_open,
            seed,
            clock,
            profile,
            lint,
            allow_ip,
            static_token,
            open_catalog,
            no_demo,
            debug_headers,
            journal_entries,
            workers,
            grace,
            trusted_proxies,
            tls_cert,
            tls_key,
            tls_self_signed,
            tls_listen,
            tls_port_file,
            tls_client_ca,
            tls_client_auth,
            admin_listen,
            admin_port_file,
            max_connections,
            request_timeout,
            log_format,
            log_level,
            config,
        )
        .check()
    }

    fn check(self) -> Result<Resolved, String> {
        let edge = edge::Edge::of(&self)?;
        let signing_secret = secret("signing-secret", self.signing_secret, self.signing_secret_file)?;
        if let Some(wrong) = signing_secret.as_deref().and_then(|text| secret_fault("signing-secret", text)) {
            return Err(wrong);
        }
        let admin_token = secret("admin-token", self.admin_token, self.admin_token_file)?;
        let admin_open = self.admin_open.unwrap_or(false);
        if admin_open && admin_token.is_some() {
            return Err("admin-open and admin-token contradict each other: drop one".to_owned());
        }
        let no_demo = self.no_demo.unwrap_or(false);
        if no_demo && (self.static_token.is_some() || self.allow_ip.is_some()) {
            return Err(
                "static-token and allow-ip are settings of the demo account, which no-demo leaves out".to_owned()
            );
        }
        if self.static_token.as_deref().is_some_and(|token| token.is_empty() || token.contains(char::is_whitespace)) {
            return Err("static-token: expected a token without blanks".to_owned());
        }
        let auth = secret("notification-auth", self.notification_auth, self.notification_auth_file)?;
        let subscription = subscription(self.notification_url, auth)?;
        let log_json = match self.log_format.as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => return Err(format!("log-format: expected text or json, got {other:?}")),
        };
        let log_level = self.log_level.unwrap_or_else(|| "info".to_owned());
        if !["error", "warn", "info", "debug", "trace"].contains(&log_level.as_str()) {
            return Err(format!("log-level: expected error, warn, info, debug or trace, got {log_level:?}"));
        }
        let workers = self.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
        if workers == 0 {
            return Err("workers: expected 1 or more, got 0".to_owned());
        }
        let clock = self.clock.as_deref().map(|text| {
            stamp::millis::read(text)
                .ok_or_else(|| format!("clock: expected a date-time like 2026-03-01T09:00:00Z, got {text:?}"))
        });
        let blocks = self
            .allow_ip
            .map(|blocks| blocks.iter().map(|block| cidr("allow-ip", block)).collect::<Result<Vec<_>, _>>());
        Ok(Resolved {
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            port_file: self.port_file,
            fixtures: self.fixtures.unwrap_or_default(),
            subscription,
            signing_secret,
            admin_token,
            admin_open,
            seed: self.seed.unwrap_or(1),
            clock: clock.transpose()?,
            profile: named("profile", self.profile.as_deref())?,
            lint: named("lint", self.lint.as_deref())?,
            allow_ip: blocks.transpose()?,
            static_token: self.static_token,
            open_catalog: self.open_catalog.unwrap_or(false),
            no_demo,
            debug_headers: self.debug_headers.unwrap_or(false),
            journal_entries: self.journal_entries.unwrap_or(1000),
            workers,
            grace: self.grace.unwrap_or(Span::seconds(10)).0,
            edge,
            log_json,
            log_level,
        })
    }
}

/// What a file says of some settings; all absent without a file.
///
/// # Errors
/// An unreadable file, an unknown key, a value that does not fit; in words, with the place.
pub fn file<T: DeserializeOwned + Default>(path: Option<&Path>) -> Result<T, String> {
    let Some(path) = path else { return Ok(T::default()) };
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("config: cannot read {}: {error}", path.display()))?;
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    document::read(&text, Format::of(&path.to_string_lossy()))
        .map_err(|wrong| format!("{}:{}:{}: {wrong}", path.display(), wrong.line, wrong.column))
}

/// A misspelt variable would be ignored silently otherwise. The server's settings are known to every command: they
/// may share an environment.
///
/// # Errors
/// A variable that is no setting, in words.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn refuse_unknown_environment<T: Args>() -> Result<(), String> {
    let ours = |name: &std::ffi::OsString| name.to_string_lossy().starts_with(PREFIX);
    let mut names = std::env::vars_os().map(|(name, _)| name).filter(ours).peekable();
    // Most often there are none: what is known need not be asked then.
    if names.peek().is_none() {
        return Ok(());
    }
    let commands = [Settings::augment_args(clap::Command::new("serve")), T::augment_args(clap::Command::new("own"))];
    let known: Vec<_> = commands.iter().flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_env).collect();
    for name in names {
        let text = name.to_string_lossy();
        if !known.contains(&name.as_os_str()) && !is_of_an_orchestrator(&text) {
            let flag = text[PREFIX.len()..].to_ascii_lowercase().replace('_', "-");
            return Err(format!("{text}: no such setting (there is no --{flag})"));
        }
    }
    Ok(())
}

/// Kubernetes and older container links set these for a service called `atlas-sandbox`; they are no settings.
fn is_of_an_orchestrator(name: &str) -> bool {
    let rest = &name[PREFIX.len()..];
    rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_")
}

/// A secret, given itself or in a file.
///
/// # Errors
/// Both are given, it is empty, or the file cannot be read; in words, with the setting's name.
pub fn secret(name: &str, value: Option<String>, file: Option<PathBuf>) -> Result<Option<String>, String> {
    match (value, file) {
        (Some(_), Some(_)) => Err(format!("{name} and {name}-file contradict each other: drop one")),
        (Some(value), None) if value.is_empty() => Err(format!("{name}: expected a value, got an empty one")),
        (Some(value), None) => Ok(Some(value)),
        (None, Some(path)) => std::fs::read_to_string(&path)
            .map(|text| Some(text.trim_end().to_owned()))
            .map_err(|error| format!("{name}-file: cannot read {}: {error}", path.display())),
        (None, None) => Ok(None),
    }
}

fn named<T: std::str::FromStr<Err = String> + Default>(name: &str, text: Option<&str>) -> Result<T, String> {
    text.map_or(Ok(T::default()), |text| text.parse().map_err(|wrong| format!("{name}: {wrong}")))
}

fn cidr(name: &str, text: &str) -> Result<ipnet::IpNet, String> {
    text.parse()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from))
        .map_err(|_| format!("{name}: expected a CIDR block like 10.0.0.0/8, got {text:?}"))
}

/// The subscription that `notification-url` and `notification-auth` describe.
///
/// # Errors
/// A value that does not fit, in words, with the setting's name.
pub fn subscription(url: Option<String>, auth: Option<String>) -> Result<Option<Subscription>, String> {
    let Some(url) = url else {
        return match auth {
            Some(_) => Err("notification-auth needs notification-url".to_owned()),
            None => Ok(None),
        };
    };
    let mut subscription = Subscription::to(url);
    if let Some(auth) = auth {
        let parts: Vec<_> = auth.splitn(3, ':').collect();
        subscription.auth = match (parts.as_slice(), auth.split_once(':')) {
            (["none"], _) => Auth::None,
            (["basic", username, password], _) => {
                Auth::Basic { username: (*username).to_owned(), password: (*password).to_owned() }
            }
            (["header", name, value], _) => Auth::Header { name: (*name).to_owned(), value: (*value).to_owned() },
            (["oauth2", client_id, rest], _) if rest.contains("@http") => {
                let (client_secret, rest) = rest.rsplit_once("@http").unwrap_or_default();
                Auth::OAuth2(ClientCredentials::new(format!("http{rest}"), *client_id, client_secret))
            }
            (_, Some(("bearer", token))) if !token.is_empty() => Auth::Bearer { token: token.to_owned() },
            _ => {
                return Err("notification-auth: expected none, basic:USER:PASSWORD, bearer:TOKEN, \
                     header:NAME:VALUE or oauth2:CLIENT:SECRET@URL, got something else"
                    .to_owned());
            }
        };
    }
    match subscription.fault() {
        Some(wrong) => Err(format!("notification-{wrong}")),
        None => Ok(Some(subscription)),
    }
}
