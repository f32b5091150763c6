//! The fourteen cases: their names, what a sound receiver does, and what to do when one fails.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A case of the probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// As the sandbox sends it.
    Valid,
    /// A second attempt with the `webhook-id` of one that was answered.
    Duplicate,
    /// Signed ten minutes ago: a replay.
    StaleTimestamp,
    /// Signed ten minutes from now.
    FutureTimestamp,
    /// Signed with a key that the receiver does not know.
    WrongKey,
    /// Two signatures of a rotation, of which the receiver knows only the second key so far.
    OldKey,
    /// A member was changed after signing.
    AlteredBody,
    /// The same JSON, in other bytes than those that were signed.
    ReserialisedBody,
    /// Not signed at all.
    MissingSignature,
    /// A member that is not in the contract.
    UnknownMember,
    /// A reason that is not in the contract.
    UnknownChangeReason,
    /// An event, and then an older one.
    OutOfOrder,
    /// A body of the largest allowed size.
    LargeBody,
    /// Signed correctly, but with a `content-type` other than JSON.
    WrongContentType,
}

impl Case {
    /// All of them, in the order they are played.
    pub const ALL: [Self; 14] = [
        Self::Valid,
        Self::Duplicate,
        Self::StaleTimestamp,
        Self::FutureTimestamp,
        Self::WrongKey,
        Self::OldKey,
        Self::AlteredBody,
        Self::ReserialisedBody,
        Self::MissingSignature,
        Self::UnknownMember,
        Self::UnknownChangeReason,
        Self::OutOfOrder,
        Self::LargeBody,
        Self::WrongContentType,
    ];

    /// Its title, as the contract writes it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Duplicate => "duplicate",
            Self::StaleTimestamp => "stale timestamp",
            Self::FutureTimestamp => "future timestamp",
            Self::WrongKey => "wrong key",
            Self::OldKey => "old key in rotation",
            Self::AlteredBody => "altered body",
            Self::ReserialisedBody => "re-serialised body",
            Self::MissingSignature => "missing signature",
            Self::UnknownMember => "unknown member",
            Self::UnknownChangeReason => "unknown change_reason",
            Self::OutOfOrder => "out of order",
            Self::LargeBody => "1 MiB body",
            Self::WrongContentType => "wrong content type",
        }
    }

    /// Its name for command lines and files: the title without blanks.
    pub fn name(self) -> String {
        self.title().to_ascii_lowercase().replace([' ', '_'], "-")
    }

    /// Whether a sound receiver refuses it, so that it has no effect.
    pub fn is_refused(self) -> bool {
        match self {
            Self::Valid
            | Self::Duplicate
            | Self::OldKey
            | Self::UnknownMember
            | Self::UnknownChangeReason
            | Self::OutOfOrder
            | Self::LargeBody => false,
            Self::StaleTimestamp
            | Self::FutureTimestamp
            | Self::WrongKey
            | Self::AlteredBody
            | Self::ReserialisedBody
            | Self::MissingSignature
            | Self::WrongContentType => true,
        }
    }

    /// What a sound receiver does.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Valid | Self::OldKey | Self::UnknownMember | Self::UnknownChangeReason | Self::LargeBody => "200",
            Self::Duplicate => "200, and counted once",
            Self::OutOfOrder => "200, and the newer state stays",
            Self::StaleTimestamp
            | Self::FutureTimestamp
            | Self::WrongKey
            | Self::AlteredBody
            | Self::ReserialisedBody
            | Self::MissingSignature => "401 (or 400, 403)",
            Self::WrongContentType => "415 (or 400)",
        }
    }

    /// What to do when it fails.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Valid => {
                "answer 200, and nothing else, once the notification is stored; is the secret the one it is signed with?"
            }
            Self::Duplicate => {
                "remember each webhook-id you took; answer 200 to one you know, and do nothing: attempts are repeated"
            }
            Self::StaleTimestamp => {
                "refuse a webhook-timestamp more than 300 s behind your clock, or calls can be replayed"
            }
            Self::FutureTimestamp => "refuse a webhook-timestamp more than 300 s ahead of your clock as well",
            Self::WrongKey => {
                "refuse what your own secret did not sign: compare the MACs, do not only look for a header"
            }
            Self::OldKey => {
                "webhook-signature may hold several signatures with blanks between: accept when any of them fits any \
                 secret you know"
            }
            Self::AlteredBody => "the signature covers the body: compute it over what you received",
            Self::ReserialisedBody => "verify the bytes as they came, before anything parses them",
            Self::MissingSignature => "refuse a call without a signature: everyone can send those",
            Self::UnknownMember => "ignore members you do not know: new ones may come at any time",
            Self::UnknownChangeReason => {
                "store a reason you do not know and answer 200: a refused event waits in the error queue for ever"
            }
            Self::OutOfOrder => {
                "compare effective_date with what you have: an older event must not overwrite a newer one"
            }
            Self::LargeBody => "take bodies of 1 MiB; many frameworks stop at 100 KiB unless told otherwise",
            Self::WrongContentType => "refuse what is not application/json, before you parse it",
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Serialize for Case {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|case| case.name() == text || case.title() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|case| case.name()).collect();
            format!("expected {}; got {text:?}", known.join(", "))
        })
    }
}
