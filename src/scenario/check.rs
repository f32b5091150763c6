//! Checks fixture files against each other, as a server that loads them all would.

use std::collections::HashMap;
use std::sync::Arc;

use super::file::{Fixture, WrongFile};
use crate::domain::fixture::given::Given;
use crate::domain::fixture::mistake::Mistakes;
use crate::domain::value::document::Mistake;
use crate::domain::value::hidden::MASK;
use crate::service::{Sandbox, SandboxOptions, account};

/// A server without a socket that loads file after file, beside the demo account.
#[derive(Debug)]
pub struct Check {
    sandbox: Arc<Sandbox>,
    origin: Origin,
}

/// Where the names that are unique in a server were given first.
#[derive(Debug, Default)]
struct Origin(HashMap<String, String>);

impl Check {
    /// Nothing is loaded yet but the demo account, if there is one.
    pub fn new(options: SandboxOptions, demo: Option<&Given>) -> Self {
        let (sandbox, _woken) = Sandbox::new(options);
        // Set once, here; an `inbox:` needs a server to be at.
        let _first = sandbox.base_url.set("http://127.0.0.1".to_owned());
        let of_demo = demo.into_iter().flat_map(names);
        let place = "demo the demo account, which --no-demo leaves out".to_owned();
        let origin = Origin(of_demo.map(|(_, kind, name)| (format!("{kind} {name}"), place.clone())).collect());
        Self { sandbox, origin }
    }

    /// Loads the accounts of a file, as far as it could be read; gives how many there are.
    ///
    /// # Errors
    /// All that is wrong with it, alone or with those before it.
    pub fn add(&mut self, fixture: &Fixture) -> Result<usize, WrongFile> {
        let mut wrong = self.origin.clashes(fixture);
        for (index, given) in fixture.accounts.iter().enumerate() {
            // What two accounts cannot both have is told, with both places; all else that is wrong is told, too.
            let clashes = wrong.iter().any(|(account, _)| *account == index);
            let (sandbox, given) = (&self.sandbox, given.clone());
            let fits =
                if clashes { account::check(sandbox, given) } else { account::try_create(sandbox, given).map(drop) };
            if let Err(mistakes) = fits {
                wrong.extend(placed(index, mistakes, fixture));
            }
        }
        if wrong.is_empty() && fixture.is_whole() { Ok(fixture.accounts.len()) } else { Err(fixture.wrong(wrong)) }
    }
}

/// The mistakes of an account of a file, each with the line of what it clashes with.
fn placed(index: usize, mistakes: Mistakes, fixture: &Fixture) -> Vec<(usize, Mistake)> {
    let mistake = |one: crate::domain::fixture::mistake::Mistake| {
        let first = one.first.map(|path| format!(" (first in line {}, {path})", fixture.line(index, &path)));
        let message = format!("{}{}", one.message, first.unwrap_or_default());
        (index, Mistake { line: 1, column: 1, path: one.path, message, expected: one.expected })
    };
    let more = mistakes.more();
    let untold = (more > 0).then(|| {
        let message = format!("and {more} more that do not fit");
        (index, Mistake { line: 1, column: 1, path: String::new(), message, expected: None })
    });
    mistakes.list.into_iter().map(mistake).chain(untold).collect()
}

impl Origin {
    /// What a file has that one before it, or another of its accounts, has already.
    fn clashes(&mut self, fixture: &Fixture) -> Vec<(usize, Mistake)> {
        let mut wrong = Vec::new();
        for (index, given) in fixture.accounts.iter().enumerate() {
            for (path, kind, name) in names(given) {
                let place = format!("{}:{}", fixture.path.display(), fixture.line(index, &path));
                // Two in one account are told where it is loaded.
                let own = format!("{}#{index}", fixture.path.display());
                let key = format!("{kind} {name}");
                match self.0.get(&key) {
                    Some(first) if !first.starts_with(&format!("{own} ")) => {
                        let first = first.split_once(' ').map_or(first.as_str(), |(_, place)| place);
                        let shown = if kind == "static token" { MASK.to_owned() } else { format!("{name:?}") };
                        let message =
                            format!("expected each {kind} once in a server, got {shown} again (first in {first})");
                        wrong.push((index, Mistake { line: 1, column: 1, path, message, expected: None }));
                    }
                    Some(_) => {}
                    None => drop(self.0.insert(key, format!("{own} {place}"))),
                }
            }
        }
        wrong
    }
}

/// The names of an account that are unique in a server, each with its path.
fn names(given: &Given) -> Vec<(String, &'static str, String)> {
    let account = &given.account;
    let code = account.account_code.as_ref().map(ToString::to_string);
    let filled = |name: &str| code.as_ref().map_or_else(|| name.to_owned(), |code| name.replace("{account}", code));
    let mut names = Vec::new();
    names.extend(code.clone().map(|code| ("account.account_code".to_owned(), "account code", code)));
    for (index, token) in account.static_tokens.iter().flatten().enumerate() {
        names.push((format!("account.static_tokens[{index}]"), "static token", filled(token)));
    }
    for (index, application) in account.applications.iter().flatten().enumerate() {
        let path = format!("account.applications[{index}]");
        let further = (0..).map(|set| format!("{path}.keys[{set}].consumer_key"));
        let paths = std::iter::once(format!("{path}.consumer_key")).chain(further);
        for (path, key) in paths.zip(application.consumer_keys()).filter(|(_, key)| !key.is_empty()) {
            names.push((path, "consumer key", filled(key)));
        }
    }
    names
}
