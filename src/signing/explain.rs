//! Explains why a received notification does not verify, in words that a receiver's author can act on.

use serde::Serialize;
use utoipa::ToSchema;

use super::header::header;
use super::http_message;
use super::reason::{Diagnosis, VerificationReason};
use super::received::{ReceivedSignature, VerificationKey};
use super::scheme::Scheme;
use super::variant::{self, BodyChange};

/// A received notification, and what it should verify with.
#[derive(Debug)]
pub struct Received<'a> {
    /// The headers; names in lower case.
    pub headers: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
    /// The secrets or public keys, the newest first.
    pub keys: &'a [String],
    /// The method, for HTTP Message Signatures.
    pub method: &'a str,
    /// The whole URL, for HTTP Message Signatures.
    pub url: &'a str,
    /// The receiver's clock, in seconds since 1970.
    pub now: i64,
    /// How far the timestamp may be from it, in seconds.
    pub tolerance: i64,
    /// The delivery with this `webhook-id`, if the sandbox sent one.
    pub known: Option<Known<'a>>,
}

/// What the sandbox knows of the delivery.
#[derive(Debug)]
pub struct Known<'a> {
    /// The body as it was sent.
    pub body: &'a [u8],
    /// The secrets that sign now: the newest, and the one before the rotation.
    pub keys: &'a [String],
}

/// The explanation of a received notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Whether it verifies.
    pub valid: bool,
    /// How it is signed; absent if the headers do not tell.
    pub scheme: Option<Scheme>,
    /// Why, for programs.
    pub reason: VerificationReason,
    /// Why, for people, and what to do.
    pub hint: String,
    /// The age of the timestamp in seconds; below 0 if it is in the future.
    pub skew_seconds: Option<i64>,
    /// The index of the secret that fits, from 0.
    pub secret: Option<usize>,
    /// Where the body differs from the one that was sent; only for a known delivery.
    pub first_difference: Option<Difference>,
}

/// The first byte in which two bodies differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Difference {
    /// Its offset, from 0.
    pub offset: usize,
    /// What was sent from there on, up to 32 bytes.
    pub sent: String,
    /// What was received from there on, up to 32 bytes.
    pub received: String,
}

/// Verifies a notification, or says why it does not verify.
pub fn explain(received: &Received<'_>) -> Explanation {
    let mut explanation = Explanation {
        valid: false,
        scheme: None,
        reason: VerificationReason::SignatureMismatch,
        hint: String::new(),
        skew_seconds: None,
        secret: None,
        first_difference: received.known.as_ref().and_then(|known| difference(known.body, received.body)),
    };
    (explanation.reason, explanation.hint) = judge(received, &mut explanation).unwrap_or_else(|wrong| wrong);
    explanation.valid = explanation.reason == VerificationReason::Valid;
    explanation
}

fn judge(received: &Received<'_>, explanation: &mut Explanation) -> Result<Diagnosis, Diagnosis> {
    explanation.scheme = Scheme::of(received.headers);
    let signed = ReceivedSignature::read(received.headers, received.method, received.url)?;
    let keys: Vec<VerificationKey> =
        received.keys.iter().map(|text| VerificationKey::read(text, &signed)).collect::<Result<_, _>>()?;
    let at: i64 = signed.timestamp.parse().map_err(|_| {
        let text = &signed.timestamp;
        (
            VerificationReason::MalformedTimestamp,
            format!("the timestamp {text:?} is not a number of seconds since 1970"),
        )
    })?;
    let skew = received.now.saturating_sub(at);
    explanation.skew_seconds = Some(skew);
    if let Some(index) = keys.iter().position(|key| signed.fits(key, &signed.timestamp, received.body)) {
        explanation.secret = Some(index);
        if explanation.scheme == Some(Scheme::HttpMessageSignatures)
            && header(received.headers, "content-digest")? != http_message::content_digest(received.body)
        {
            let hint = "the signature fits the body, but content-digest is not the sha-256 of it (RFC 9530)";
            return Err((VerificationReason::MalformedSignature, hint.to_owned()));
        }
        return Ok(in_time(at, skew, received.tolerance, index));
    }
    Err(seek(received, &signed, &keys, at))
}

/// Judges the timestamp of a notification whose signature fits.
fn in_time(at: i64, skew: i64, tolerance: i64, index: usize) -> Diagnosis {
    if skew.saturating_abs() <= tolerance {
        let which = if index == 0 { "" } else { " with an older secret of the list" };
        return (VerificationReason::Valid, format!("the signature verifies{which}"));
    }
    if at > MILLISECONDS {
        return (VerificationReason::TimestampInMilliseconds, in_milliseconds(at));
    }
    let (reason, word) = if skew > 0 {
        (VerificationReason::TimestampTooOld, "old")
    } else {
        (VerificationReason::TimestampTooNew, "ahead of the clock")
    };
    let hint = format!(
        "the signature fits, but its timestamp is {} seconds {word}, and {tolerance} are allowed: check the \
         receiver's clock, or whether the call was replayed; the timestamp is wall time unless signature_time is clock",
        skew.saturating_abs()
    );
    (reason, hint)
}

/// A number of seconds this large is in the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

fn in_milliseconds(at: i64) -> String {
    format!("the timestamp {at} counts milliseconds: seconds are expected, so {}", at / 1000)
}

/// Looks for the mistake that explains a signature that does not fit.
fn seek(received: &Received<'_>, signed: &ReceivedSignature, keys: &[VerificationKey], at: i64) -> Diagnosis {
    let (body, timestamp) = (received.body, signed.timestamp.as_str());
    if let Some(unhexed) = signed.unhexed() {
        let hint = "the signature is written in hex: write it in base64";
        if keys.iter().any(|key| unhexed.fits(key, timestamp, body)) {
            return (VerificationReason::SignatureInHex, format!("{hint}; it fits then"));
        }
        return (VerificationReason::SignatureInHex, format!("{hint}; even then it does not fit"));
    }
    for text in received.keys {
        let bare = text.strip_prefix("whsec_").unwrap_or(text);
        if signed.fits(&VerificationKey::Shared(bare.as_bytes().to_vec()), timestamp, body) {
            let hint = "it was signed with the secret's text: the key is what follows whsec_, decoded from base64";
            return (VerificationReason::SecretNotDecoded, hint.to_owned());
        }
        if signed.fits(&VerificationKey::Shared(text.as_bytes().to_vec()), timestamp, body) {
            let hint =
                "it was signed with the whole secret: take whsec_ off, and decode the rest from base64, for the key";
            return (VerificationReason::SecretWithPrefix, hint.to_owned());
        }
    }
    let fits = |timestamp: &str, body: &[u8]| keys.iter().any(|key| signed.fits(key, timestamp, body));
    if let Some((change, _)) = variant::originals(body).into_iter().find(|(_, body)| fits(timestamp, body)) {
        return changed(change);
    }
    if fits(&(at / 1000).to_string(), body) {
        return (VerificationReason::TimestampInMilliseconds, in_milliseconds(at));
    }
    if fits(&at.saturating_mul(1000).to_string(), body) {
        let hint = "it was signed over a timestamp in milliseconds, while the header counts seconds";
        return (VerificationReason::TimestampInMilliseconds, hint.to_owned());
    }
    match &received.known {
        Some(known) => compared(received, known, signed, &fits),
        None => (
            VerificationReason::SignatureMismatch,
            "no secret fits, and no delivery with this webhook-id is known to compare the body with: give the body's \
             bytes as they came, and the subscription's secret (signing.secret, else the account's signing_secret)"
                .to_owned(),
        ),
    }
}

/// Compares with the delivery that was sent: either the body or the secret is another one.
fn compared(
    received: &Received<'_>,
    known: &Known<'_>,
    signed: &ReceivedSignature,
    fits: &dyn Fn(&str, &[u8]) -> bool,
) -> Diagnosis {
    let timestamp = signed.timestamp.as_str();
    if fits(timestamp, known.body) {
        let json = |body| serde_json::from_slice::<serde_json::Value>(body).ok();
        return match (json(known.body), json(received.body)) {
            (Some(sent), Some(here)) if sent == here => changed(BodyChange::Reserialised),
            _ => {
                let hint = "the signature fits the body that was sent, and this is another: see first_difference";
                (VerificationReason::BodyAltered, hint.to_owned())
            }
        };
    }
    let signs =
        |text: &String| VerificationKey::read(text, signed).is_ok_and(|key| signed.fits(&key, timestamp, known.body));
    let is_same =
        if known.body == received.body { "the body is the one that was sent" } else { "the body differs too" };
    match known.keys.iter().position(signs) {
        Some(0) => {
            let hint = format!("another secret signed, the one the subscription has now; {is_same}");
            (VerificationReason::WrongSecret, hint)
        }
        Some(_) => {
            let hint = format!("the secret before the last rotation signed; {is_same}");
            (VerificationReason::OldSecret, hint)
        }
        None if known.body == received.body => {
            let hint = "the body is the one that was sent, but neither the secret given nor the subscription's fits: \
                        was it signed with an earlier one, or was the id, the timestamp or the signature changed?";
            (VerificationReason::WrongSecret, hint.to_owned())
        }
        None => {
            let hint = "the body is not the one that was sent (see first_difference), and no known secret fits either";
            (VerificationReason::BodyAltered, hint.to_owned())
        }
    }
}

fn changed(change: BodyChange) -> Diagnosis {
    let raw = "verify the bytes as they came, before anything parses them";
    match change {
        BodyChange::Reserialised => (
            VerificationReason::BodyReserialised,
            format!("the body was parsed and written again, with other bytes: {raw}"),
        ),
        BodyChange::NewlineTrimmed => {
            (VerificationReason::NewlineTrimmed, format!("a line break was cut off the body's end: {raw}"))
        }
        BodyChange::NewlineAdded => {
            (VerificationReason::NewlineAdded, format!("a line break was added to the body's end: {raw}"))
        }
    }
}

fn difference(sent: &[u8], received: &[u8]) -> Option<Difference> {
    let offset = sent
        .iter()
        .zip(received)
        .position(|(sent, received)| sent != received)
        .or_else(|| (sent.len() != received.len()).then(|| sent.len().min(received.len())))?;
    let from = |body: &[u8]| String::from_utf8_lossy(&body[offset..body.len().min(offset + 32)]).into_owned();
    Some(Difference { offset, sent: from(sent), received: from(received) })
}
