//! What a value has to be, as it is written in a query: the one language of `/requests/find`, scenarios and their like.

mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use regex_lite::Regex;
use serde_json::Value;

use super::document::listed;

/// What a value has to be.
///
/// Source: scenarios.md §1. Assumed: a list of a query that meets a list is compared item by item, too.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// This value; numbers by what they are worth.
    Equal(Value),
    /// One of these, or the list of them all.
    OneOf(Vec<Matcher>),
    /// A text that the pattern finds something in.
    Matches(Regex),
    /// A text with this part, or a list with such an item.
    Contains(Box<Matcher>),
    /// There, or not there; null is not there.
    Present(bool),
    /// A number, or the length of a text or list, of at least that.
    AtLeast(f64),
    /// A number, or the length of a text or list, of at most that.
    AtMost(f64),
    /// A list whose items are all such.
    Each(Box<Matcher>),
    /// All of these.
    All(Vec<Matcher>),
    /// An object with these members, and with no others where it is meant exactly.
    Members {
        /// The members, in the order they were written.
        members: Vec<(String, Matcher)>,
        /// Whether others are wrong.
        exactly: bool,
    },
}

/// A value that is not what it has to be.
#[derive(Debug)]
pub struct Mismatch<'a> {
    /// Where, as a JSON Pointer; empty for the whole value.
    pub pointer: String,
    /// What it has to be; `None` where nothing may be.
    wanted: Option<&'a Matcher>,
    /// What it is; `None` where there is nothing.
    pub got: Option<&'a Value>,
}

impl Mismatch<'_> {
    /// What it has to be, in words.
    pub fn expected(&self) -> String {
        self.wanted.map_or_else(|| "nothing".to_owned(), Matcher::to_string)
    }
}

impl Matcher {
    /// Whether a value is what it has to be.
    pub fn takes(&self, value: Option<&Value>) -> bool {
        self.mismatches(value).is_empty()
    }

    /// All that is not what it has to be, in the order of the query.
    pub fn mismatches<'a>(&'a self, value: Option<&'a Value>) -> Vec<Mismatch<'a>> {
        let mut mismatches = Vec::new();
        self.compare(value, "", &mut mismatches);
        mismatches
    }

    fn compare<'a>(&'a self, value: Option<&'a Value>, pointer: &str, mismatches: &mut Vec<Mismatch<'a>>) {
        let value = value.filter(|value| !value.is_null() || matches!(self, Self::Equal(Value::Null)));
        let fits = match (self, value) {
            (Self::Equal(wanted), value) => equal(wanted, value.unwrap_or(&Value::Null)),
            (Self::Present(wanted), value) => value.is_some() == *wanted,
            (Self::All(all), _) => {
                for one in all {
                    one.compare(value, pointer, mismatches);
                }
                return;
            }
            (Self::Members { members, exactly }, Some(Value::Object(object))) => {
                for (name, wanted) in members {
                    wanted.compare(object.get(name), &format!("{pointer}/{}", escaped(name)), mismatches);
                }
                let others =
                    object.iter().filter(|(name, _)| *exactly && !members.iter().any(|(known, _)| known == *name));
                for (name, value) in others {
                    let pointer = format!("{pointer}/{}", escaped(name));
                    mismatches.push(Mismatch { pointer, wanted: None, got: Some(value) });
                }
                return;
            }
            (Self::Each(wanted), Some(Value::Array(items))) => {
                for (index, item) in items.iter().enumerate() {
                    wanted.compare(Some(item), &format!("{pointer}/{index}"), mismatches);
                }
                return;
            }
            (Self::OneOf(some), Some(Value::Array(items))) if !some.iter().any(|one| one.takes(value)) => {
                if some.len() == items.len() {
                    for (index, (wanted, item)) in some.iter().zip(items).enumerate() {
                        wanted.compare(Some(item), &format!("{pointer}/{index}"), mismatches);
                    }
                    return;
                }
                false
            }
            (Self::OneOf(some), value) => some.iter().any(|one| one.takes(value)),
            (Self::Matches(pattern), Some(Value::String(text))) => pattern.is_match(text),
            (Self::Contains(part), Some(Value::String(text))) => {
                matches!(&**part, Self::Equal(Value::String(part)) if text.contains(part.as_str()))
            }
            (Self::Contains(item), Some(Value::Array(items))) => items.iter().any(|one| item.takes(Some(one))),
            (Self::AtLeast(least), Some(value)) => measure(value).is_some_and(|found| found >= *least),
            (Self::AtMost(most), Some(value)) => measure(value).is_some_and(|found| found <= *most),
            _ => false,
        };
        if !fits {
            mismatches.push(Mismatch { pointer: pointer.to_owned(), wanted: Some(self), got: value });
        }
    }
}

/// Equal in JSON's sense: 5 and 5.0 are one number, and the order of members says nothing.
fn equal(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(wanted), Value::Number(value)) => wanted == value || wanted.as_f64() == value.as_f64(),
        (Value::Array(wanted), Value::Array(value)) => {
            wanted.len() == value.len() && wanted.iter().zip(value).all(|(wanted, value)| equal(wanted, value))
        }
        (Value::Object(wanted), Value::Object(value)) => {
            wanted.len() == value.len()
                && wanted.iter().all(|(name, wanted)| value.get(name).is_some_and(|value| equal(wanted, value)))
        }
        _ => wanted == value,
    }
}

/// What a bound is held against.
fn measure(value: &Value) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "no text or list is that long")]
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => Some(text.chars().count() as f64),
        Value::Array(items) => Some(items.len() as f64),
        _ => None,
    }
}

/// A name as a JSON Pointer has it (RFC 6901 section 3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(value) => write!(f, "{value}"),
            Self::OneOf(some) => {
                let some: Vec<_> = some.iter().map(Self::to_string).collect();
                f.write_str(&listed(&some.iter().map(String::as_str).collect::<Vec<_>>()))
            }
            Self::Matches(pattern) => write!(f, "a text that matches {:?}", pattern.as_str()),
            Self::Contains(part) => write!(f, "something that contains {part}"),
            Self::Present(true) => f.write_str("a value"),
            Self::Present(false) => f.write_str("nothing"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::Each(one) => write!(f, "a list whose items are each {one}"),
            Self::All(all) => {
                for (index, one) in all.iter().enumerate() {
                    write!(f, "{}{one}", if index == 0 { "" } else { " and " })?;
                }
                Ok(())
            }
            Self::Members { members, .. } => {
                let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
                write!(
                    f,
                    "an object with {}",
                    if names.is_empty() { "any members".to_owned() } else { names.join(", ") }
                )
            }
        }
    }
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "the value" } else { &self.pointer };
        write!(f, "{pointer}: expected {}, got ", self.expected())?;
        match self.got {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("nothing"),
        }
    }
}
