//! Describes why a call got no answer.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::resolver::Unresolved;
use super::trust;

/// Describes a client error by its cause, and tells whether another attempt may succeed.
pub fn describe(peer: &str, error: &reqwest::Error) -> (String, bool) {
    let cause = cause(peer, error);
    let what = if error.is_connect() {
        "no connection"
    } else if error.is_builder() || error.is_request() && error.url().is_none() {
        return (format!("not sent: {cause}"), false);
    } else {
        "no usable answer"
    };
    (format!("{what}: {cause}"), true)
}

/// Why a call or the body of its answer went wrong, in words of ours.
pub fn cause(peer: &str, error: &reqwest::Error) -> String {
    if let Some(unresolved) = find::<Unresolved>(error) {
        return unresolved.to_string();
    }
    if let Some(error) = find(error) {
        return of_tls(peer, error);
    }
    if let Some(error) = find::<hyper::Error>(error)
        && let Some(words) = of_http(peer, error)
    {
        return words;
    }
    match find::<io::Error>(error) {
        Some(error) => of_io(peer, error.kind()),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None if error.is_builder() => "its URL or a header cannot be sent".to_owned(),
        None if error.is_decode() => format!("the {peer} sent something else than was expected"),
        None => format!("the exchange with the {peer} failed"),
    }
}

/// Whether a connection ended under a call before its answer came.
pub fn is_connection_lost(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    let is_ended = |error: &hyper::Error| error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    let is_broken = |error: &io::Error| {
        matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
    };
    !error.is_connect() && (find(error).is_some_and(is_ended) || find(error).is_some_and(is_broken))
}

/// The innermost error of a type that an error is or wraps.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    // An I/O error does not name the one it wraps as its source.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let deeper = match wrapped {
        Some(wrapped) => find::<E>(wrapped),
        None => error.source().and_then(find::<E>),
    };
    deeper.or_else(|| error.downcast_ref())
}

fn of_io(peer: &str, kind: io::ErrorKind) -> String {
    use io::ErrorKind as Kind;
    match kind {
        Kind::ConnectionRefused => "connection refused: nothing listens there".to_owned(),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::NotConnected => {
            format!("the {peer} broke the connection off")
        }
        Kind::UnexpectedEof => format!("the {peer} ended the connection too early"),
        Kind::TimedOut => "the connection timed out".to_owned(),
        // Plain words: host unreachable, network down, permission denied.
        Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::PermissionDenied
        | Kind::AddrNotAvailable => kind.to_string(),
        _ => format!("the connection to the {peer} failed"),
    }
}

/// Describes an HTTP error; `None` if its cause says more.
fn of_http(peer: &str, error: &hyper::Error) -> Option<String> {
    if error.is_parse() {
        Some(format!("what the {peer} answers is not HTTP/1.1, or its head is too large"))
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        Some(format!("the {peer} ended the connection before its answer was complete"))
    } else {
        None
    }
}

fn of_tls(peer: &str, error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(wrong) => {
            format!("the {peer}'s certificate is not trusted: {}; tls.insecure trusts any", of_certificate(wrong))
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
        ) => format!("the {peer} refused the client certificate: {}", alert_name(*alert)),
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => format!(
            "the {peer} broke the TLS handshake off; it may want a client certificate (tls.client_cert, tls.client_key)"
        ),
        TlsError::AlertReceived(alert) => format!("the {peer} broke the TLS handshake off: {}", alert_name(*alert)),
        TlsError::InvalidMessage(_) => format!("the {peer} does not speak TLS there (is its URL http://?)"),
        TlsError::PeerIncompatible(_) => {
            format!("the {peer} has no version of TLS, or no cipher, that the sandbox has (TLS 1.2 and 1.3)")
        }
        TlsError::NoCertificatesPresented => format!("the {peer} showed no certificate"),
        _ => format!("the TLS handshake with the {peer} failed"),
    }
}

/// The name of an alert: `UnknownCA` is `unknown_ca`.
///
/// Source: RFC 8446 §6.
fn alert_name(alert: AlertDescription) -> String {
    let camel = alert.as_str().unwrap_or("an unknown alert");
    let mut name = String::new();
    let mut was_small = false;
    for letter in camel.chars() {
        if letter.is_uppercase() && was_small {
            name.push('_');
        }
        was_small = letter.is_lowercase();
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// What is wrong with a certificate.
fn of_certificate(wrong: &CertificateError) -> String {
    use CertificateError as Wrong;
    let words = match wrong {
        // A bad signature: another authority with the same name is trusted.
        Wrong::UnknownIssuer | Wrong::BadSignature => "its issuer is unknown (tls.ca adds one)",
        Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired",
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "it is not valid yet",
        Wrong::NotValidForName => "it is for another host",
        Wrong::NotValidForNameContext { expected, presented } => {
            return format!("it is not for {}, but for {}", expected.to_str(), listed(presented));
        }
        Wrong::BadEncoding => "it is no X.509 certificate",
        Wrong::Revoked => "it was revoked",
        Wrong::UnhandledCriticalExtension => "it has a critical extension that is not known here",
        Wrong::InvalidPurpose | Wrong::InvalidPurposeContext { .. } => {
            "it is not one of a server (its extendedKeyUsage lacks serverAuth)"
        }
        Wrong::UnsupportedSignatureAlgorithmContext { .. }
        | Wrong::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed in a way that is not trusted any more, or not yet"
        }
        Wrong::Other(_) => match trust::pki(wrong) {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "it is one of an authority (basicConstraints CA:TRUE), which no server may show as its own: give that \
                 very certificate as tls.ca, or make one with -addext basicConstraints=CA:FALSE"
            }
            Some(webpki::Error::UnsupportedCertVersion) => {
                "it is of X.509 version 1 (made without extensions); version 3 is needed"
            }
            _ => "it breaks a rule of X.509",
        },
        _ => "it breaks a rule of X.509",
    };
    words.to_owned()
}

/// The names of a certificate, which rustls writes as `DnsName("localhost")`.
fn listed(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner.trim_end_matches(')'));
        inner.trim_matches('"').to_owned()
    };
    if presented.is_empty() { "no name".to_owned() } else { presented.iter().map(bare).collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        for (alert, name) in [
            (AlertDescription::UnknownCA, "unknown_ca"),
            (AlertDescription::BadCertificate, "bad_certificate"),
            (AlertDescription::NoApplicationProtocol, "no_application_protocol"),
        ] {
            assert_eq!(alert_name(alert), name);
        }
    }

    #[test]
    fn what_rustls_has_no_words_for_is_told_in_ours() {
        let other = |error: webpki::Error| CertificateError::Other(rustls::OtherError(std::sync::Arc::new(error)));
        for (wrong, words) in [
            (other(webpki::Error::CaUsedAsEndEntity), "basicConstraints CA:TRUE"),
            (other(webpki::Error::UnsupportedCertVersion), "X.509 version 1"),
            (other(webpki::Error::EmptyEkuExtension), "it breaks a rule of X.509"),
            (CertificateError::BadEncoding, "it is no X.509 certificate"),
            (CertificateError::InvalidPurpose, "serverAuth"),
        ] {
            let told = of_certificate(&wrong);
            assert!(told.contains(words) && !told.contains("Error"), "{told}");
        }
    }
}
