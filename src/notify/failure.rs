//! Describes why a call got no answer.

use rustls::{AlertDescription, CertificateError, Error as TlsError};

/// Describes a client error by its innermost cause, and tells whether another attempt may succeed.
pub fn describe(peer: &str, error: &reqwest::Error) -> (String, bool) {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    let mut tls = None;
    loop {
        tls = tls.or_else(|| within(cause));
        match cause.source() {
            Some(deeper) => cause = deeper,
            None => break,
        }
    }
    let cause = tls.and_then(|error| of_tls(peer, error)).unwrap_or_else(|| cause.to_string());
    let what = if error.is_connect() {
        "no connection"
    } else if error.is_builder() || error.is_request() && error.url().is_none() {
        return (format!("not sent: {cause}"), false);
    } else {
        "no usable answer"
    };
    (format!("{what}: {cause}"), true)
}

/// The TLS error that an error is or wraps; an I/O error does not name the one it wraps as its source.
fn within<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a TlsError> {
    if let Some(found) = error.downcast_ref::<TlsError>() {
        return Some(found);
    }
    within(error.downcast_ref::<std::io::Error>()?.get_ref()?)
}

/// Describes a TLS error, if its own text does not say what to do.
fn of_tls(peer: &str, error: &TlsError) -> Option<String> {
    use CertificateError as Wrong;
    Some(match error {
        TlsError::InvalidCertificate(wrong) => {
            let wrong = match wrong {
                // A bad signature: another authority with the same name is trusted.
                Wrong::UnknownIssuer | Wrong::BadSignature => "its issuer is unknown (tls.ca adds one)".to_owned(),
                Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired".to_owned(),
                Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
                Wrong::NotValidForName => "it is for another host".to_owned(),
                Wrong::NotValidForNameContext { expected, presented } => {
                    format!("it is not for {}, but for {}", expected.to_str(), listed(presented))
                }
                other => other.to_string(),
            };
            format!("the {peer}'s certificate is not trusted: {wrong}; tls.insecure trusts any")
        }
        TlsError::AlertReceived(AlertDescription::CertificateRequired) => {
            format!("the {peer} wants a client certificate (tls.client_cert, tls.client_key)")
        }
        TlsError::AlertReceived(
            alert @ (AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied),
        ) => format!("the {peer} refused the client certificate: {alert:?}"),
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => format!(
            "the {peer} broke the TLS handshake off; it may want a client certificate (tls.client_cert, tls.client_key)"
        ),
        TlsError::AlertReceived(alert) => format!("the {peer} broke the TLS handshake off: {alert:?}"),
        _ => return None,
    })
}

/// The names of a certificate, which rustls writes as `DnsName("localhost")`.
fn listed(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner.trim_end_matches(')'));
        inner.trim_matches('"').to_owned()
    };
    if presented.is_empty() { "no name".to_owned() } else { presented.iter().map(bare).collect::<Vec<_>>().join(", ") }
}
