//! Answers that are given again to a call that comes again with the same `Idempotency-Key`.

use serde::{Deserialize, Serialize};

use crate::domain::record::Record;
use crate::domain::value::hash::Hash;

/// A call with an `Idempotency-Key`, and what it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The key.
    pub key: String,
    /// What was asked: the operation, what its path names, and the body.
    pub request: Hash,
    /// The body of the answer.
    pub answer: String,
}

impl Record for Answered {
    type Id = String;

    fn id(&self) -> String {
        self.key.clone()
    }
}
