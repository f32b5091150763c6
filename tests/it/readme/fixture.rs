//! The pages name exactly the keys of the fixture document, and their examples load.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Page, section};
use crate::server::{command, folder};

const PAGE: &str = "docs/fixtures.md";

/// The keys of each object of the document, by its path.
type Keys = BTreeMap<String, BTreeSet<String>>;

/// Adds the keys of what a schema describes.
fn collect(schema: &Value, definitions: &Value, path: &str, keys: &mut Keys) {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        collect(&definitions[name], definitions, path, keys);
    }
    for parts in ["oneOf", "anyOf", "allOf"] {
        schema[parts].as_array().into_iter().flatten().for_each(|part| collect(part, definitions, path, keys));
    }
    if schema["items"].is_object() {
        collect(&schema["items"], definitions, path, keys);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        keys.entry(path.to_owned()).or_default().insert(name.clone());
        // The subscriptions of all services are of one kind.
        let name = if path == "subscriptions" { "{service}" } else { name };
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        collect(member, definitions, &below, keys);
    }
}

/// The keys of the document, as its published schema has them.
fn known() -> Keys {
    let schema = atlas_sandbox::app::openapi::given_schema();
    let mut keys = Keys::new();
    collect(&schema["$defs"]["Given"], &schema["$defs"], "", &mut keys);
    keys
}

#[test]
fn the_pages_name_exactly_the_keys_of_the_document() {
    let known = known();
    assert!(known.len() > 25, "{known:?}");
    let mut told = BTreeSet::new();
    for page in Page::all() {
        for section in page.sections() {
            let keys = section.keys();
            if keys.is_empty() {
                continue;
            }
            let path = &section.path;
            let expected = known.get(path).unwrap_or_else(|| panic!("{}: the document has no `{path}`", page.name));
            assert_eq!(keys, expected.iter().cloned().collect::<Vec<_>>(), "{}, `{path}`", page.name);
            told.insert(path.clone());
        }
    }
    let missing: Vec<_> = known.keys().filter(|path| !told.contains(*path)).collect();
    assert!(missing.is_empty(), "no page tells the keys of {missing:?}");
    // The page of the document has all but those of what it links to.
    for path in known.keys() {
        let is_elsewhere = ["subscriptions.{service}.", "faults."].iter().any(|begin| path.starts_with(begin));
        if !is_elsewhere {
            section(PAGE, path);
        }
    }
}

/// Writes documents into a folder, validates them and gives what was said.
fn validate(documents: &[(String, String)], folder: &std::path::Path) -> (bool, String) {
    let mut validating = command(&["scenario", "validate"]);
    for (name, text) in documents {
        std::fs::write(folder.join(name), text).expect("a file");
        validating.arg(name);
    }
    let output = validating.current_dir(folder).output().expect("the binary runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_examples_load_side_by_side_and_the_wrong_one_is_refused_as_the_page_says() {
    let mut documents = Vec::new();
    for name in [PAGE, "docs/connecting.md"] {
        for block in Page::read(name).blocks("yaml") {
            documents.push((format!("{}.yaml", documents.len()), block));
        }
    }
    assert!(documents.len() > 4, "{documents:?}");
    let folder = folder("pages");
    let (is_fine, told) = validate(&documents, &folder);
    assert!(is_fine, "{told}");
    let page = Page::read(PAGE);
    let wrong = page.blocks("yml").concat();
    let (is_fine, told) = validate(&[("wrong.yaml".to_owned(), wrong)], &folder);
    assert_eq!((is_fine, told), (false, page.blocks("text").concat()));
}
