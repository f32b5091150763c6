//! Bearer tokens: a row of their account that keeps its text; of one that ended only its hash and the cause are kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::record::Record;
use crate::domain::value::hash::Hash;
use crate::domain::value::stamp::Timestamp;

/// An access token with its refresh token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The access token itself.
    pub access: String,
    /// Its refresh token, where the grant gives one.
    pub refresh: Option<String>,
    /// The application's key; `None` for a static token, which stands for the first application.
    pub consumer_key: Option<String>,
    /// The user; `None` for a static token, which acts as the first user.
    pub username: Option<String>,
    /// Its scope.
    pub scope: String,
    /// When it ends; a static token never does.
    pub expires: Option<Timestamp>,
    /// When its refresh token ends.
    pub refresh_expires: Option<Timestamp>,
    /// The newest of its holder: it is handed out again while it is valid long enough, and the refresh tokens of the
    /// others are superseded.
    pub is_newest: bool,
}

/// Whom a token is issued to: consumer key, user, scope.
pub type Holder = (String, String, String);

/// A token that works no more, by the hash of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedToken {
    /// The hash of the access or the refresh token.
    pub hash: Hash,
    /// Why it ended.
    pub cause: EndCause,
}

/// Why a token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Its time was over.
    Expired,
    /// It was revoked.
    Revoked,
    /// Its refresh token was used.
    Used,
    /// The keys or the user it was issued to are gone.
    Orphaned,
}

impl Record for Token {
    type Id = String;

    fn id(&self) -> String {
        self.access.clone()
    }
}

impl Record for EndedToken {
    type Id = Hash;

    fn id(&self) -> Hash {
        self.hash
    }
}

/// Secrets stay out of debug output.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("username", &self.username)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// A token that never ends, for the first user and the first application.
    pub fn fixed(access: String) -> Self {
        Self {
            access,
            refresh: None,
            consumer_key: None,
            username: None,
            scope: "default".to_owned(),
            expires: None,
            refresh_expires: None,
            is_newest: false,
        }
    }

    /// Whether it never ends.
    pub fn is_static(&self) -> bool {
        self.expires.is_none()
    }

    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.access.as_str()).chain(self.refresh.as_deref())
    }

    /// Its holder, if it is the newest of it.
    pub fn holder(&self) -> Option<Holder> {
        let (key, user) = (self.consumer_key.clone()?, self.username.clone().unwrap_or_default());
        self.is_newest.then(|| (key, user, self.scope.clone()))
    }

    /// When neither it nor its refresh token works any more; `None` if never.
    pub fn end(&self) -> Option<Timestamp> {
        let access = self.expires?;
        Some(self.refresh_expires.map_or(access, |refresh| refresh.max(access)))
    }
}
