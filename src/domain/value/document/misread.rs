//! Why a member does not fit its type, in our words.

use std::fmt;

use serde::de::{self, Unexpected};

use super::words;

/// Why a member does not fit.
#[derive(Debug, Clone)]
pub struct Misread {
    /// Why, in words.
    pub message: String,
    /// What may stand there, where that can be told apart.
    pub expected: Option<String>,
    /// The member; `None` until the error has left it.
    pub at: Option<Spot>,
    /// The key that is missing, where it is.
    pub missing: Option<&'static str>,
    /// The key that is not known, where it is.
    pub unknown: Option<String>,
    /// It is about the value that stands in for a missing one.
    pub is_supplied: bool,
}

/// A member, by its number, or its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The member itself.
    Value(usize),
    /// Its key.
    Key(usize),
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misread {}

impl Misread {
    /// Why, and what may stand there.
    pub fn new(message: String, expected: Option<String>) -> Self {
        Self { message, expected, at: None, missing: None, unknown: None, is_supplied: false }
    }

    /// What came in place of what is expected.
    pub fn of(got: &Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = words::expected(&expected.to_string());
        Self::new(format!("expected {expected}, got {}", words::got(got)), Some(expected))
    }

    /// Tells where it is, unless that is known.
    #[must_use]
    pub fn within(mut self, spot: Spot) -> Self {
        self.at.get_or_insert(spot);
        self
    }

    /// Whether it is the same as another one.
    pub fn is_like(&self, other: &Self) -> bool {
        self.at == other.at && self.message == other.message
    }

    fn of_name(what: &str, name: &str, known: &'static [&'static str]) -> Self {
        let expected = words::listed(known);
        let meant = words::nearest(name, known).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        let message = match what {
            "key" => format!("unknown key {name:?}, expected {expected}{meant}"),
            _ => format!("expected {expected}, got {name:?}{meant}"),
        };
        Self::new(message, Some(expected))
    }
}

impl de::Error for Misread {
    fn custom<T: fmt::Display>(said: T) -> Self {
        let said = said.to_string();
        let expected =
            said.strip_prefix("expected ").and_then(|rest| rest.split_once(", got ")).map(|(one, _)| one.to_owned());
        if said.starts_with("data did not match any variant of untagged enum") {
            return Self::new("expected one of the forms it may have, got another".to_owned(), None);
        }
        Self::new(said, expected)
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::of(&got, expected)
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::of(&got, expected)
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        let expected = words::expected(&expected.to_string());
        Self::new(format!("expected {expected}, got {length} items"), Some(expected))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::of_name("value", name, known)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self { unknown: Some(name.to_owned()), ..Self::of_name("key", name, known) }
    }

    fn missing_field(name: &'static str) -> Self {
        let message = format!("expected the key {name:?}, which is missing");
        Self { missing: Some(name), ..Self::new(message, Some(format!("the key {name:?}"))) }
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new(format!("the key {name:?} stands twice"), None)
    }
}
