//! The TLS settings of HTTPS: certificates from files or generated at start, and client certificates.

use std::path::Path;
use std::sync::Arc;

use chrono::Datelike as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::config::edge::{ClientCertificates, HttpsConfig, ServerIdentity};
use crate::service::clock;

/// The life of a certificate that is generated at start; browsers refuse more than 398 days.
const DAYS: i64 = 365;

/// The TLS configuration of the HTTPS socket, and the authority in PEM if one was generated.
///
/// # Errors
/// A file that does not fit, in words, with the setting's name.
pub fn config(tls: &HttpsConfig) -> Result<(ServerConfig, Option<String>), String> {
    let (chain, key, authority) = match &tls.identity {
        ServerIdentity::Files { cert, key } => {
            let read = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| format!("tls-key: no private key in {}: {error}", key.display()))?;
            (certificates("tls-cert", cert)?, read, None)
        }
        ServerIdentity::SelfSigned => {
            let made = generate(names(tls)).map_err(|error| format!("tls-self-signed: {error}"))?;
            (vec![made.leaf], made.key, Some(made.authority))
        }
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match &tls.clients {
        None => builder.with_no_client_auth(),
        Some(ClientCertificates { ca, is_required }) => {
            let wrong = |error: &dyn std::fmt::Display| format!("tls-client-ca: {}: {error}", ca.display());
            let mut roots = RootCertStore::empty();
            for certificate in certificates("tls-client-ca", ca)? {
                roots.add(certificate).map_err(|_| wrong(&"expected X.509 certificates"))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if *is_required { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| wrong(&error))?)
        }
    };
    let config = builder.with_single_cert(chain, key).map_err(|error| match &tls.identity {
        ServerIdentity::Files { cert, key } => {
            format!("tls-cert and tls-key: {} and {} do not fit each other", cert.display(), key.display())
        }
        ServerIdentity::SelfSigned => format!("tls-self-signed: {error}"),
    })?;
    Ok((config, authority))
}

fn certificates(name: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(chain) if chain.is_empty() => Err(format!("{name}: no certificate in {}", path.display())),
        Ok(chain) => Ok(chain),
        Err(error) => Err(format!("{name}: cannot read {}: {error}", path.display())),
    }
}

struct GeneratedIdentity {
    authority: String,
    leaf: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// By what names clients call the server: this machine's, in a container its `hostname`, and the one of `public-url`.
fn names(tls: &HttpsConfig) -> Vec<String> {
    let listen = tls.listen.ip();
    let own = (!listen.is_unspecified()).then(|| listen.to_string());
    let machine = gethostname::gethostname().into_string().ok();
    let public = tls.public_host.clone();
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    for name in [own, machine, public].into_iter().flatten() {
        // Any of them that no certificate can hold is left out, rather than all of them.
        if !names.contains(&name) && ServerName::try_from(name.as_str()).is_ok() {
            names.push(name);
        }
    }
    names
}

/// Generates an authority and a certificate for these names. The authority's key is not kept.
fn generate(names: Vec<String>) -> Result<GeneratedIdentity, rcgen::Error> {
    let mut root = params(Vec::new(), "atlas-sandbox CA")?;
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root_key = KeyPair::generate()?;
    let authority = root.self_signed(&root_key)?.pem();
    let issuer = Issuer::new(root, root_key);
    let mut leaf = params(names, "atlas-sandbox")?;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &issuer)?.der().clone();
    Ok(GeneratedIdentity { authority, leaf, key: PrivateKeyDer::Pkcs8(key.serialize_der().into()) })
}

fn params(names: Vec<String>, common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    let day = |offset: i64| {
        let day = (clock::wall() + chrono::TimeDelta::days(offset)).date_naive();
        // Days and months are below 32: both fit.
        rcgen::date_time_ymd(day.year(), u8::try_from(day.month()).unwrap_or(1), u8::try_from(day.day()).unwrap_or(1))
    };
    (params.not_before, params.not_after) = (day(-1), day(DAYS));
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_is_for_the_machine_and_for_the_public_name() {
        let tls = |listen: &str, public: Option<&str>| HttpsConfig {
            listen: listen.parse().expect("an address"),
            port_file: None,
            identity: ServerIdentity::SelfSigned,
            public_host: public.map(str::to_owned),
            clients: None,
        };
        let machine = gethostname::gethostname().into_string().expect("a name");
        let all = names(&tls("10.0.0.7:0", Some("sandbox_1.internal")));
        for name in ["localhost", "127.0.0.1", "::1", "10.0.0.7", "sandbox_1.internal", &machine] {
            assert!(all.iter().any(|known| known == name), "{name}: {all:?}");
        }
        let all = names(&tls("0.0.0.0:0", Some("no name of a host")));
        assert!(!all.iter().any(|known| known == "0.0.0.0" || known.contains(' ')), "{all:?}");
        assert!(generate(all).is_ok());
    }
}
