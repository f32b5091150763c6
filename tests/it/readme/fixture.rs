//! The pages name exactly the keys of the fixture document, and their examples load.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Page, section, spans};
use crate::server::{command, folder};

const PAGE: &str = "docs/fixtures.md";

/// The keys of each object of the document, by its path, each with the words that it may have as a value.
type Keys = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The words that a value of a schema may be.
fn words(schema: &Value, definitions: &Value) -> BTreeSet<String> {
    let mut found: BTreeSet<String> =
        schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    found.extend(schema["const"].as_str().map(str::to_owned));
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        found.extend(words(&definitions[name], definitions));
    }
    for parts in ["oneOf", "anyOf", "allOf"] {
        found.extend(schema[parts].as_array().into_iter().flatten().flat_map(|part| words(part, definitions)));
    }
    if schema["items"].is_object() {
        found.extend(words(&schema["items"], definitions));
    }
    found
}

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
        let known = keys.entry(path.to_owned()).or_default().entry(name.clone()).or_default();
        known.extend(words(member, definitions));
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
    // Every list takes it, which is told once.
    let counted = keys.values_mut().filter_map(|members| members.remove("count")).count();
    assert!(counted > 3, "{counted} lists take a count");
    keys
}

#[test]
fn the_pages_name_exactly_the_keys_of_the_document() {
    let known = known();
    assert!(known.len() > 25, "{known:?}");
    let (mut told, mut untold) = (BTreeSet::new(), Vec::new());
    for page in Page::all() {
        for section in page.sections() {
            let keys = section.keys();
            if keys.is_empty() {
                continue;
            }
            let path = &section.path;
            let expected = known.get(path).unwrap_or_else(|| panic!("{}: the document has no `{path}`", page.name));
            assert_eq!(keys, expected.keys().cloned().collect::<Vec<_>>(), "{}, `{path}`", page.name);
            told.insert(path.clone());
            for row in &section.rows {
                let values = spans(&row[0]).into_iter().flat_map(|key| &expected[&key]);
                let whole = row.join(" ");
                // A row that gives an example of many says so.
                let missing: Vec<_> = values.filter(|value| !whole.contains(value.as_str())).collect();
                if !missing.is_empty() && !whole.contains(" like `") {
                    untold.push(format!("{}, {path}, {}: {missing:?}", page.name, row[0]));
                }
            }
        }
    }
    assert!(untold.is_empty(), "values that are not told:\n{}", untold.join("\n"));
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

#[test]
fn the_examples_load_side_by_side_and_the_wrong_one_is_refused_as_the_page_says() {
    let folder = folder("pages");
    let page = Page::read(PAGE);
    let examples = [PAGE, "docs/connecting.md"].into_iter().flat_map(|name| Page::read(name).blocks("yaml"));
    let mut documents: Vec<_> = examples.enumerate().map(|(n, text)| (format!("{n}.yaml"), text)).collect();
    assert!(documents.len() > 4, "{documents:?}");
    let fine: Vec<_> = documents.iter().map(|(name, _)| format!("{name}: ok, 1 account\n")).collect();
    documents.push(("wrong.yaml".to_owned(), page.blocks("yml").concat()));
    let expected = fine.concat() + &page.blocks("text").concat();
    let mut validating = command(&["scenario", "validate"]);
    for (name, text) in &documents {
        std::fs::write(folder.join(name), text).expect("a file");
        validating.arg(name);
    }
    let output = validating.current_dir(&folder).output().expect("the binary runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(2));
}
