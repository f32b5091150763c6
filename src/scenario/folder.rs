//! Which files are fixtures: those that are named, and in folders those that look like one.

use std::path::{Path, PathBuf};

/// The name that stands for standard input.
pub const STDIN: &str = "-";

/// What paths name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The fixture files, those of a folder sorted by name.
    pub files: Vec<PathBuf>,
    /// What a folder has besides, each with why it is no fixture.
    pub skipped: Vec<(PathBuf, &'static str)>,
}

/// The fixture files that paths name; a folder stands for its `.yaml`, `.yml` and `.json` files.
///
/// # Errors
/// A path that does not exist, a folder that cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Found, String> {
    let mut found = Found::default();
    for path in paths {
        let shown = path.display();
        if path.is_dir() {
            let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let entries = entries.map_err(|error| format!("{shown}: cannot read it: {error}"))?;
            let mut entries: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
            entries.sort();
            for entry in entries {
                match why_skipped(&entry) {
                    Some(why) => found.skipped.push((entry, why)),
                    None => found.files.push(entry),
                }
            }
        } else if path.exists() || path.as_os_str() == STDIN {
            found.files.push(path.clone());
        } else {
            return Err(format!("{shown}: no such file or folder"));
        }
    }
    Ok(found)
}

/// Why an entry of a folder is no fixture.
fn why_skipped(entry: &Path) -> Option<&'static str> {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let ending = entry.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if name.starts_with('.') {
        Some("its name starts with a dot")
    } else if entry.is_dir() {
        Some("it is a folder; name it, too, to load what is in it")
    } else if !["yaml", "yml", "json"].contains(&ending.as_str()) {
        Some("its name ends in none of .yaml, .yml and .json")
    } else {
        None
    }
}
