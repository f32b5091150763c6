//! Guards: who may name whom, and the habits of the house that no lint knows.

mod floor;
mod graph;
mod import;
mod size;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The table of ARCHITECTURE.md: a layer, and the layers it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("signing", &[]),
    ("domain", &["signing"]),
    ("store", &["domain"]),
    ("service", &["domain", "store"]),
    ("notify", &["domain", "signing", "service"]),
    ("http", &["domain", "store", "service"]),
    ("gateway", &["domain", "store", "service", "http"]),
    ("api", &["domain", "service", "http", "gateway"]),
    ("admin", &["domain", "signing", "store", "service", "http"]),
    ("partner", &["domain", "signing"]),
    ("scenario", &["domain", "service", "partner"]),
    ("config", &["domain"]),
    (
        "app",
        &[
            "domain", "signing", "store", "service", "notify", "http", "gateway", "api", "admin", "partner",
            "scenario", "config",
        ],
    ),
    ("cli", &["domain", "signing", "store", "service", "notify", "http", "partner", "scenario", "config", "app"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches/src", "xtask/src"] {
        walk(&root.join(folder), &mut files);
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source file");
            (path.strip_prefix(root).expect("below the root").to_owned(), text)
        })
        .collect()
}

/// The text of ARCHITECTURE.md.
fn plan() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).expect("the plan")
}

/// The layer of a file below `src`.
fn layer(path: &Path) -> Option<String> {
    let first = path.strip_prefix("src").ok()?.components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs");
    (!matches!(name, "main" | "lib")).then(|| name.to_owned())
}

/// The layers a text names: after `crate::`, one by one in braces as well.
fn named(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    for part in code.split("crate::").skip(1) {
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match part.strip_prefix('{') {
            None => names.push(word(part)),
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (index, c) in list.char_indices() {
                    if start && depth == 0 && c.is_alphabetic() {
                        names.push(word(&list[index..]));
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn every_layer_names_only_the_layers_below_it() {
    let table: BTreeMap<_, _> = MAY_NAME.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in sources() {
        let Some(own) = layer(&path) else { continue };
        let allowed =
            table.get(own.as_str()).unwrap_or_else(|| panic!("{} is in no layer of the table", path.display()));
        for other in named(&text) {
            if other == own || !table.contains_key(other.as_str()) {
                continue;
            }
            seen += 1;
            if !allowed.contains(&other.as_str()) {
                wrong.push(format!("{}: {own} names {other}", path.display()));
            }
        }
    }
    assert!(seen > 100, "the guard reads no imports any more: {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_in_the_plan_is_the_table_in_force() {
    let plan = plan();
    for (layer, allowed) in MAY_NAME {
        let row = plan
            .lines()
            .find(|line| line.starts_with(&format!("| `{layer}` |")))
            .unwrap_or_else(|| panic!("no row for {layer}"));
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        let told: Vec<&str> = match last {
            "nothing" => Vec::new(),
            // Both list exceptions instead.
            "all but cli" | "all but the faces (api, admin, gateway)" => continue,
            list => list.split(", ").collect(),
        };
        assert_eq!(told, *allowed, "ARCHITECTURE.md tells another list for {layer}");
    }
}

#[test]
fn every_file_says_what_it_is_responsible_for() {
    for (path, text) in sources() {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 15, "{}: line 1 is {first:?}", path.display());
    }
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    for (path, _) in sources() {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        for empty in ["util", "utils", "helper", "helpers", "common", "misc", "manager", "base"] {
            assert_ne!(name, empty, "{}", path.display());
        }
    }
}

#[test]
fn no_test_sleeps_or_is_ignored() {
    // Spelled apart, so that the guard does not find itself.
    let banned = [concat!("thread::", "sleep"), concat!("time::", "sleep("), concat!("#[", "ignore")];
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("tests")) {
        for word in banned {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}
