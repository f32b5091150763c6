//! The names of schemas: of two types with one name in a document, the later one would stand for both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::root;

/// Names that stand for one type in the vendor's document, and for another in the control document.
const ONE_A_DOCUMENT: [&str; 2] = ["Score", "TestCenter"];

/// The Rust files in a folder and those below it.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of the schemas that a file's types are described by.
fn names(text: &str) -> Vec<String> {
    let (mut names, mut is_described, mut renamed) = (Vec::new(), false, None);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[derive(") {
            (is_described, renamed) = (line.contains("ToSchema"), None);
        } else if let Some((_, rest)) = line.split_once("schema(as = ") {
            renamed = rest.split([')', ',']).next().map(str::to_owned);
        } else if let Some((_, rest)) = line.split_once("struct ").or_else(|| line.split_once("enum "))
            && !line.starts_with("//")
            && std::mem::take(&mut is_described)
        {
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            names.push(renamed.take().unwrap_or_else(|| name.to_owned()));
        }
    }
    names
}

#[test]
fn no_two_types_are_described_under_one_name() {
    let mut found = Vec::new();
    files(&root().join("src"), &mut found);
    let mut places: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in found {
        for name in names(&fs::read_to_string(&path).expect("a file")) {
            if ONE_A_DOCUMENT.contains(&name.as_str()) {
                continue;
            }
            if let Some(first) = places.insert(name.clone(), path.clone()) {
                panic!("{name} is described in {} and in {}: rename one", first.display(), path.display());
            }
        }
    }
    assert!(places.len() > 200, "{} schemas were found", places.len());
}
