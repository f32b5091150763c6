//! The reasons why a received notification verifies or does not.

use serde::Serialize;
use utoipa::ToSchema;

/// Why a notification verifies, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationReason {
    /// It verifies.
    Valid,
    /// A header is missing.
    MissingHeader,
    /// The timestamp is not a number.
    MalformedTimestamp,
    /// The signature has a form that no scheme uses.
    MalformedSignature,
    /// A secret or key does not have the form that the scheme needs.
    MalformedSecret,
    /// The timestamp counts milliseconds; seconds are expected.
    TimestampInMilliseconds,
    /// The signature fits, but its timestamp is too old.
    TimestampTooOld,
    /// The signature fits, but its timestamp is in the future.
    TimestampTooNew,
    /// The signature is written in hex; base64 is expected.
    SignatureInHex,
    /// The secret's base64 text was used as the key, instead of its decoded bytes.
    SecretNotDecoded,
    /// The whole secret, with its prefix, was used as the key.
    SecretWithPrefix,
    /// The body was parsed and written again.
    BodyReserialised,
    /// A line break was cut off the body.
    NewlineTrimmed,
    /// A line break was added to the body.
    NewlineAdded,
    /// The secret from before the last rotation signed.
    OldSecret,
    /// Another secret signed.
    WrongSecret,
    /// The body is not the one that was sent.
    BodyAltered,
    /// Nothing that was tried fits.
    SignatureMismatch,
}

/// A reason, and a hint in words that says what to do.
pub(super) type Diagnosis = (VerificationReason, String);
