//! Why a received notification does not verify, in words a receiver's author can act on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

use super::http_message;
use super::received::{Key, Scheme, Signed, unread};
use super::variant::{self, Change};

/// What was received, and with what it should verify.
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
    /// The delivery with this `webhook-id`, where there is one.
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

/// Why a notification verifies, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It verifies.
    Valid,
    /// A header is missing.
    MissingHeader,
    /// The timestamp is not a number.
    MalformedTimestamp,
    /// The signature is not of a form any scheme has.
    MalformedSignature,
    /// A secret or key is not of the form the scheme needs.
    MalformedSecret,
    /// The timestamp counts milliseconds; seconds are expected.
    TimestampInMilliseconds,
    /// It fits, but is too old.
    TimestampTooOld,
    /// It fits, but is from the future.
    TimestampTooNew,
    /// The signature is written in hex; base64 is expected.
    SignatureInHex,
    /// The secret's base64 text was the key; its decoded bytes are.
    SecretNotDecoded,
    /// The secret with its prefix was the key.
    SecretWithPrefix,
    /// The body was parsed and written again.
    BodyReserialised,
    /// A line break was cut off the body.
    NewlineTrimmed,
    /// A line break was added to the body.
    NewlineAdded,
    /// The secret before the rotation signed.
    OldSecret,
    /// Another secret signed.
    WrongSecret,
    /// The body is not the one that was sent.
    BodyAltered,
    /// Nothing that was tried fits.
    SignatureMismatch,
}

/// The verdict on a received notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Whether it verifies.
    pub valid: bool,
    /// How it is signed; none where that cannot be told.
    pub scheme: Option<Scheme>,
    /// Why, as a word.
    pub reason: Reason,
    /// Why, and what to do.
    pub hint: String,
    /// How old the timestamp is, in seconds; below 0 where it is from the future.
    pub skew_seconds: Option<i64>,
    /// Which of the secrets fits, from 0.
    pub secret: Option<usize>,
    /// Where the body differs from the one that was sent; the delivery must be known.
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
    let mut told = Explanation {
        valid: false,
        scheme: None,
        reason: Reason::SignatureMismatch,
        hint: String::new(),
        skew_seconds: None,
        secret: None,
        first_difference: received.known.as_ref().and_then(|known| difference(known.body, received.body)),
    };
    (told.reason, told.hint) = judge(received, &mut told).unwrap_or_else(|wrong| wrong);
    told.valid = told.reason == Reason::Valid;
    told
}

type Verdict = (Reason, String);

fn judge(received: &Received<'_>, told: &mut Explanation) -> Result<Verdict, Verdict> {
    told.scheme = Scheme::of(received.headers);
    let signed = Signed::read(received.headers, received.method, received.url)?;
    let keys: Vec<Key> = received.keys.iter().map(|text| Key::read(text, &signed)).collect::<Result<_, _>>()?;
    let at: i64 = signed.timestamp.parse().map_err(|_| {
        let text = &signed.timestamp;
        (Reason::MalformedTimestamp, format!("the timestamp {text:?} is not a number of seconds since 1970"))
    })?;
    let skew = received.now.saturating_sub(at);
    told.skew_seconds = Some(skew);
    if let Some(index) = keys.iter().position(|key| signed.fits(key, &signed.timestamp, received.body)) {
        told.secret = Some(index);
        if told.scheme == Some(Scheme::HttpMessageSignatures)
            && header(received.headers, "content-digest")? != http_message::content_digest(received.body)
        {
            let hint = "the signature fits the body, but content-digest is not the sha-256 of it (RFC 9530)";
            return Err((Reason::MalformedSignature, hint.to_owned()));
        }
        return Ok(in_time(at, skew, received.tolerance, index));
    }
    Err(seek(received, &signed, &keys, at))
}

/// The signature fits: does the time?
fn in_time(at: i64, skew: i64, tolerance: i64, index: usize) -> Verdict {
    if skew.saturating_abs() <= tolerance {
        let which = if index == 0 { "" } else { " with an older secret of the list" };
        return (Reason::Valid, format!("the signature verifies{which}"));
    }
    if at > MILLISECONDS {
        return (Reason::TimestampInMilliseconds, in_milliseconds(at));
    }
    let (reason, word) =
        if skew > 0 { (Reason::TimestampTooOld, "old") } else { (Reason::TimestampTooNew, "ahead of the clock") };
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

/// The signature does not fit: what would?
fn seek(received: &Received<'_>, signed: &Signed, keys: &[Key], at: i64) -> Verdict {
    let (body, timestamp) = (received.body, signed.timestamp.as_str());
    if let Some(unhexed) = signed.unhexed() {
        let hint = "the signature is written in hex: write it in base64";
        if keys.iter().any(|key| unhexed.fits(key, timestamp, body)) {
            return (Reason::SignatureInHex, format!("{hint}; it fits then"));
        }
        return (Reason::SignatureInHex, format!("{hint}; even then it does not fit"));
    }
    for text in received.keys {
        let bare = text.strip_prefix("whsec_").unwrap_or(text);
        if signed.fits(&Key::Shared(bare.as_bytes().to_vec()), timestamp, body) {
            let hint = "it was signed with the secret's text: the key is what follows whsec_, decoded from base64";
            return (Reason::SecretNotDecoded, hint.to_owned());
        }
        if signed.fits(&Key::Shared(text.as_bytes().to_vec()), timestamp, body) {
            let hint =
                "it was signed with the whole secret: take whsec_ off, and decode the rest from base64, for the key";
            return (Reason::SecretWithPrefix, hint.to_owned());
        }
    }
    let fits = |timestamp: &str, body: &[u8]| keys.iter().any(|key| signed.fits(key, timestamp, body));
    if let Some((change, _)) = variant::originals(body).into_iter().find(|(_, body)| fits(timestamp, body)) {
        return changed(change);
    }
    if fits(&(at / 1000).to_string(), body) {
        return (Reason::TimestampInMilliseconds, in_milliseconds(at));
    }
    if fits(&at.saturating_mul(1000).to_string(), body) {
        let hint = "it was signed over a timestamp in milliseconds, while the header counts seconds";
        return (Reason::TimestampInMilliseconds, hint.to_owned());
    }
    match &received.known {
        Some(known) => compared(received, known, signed, &fits),
        None => (
            Reason::SignatureMismatch,
            "no secret fits, and no delivery with this webhook-id is known to compare the body with: give the body's \
             bytes as they came, and the subscription's secret (signing.secret, else the account's signing_secret)"
                .to_owned(),
        ),
    }
}

/// The delivery is known: is it the body, or the secret?
fn compared(
    received: &Received<'_>,
    known: &Known<'_>,
    signed: &Signed,
    fits: &dyn Fn(&str, &[u8]) -> bool,
) -> Verdict {
    let timestamp = signed.timestamp.as_str();
    if fits(timestamp, known.body) {
        let json = |body| serde_json::from_slice::<serde_json::Value>(body).ok();
        return match (json(known.body), json(received.body)) {
            (Some(sent), Some(here)) if sent == here => changed(Change::Reserialised),
            _ => {
                let hint = "the signature fits the body that was sent, and this is another: see first_difference";
                (Reason::BodyAltered, hint.to_owned())
            }
        };
    }
    let signs = |text: &String| Key::read(text, signed).is_ok_and(|key| signed.fits(&key, timestamp, known.body));
    let is_same =
        if known.body == received.body { "the body is the one that was sent" } else { "the body differs too" };
    match known.keys.iter().position(signs) {
        Some(0) => {
            let hint = format!("another secret signed, the one the subscription has now; {is_same}");
            (Reason::WrongSecret, hint)
        }
        Some(_) => {
            let hint = format!("the secret before the last rotation signed; {is_same}");
            (Reason::OldSecret, hint)
        }
        None if known.body == received.body => {
            let hint = "the body is the one that was sent, but neither the secret given nor the subscription's fits: \
                        was it signed with an earlier one, or was the id, the timestamp or the signature changed?";
            (Reason::WrongSecret, hint.to_owned())
        }
        None => {
            let hint = "the body is not the one that was sent (see first_difference), and no known secret fits either";
            (Reason::BodyAltered, hint.to_owned())
        }
    }
}

fn changed(change: Change) -> Verdict {
    let raw = "verify the bytes as they came, before anything parses them";
    match change {
        Change::Reserialised => {
            (Reason::BodyReserialised, format!("the body was parsed and written again, with other bytes: {raw}"))
        }
        Change::NewlineTrimmed => (Reason::NewlineTrimmed, format!("a line break was cut off the body's end: {raw}")),
        Change::NewlineAdded => (Reason::NewlineAdded, format!("a line break was added to the body's end: {raw}")),
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

/// A signature in hex, as bytes.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() >= 64 && text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| (0..text.len()).step_by(2).filter_map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect())
}

/// Base64, with or without padding missing.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A header, or what to say without it.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Result<&'a str, Verdict> {
    headers
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .ok_or_else(|| (Reason::MissingHeader, unread(name)))
}
