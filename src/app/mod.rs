//! The composition root: bind, run, stop.

pub mod openapi;
pub mod tls;
mod webhook;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, PathConfig, PayloadConfig, QueryConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::admin::guard::{self, Access};
use crate::admin::tls::Authority;
use crate::config::edge::Edge;
use crate::domain::contract::error::Error;
use crate::gateway::enter;
use crate::http::error::ControlError;
use crate::http::peer::TrustedProxies;
use crate::notify::dispatcher::{Dispatcher, StopSignal};
use crate::notify::request;
use crate::service::{Options, Sandbox, account};
use crate::{admin, api};

/// The most that inboxes and launch pages read, in bytes; vendor services have a limit of their own.
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
    /// Who may use the control face.
    pub admin_token: Option<String>,
    /// Everyone may use the control face without a token.
    pub admin_open: bool,
    /// How long requests and attempts under way may take once the server stops.
    pub grace: Duration,
    /// TLS, proxies, the control face's own port, limits.
    pub edge: Edge,
    /// What use cases need.
    pub options: Options,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not of this machine.
    #[error("cannot listen on {listen}: {source}")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// The system's word.
        source: std::io::Error,
    },
    /// TLS cannot be served as the settings say.
    #[error("{0}")]
    Tls(String),
    /// A fixture does not fit.
    #[error("{0}")]
    Fixture(Error),
}

/// A bound server that is not running yet.
pub struct Application {
    sandbox: Arc<Sandbox>,
    dispatcher: Dispatcher,
    server: Server,
    port: u16,
    tls: Option<SocketAddr>,
    admin: Option<SocketAddr>,
    grace: Duration,
}

/// Stops a server.
#[derive(Debug, Clone)]
pub struct Handle {
    server: ServerHandle,
    deliveries: StopSignal,
}

impl Handle {
    /// Begins no further delivery, accepts no further connection, and waits for the requests in flight.
    pub async fn stop(&self) {
        self.deliveries.stop();
        self.server.stop(true).await;
    }
}

impl Application {
    /// Binds the address, loads the fixtures and gets ready to run.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn build(setup: Setup) -> Result<Self, StartError> {
        let (listener, bound) = listen(setup.listen)?;
        let admin = setup.edge.admin_listen.map(listen).transpose()?;
        let secured = match &setup.edge.tls {
            Some(wanted) => {
                let (config, authority) = tls::config(wanted).map_err(StartError::Tls)?;
                Some((listen(wanted.listen)?, config, authority))
            }
            None => None,
        };
        let authority = Authority(secured.as_ref().and_then(|(_, _, pem)| pem.as_deref().map(Arc::from)));
        let (tls_bound, admin_bound) = (secured.as_ref().map(|((_, at), ..)| *at), admin.as_ref().map(|(_, at)| *at));
        let proxies = TrustedProxies(setup.edge.trusted_proxies.into());
        let (sandbox, woken) = Sandbox::new(setup.options);
        // Set once, here.
        let _first = sandbox.base_url.set(format!("http://{}", reachable(bound)));
        let _first = sandbox.rehearse.set(request::rehearse);
        let dispatcher = Dispatcher::start(Arc::clone(&sandbox), woken);
        account::start(&sandbox).map_err(StartError::Fixture)?;
        let access = Access { token: setup.admin_token.map(Arc::from), is_open: setup.admin_open, listen: admin_bound };
        let shared = Arc::clone(&sandbox);
        let factory = move || {
            let (sandbox, access) = (Data::new(Arc::clone(&shared)), Data::new(access.clone()));
            App::new()
                .configure(api::routes)
                // Before the scope `/_sandbox`, which would take its document's path.
                .configure(openapi::routes)
                .configure(admin::routes)
                .default_service(web::to(unmatched))
                .app_data(PayloadConfig::new(OWN_LIMIT))
                .app_data(sandbox)
                .app_data(access)
                .app_data(Data::new(proxies.clone()))
                .app_data(Data::new(authority.clone()))
                .app_data(
                    QueryConfig::default().error_handler(|error, request| wrong_parameter(request, error.to_string())),
                )
                .app_data(
                    PathConfig::default().error_handler(|error, request| wrong_parameter(request, error.to_string())),
                )
                .wrap(from_fn(guard::guard))
                .wrap(from_fn(enter::enter))
        };
        let taken = |listen| move |source| StartError::Bind { listen, source };
        let mut server = HttpServer::new(factory)
            .workers(setup.workers)
            // Of each worker.
            .max_connections(setup.edge.max_connections.div_ceil(setup.workers))
            .client_request_timeout(setup.edge.request_timeout)
            .keep_alive(KEEP_ALIVE)
            .client_disconnect_timeout(DISCONNECT)
            .disable_signals()
            .shutdown_timeout(setup.grace.as_secs().max(1))
            .listen(listener)
            .map_err(taken(bound))?;
        if let Some((listener, at)) = admin {
            server = server.listen(listener).map_err(taken(at))?;
        }
        if let Some(((listener, at), config, _)) = secured {
            server = server
                .tls_handshake_timeout(setup.edge.request_timeout)
                .listen_rustls_0_23(listener, config)
                .map_err(taken(at))?;
        }
        let server = server.run();
        sandbox.set_ready();
        Ok(Self {
            sandbox,
            dispatcher,
            server,
            port: bound.port(),
            tls: tls_bound,
            admin: admin_bound,
            grace: setup.grace,
        })
    }

    /// The port that was bound.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of HTTPS.
    pub fn tls(&self) -> Option<SocketAddr> {
        self.tls.map(reachable)
    }

    /// The control face's own address.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin.map(reachable)
    }

    /// The URL under which the server reaches itself.
    pub fn base_url(&self) -> String {
        self.sandbox.base_url().to_owned()
    }

    /// A handle that stops the server.
    pub fn handle(&self) -> Handle {
        Handle { server: self.server.handle(), deliveries: self.dispatcher.stop_signal() }
    }

    /// Runs until the handle stops it; attempts under way finish.
    ///
    /// # Errors
    /// The server broke.
    pub async fn run(self) -> std::io::Result<()> {
        let ended = self.server.await;
        self.dispatcher.stop(self.grace).await;
        let open: Vec<String> = self
            .sandbox
            .store
            .accounts()
            .iter()
            .map(|account| (account.code.clone(), account.lock().outbox.open()))
            .filter(|(_, open)| *open > 0)
            .map(|(code, open)| format!("{code}: {open}"))
            .collect();
        if open.is_empty() {
            tracing::info!("stopped; no delivery was pending");
        } else {
            tracing::warn!(pending = open.join(", "), "stopped with deliveries pending");
        }
        ended
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

/// Whatever no route took: each face has its own words.
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
    enter::unmatched(&request)
}

/// A path or query parameter that does not fit, in the words of its face.
fn wrong_parameter(request: &HttpRequest, detail: String) -> actix_web::Error {
    use crate::http::call::Call;
    use crate::http::error::Refused;
    let error = Error::Invalid(detail);
    match Call::of(request).operation.get() {
        Some(operation) => Refused { operation, error }.into(),
        None => ControlError(error).into(),
    }
}
