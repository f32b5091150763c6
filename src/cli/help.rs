//! The help texts: what each command shows of the server's settings, in which groups; and how a wrong argument is told.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as _, Command};

use crate::config::flags::Flags;
use crate::config::layer;

/// A group of settings: its heading, what `-h` shows of it, and what only `--help` shows.
type Group = (&'static str, &'static [&'static str], &'static [&'static str]);

const GROUPS: [Group; 6] = [
    (
        "Server",
        &["listen", "port-file", "config"],
        &["public-url", "workers", "grace", "max-connections", "request-timeout", "trusted-proxies"],
    ),
    (
        "Accounts",
        &["fixtures", "clock", "seed", "lint", "no-demo"],
        &["profile", "open-catalog", "static-token", "allow-ip", "journal-entries", "debug-headers"],
    ),
    (
        "Notifications",
        &["notification-url", "signing-secret"],
        &["notification-auth", "notification-auth-file", "signing-secret-file"],
    ),
    ("Control API", &["admin-token"], &["admin-token-file", "admin-open", "admin-listen", "admin-port-file"]),
    (
        "HTTPS",
        &["tls-self-signed"],
        &["tls-cert", "tls-key", "tls-listen", "tls-port-file", "tls-client-ca", "tls-client-auth"],
    ),
    ("Log", &["log-format"], &["log-level"]),
];

/// What stands below the help of a command that has the server's settings as well.
const POINTER: &str =
    "The server's settings are taken as well, as flags, variables and in --config:\n  atlas-sandbox serve --help";

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  checks failed: a probe's cases, a server that is not ready
  2  wrong usage, configuration or fixture
  3  the environment: an address is taken, a target cannot be reached, a file or stdout cannot be written";

/// The command line with its help texts, and without the variables that are set to nothing.
pub fn complete(command: Command) -> Command {
    let command = command.after_long_help(EXIT_CODES);
    let command = without_empty_variables(grouped(command));
    command.mut_subcommands(|one| {
        let one = without_empty_variables(one.after_long_help(EXIT_CODES));
        if one.get_name() == "serve" { grouped(one) } else { pointed(one) }
    })
}

/// An empty variable counts as not set.
fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|argument| {
        let is_empty = |name: &std::ffi::OsStr| name.to_str().is_some_and(layer::is_empty);
        if argument.get_env().is_some_and(is_empty) { argument.env(None::<&str>) } else { argument }
    })
}

fn grouped(command: Command) -> Command {
    command.mut_args(|argument| {
        let Some(name) = argument.get_long().map(str::to_owned) else { return argument };
        let group =
            GROUPS.iter().find(|(_, short, long)| short.contains(&name.as_str()) || long.contains(&name.as_str()));
        match group {
            Some((heading, short, _)) => {
                argument.help_heading(*heading).hide_short_help(!short.contains(&name.as_str()))
            }
            None => argument,
        }
    })
}

/// Hides the server's settings of a command that has its own beside them.
fn pointed(command: Command) -> Command {
    let server = Flags::augment_args(Command::new("serve"));
    let is_server_s = |name: &str| server.get_arguments().any(|one| one.get_id() == name);
    // Receivers and probes have flags of the same name with another meaning, but not all of them.
    if command.get_arguments().filter(|one| is_server_s(one.get_id().as_str())).count() < GROUPS.len() {
        return command;
    }
    command.after_help(POINTER).after_long_help(format!("{POINTER}\n\n{EXIT_CODES}")).mut_args(|argument| {
        let is_server_s = is_server_s(argument.get_id().as_str());
        argument.hide(is_server_s)
    })
}

/// Why a value was refused, with the variable that has it, or the flag; `None` for what clap tells well itself.
pub fn told(wrong: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = wrong.get(ContextKind::InvalidArg) else { return None };
    match wrong.kind() {
        ErrorKind::ValueValidation => {}
        ErrorKind::ArgumentConflict => return contradiction(argument, wrong.get(ContextKind::PriorArg)?),
        _ => return None,
    }
    let Some(ContextValue::String(value)) = wrong.get(ContextKind::InvalidValue) else { return None };
    let mut words = argument.split_whitespace();
    let name = words.next()?.trim_start_matches('-');
    let placeholder = words.next().unwrap_or_default();
    let reason = wrong.source().map(ToString::to_string).filter(|reason| reason.starts_with("expected "));
    let expected = match placeholder.trim_matches(['<', '>', '[', ']', '.']) {
        "N" => "a whole number from 0 up",
        "ADDR" => "an address like 127.0.0.1:8080",
        "DURATION" => "a duration like 500ms, 5s or 2h",
        _ => "another value",
    };
    let reason = reason.unwrap_or_else(|| format!("expected {expected}, got {value:?}"));
    Some(format!("{}: {reason}", layer::origin(name)))
}

/// Which settings contradict each other, each by where it is given.
fn contradiction(argument: &str, others: &ContextValue) -> Option<String> {
    let others = match others {
        ContextValue::String(other) => std::slice::from_ref(other),
        ContextValue::Strings(others) => others,
        _ => return None,
    };
    let name =
        |argument: &str| layer::origin(argument.split_whitespace().next().unwrap_or_default().trim_start_matches('-'));
    let others: Vec<_> = others.iter().map(|other| name(other)).collect();
    (!others.is_empty())
        .then(|| format!("{} and {} contradict each other: drop one", name(argument), others.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_group() {
        let server = Flags::augment_args(Command::new("serve"));
        for one in server.get_arguments().filter_map(clap::Arg::get_long) {
            let found = GROUPS.iter().filter(|(_, short, long)| short.contains(&one) || long.contains(&one)).count();
            assert!(found == 1, "--{one} stands in {found} groups");
        }
    }
}
