//! How a document is written, and what is told of a text that is not.

use serde_saphyr::DuplicateKeyPolicy;

use super::mistake::Mistake;
use super::words::{json_words, yaml_words};

/// How deep a document may be nested: readers call themselves for each level.
pub const DEEPEST: usize = 64;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentFormat {
    /// YAML 1.2.
    Yaml,
    /// JSON.
    Json,
}

impl DocumentFormat {
    /// The format of a file by its name: `.json` is JSON, anything else is YAML.
    pub fn of(name: &str) -> Self {
        if name.to_ascii_lowercase().ends_with(".json") { Self::Json } else { Self::Yaml }
    }
}

/// Strict: `country: NO` is a text, not false (the Norway trap), and `007` keeps its zeros.
pub fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
    }
}

/// What is told of a text that is none.
pub fn json_fault(text: &str, error: &serde_json::Error) -> Mistake {
    let (line, column) = (error.line().max(1), error.column().max(1));
    Mistake { line, column, ..Mistake::at(text, 0, json_words(&error.to_string())) }
}

/// What is told of a text that is none.
pub fn yaml_fault(text: &str, error: &serde_saphyr::Error) -> Mistake {
    let place = error.location();
    let number = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1).max(1);
    let (line, column) = (number(place.map(|place| place.line())), number(place.map(|place| place.column())));
    Mistake { line, column, ..Mistake::at(text, 0, yaml_words(error.without_snippet())) }
}
