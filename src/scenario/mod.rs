//! Fixture files: finds, reads and checks them. (Playing scenarios is planned.)

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::fixture::given::Given;
use crate::domain::value::document::{self, DocumentFormat};

/// The document of a file that holds one account; other files hold a list.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct OneAccount(Given);

/// Reads the accounts of a file. An error has the form `file:line:column: path: message`.
///
/// # Errors
/// An unreadable file; a document that does not fit.
pub fn read(path: &Path) -> Result<Vec<Given>, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| format!("{shown}: cannot read it: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{shown}: not UTF-8: {error}"))?;
    let format = DocumentFormat::of(&path.to_string_lossy());
    let Some(first) = first_line(&text, format) else {
        return Err(format!("{shown}: the file is empty"));
    };
    let place = |wrong: document::Unreadable| format!("{shown}:{}:{}: {wrong}", wrong.line, wrong.column);
    if is_list(first, format) {
        return document::read(&text, format).map_err(place);
    }
    document::read::<OneAccount>(&text, format).map(|one| vec![one.0]).map_err(place)
}

/// The first line that is not blank, nor a comment or marker of YAML.
fn first_line(text: &str, format: DocumentFormat) -> Option<&str> {
    text.lines().map(str::trim).find(|line| {
        !line.is_empty()
            && (format == DocumentFormat::Json || !(line.starts_with('#') || *line == "---" || line.starts_with('%')))
    })
}

/// Whether a document that starts with this line is a list.
fn is_list(line: &str, format: DocumentFormat) -> bool {
    line.starts_with('[') || (format == DocumentFormat::Yaml && (line.starts_with("- ") || line == "-"))
}

/// The fixture files that paths name; a folder stands for its `.yaml`, `.yml` and `.json` files, sorted by name.
///
/// # Errors
/// A path that does not exist.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            if !path.exists() {
                return Err(format!("{}: no such file or folder", path.display()));
            }
            files.push(path.clone());
            continue;
        }
        let entries =
            std::fs::read_dir(path).map_err(|error| format!("{}: cannot read it: {error}", path.display()))?;
        let mut found: Vec<_> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|file| {
                file.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
            })
            .collect();
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}
