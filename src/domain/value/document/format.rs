//! How a document is written, and what is told of a text that is not.

use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{DuplicateKeyPolicy, Error};

use super::mistake::Mistake;
use super::words::{json_words, yaml_words};

/// How deep a document may be nested: readers call themselves for each level.
pub const DEEPEST: usize = 64;

/// The most keys and values of a YAML document together: each takes some hundred bytes while it is read, as all of them
/// stand in memory with their places.
pub const MOST_YAML_NODES: usize = 2_000_000;

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
        // What is read of a node is at most its start and its end.
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: MOST_YAML_NODES,
            max_events: 2 * MOST_YAML_NODES,
        },
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
    let words = match error.without_snippet() {
        Error::Budget { breach: BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. }, .. } => format!(
            "expected at most {MOST_YAML_NODES} keys and values in a YAML document, got more; a longer one is written as JSON"
        ),
        other => yaml_words(other),
    };
    Mistake { line, column, ..Mistake::at(text, 0, words) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::document::Tree;

    #[test]
    fn a_long_list_is_read_and_one_that_is_too_long_is_told_with_the_bound() {
        let long = Tree::read(&"- 1\n".repeat(300_000), DocumentFormat::Yaml).expect("a list");
        assert_eq!(long.size, 300_001);
        // The same bound, but a small one.
        for budget in [serde_saphyr::budget! { max_nodes: 2 }, serde_saphyr::budget! { max_events: 4 }] {
            let options = serde_saphyr::options! { budget: budget };
            let error = serde_saphyr::from_str_with_options::<Vec<u8>>("- 1\n- 2\n", options).expect_err("too long");
            let told = yaml_fault("- 1\n- 2\n", &error).message;
            let expected = "expected at most 2000000 keys and values in a YAML document, got more";
            assert!(told.starts_with(expected), "{told}: {error:?}");
        }
    }
}
