//! The layers below the flags: the environment variables and the configuration file.

use std::path::Path;

use clap::Args;
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
/// An unreadable file, an unknown key, a value that does not fit; in words, with its position.
pub fn file<T: DeserializeOwned + Default>(path: Option<&Path>) -> Result<T, String> {
    let Some(path) = path else { return Ok(T::default()) };
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("config: cannot read {}: {error}", path.display()))?;
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    document::read(&text, DocumentFormat::of(&path.to_string_lossy()))
        .map_err(|wrong| format!("{}:{}:{}: {wrong}", path.display(), wrong.line, wrong.column))
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
    let mut names = std::env::vars_os().map(|(name, _)| name).filter(ours).peekable();
    // Usually there are none, and the known settings need not be listed.
    if names.peek().is_none() {
        return Ok(());
    }
    let commands = [Flags::augment_args(clap::Command::new("serve")), T::augment_args(clap::Command::new("own"))];
    let known: Vec<_> = commands.iter().flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_env).collect();
    for name in names {
        let text = name.to_string_lossy();
        if !known.contains(&name.as_os_str()) && !is_of_an_orchestrator(&text) {
            let flag = text[PREFIX.len()..].to_ascii_lowercase().replace('_', "-");
            return Err(format!("{text}: no such setting (there is no --{flag})"));
        }
    }
    Ok(())
}

/// Whether it is a variable that Kubernetes or a container link sets for a service called `atlas-sandbox`.
fn is_of_an_orchestrator(name: &str) -> bool {
    let rest = &name[PREFIX.len()..];
    rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_")
}
