//! Reading YAML and JSON documents with errors that name line, column and path.

use std::fmt;

use serde::de::DeserializeOwned;

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

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// From 1; 0 where no place is known.
    pub line: u64,
    /// From 1; 0 where no place is known.
    pub column: u64,
    /// The path of the member, like `account.settings.lint`; empty for the document itself.
    pub path: String,
    /// What is wrong, in words.
    pub message: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() && self.path != "." {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Reads one document.
///
/// # Errors
/// Not the format, an unknown key, a value that does not fit.
pub fn read<T: DeserializeOwned>(text: &str, format: DocumentFormat) -> Result<T, Unreadable> {
    match format {
        DocumentFormat::Json => read_json(text),
        DocumentFormat::Yaml => read_yaml(text),
    }
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        json_fault(error.inner(), path)
    })?;
    deserializer.end().map_err(|error| json_fault(&error, String::new()))?;
    Ok(value)
}

fn json_fault(error: &serde_json::Error, path: String) -> Unreadable {
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message).to_owned();
    let place = |number: usize| u64::try_from(number).unwrap_or(0);
    Unreadable { line: place(error.line()), column: place(error.column()), path, message }
}

fn read_yaml<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    // Strict: `country: NO` is a text, not false (the Norway trap), and `007` keeps its zeros.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    };
    let mut path = String::new();
    let result = serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            path = error.path().to_string();
            error.into_inner()
        })
    });
    result.map_err(|error: serde_saphyr::Error| {
        let place = error.location();
        let message = error.without_snippet().to_string();
        let first = message.lines().next().unwrap_or_default();
        Unreadable {
            line: place.map_or(0, |place| place.line()),
            column: place.map_or(0, |place| place.column()),
            path,
            message: first.rsplit_once(" at line ").map_or(first, |(message, _)| message).to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::given::Given;

    fn refused(text: &str, format: DocumentFormat) -> Unreadable {
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
}
