//! The HTTP client for notifications, made on first use.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// The `user-agent` of outgoing calls.
pub const PRODUCT: &str = concat!("atlas-sandbox/", env!("CARGO_PKG_VERSION"));

/// A client that follows no redirect, uses no proxy and keeps connections.
///
/// # Errors
/// The TLS set-up is broken, in words.
pub fn build() -> Result<reqwest::Client, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // An empty image has no certificate store; the compiled-in roots stand in for it.
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A certificate of the machine that rustls cannot read is of no use to us.
        let _unreadable = roots.add(certificate);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    #[allow(clippy::disallowed_methods, reason = "this is the one place that builds the client")]
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(64)
        .tcp_nodelay(true)
        .user_agent(PRODUCT)
        .build()
        .map_err(|error| error.to_string())
}
