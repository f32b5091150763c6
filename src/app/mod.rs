//! The composition root: builds the server from its parts, runs it and stops it.

#[cfg(test)]
mod changes;
pub mod openapi;
pub mod tls;
mod webhook;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{self, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use rustls::ServerConfig;

use crate::admin::guard::{self, Access};
use crate::admin::tls::Authority;
use crate::config::edge::Edge;
use crate::domain::contract::error::Error;
use crate::domain::due;
use crate::domain::fixture::mistake::Mistakes;
use crate::gateway::enter;
use crate::http::error::ControlError;
use crate::http::peer::TrustedProxies;
use crate::notify::dispatcher::{Dispatcher, StopSignal};
use crate::notify::request;
use crate::service::{Sandbox, SandboxOptions, account};
use crate::{admin, api};

/// The largest body that inboxes and launch pages read, in bytes; the vendor's services have limits of their own.
const OWN_LIMIT: usize = 16 * 1024 * 1024;

/// How long a connection may stay idle between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a client may take to read the end of its last answer and close.
const DISCONNECT: Duration = Duration::from_secs(2);

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
    /// The bearer token of the control API.
    pub admin_token: Option<String>,
    /// Whether everyone may use the control API without a token.
    pub admin_open: bool,
    /// How long requests and attempts under way may take once the server stops.
    pub grace: Duration,
    /// TLS, proxies, the control API's own port, limits.
    pub edge: Edge,
    /// What the use cases need.
    pub options: SandboxOptions,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not of this machine.
    #[error("cannot listen on {listen}: {source}")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The TLS settings do not work.
    #[error("{0}")]
    Tls(String),
    /// Documents of accounts do not fit: each with its place in the list, and all that is wrong with it.
    #[error("{}", .0.iter().map(|(_, mistakes)| mistakes.to_string()).collect::<Vec<_>>().join("; "))]
    Fixture(Vec<(usize, Mistakes)>),
}

/// A server that is bound, but not running yet.
pub struct Server {
    sandbox: Arc<Sandbox>,
    dispatcher: Dispatcher,
    http: dev::Server,
    port: u16,
    tls: Option<SocketAddr>,
    admin: Option<SocketAddr>,
    grace: Duration,
}

/// Stops a server.
#[derive(Debug, Clone)]
pub struct Handle {
    sandbox: Arc<Sandbox>,
    http: ServerHandle,
    deliveries: StopSignal,
}

impl Handle {
    /// Starts no further delivery, accepts no further connection, and waits for the requests in flight.
    pub async fn stop(&self) {
        self.sandbox.end_streams();
        self.deliveries.stop();
        self.http.stop(true).await;
    }
}

impl Server {
    /// Binds the addresses, loads the fixtures and gets ready to run.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn build(setup: Setup) -> Result<Self, StartError> {
        let sockets = Sockets::bind(&setup)?;
        let (port, tls, admin) = (sockets.http.1.port(), sockets.tls(), sockets.admin());
        let (sandbox, woken) = Sandbox::new(setup.options);
        // Set once, here.
        let _first = sandbox.base_url.set(format!("http://{}", reachable(sockets.http.1)));
        let _first = sandbox.rehearse.set(request::rehearse);
        let dispatcher = Dispatcher::start(Arc::clone(&sandbox), woken);
        account::start(&sandbox).map_err(StartError::Fixture)?;
        let shared = WorkerData {
            sandbox: Data::new(Arc::clone(&sandbox)),
            access: Access { token: setup.admin_token.map(Arc::from), is_open: setup.admin_open, listen: admin },
            proxies: TrustedProxies(setup.edge.trusted_proxies.into()),
            authority: Authority(sockets.authority.map(Arc::from)),
        };
        let factory = move || {
            App::new()
                .configure(|services| shared.configure(services))
                .wrap(from_fn(guard::guard))
                .wrap(from_fn(enter::enter))
        };
        let taken = |listen| move |source| StartError::Bind { listen, source };
        let (listener, at) = sockets.http;
        let mut server = HttpServer::new(factory)
            .workers(setup.workers)
            // Of each worker.
            .max_connections(setup.edge.max_connections.div_ceil(setup.workers))
            .client_request_timeout(setup.edge.request_timeout)
            .tls_handshake_timeout(setup.edge.request_timeout)
            .keep_alive(KEEP_ALIVE)
            .client_disconnect_timeout(DISCONNECT)
            .disable_signals()
            .shutdown_timeout(setup.grace.as_secs().max(1))
            .listen(listener)
            .map_err(taken(at))?;
        if let Some((listener, at)) = sockets.admin {
            server = server.listen(listener).map_err(taken(at))?;
        }
        if let Some(((listener, at), config)) = sockets.https {
            server = server.listen_rustls_0_23(listener, config).map_err(taken(at))?;
        }
        let http = server.run();
        sandbox.set_ready();
        Ok(Self { sandbox, dispatcher, http, port, tls, admin, grace: setup.grace })
    }

    /// The port that was bound.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of HTTPS.
    pub fn tls(&self) -> Option<SocketAddr> {
        self.tls.map(reachable)
    }

    /// The control API's own address.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin.map(reachable)
    }

    /// The URL under which the server reaches itself.
    pub fn base_url(&self) -> String {
        self.sandbox.base_url().to_owned()
    }

    /// What its accounts were loaded with.
    pub fn loaded(&self) -> Vec<account::Summary> {
        account::summaries(&self.sandbox)
    }

    /// A handle that stops the server.
    pub fn handle(&self) -> Handle {
        Handle {
            sandbox: Arc::clone(&self.sandbox),
            http: self.http.handle(),
            deliveries: self.dispatcher.stop_signal(),
        }
    }

    /// Runs until the handle stops it, and lets the attempts under way finish.
    ///
    /// # Errors
    /// The HTTP server failed.
    pub async fn run(self) -> std::io::Result<()> {
        let ended = self.http.await;
        self.dispatcher.stop(self.grace).await;
        let mut open = Vec::new();
        for account in self.sandbox.store.accounts() {
            let count = self.sandbox.look(&account, |state, _| due::open(state)).await;
            if count > 0 {
                open.push(format!("{}: {count}", account.code));
            }
        }
        if open.is_empty() {
            tracing::info!("stopped; no delivery was pending");
        } else {
            tracing::warn!(pending = open.join(", "), "stopped with deliveries pending");
        }
        ended
    }
}

/// A listening socket and its address.
type Bound = (TcpListener, SocketAddr);

/// The sockets of a server.
struct Sockets {
    http: Bound,
    admin: Option<Bound>,
    https: Option<(Bound, ServerConfig)>,
    /// The generated authority of HTTPS, in PEM.
    authority: Option<String>,
}

impl Sockets {
    fn bind(setup: &Setup) -> Result<Self, StartError> {
        let http = listen(setup.listen)?;
        let admin = setup.edge.admin_listen.map(listen).transpose()?;
        let (https, authority) = match &setup.edge.tls {
            Some(wanted) => {
                let (config, authority) = tls::config(wanted).map_err(StartError::Tls)?;
                (Some((listen(wanted.listen)?, config)), authority)
            }
            None => (None, None),
        };
        Ok(Self { http, admin, https, authority })
    }

    fn admin(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|(_, at)| *at)
    }

    fn tls(&self) -> Option<SocketAddr> {
        self.https.as_ref().map(|((_, at), _)| *at)
    }
}

/// What all workers share.
#[derive(Clone)]
struct WorkerData {
    sandbox: Data<Arc<Sandbox>>,
    access: Access,
    proxies: TrustedProxies,
    authority: Authority,
}

impl WorkerData {
    /// Adds the routes of both faces, and what their handlers need.
    fn configure(&self, services: &mut ServiceConfig) {
        services
            .configure(api::routes)
            // Before the scope `/_sandbox`, which would take its document's path.
            .configure(openapi::routes)
            .configure(admin::routes)
            .default_service(web::to(unmatched))
            .app_data(PayloadConfig::new(OWN_LIMIT))
            .app_data(self.sandbox.clone())
            .app_data(Data::new(self.access.clone()))
            .app_data(Data::new(self.proxies.clone()))
            .app_data(Data::new(self.authority.clone()))
            .app_data(
                QueryConfig::default().error_handler(|error, request| wrong_parameter(request, error.to_string())),
            )
            .app_data(
                PathConfig::default().error_handler(|error, request| wrong_parameter(request, error.to_string())),
            );
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bound().map_err(|source| StartError::Bind { listen: address, source })
}

/// The address under which this machine reaches the server.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// Answers what no route matches, each face with its own error texts.
async fn unmatched(request: HttpRequest) -> HttpResponse {
    let path = request.path();
    if path.starts_with("/_sandbox") || path.starts_with("/openapi") {
        let path = path.to_owned();
        let error = if request.match_pattern().is_some() {
            Error::NoSuchMethod { method: request.method().to_string(), path }
        } else {
            Error::NoSuchPath(path)
        };
        return actix_web::ResponseError::error_response(&ControlError(error));
    }
    enter::unmatched(&request).await
}

/// A misfit of a path or query parameter, as the error of its face.
fn wrong_parameter(request: &HttpRequest, detail: String) -> actix_web::Error {
    use crate::http::call::Call;
    use crate::http::error::Refused;
    let error = Error::Invalid(detail);
    match Call::of(request).operation.get() {
        Some(operation) => Refused { operation: Some(operation), error }.into(),
        None => ControlError(error).into(),
    }
}
