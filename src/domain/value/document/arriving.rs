//! Reading a JSON document that arrives piece by piece, so that its text never stands in memory as a whole.

use std::io::{BufReader, Read};

use serde::de::DeserializeOwned;

use super::mistake::Mistake;
use super::objects::Objects;
use super::words;

/// Reads a JSON document as it arrives, and stops at its first mistake. Marks (`$schema`, `x-` keys, `count`) are not
/// known here: they need the whole text.
///
/// # Errors
/// Not JSON, an unknown key, a value that does not fit.
pub fn read_arriving<T: DeserializeOwned>(text: impl Read) -> Result<T, Mistake> {
    let mut reader = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 * 1024, text));
    let value = serde_path_to_error::deserialize(Objects(&mut reader));
    let (path, error) = match value {
        Ok(value) => match reader.end() {
            Ok(()) => return Ok(value),
            Err(error) => (String::new(), error),
        },
        Err(wrong) => (wrong.path().to_string(), wrong.into_inner()),
    };
    let path = if path == "." || path == "?" { String::new() } else { path.replace(".?", "") };
    let said = error.to_string();
    let message = if error.is_data() { words::misfit(&said) } else { words::json_words(&said) };
    Err(Mistake { line: error.line().max(1), column: error.column().max(1), path, message, expected: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::given::Given;

    #[test]
    fn the_first_mistake_is_told_in_our_words_with_its_place() {
        for (text, told) in [
            (
                r#"{"account": {"settings": {"lint": "loud"}}}"#,
                "account.settings.lint: expected off, warn or enforce, got \"loud\"",
            ),
            (
                "{\"catalog\": {\"tests\": [\n{\"test_code\": 7}]}}",
                "catalog.tests[0].test_code: expected a text, got 7",
            ),
            (r#"{"eligibilities": ["a"]}"#, "eligibilities[0]: expected a mapping, got \"a\""),
            (r#"{"eligibilities": [["EXAM1"]]}"#, "eligibilities[0]: expected a mapping, got a list"),
            (r#"{"clok": null}"#, "clok: unknown key \"clok\""),
            (r#"{"clock": {}} {}"#, "expected the end of the JSON, got more text"),
            ("{", "the JSON ends too early: a bracket or a quote is not closed"),
            ("   ", "the JSON ends too early: a bracket or a quote is not closed"),
        ] {
            let wrong = read_arriving::<Given>(text.as_bytes()).expect_err(text);
            assert!(wrong.to_string().starts_with(told), "{text}: {wrong}");
        }
        assert_eq!(read_arriving::<Given>(&b"{\"clock\":\n{\"instant\": 1}}"[..]).expect_err("a number").line, 2);
    }

    #[test]
    fn a_document_is_read_as_it_is_when_it_stands_whole() {
        let text = r#"{"catalog": {"tests": [{"test_code": "EXAM1"}]}, "eligibilities": [{"test_code": "EXAM1", "candidate": {}}]}"#;
        let arrived = read_arriving::<Given>(text.as_bytes()).expect("right");
        let whole = super::super::read::<Given>(text, super::super::DocumentFormat::Json).expect("right");
        assert_eq!(format!("{arrived:?}"), format!("{whole:?}"));
    }
}
