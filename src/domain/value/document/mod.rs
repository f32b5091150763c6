//! Reading YAML and JSON documents: all mistakes at once, each with line, column and path, in our words.

mod reader;
mod tree;
mod words;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_saphyr::DuplicateKeyPolicy;

pub use tree::Tree;
pub use words::nearest;
use words::{json_words, yaml_words};

/// The most mistakes that are told of one document.
const MOST: usize = 50;

/// How many members are read again to find further mistakes: a large document with many is told of in part.
const MOST_READ: usize = 5_000_000;

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

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The path of the member, like `account.settings.lint`; empty for the document itself.
    pub path: String,
    /// What is wrong, in words.
    pub message: String,
    /// What may stand there, where that can be told apart from the message.
    pub expected: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Mistake {
    /// A mistake of the document itself, at a byte of it.
    pub fn at(text: &str, byte: usize, message: impl Into<String>) -> Self {
        let (line, column) = position(text, byte);
        Self { line, column, path: String::new(), message: message.into(), expected: None }
    }

    /// The line it is in, with a caret below its column.
    pub fn excerpt(&self, text: &str) -> String {
        const WIDTH: usize = 100;
        let line = text.lines().nth(self.line.saturating_sub(1)).unwrap_or_default();
        let column = self.column.saturating_sub(1);
        // Of a long line, the part around the column.
        let from = if column < WIDTH { 0 } else { column - WIDTH / 2 };
        let shown: String = line.chars().skip(from).take(WIDTH).collect();
        let before = shown.chars().take(column - from).map(|c| if c == '\t' { '\t' } else { ' ' });
        let number = self.line.to_string();
        format!("  {number} | {shown}\n  {} | {}^", " ".repeat(number.len()), before.collect::<String>())
    }
}

/// The line and the column of a byte, each from 1.
pub fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// The text of a document's bytes, without a byte order mark.
///
/// Source: RFC 8259 section 8.1 lets a reader of JSON skip the mark; YAML 1.2 section 5.2 does.
///
/// # Errors
/// Not UTF-8, in words.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("expected UTF-8, got something else at byte {}", error.valid_up_to() + 1))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads one document, and tells the first mistake.
///
/// # Errors
/// Not the format, an unknown key, a value that does not fit.
pub fn read<T: DeserializeOwned>(text: &str, format: DocumentFormat) -> Result<T, Mistake> {
    read_all(text, format).map_err(|mistakes| {
        mistakes.into_iter().next().unwrap_or_else(|| Mistake::at(text, 0, "expected a document, got something else"))
    })
}

/// Reads one document. A `$schema` at the top, and keys of its objects that begin with `x-`, are ignored.
///
/// # Errors
/// Every mistake, in the order of the document.
pub fn read_all<T: DeserializeOwned>(text: &str, format: DocumentFormat) -> Result<T, Vec<Mistake>> {
    // Nearly all documents are right, and read at once; a tree is made of the others only.
    let quick = match format {
        DocumentFormat::Json => serde_json::from_str(text).ok(),
        DocumentFormat::Yaml => serde_saphyr::from_str_with_options(text, yaml_options(DuplicateKeyPolicy::Error)).ok(),
    };
    match quick {
        Some(value) => Ok(value),
        None => reader::read(&Tree::read(text, format).map_err(|wrong| vec![wrong])?, text),
    }
}

/// Strict: `country: NO` is a text, not false (the Norway trap), and `007` keeps its zeros.
fn yaml_options(duplicate_keys: DuplicateKeyPolicy) -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        duplicate_keys: duplicate_keys,
    }
}

fn json_fault(text: &str, error: &serde_json::Error) -> Mistake {
    let (line, column) = (error.line().max(1), error.column().max(1));
    Mistake { line, column, ..Mistake::at(text, 0, json_words(&error.to_string())) }
}

fn yaml_fault(text: &str, error: &serde_saphyr::Error) -> Mistake {
    let place = error.location();
    let number = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1).max(1);
    let (line, column) = (number(place.map(|place| place.line())), number(place.map(|place| place.column())));
    Mistake { line, column, ..Mistake::at(text, 0, yaml_words(error.without_snippet())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::given::Given;

    fn refused(text: &str, format: DocumentFormat) -> Mistake {
        read::<Given>(text, format).expect_err("refused")
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place_in_both_formats() {
        for (text, format) in [
            ("account:\n  settings:\n    lint: loud\n", DocumentFormat::Yaml),
            ("{\n\"account\": {\"settings\": \n{\"lint\": \"loud\"}}}", DocumentFormat::Json),
        ] {
            let wrong = refused(text, format);
            assert_eq!((wrong.line, wrong.path.as_str()), (3, "account.settings.lint"), "{wrong:?}");
            assert!(wrong.message.contains("loud") && wrong.message.contains("enforce"), "{wrong:?}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let wrong = refused("catalog:\n  tests:\n    - test_code: A\n      lenght: 3\n", DocumentFormat::Yaml);
        assert_eq!(wrong.line, 4, "{wrong:?}");
        assert!(wrong.to_string().contains("lenght"), "{wrong:?}");
        let wrong = refused(r#"{"catalogue": {}}"#, DocumentFormat::Json);
        assert!(wrong.to_string().contains("catalogue"), "{wrong:?}");
    }

    #[test]
    fn norway_is_a_country() {
        let given: Given =
            read("eligibilities: [ { candidate: { country: NO }, test_code: A } ]", DocumentFormat::Yaml)
                .expect("read");
        assert_eq!(given.eligibilities[0].candidate.country.as_deref(), Some("NO"));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_in_our_words() {
        let text = "x-exam: &exam { test_code: EXAM1, colour: red }\naccount:\n  acount_code: A\n  settings: { lint: worn }\n  \
                    ttl: [ 1 ]\nseed: many\nseed: 1\neligibilities:\n  - *exam\n  - { test_code: [], blocked: 1 }\nbookings: [ { state: \
                    BOOKED } ]\n";
        let told: Vec<_> = read_all::<Given>(text, DocumentFormat::Yaml)
            .expect_err("mistakes")
            .into_iter()
            .map(|wrong| (wrong.line, wrong.column, wrong.to_string()))
            .collect();
        let expected = [
            (
                3,
                3,
                "account.acount_code: unknown key \"acount_code\", expected account_code, settings, users, applications, \
                static_tokens, allow_ip, signing_secret or ttl; did you mean \"account_code\"?",
            ),
            (4, 21, "account.settings.lint: expected off, warn or enforce, got \"worn\"; did you mean \"warn\"?"),
            (5, 8, "account.ttl: expected a text, got a list"),
            (6, 7, "seed: expected a whole number from 0 up, got \"many\""),
            (7, 1, "seed: the key stands twice, first in line 6"),
            (1, 35, "eligibilities[0].colour: unknown key \"colour\", expected "),
            (10, 18, "eligibilities[1].test_code: expected a text, got a list"),
            (10, 31, "eligibilities[1].blocked: expected true or false, got 1"),
            (11, 13, "bookings[0]: expected the key \"eligibility\", which is missing"),
        ];
        for ((line, column, told), (at, place, words)) in told.iter().zip(expected) {
            assert_eq!((*line, *column), (at, place), "{told}");
            assert!(told.starts_with(words), "{told}");
        }
        assert_eq!(told.len(), expected.len(), "{told:#?}");
    }

    #[test]
    fn a_schema_at_the_top_and_keys_for_anchors_are_ignored_and_nothing_else_is() {
        for (text, format) in [
            (r#"{"$schema": "./s.json", "account": {"x-note": 1, "account_code": "A"}}"#, DocumentFormat::Json),
            ("$schema: s.json\nx-a: &a { account_code: A }\naccount: { <<: *a, x-b: [] }\n", DocumentFormat::Yaml),
        ] {
            let given: Given = read(text, format).expect("a document");
            assert_eq!(given.account.account_code.expect("a code").as_str(), "A");
        }
        for text in [r#"{"$schema": 5}"#, r#"{"account": {"$schema": "s"}}"#, r#"{"xnote": 1}"#] {
            refused(text, DocumentFormat::Json);
        }
        // A table with keys of the user's own keeps them.
        let text = r#"{"x-a": 1, "faults": [{"match": {"header": {"x-key": "v"}}, "effect": {"status": 500}}]}"#;
        let given: Given = read(text, DocumentFormat::Json).expect("a document");
        assert!(given.faults.expect("faults")[0].r#match.header.contains_key("x-key"));
    }

    #[test]
    fn what_is_no_document_is_told_in_our_words() {
        for (text, format, line, words) in [
            ("{}\n---\n{}\n", DocumentFormat::Yaml, 3, "expected one document in the file, got another"),
            ("account: [\n", DocumentFormat::Yaml, 2, "expected YAML"),
            ("account: *none\n", DocumentFormat::Yaml, 1, "expected an alias of an anchor above"),
            ("{\n\"account\": {", DocumentFormat::Json, 2, "the JSON ends too early"),
            ("{\"account\": {}},", DocumentFormat::Json, 1, "expected the end of the JSON"),
            ("{account: {}}", DocumentFormat::Json, 1, "expected a key in double quotes"),
            ("{\"seed\": 1, \"seed\": 2}", DocumentFormat::Json, 1, "the key stands twice, first in line 1"),
        ] {
            let wrong = refused(text, format);
            assert!(wrong.message.starts_with(words), "{text}: {wrong:?}");
            assert_eq!(wrong.line, line, "{text}: {wrong:?}");
        }
        assert_eq!(text(b"\xef\xbb\xbf{}"), Ok("{}"));
        assert_eq!(text(b"ab\xff"), Err("expected UTF-8, got something else at byte 3".to_owned()));
    }

    #[test]
    fn a_caret_stands_below_the_mistake() {
        let text = "account:\n\tlint: 5\n";
        assert_eq!(Mistake::at(text, 10, "").excerpt(text), "  2 | \tlint: 5\n    | \t^");
        let long = format!("{}!", "a".repeat(300));
        let excerpt = Mistake::at(&long, 300, "").excerpt(&long);
        let (line, caret) = excerpt.split_once('\n').expect("two lines");
        assert_eq!((line.find('!'), line.len()), (caret.find('^'), 57));
    }
}
