//! The checked settings of the server's edge: TLS, trusted proxies, the control API's own port, limits.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::flags::Flags;
use super::value::{self, cidr};
use crate::domain::value::span::Span;

/// How clients reach the server.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Proxies whose `Forwarded` and `X-Forwarded-For` count.
    pub trusted_proxies: Vec<IpNet>,
    /// HTTPS, if enabled.
    pub tls: Option<HttpsConfig>,
    /// The control API's own address.
    pub admin_listen: Option<SocketAddr>,
    /// Where to write the control API's own port.
    pub admin_port_file: Option<PathBuf>,
    /// The most connections at a time, in all workers together.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request, and then its body.
    pub request_timeout: Duration,
}

/// How HTTPS is served.
#[derive(Debug, Clone)]
pub struct HttpsConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where to write the port.
    pub port_file: Option<PathBuf>,
    /// The server's certificate and key.
    pub identity: ServerIdentity,
    /// The host of `public-url`, for which a generated certificate is good as well.
    pub public_host: Option<String>,
    /// Client certificates, if clients may or must show one.
    pub clients: Option<ClientCertificates>,
}

/// The server's certificate and key.
#[derive(Debug, Clone)]
pub enum ServerIdentity {
    /// A chain and its key, in PEM files.
    Files {
        /// The chain, the server's own certificate first.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Generated at start.
    SelfSigned,
}

/// Client certificates.
#[derive(Debug, Clone)]
pub struct ClientCertificates {
    /// The authorities that sign them, in a PEM file.
    pub ca: PathBuf,
    /// Whether a client without one is refused.
    pub is_required: bool,
}

impl Edge {
    /// Checks the settings of the edge.
    ///
    /// # Errors
    /// A contradiction, or a value that does not fit, with the setting's name.
    pub fn of(given: &Flags) -> Result<Self, String> {
        let proxies = given.trusted_proxies.iter().flatten().map(|block| cidr("trusted-proxies", block));
        let max_connections = given.max_connections.unwrap_or(10_000);
        if max_connections == 0 {
            return Err("max-connections: expected 1 or more, got 0".to_owned());
        }
        let request_timeout = given.request_timeout.unwrap_or(Span::seconds(10)).0;
        if request_timeout.is_zero() {
            return Err("request-timeout: expected a duration above 0s, got 0s".to_owned());
        }
        if given.admin_port_file.is_some() && given.admin_listen.is_none() {
            return Err("admin-port-file needs admin-listen".to_owned());
        }
        Ok(Self {
            trusted_proxies: proxies.collect::<Result<_, _>>()?,
            tls: tls(given)?,
            admin_listen: given.admin_listen,
            admin_port_file: given.admin_port_file.clone(),
            max_connections,
            request_timeout,
        })
    }
}

fn tls(given: &Flags) -> Result<Option<HttpsConfig>, String> {
    let identity = match (&given.tls_cert, &given.tls_key, given.tls_self_signed.unwrap_or(false)) {
        (None, None, false) => {
            let lonely = [
                ("tls-listen", given.tls_listen.is_some()),
                ("tls-port-file", given.tls_port_file.is_some()),
                ("tls-client-ca", given.tls_client_ca.is_some()),
                ("tls-client-auth", given.tls_client_auth.is_some()),
            ];
            return match lonely.into_iter().find(|(_, is_given)| *is_given) {
                Some((name, _)) => Err(format!("{name} needs tls-cert and tls-key, or tls-self-signed")),
                None => Ok(None),
            };
        }
        (None, None, true) => ServerIdentity::SelfSigned,
        (Some(cert), Some(key), false) => ServerIdentity::Files { cert: cert.clone(), key: key.clone() },
        (Some(_), None, false) => return Err("tls-cert needs tls-key".to_owned()),
        (None, Some(_), false) => return Err("tls-key needs tls-cert".to_owned()),
        (_, _, true) => return Err("tls-self-signed contradicts tls-cert and tls-key: drop one".to_owned()),
    };
    let is_required = match given.tls_client_auth.as_deref() {
        None | Some("optional") => false,
        Some("required") => true,
        Some(other) => return Err(format!("tls-client-auth: expected optional or required, got {other:?}")),
    };
    let clients = given.tls_client_ca.clone().map(|ca| ClientCertificates { ca, is_required });
    if clients.is_none() && given.tls_client_auth.is_some() {
        return Err("tls-client-auth needs tls-client-ca".to_owned());
    }
    Ok(Some(HttpsConfig {
        listen: given.tls_listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8443))),
        port_file: given.tls_port_file.clone(),
        identity,
        public_host: given.public_url.as_deref().and_then(value::public_host),
        clients,
    }))
}
