//! The composition root: builds the server from its parts, runs it and stops it.

#[cfg(test)]
mod changes;
mod link;
mod listen;
pub mod openapi;
mod page;
mod plain;
mod tag;
pub mod tls;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_service::IntoServiceFactory as _;
use actix_web::dev::{self, ServerHandle};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, PathConfig, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, ResponseError as _};

use crate::admin::guard::{self, Access};
use crate::admin::tls::Authority;
use crate::config::edge::Edge;
use crate::domain::contract::error::Error;
use crate::domain::due;
use crate::domain::fixture::mistake::Mistakes;
use crate::gateway::enter;
use crate::http::error::{ControlError, wrong_parameter};
use crate::http::face;
use crate::http::peer::TrustedProxies;
use crate::notify::dispatcher::{Dispatcher, StopSignal};
use crate::notify::request;
use crate::service::{Sandbox, SandboxOptions, account};
use crate::{admin, api};
pub use listen::BindError;
use listen::{Bound, Limits, Sockets, bind, reachable};

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
    /// An address is taken, or not of this machine.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A bound socket cannot be listened on.
    #[error("cannot listen: {0}")]
    Listen(std::io::Error),
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
        self.sandbox.stop();
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
        let edge = setup.edge;
        let own = bind("listen", setup.listen)?;
        let admin = edge.admin_listen.map(|address| bind("admin-listen", address)).transpose()?;
        let (https, authority) = match &edge.tls {
            Some(wanted) => {
                let (config, authority) = tls::config(wanted).map_err(StartError::Tls)?;
                (Some((bind("tls-listen", wanted.listen)?, config)), authority)
            }
            None => (None, None),
        };
        let at = |bound: &Bound| bound.1;
        let (own_at, admin_at, tls_at) = (own.1, admin.as_ref().map(at), https.as_ref().map(|(bound, _)| at(bound)));
        let (sandbox, woken) = Sandbox::new(setup.options);
        // Set once, here.
        let _first = sandbox.base_url.set(format!("http://{}", reachable(own_at)));
        let _first = sandbox.rehearse.set(request::rehearse);
        let dispatcher = Dispatcher::start(Arc::clone(&sandbox), woken);
        account::start(&sandbox).map_err(StartError::Fixture)?;
        let shared = WorkerData {
            sandbox: Data::new(Arc::clone(&sandbox)),
            access: Access { token: setup.admin_token.map(Arc::from), is_open: setup.admin_open, listen: admin_at },
            proxies: TrustedProxies(edge.trusted_proxies.into()),
            authority: Authority(authority.map(Arc::from)),
        };
        let application = move || {
            App::new()
                .configure(|services| shared.configure(services))
                .wrap(from_fn(guard::guard))
                .wrap(from_fn(enter::enter))
                .into_factory()
        };
        let limits = Limits {
            workers: setup.workers,
            connections: edge.max_connections,
            patience: edge.request_timeout,
            grace: setup.grace,
        };
        let sockets = Sockets { http: [own].into_iter().chain(admin).collect(), https };
        let http = listen::serve(sockets, limits, application).map_err(StartError::Listen)?;
        sandbox.set_ready();
        Ok(Self { sandbox, dispatcher, http, port: own_at.port(), tls: tls_at, admin: admin_at, grace: setup.grace })
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
            .configure(page::routes)
            .configure(admin::routes)
            .default_service(web::to(unmatched))
            .app_data(self.sandbox.clone())
            .app_data(Data::new(self.access.clone()))
            .app_data(Data::new(self.proxies.clone()))
            .app_data(Data::new(self.authority.clone()))
            .app_data(
                PathConfig::default().error_handler(|error, request| wrong_parameter(request, error.to_string())),
            );
    }
}

/// Answers what no route matches, each face with its own error texts.
async fn unmatched(request: HttpRequest) -> HttpResponse {
    if !face::is_own(request.match_info().as_str()) {
        return enter::unmatched(&request).await;
    }
    let path = request.path().to_owned();
    let Some(pattern) = request.match_pattern() else {
        return ControlError(Error::NoSuchPath(path)).error_response();
    };
    let method = request.method().to_string();
    let mut refused = ControlError(Error::NoSuchMethod { method, path }).error_response();
    if let Ok(methods) = HeaderValue::try_from(admin::methods(&pattern).unwrap_or("GET, HEAD".to_owned())) {
        refused.headers_mut().insert(ALLOW, methods);
    }
    refused
}
