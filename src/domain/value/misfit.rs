//! What is wrong with one member: where it is, what was expected, what was sent.

use std::fmt;

use super::document::{listed, nearest};

/// A member that does not fit, of a body, a document or a setting: where, what was expected, what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The JSON path of the member, like `candidate.first_name`; empty for the whole body.
    pub path: String,
    /// What the contract asks for.
    pub expected: String,
    /// What came instead, shortened.
    pub sent: String,
}

impl Misfit {
    /// A name that is none of those that are known, with the nearest of them.
    pub fn unknown(path: &str, name: &str, known: &[&str]) -> Self {
        let meant = nearest(name, known).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        Self { path: path.to_owned(), expected: listed(known), sent: format!("{name:?}{meant}") }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "body" } else { &self.path };
        write!(f, "{path}: expected {}, got {}", self.expected, self.sent)
    }
}
