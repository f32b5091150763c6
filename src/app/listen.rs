//! The sockets of the server, and how each of their connections is served: by HTTP/1.1, with limits in both directions.

use std::future::ready;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{ConnectionType, HttpServiceBuilder, Request, Response};
use actix_service::{Service as _, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory, fn_service, map_config};
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{AppConfig, Server, ServiceResponse};
use actix_web::http::Method;
use actix_web::rt::net::TcpStream;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use crate::http::connection::{Connection, PatientStream};

/// How long a connection may stay idle between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a client may take to read the end of its last answer and close.
const DISCONNECT: Duration = Duration::from_secs(2);

/// A listening socket and its address.
pub type Bound = (TcpListener, SocketAddr);

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    /// The setting that names the address.
    pub setting: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// The system's error.
    pub source: Error,
}

/// Binds an address.
///
/// # Errors
/// It is taken, or not of this machine.
pub fn bind(setting: &'static str, address: SocketAddr) -> Result<Bound, BindError> {
    let bound = || {
        let listener = TcpListener::bind(address)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bound().map_err(|source| BindError { setting, address, source })
}

/// The address under which this machine reaches the server.
pub fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// The sockets of a server.
pub struct Sockets {
    /// HTTP: the server's own, and that of the control face where it has one.
    pub http: Vec<Bound>,
    /// HTTPS.
    pub https: Option<(Bound, ServerConfig)>,
}

/// What the connections of a server may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Worker threads.
    pub workers: usize,
    /// The most connections at a time, in all workers together; more wait until one is closed.
    pub connections: usize,
    /// How long a client may take to send a head, to shake hands, and to read on.
    pub patience: Duration,
    /// How long requests under way may take once the server stops.
    pub grace: Duration,
}

/// Serves the application that a factory makes for each worker.
///
/// Of the parts of actix' own `HttpServer`, whose streams know neither a limit for writing nor whether their client is
/// still there.
///
/// # Errors
/// A socket that cannot be listened on.
pub fn serve<A>(
    sockets: Sockets,
    limits: Limits,
    application: impl Fn() -> A + Send + Clone + 'static,
) -> Result<Server, Error>
where
    A: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<BoxBody>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
{
    let mut server = Server::build()
        .workers(limits.workers)
        // Of each worker.
        .max_concurrent_connections(limits.connections.div_ceil(limits.workers))
        .disable_signals()
        .shutdown_timeout(limits.grace.as_secs().max(1));
    let stop = server.graceful_shutdown_signal();
    let stopped = move || {
        let stop = stop.clone();
        async move { stop.notified().await }
    };
    for (listener, local) in sockets.http {
        let (application, stopped) = (application.clone(), stopped.clone());
        server = server.listen(format!("http {local}"), listener, move || {
            let accept = move |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                ready(Ok::<_, DispatchError>((PatientStream::new(stream, limits.patience), peer)))
            };
            fn_service(accept).and_then(connection(application(), limits, local, false, stopped.clone()))
        })?;
    }
    if let Some(((listener, local), mut config)) = sockets.https {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        server = server.listen(format!("https {local}"), listener, move || {
            let acceptor = acceptor.clone();
            let accept = move |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                let shaken = tokio::time::timeout(limits.patience, acceptor.accept(stream));
                async move {
                    let late = |_| Error::new(ErrorKind::TimedOut, "the handshake did not end in time");
                    let stream = shaken.await.map_err(late).flatten().map_err(DispatchError::Io)?;
                    Ok((PatientStream::new(stream, limits.patience), peer))
                }
            };
            fn_service(accept).and_then(connection(application(), limits, local, true, stopped.clone()))
        })?;
    }
    Ok(server.run())
}

/// Serves one connection at a time.
fn connection<S, A, F>(
    application: A,
    limits: Limits,
    local: SocketAddr,
    is_secure: bool,
    stopped: impl Fn() -> F + 'static,
) -> impl ServiceFactory<
    (PatientStream<S>, Option<SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Future<Output = ()> + 'static,
    A: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<BoxBody>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
{
    let application = map_config(application, |()| AppConfig::default()).map_err(Response::<BoxBody>::from);
    let answering = apply_fn_factory(application, |request: Request, application| {
        let (is_offer, is_head) = (request.upgrade(), request.method() == Method::HEAD);
        let answer = application.call(request);
        async move {
            let mut response: Response<BoxBody> = match answer.await {
                Ok(answered) => answered.into(),
                Err(refused) => refused,
            };
            if is_offer {
                // Offers of other protocols are ignored. What the client sends next may be of the one that it offered.
                response.head_mut().set_connection_type(ConnectionType::Close);
            }
            if is_head && response.body().size() == BodySize::Stream {
                response = response.set_body(BoxBody::new(()));
            }
            Ok(response)
        }
    });
    HttpServiceBuilder::default()
        .graceful_shutdown_signal(stopped)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(limits.patience)
        .client_disconnect_timeout(DISCONNECT)
        .local_addr(local)
        .on_connect_ext(move |stream: &PatientStream<S>, data| {
            data.insert(Connection { is_secure, local, client: stream.client() });
        })
        .h1(answering)
        .map_err(move |error| {
            // Whatever a client does is no error of the server: a head that is no HTTP, a connection that breaks off.
            tracing::debug!(%error, "a connection ended early");
            error
        })
}
