//! Reading a matcher as it is written.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::Matcher;
use crate::domain::value::misfit::Misfit;

/// The names that make an object a matcher of another kind than its members.
pub const NAMES: [&str; 6] = ["matches", "contains", "present", "at_least", "at_most", "each"];

/// How deep a matcher may be.
const DEEPEST: usize = 64;

/// The longest pattern, in bytes.
const LONGEST_PATTERN: usize = 1024;

impl Matcher {
    /// The matcher that a value is written as.
    ///
    /// # Errors
    /// Every member that does not fit, by its path.
    pub fn read(written: &Value) -> Result<Self, Vec<Misfit>> {
        let mut misfits = Vec::new();
        let matcher = read(written, "", 0, &mut misfits);
        if misfits.is_empty() { Ok(matcher) } else { Err(misfits) }
    }
}

fn read(written: &Value, path: &str, depth: usize, misfits: &mut Vec<Misfit>) -> Matcher {
    if depth == DEEPEST {
        misfits.push(misfit(path, &format!("at most {DEEPEST} levels"), "more"));
        return Matcher::Present(true);
    }
    match written {
        Value::Array(some) => {
            let one = |(index, one): (usize, &Value)| read(one, &format!("{path}[{index}]"), depth + 1, misfits);
            Matcher::OneOf(some.iter().enumerate().map(one).collect())
        }
        Value::Object(object) => {
            let named: Vec<_> = object.keys().filter(|name| NAMES.contains(&name.as_str())).collect();
            if named.is_empty() {
                return members(object, path, depth, misfits);
            }
            if named.len() < object.len() {
                let others: Vec<_> = object.keys().filter(|name| !named.contains(name)).map(String::as_str).collect();
                let expected = format!("{} alone, or members alone", named[0]);
                misfits.push(misfit(path, &expected, &format!("{} beside it", others.join(", "))));
            }
            let mut all: Vec<_> = object
                .iter()
                .filter(|(name, _)| NAMES.contains(&name.as_str()))
                .map(|(name, value)| kind(name, value, &format!("{}{name}", prefix(path)), depth, misfits))
                .collect();
            if all.len() == 1 { all.remove(0) } else { Matcher::All(all) }
        }
        value => Matcher::Equal(value.clone()),
    }
}

fn members(object: &Map<String, Value>, path: &str, depth: usize, misfits: &mut Vec<Misfit>) -> Matcher {
    let exactly = match object.get("exactly") {
        None => false,
        Some(Value::Bool(exactly)) => *exactly,
        Some(other) => {
            misfits.push(misfit(&format!("{}exactly", prefix(path)), "true or false", &other.to_string()));
            false
        }
    };
    let others = object.iter().filter(|(name, _)| *name != "exactly");
    let member = |(name, value): (&String, &Value)| {
        (name.clone(), read(value, &format!("{}{name}", prefix(path)), depth + 1, misfits))
    };
    Matcher::Members { members: others.map(member).collect(), exactly }
}

fn kind(name: &str, value: &Value, path: &str, depth: usize, misfits: &mut Vec<Misfit>) -> Matcher {
    let matcher = match (name, value) {
        ("matches", Value::String(pattern)) if pattern.len() <= LONGEST_PATTERN => match Regex::new(pattern) {
            Ok(pattern) => Some(Matcher::Matches(pattern)),
            Err(_) => None,
        },
        ("contains", part) => Some(Matcher::Contains(Box::new(read(part, path, depth + 1, misfits)))),
        ("each", one) => Some(Matcher::Each(Box::new(read(one, path, depth + 1, misfits)))),
        ("present", Value::Bool(present)) => Some(Matcher::Present(*present)),
        ("at_least", Value::Number(least)) => least.as_f64().map(Matcher::AtLeast),
        ("at_most", Value::Number(most)) => most.as_f64().map(Matcher::AtMost),
        _ => None,
    };
    matcher.unwrap_or_else(|| {
        let expected = match name {
            "matches" => "a regular expression of at most 1024 bytes",
            "present" => "true or false",
            _ => "a number",
        };
        misfits.push(misfit(path, expected, &value.to_string()));
        Matcher::Present(true)
    })
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}.") }
}

fn misfit(path: &str, expected: &str, sent: &str) -> Misfit {
    Misfit { path: path.to_owned(), expected: expected.to_owned(), sent: sent.to_owned() }
}
