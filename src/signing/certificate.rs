//! Certificates and keys, read from the PEM of a subscription's `tls`.

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// The PEM texts of a subscription's `tls`.
#[derive(Clone, Copy, Default)]
pub struct Pem<'a> {
    /// The client certificate for servers that ask for one: the certificate first, then its issuers.
    pub client_cert: Option<&'a str>,
    /// The private key of `client_cert`.
    pub client_key: Option<&'a str>,
    /// Authorities that are trusted in addition to the usual ones.
    pub ca: Option<&'a str>,
}

/// What a TLS client needs.
#[derive(Debug)]
pub struct Material {
    /// The authorities that it trusts in addition to the usual ones.
    pub authorities: Vec<CertificateDer<'static>>,
    /// The client certificate for servers that ask for one.
    pub identity: Option<CertifiedKey>,
}

/// Reads the PEM texts; no error contains the text of a key.
///
/// # Errors
/// The member that does not fit, and what was expected.
pub fn read(tls: Pem<'_>) -> Result<Material, String> {
    let authorities = match tls.ca {
        Some(pem) => certificates("tls.ca", pem)?,
        None => Vec::new(),
    };
    for authority in &authorities {
        RootCertStore::empty().add(authority.clone()).map_err(|_| "tls.ca: expected X.509 certificates".to_owned())?;
    }
    let identity = match (tls.client_cert, tls.client_key) {
        (Some(chain), Some(key)) => Some(identity(chain, key)?),
        (Some(_), None) => return Err("tls.client_key: expected the private key of tls.client_cert".to_owned()),
        (None, Some(_)) => return Err("tls.client_cert: expected the certificate of tls.client_key".to_owned()),
        (None, None) => None,
    };
    Ok(Material { authorities, identity })
}

fn certificates(member: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    match CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>() {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(format!("{member}: expected certificates in PEM (-----BEGIN CERTIFICATE-----)")),
    }
}

fn identity(chain: &str, key: &str) -> Result<CertifiedKey, String> {
    let unreadable = || "tls.client_key: expected a private key in PEM, not encrypted".to_owned();
    let chain = certificates("tls.client_cert", chain)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| unreadable())?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            "tls.client_key: expected the key of tls.client_cert, got another".to_owned()
        }
        rustls::Error::InvalidCertificate(_) => "tls.client_cert: expected an X.509 certificate first".to_owned(),
        _ => unreadable(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pem_is_named() {
        let garbage = Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let none = Pem::default();
        for (tls, member) in [
            (Pem { ca: Some(""), ..none }, "tls.ca: "),
            (Pem { ca: garbage, ..none }, "tls.ca: "),
            (Pem { client_cert: Some("x"), ..none }, "tls.client_key: "),
            (Pem { client_key: Some("x"), ..none }, "tls.client_cert: "),
            (Pem { client_cert: Some("x"), client_key: Some("s3cret"), ..none }, "tls.client_cert: "),
            (Pem { client_cert: garbage, client_key: Some("s3cret"), ..none }, "tls.client_key: "),
        ] {
            let wrong = read(tls).err().unwrap_or_default();
            assert!(wrong.starts_with(member) && !wrong.contains("s3cret"), "{member}{wrong}");
        }
        assert!(read(none).is_ok());
    }
}
