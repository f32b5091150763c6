//! The layers below the flags: the environment variables and the configuration file.

use std::path::Path;

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::flags::Flags;
use crate::domain::value::document::{self, DocumentFormat};

/// What the name of every environment variable starts with.
const PREFIX: &str = "ATLAS_SANDBOX_";

/// Lays one set of optional settings over another, member by member.
macro_rules! layered {
    ($type:ident, $over:expr, $under:expr, $($name:ident),+ $(,)?) => {
        $type { $($name: $over.$name.or($under.$name)),+ }
    };
}
pub(crate) use layered;

/// Reads settings from a file; without a file, all are absent.
///
/// # Errors
/// An unreadable file, an unknown key, a value that does not fit; in words, with its position, for every mistake.
pub fn file<T: DeserializeOwned + Default>(path: Option<&Path>) -> Result<T, String> {
    let Some(path) = path else { return Ok(T::default()) };
    let shown = path.display();
    let config = || origin("config");
    let bytes = std::fs::read(path).map_err(|error| format!("{}: cannot read {shown}: {error}", config()))?;
    let text = document::text(&bytes).map_err(|wrong| format!("{}: {shown}: {wrong}", config()))?;
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    document::read_all(text, DocumentFormat::of(&path.to_string_lossy())).map_err(|mistakes| {
        let told = mistakes
            .iter()
            .map(|wrong| format!("{shown}:{}:{}: {wrong}\n{}", wrong.line, wrong.column, wrong.excerpt(text)));
        told.collect::<Vec<_>>().join("\n")
    })
}

/// The same error, with where the setting's value comes from: a flag, a variable, or the file.
pub fn with_origin(wrong: &str, file: Option<&Path>) -> String {
    let (name, rest) = wrong.split_at(wrong.find([':', ' ', '.']).unwrap_or(wrong.len()));
    let origin = origin(name);
    match file {
        Some(file) if origin == name => format!("{}: {wrong}", file.display()),
        _ => format!("{origin}{rest}"),
    }
}

/// What a setting is called where its value comes from: the flag, or the variable; its name for any other place.
pub fn origin(name: &str) -> String {
    if is_on_the_command_line(name) {
        return format!("--{name}");
    }
    let variable = variable(name);
    if is_set(&variable) { variable } else { name.to_owned() }
}

/// Whether the settings of a server ask for a log in JSON, as far as that can be told where they cannot all be read.
pub fn wants_json_log() -> bool {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "kebab-case", default)]
    struct OfLog {
        log_format: Option<String>,
    }
    let given = |name: &str| on_the_command_line(name).or_else(|| value_of(&variable(name)));
    let in_file = || {
        let path = given("config")?;
        let text = std::fs::read_to_string(&path).ok()?;
        document::read_partly::<OfLog>(&text, DocumentFormat::of(&path)).value?.log_format
    };
    given("log-format").or_else(in_file).as_deref() == Some("json")
}

/// The value of a flag, as far as the arguments tell it unparsed.
fn on_the_command_line(name: &str) -> Option<String> {
    let flag = format!("--{name}");
    let mut arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix(&flag) {
            Some("") => return arguments.next(),
            Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_owned()),
            _ => {}
        }
    }
    None
}

/// The value of an environment variable that is set.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn value_of(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Whether a setting is given as a flag.
fn is_on_the_command_line(name: &str) -> bool {
    let flag = format!("--{name}");
    std::env::args_os().skip(1).any(|argument| {
        let argument = argument.to_string_lossy();
        argument == flag || argument.strip_prefix(&flag).is_some_and(|rest| rest.starts_with('='))
    })
}

/// Whether an environment variable is there, but empty: it counts as not set.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn is_empty(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value.is_empty())
}

/// Whether an environment variable is set; an empty one is not.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase().replace('-', "_"))
}

/// Refuses environment variables that look like settings but are none, so that a misspelt one is not ignored silently.
///
/// Every command knows the settings of `serve`, because both may run in one environment.
///
/// # Errors
/// A variable that is no setting, in words.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn refuse_unknown_environment<T: Args>() -> Result<(), String> {
    let ours = |name: &std::ffi::OsString| name.to_string_lossy().starts_with(PREFIX);
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let mut names = set.map(|(name, _)| name).filter(ours).peekable();
    // Usually there are none, and the known settings need not be listed.
    if names.peek().is_none() {
        return Ok(());
    }
    let commands = [Flags::augment_args(clap::Command::new("serve")), T::augment_args(clap::Command::new("own"))];
    let known: Vec<_> = commands.iter().flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_env).collect();
    for name in names {
        let text = name.to_string_lossy();
        if !known.contains(&name.as_os_str()) && !is_of_others(&text[PREFIX.len()..]) {
            let known: Vec<_> = known.iter().filter_map(|name| name.to_str()).collect();
            let meant =
                document::nearest(&text, &known).map_or_else(String::new, |near| format!("; did you mean {near}?"));
            return Err(format!("{text}: no such setting{meant}"));
        }
    }
    Ok(())
}

/// Whether what follows the prefix is no setting of ours: what test libraries and templates use, and what an
/// orchestrator sets for every service of a namespace, of which one may be called `atlas-sandbox-partner`.
fn is_of_others(rest: &str) -> bool {
    let is_numbered = |(_, after): (usize, &str)| {
        let digits = after["PORT_".len()..].split('_').next().unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    let ends = |word: &str| rest == word || rest.strip_suffix(word).is_some_and(|before| before.ends_with('_'));
    let is_word = |(at, _): &(usize, &str)| *at == 0 || rest.as_bytes().get(at - 1) == Some(&b'_');
    let after =
        |word: &str| -> Vec<_> { rest.match_indices(word).map(|(at, _)| (at, &rest[at..])).filter(is_word).collect() };
    matches!(rest, "URL" | "BINARY")
        || rest.starts_with("VAR_")
        || ends("SERVICE_HOST")
        || ends("SERVICE_PORT")
        || !after("SERVICE_PORT_").is_empty()
        || ends("PORT")
        || after("PORT_").into_iter().any(is_numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_orchestrator_sets_for_a_neighbour_is_no_setting() {
        let of_others = [
            "SERVICE_HOST",
            "SERVICE_PORT",
            "SERVICE_PORT_HTTP",
            "PORT",
            "PORT_8080_TCP",
            "PORT_8080_TCP_ADDR",
            "PARTNER_SERVICE_HOST",
            "PARTNER_SERVICE_PORT",
            "PARTNER_SERVICE_PORT_HTTP",
            "PARTNER_PORT",
            "PARTNER_PORT_9090_TCP",
            "PARTNER_PORT_9090_UDP_PROTO",
            "URL",
            "BINARY",
            "VAR_CANDIDATE",
        ];
        for name in of_others {
            assert!(is_of_others(name), "{name}");
        }
        for name in ["LISTN", "PORT_FIL", "PORTS", "SUPPORT", "PORT_X_TCP", "SERVICE", "URLS", "ADMIN_PORT_FILES"] {
            assert!(!is_of_others(name), "{name}");
        }
    }
}
