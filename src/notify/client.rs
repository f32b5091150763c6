//! The HTTP clients for notifications: one for each TLS setting, built on first use.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::Client;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::domain::record::authentication::Tls;
use crate::signing::certificate;

/// The `user-agent` of outgoing calls.
pub const PRODUCT: &str = concat!("atlas-sandbox/", env!("CARGO_PKG_VERSION"));

/// The most clients that are kept for TLS settings other than the default.
const KEPT: usize = 64;

type ClientResult = Result<Client, String>;

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

/// Builds a client that follows no redirects, uses no proxy and keeps connections open.
///
/// # Errors
/// Why TLS does not work, in words.
pub fn build() -> Result<Client, String> {
    with(&Tls::default())
}

/// Builds a client that trusts the authorities of a TLS setting and shows its certificate.
fn with(tls: &Tls) -> Result<Client, String> {
    let material = certificate::read(tls.pem())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if tls.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAnyCertificate(provider)))
    } else {
        let mut roots = usual_roots().clone();
        for authority in material.authorities {
            roots.add(authority).map_err(|error| format!("tls.ca: {error}"))?;
        }
        builder.with_root_certificates(roots)
    };
    let config = match material.identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
        None => builder.with_no_client_auth(),
    };
    #[allow(clippy::disallowed_methods, reason = "this is the one place that builds the client")]
    Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(64)
        .tcp_nodelay(true)
        .user_agent(PRODUCT)
        .build()
        .map_err(|error| error.to_string())
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

/// Accepts any certificate, for `tls.insecure`.
#[derive(Debug)]
struct AcceptAnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
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
