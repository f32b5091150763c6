//! Guards: what README.md and docs/ tell works. Blocks run, names and defaults are those of the program, links lead
//! somewhere.

mod example;
mod fixture;
mod link;
mod route;
mod setting;
mod tour;
mod word;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// The guide for users.
const README: &str = "README.md";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A page for users.
struct Page {
    /// Its path from the top of the repository.
    name: String,
    text: String,
}

/// A section that lists the keys of an object: its heading has the object's path in a document, like `catalog.tests`.
struct Section {
    path: String,
    /// The rows of its table, a cell each.
    rows: Vec<Vec<String>>,
    /// The keys that a line of it lists.
    listed: Vec<String>,
}

impl Page {
    fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(root().join(name)).expect(name);
        Self { name: name.to_owned(), text }
    }

    /// README.md, and the pages of docs/ by name.
    fn all() -> Vec<Self> {
        let folder = std::fs::read_dir(root().join("docs")).expect("docs/");
        let mut names: Vec<_> = folder
            .map(|entry| format!("docs/{}", entry.expect("an entry").file_name().to_string_lossy()))
            .filter(|name| name.strip_suffix(".md").is_some())
            .collect();
        names.sort();
        names.insert(0, README.to_owned());
        names.iter().map(|name| Self::read(name)).collect()
    }

    /// The blocks of a language.
    fn blocks(&self, language: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut block: Option<String> = None;
        for line in self.text.lines() {
            match &mut block {
                None if line == format!("```{language}") => block = Some(String::new()),
                Some(_) if line == "```" => found.extend(block.take()),
                Some(lines) => {
                    lines.push_str(line);
                    lines.push('\n');
                }
                None => {}
            }
        }
        found
    }

    /// Its lines outside of blocks.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut is_block = false;
        self.text.lines().filter(move |line| {
            let is_fence = line.starts_with("```");
            is_block ^= is_fence;
            !is_block && !is_fence
        })
    }

    /// The rows of its tables, without heads.
    fn rows(&self) -> Vec<Vec<String>> {
        rows(&self.prose().collect::<Vec<_>>())
    }

    /// Its sections that list keys. The one of the document itself has an empty path.
    fn sections(&self) -> Vec<Section> {
        let lines: Vec<_> = self.prose().collect();
        let path = |heading: &str| {
            let whole = heading.ends_with("# The document").then(String::new);
            whole.or_else(|| spans(heading).pop())
        };
        let mut sections = Vec::new();
        for part in lines.chunk_by(|_, next| !next.starts_with('#')) {
            let Some(path) = part.first().filter(|line| line.starts_with('#')).and_then(|line| path(line)) else {
                continue;
            };
            let listed = part.iter().filter(|line| line.starts_with("Keys: "));
            let listed = listed.flat_map(|line| spans(line)).collect();
            sections.push(Section { path, rows: rows(part), listed });
        }
        sections
    }
}

impl Section {
    /// The keys that it names, in its table and in its list.
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.rows.iter().flat_map(|row| spans(&row[0])).chain(self.listed.clone()).collect();
        keys.sort();
        keys
    }

    /// The default of each key, as its table has it.
    fn defaults(&self) -> BTreeMap<String, String> {
        let default = |row: &Vec<String>| (spans(&row[0]).concat(), row[1].trim_matches('`').to_owned());
        self.rows.iter().map(default).collect()
    }
}

/// The section of a page with this path.
#[track_caller]
fn section(page: &str, path: &str) -> Section {
    let found = Page::read(page).sections().into_iter().find(|section| section.path == path);
    found.unwrap_or_else(|| panic!("{page} has no section for `{path}`"))
}

/// The rows of the tables in these lines, without heads.
fn rows(lines: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let tables = lines.chunk_by(|line, next| line.starts_with('|') == next.starts_with('|'));
    tables
        .filter(|part| part[0].starts_with('|'))
        .flat_map(|table| table.iter().skip(2).map(|line| cells(line)))
        .collect()
}

/// What stands between backticks in a line.
fn spans(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A value as a table shows it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
