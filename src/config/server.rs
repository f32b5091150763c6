//! The resolved settings of a server: every value checked, every default filled in.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::edge::Edge;
use super::flags::Flags;
use super::layer::{self, layered};
use super::value::{cidr, named, public_url, secret, subscription};
use crate::domain::contract::lint::Mode;
use crate::domain::record::settings::Profile;
use crate::domain::record::subscription::{Subscription, secret_misfit};
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};

/// The resolved and checked settings of a server.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where to write the port.
    pub port_file: Option<PathBuf>,
    /// Fixture files or folders.
    pub fixtures: Vec<PathBuf>,
    /// What links in notifications begin with; the address of the causing call if absent.
    pub public_url: Option<String>,
    /// The subscription of accounts that have none of their own.
    pub subscription: Option<Subscription>,
    /// The secret that signs notifications.
    pub signing_secret: Option<String>,
    /// Bearer token of the control API.
    pub admin_token: Option<String>,
    /// The control API is open to everyone.
    pub admin_open: bool,
    /// The seed of identifiers and generated people.
    pub seed: u64,
    /// The instant at which clocks are frozen.
    pub clock: Option<Timestamp>,
    /// The gateway profile.
    pub profile: Profile,
    /// The lint mode.
    pub lint: Mode,
    /// The addresses that may call the demo account; `None` allows all.
    pub allow_ip: Option<Vec<ipnet::IpNet>>,
    /// A static token of the demo account.
    pub static_token: Option<String>,
    /// Whether any catalog code is accepted.
    pub open_catalog: bool,
    /// Whether there is no demo account.
    pub no_demo: bool,
    /// Whether vendor answers carry debug headers.
    pub debug_headers: bool,
    /// The most entries of each journal.
    pub journal_entries: usize,
    /// Worker threads.
    pub workers: usize,
    /// How long stopping may take.
    pub grace: std::time::Duration,
    /// TLS, proxies, the control API's own port, limits.
    pub edge: Edge,
    /// Whether logs are JSON lines.
    pub log_json: bool,
    /// The least severe level to log.
    pub log_level: String,
}

impl Flags {
    /// Lays flags and environment over the file, and checks all values.
    ///
    /// # Errors
    /// An unknown or contradictory setting, an unreadable file; in words, with the setting's name.
    pub fn resolve(self) -> Result<Config, String> {
        layer::refuse_unknown_environment::<Self>()?;
        let path = self.config.clone();
        let file: Self = layer::file(path.as_deref())?;
        let settings = layered!(
            Self,
            self,
            file,
            listen,
            port_file,
            fixtures,
            public_url,
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
        );
        settings.check().map_err(|wrong| layer::with_origin(&wrong, path.as_deref()))
    }

    fn check(self) -> Result<Config, String> {
        let edge = Edge::of(&self)?;
        let signing_secret = secret("signing-secret", self.signing_secret, self.signing_secret_file)?;
        if let Some(misfit) = signing_secret.as_deref().and_then(|text| secret_misfit("signing-secret", text)) {
            return Err(misfit);
        }
        let admin_token = secret("admin-token", self.admin_token, self.admin_token_file)?;
        let admin_open = self.admin_open.unwrap_or(false);
        if admin_open && admin_token.is_some() {
            return Err("admin-open and admin-token contradict each other: drop one".to_owned());
        }
        let no_demo = self.no_demo.unwrap_or(false);
        demo_account(no_demo, self.static_token.as_deref(), self.allow_ip.as_deref())?;
        let auth = secret("notification-auth", self.notification_auth, self.notification_auth_file)?;
        let subscription = subscription(self.notification_url, auth)?;
        let (log_json, log_level) = log(self.log_format.as_deref(), self.log_level)?;
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
        Ok(Config {
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            port_file: self.port_file,
            fixtures: self.fixtures.unwrap_or_default(),
            public_url: public_url(self.public_url)?,
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

/// Checks the settings of the demo account.
fn demo_account(no_demo: bool, static_token: Option<&str>, allow_ip: Option<&[String]>) -> Result<(), String> {
    if no_demo && (static_token.is_some() || allow_ip.is_some()) {
        return Err("static-token and allow-ip are settings of the demo account, which no-demo leaves out".to_owned());
    }
    if static_token.is_some_and(|token| token.is_empty() || token.contains(char::is_whitespace)) {
        return Err("static-token: expected a token without blanks".to_owned());
    }
    Ok(())
}

/// Whether logs are JSON lines, and the least severe level to log.
fn log(format: Option<&str>, level: Option<String>) -> Result<(bool, String), String> {
    let is_json = match format {
        None | Some("text") => false,
        Some("json") => true,
        Some(other) => return Err(format!("log-format: expected text or json, got {other:?}")),
    };
    let level = level.unwrap_or_else(|| "info".to_owned());
    if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
        return Err(format!("log-level: expected error, warn, info, debug or trace, got {level:?}"));
    }
    Ok((is_json, level))
}
