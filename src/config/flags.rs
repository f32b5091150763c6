//! The flags of `serve`, which are also environment variables and keys of the configuration file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::value::{address, address_member, boolean, boolean_member};
use crate::domain::value::span::Span;

/// Every setting of `serve`, as a flag, an environment variable and a key of the file; each may be absent.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Flags {
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "ATLAS_SANDBOX_LISTEN", value_name = "ADDR", value_parser = address)]
    #[serde(deserialize_with = "address_member")]
    pub listen: Option<SocketAddr>,
    /// Write the port that was bound to this file
    #[arg(long, env = "ATLAS_SANDBOX_PORT_FILE", value_name = "FILE")]
    pub port_file: Option<PathBuf>,
    /// Fixture files or folders with accounts to start with
    #[arg(long, env = "ATLAS_SANDBOX_FIXTURES", value_name = "PATH", num_args = 1.., value_delimiter = ',')]
    pub fixtures: Option<Vec<PathBuf>>,
    /// What links in notifications begin with [default: the address of the call that caused them]
    #[arg(long, env = "ATLAS_SANDBOX_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
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
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_OPEN", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", value_parser = boolean)]
    #[serde(deserialize_with = "boolean_member")]
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
    #[arg(long, env = "ATLAS_SANDBOX_OPEN_CATALOG", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", value_parser = boolean)]
    #[serde(deserialize_with = "boolean_member")]
    pub open_catalog: Option<bool>,
    /// Start without the demo account
    #[arg(long, env = "ATLAS_SANDBOX_NO_DEMO", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", value_parser = boolean)]
    #[serde(deserialize_with = "boolean_member")]
    pub no_demo: Option<bool>,
    /// Add X-Atlas-Sandbox-Request and X-Atlas-Sandbox-Lint to vendor answers
    #[arg(long, env = "ATLAS_SANDBOX_DEBUG_HEADERS", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", value_parser = boolean)]
    #[serde(deserialize_with = "boolean_member")]
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
    #[arg(long, env = "ATLAS_SANDBOX_TLS_SELF_SIGNED", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", value_parser = boolean)]
    #[serde(deserialize_with = "boolean_member")]
    pub tls_self_signed: Option<bool>,
    /// Address of HTTPS; port 0 picks a free one [default: 127.0.0.1:8443]
    #[arg(long, env = "ATLAS_SANDBOX_TLS_LISTEN", value_name = "ADDR", value_parser = address)]
    #[serde(deserialize_with = "address_member")]
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
    #[arg(long, env = "ATLAS_SANDBOX_ADMIN_LISTEN", value_name = "ADDR", value_parser = address)]
    #[serde(deserialize_with = "address_member")]
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
