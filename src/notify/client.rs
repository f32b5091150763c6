//! The HTTP clients for notifications: one for each TLS setting, built on first use.

use std::cell::Cell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::{Client, Method, RequestBuilder, Response};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};
use tower::util::MapFutureLayer;

use super::failure;
use super::resolver::SystemResolver;
use super::trust::{self, AcceptAnyCertificate};
use crate::domain::record::authentication::Tls;
use crate::signing::certificate;

/// The `user-agent` of outgoing calls.
pub const PRODUCT: &str = concat!("atlas-sandbox/", env!("CARGO_PKG_VERSION"));

/// The most clients that are kept for TLS settings other than the default.
const KEPT: usize = 64;

type ClientResult = Result<Clients, String>;

tokio::task_local! {
    /// Whether the call that is under way made a connection of its own.
    static CONNECTED: Cell<bool>;
}

/// The two clients of one TLS setting.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Keeps connections for later calls.
    pub kept: Client,
    /// Makes a connection for each call.
    pub fresh: Client,
}

/// How a call ended.
#[derive(Debug)]
pub struct Called {
    /// The answer, or why there is none.
    pub answer: Result<Response, reqwest::Error>,
    /// It was made twice: the kept connection that it went out on first ended without an answer.
    pub is_second: bool,
}

impl Clients {
    /// Makes a call. A PUT goes out on a kept connection; where that ends before it answers, as its receiver had given
    /// it up, the PUT is made again on a fresh one. What may not be made twice goes out on a fresh one at once.
    ///
    /// Source: RFC 9112 §9.3.1.
    pub async fn call(&self, method: &Method, request: impl Fn(&Client) -> RequestBuilder) -> Called {
        if !method.is_idempotent() {
            return Called { answer: request(&self.fresh).send().await, is_second: false };
        }
        let first = async { (request(&self.kept).send().await, CONNECTED.with(Cell::get)) };
        match CONNECTED.scope(Cell::new(false), first).await {
            (Err(error), false) if failure::is_connection_lost(&error) => {
                Called { answer: request(&self.fresh).send().await, is_second: true }
            }
            (answer, _) => Called { answer, is_second: false },
        }
    }
}

/// A TLS setting, and its client once it is needed.
type ClientEntry = (Arc<Tls>, Arc<OnceLock<ClientResult>>);

/// The clients that were built.
#[derive(Debug, Default)]
pub struct ClientCache {
    usual: OnceLock<ClientResult>,
    /// The clients with another TLS setting than the default, in order of use. The lock is held to find a client, never to
    /// build one.
    others: Mutex<Vec<ClientEntry>>,
}

impl ClientCache {
    /// The client for a TLS setting.
    ///
    /// # Errors
    /// Why the TLS setting does not work, in words.
    pub fn of(&self, tls: Option<&Arc<Tls>>) -> ClientResult {
        match tls.filter(|tls| !tls.is_plain()) {
            None => self.usual.get_or_init(build).clone(),
            Some(tls) => self.entry(tls).get_or_init(|| with(tls)).clone(),
        }
    }

    fn entry(&self, tls: &Arc<Tls>) -> Arc<OnceLock<ClientResult>> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        // Equal pointers are equal without a look at the PEM.
        let entry = match others.iter().position(|(known, _)| known == tls) {
            Some(known) => others.remove(known),
            None => (Arc::clone(tls), Arc::default()),
        };
        if others.len() == KEPT {
            others.remove(0);
        }
        let client = Arc::clone(&entry.1);
        others.push(entry);
        client
    }
}

/// Builds clients that follow no redirects and use no proxy.
///
/// # Errors
/// Why TLS does not work, in words.
pub fn build() -> ClientResult {
    with(&Tls::default())
}

/// Builds clients that trust the authorities of a TLS setting and show its certificate.
fn with(tls: &Tls) -> ClientResult {
    let material = certificate::read(tls.pem())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let verifier = if tls.insecure {
        Arc::new(AcceptAnyCertificate(provider))
    } else {
        let mut roots = usual_roots().clone();
        for authority in &material.authorities {
            roots.add(authority.clone()).map_err(|_| "tls.ca: expected X.509 certificates".to_owned())?;
        }
        trust::verifier(roots, material.authorities, &provider)?
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let config = match material.identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
        None => builder.with_no_client_auth(),
    };
    Ok(Clients { kept: client(config.clone(), 64)?, fresh: client(config, 0)? })
}

/// A client that keeps so many idle connections to a host.
fn client(config: ClientConfig, idle: usize) -> Result<Client, String> {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that builds the client")]
    Client::builder()
        .tls_backend_preconfigured(config)
        .dns_resolver(SystemResolver)
        .connector_layer(MapFutureLayer::new(noted))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(idle)
        .tcp_nodelay(true)
        .user_agent(PRODUCT)
        .build()
        .map_err(|error| error.to_string())
}

/// Notes that a call made a connection of its own. Of a connection that is finished in the background, as another one
/// came free first, no call is told.
async fn noted<T, E>(connecting: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let connection = connecting.await?;
    let _in_background = CONNECTED.try_with(|connected| connected.set(true));
    Ok(connection)
}

/// The authorities that are always trusted; read once.
fn usual_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        // An empty image has no certificate store; the compiled-in roots stand in for it.
        for certificate in rustls_native_certs::load_native_certs().certs {
            // A certificate of the machine that rustls cannot read is of no use to us.
            let _unreadable = roots.add(certificate);
        }
        roots
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_that_was_not_used_for_longest_is_dropped() {
        let clients = ClientCache::default();
        let tls = |index: usize| Arc::new(Tls { ca: Some(index.to_string()), ..Tls::default() });
        let made: Vec<_> = (0..KEPT).map(|index| clients.entry(&tls(index))).collect();
        assert!(Arc::ptr_eq(&made[0], &clients.entry(&tls(0))));
        clients.entry(&tls(KEPT));
        assert!(Arc::ptr_eq(&made[0], &clients.entry(&tls(0))));
        assert!(!Arc::ptr_eq(&made[1], &clients.entry(&tls(1))));
        assert_eq!(clients.others.lock().unwrap().len(), KEPT);
    }

    #[test]
    fn a_subscription_without_tls_has_no_entry() {
        let clients = ClientCache::default();
        clients.of(None).unwrap();
        clients.of(Some(&Arc::default())).unwrap();
        assert!(clients.others.lock().unwrap().is_empty());
    }
}
