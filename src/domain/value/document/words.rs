//! What readers of YAML and JSON say, in our words.

use serde::de::Unexpected;
use serde_saphyr::Error;

/// What `serde_json` says of a text that is no JSON.
pub fn json_words(said: &str) -> String {
    let said = said.rsplit_once(" at line ").map_or(said, |(message, _)| message);
    let words = match said {
        _ if said.starts_with("EOF while parsing") => "the JSON ends too early: a bracket or a quote is not closed",
        "trailing characters" => "expected the end of the JSON, got more text",
        "trailing comma" => "expected no comma before a closing bracket",
        "key must be a string" => "expected a key in double quotes",
        "expected `:`" => "expected a colon after the key",
        "expected `,` or `}`" => "expected a comma or a closing brace",
        "expected `,` or `]`" => "expected a comma or a closing bracket",
        "recursion limit exceeded" => "the JSON is nested too deeply",
        "invalid number" | "number out of range" => "expected a number that JSON knows",
        _ if said.starts_with("control character") => "expected no line break or control character in a text",
        _ if said.contains("escape") || said.contains("surrogate") || said.contains("unicode") => {
            "expected an escape that JSON knows, like \\n or \\u00e9"
        }
        _ => "expected JSON, got something else",
    };
    words.to_owned()
}

/// What `serde_json` says of a value that does not fit.
pub fn misfit(said: &str) -> String {
    let said = said.rsplit_once(" at line ").map_or(said, |(message, _)| message);
    let in_ticks = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    // The names that are known, and the one of them that may have been meant.
    let names = |text: &str, name: &str| {
        let known: Vec<_> = text.split('`').skip(1).step_by(2).collect();
        (listed(&known), nearest(name, &known).map_or_else(String::new, |near| format!("; did you mean {near:?}?")))
    };
    if let Some((_, rest)) = said.split_once("invalid type: ").or_else(|| said.split_once("invalid value: ")) {
        let (got, wanted) = rest.rsplit_once(", expected ").unwrap_or((rest, "something else"));
        let got = match got.split_once(' ') {
            Some(("string", text)) => text.to_owned(),
            Some(("integer" | "boolean" | "floating", value)) => in_ticks(value),
            _ => match got {
                "sequence" => "a list".to_owned(),
                "map" => "a mapping".to_owned(),
                "null" => "nothing".to_owned(),
                other => other.to_owned(),
            },
        };
        return format!("expected {}, got {got}", expected(wanted));
    }
    match said.split_once(", expected ") {
        Some((first, known)) if first.starts_with("unknown field ") => {
            let name = in_ticks(first);
            let (known, meant) = names(known, &name);
            format!("unknown key {name:?}, expected {known}{meant}")
        }
        Some((first, known)) if first.starts_with("unknown variant ") => {
            let name = in_ticks(first);
            let (known, meant) = names(known, &name);
            format!("expected {known}, got {name:?}{meant}")
        }
        _ if said.starts_with("missing field ") => format!("expected the key {:?}, which is missing", in_ticks(said)),
        _ if said.starts_with("duplicate field ") => format!("the key {:?} stands twice", in_ticks(said)),
        _ => said.to_owned(),
    }
}

/// What `serde_saphyr` says of a text that is no YAML.
pub fn yaml_words(error: &Error) -> String {
    let words = match error {
        Error::MultipleDocuments { .. } => {
            "expected one document in the file, got another after '---'; several accounts are a list: '- account: ...'"
        }
        Error::Eof { .. } => "the YAML ends too early: a bracket or a quote is not closed",
        Error::UnknownAnchor { .. } => "expected an alias of an anchor above, got one that no anchor has",
        Error::MergeValueNotMapOrSeqOfMaps { .. } => "expected a mapping, or a list of them, to merge",
        Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::Budget { .. } => {
            "the YAML is too large or too deep: its aliases, texts or levels are more than are read"
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "expected an alias of what stands above, got one of itself"
        }
        Error::AliasError { error, .. } => return yaml_words(error),
        Error::ExternalMessage { msg, .. } => return format!("expected YAML: {}", syntax(msg)),
        _ => "expected YAML, got something else",
    };
    words.to_owned()
}

/// What the scanner says of a text: the first line of it, without where.
fn syntax(said: &str) -> String {
    let first = said.lines().next().unwrap_or_default();
    let first = first.split(" at byte ").next().unwrap_or_default();
    let first = first.split(" at line ").next().unwrap_or_default();
    first.trim_start_matches("while parsing ").trim().to_owned()
}

/// What a type of ours is called by those who write documents.
pub fn expected(said: &str) -> String {
    let words = match said {
        "a string" | "string" | "a borrowed string" | "identifier" | "variant identifier" | "field identifier" => {
            "a text"
        }
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => "a mapping",
        "unit" | "null" => "nothing",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 2147483647",
        "u64" | "usize" | "a nonzero u64" => "a whole number from 0 up",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        _ if said.starts_with("struct ") || said.starts_with("internally tagged enum ") => "a mapping",
        _ if said.starts_with("enum ") || said.starts_with("string or map") => "a text that names one of its values",
        _ if said.starts_with("a sequence") || said.starts_with("tuple ") => "a list",
        other => other,
    };
    words.to_owned()
}

/// What came instead.
pub fn got(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        Unexpected::Char(value) => format!("{value:?}"),
        Unexpected::Str(value) => format!("{:?}", shortened(value)),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map | Unexpected::StructVariant | Unexpected::NewtypeVariant => "a mapping".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(57).chain("...".chars()).collect()
}

/// The known name that is nearest to one that is not known, if one is near.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let wanted = plain(name);
    let distance = |known: &&str| strsim::damerau_levenshtein(&wanted, &plain(known));
    let near = known.iter().copied().min_by_key(distance)?;
    let most = (wanted.chars().count() / 3).max(1);
    (distance(&near) <= most).then_some(near)
}

/// Names in a row: `a, b or c`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_may_have_been_meant() {
        let known = ["account_code", "settings", "users"];
        for (name, expected) in [
            ("acount_code", Some("account_code")),
            ("accountCode", Some("account_code")),
            ("user", Some("users")),
            ("colour", None),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
        assert_eq!(nearest("a", &[]), None);
        assert_eq!(listed(&known), "account_code, settings or users");
    }
}
