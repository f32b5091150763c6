//! How large a file and a function may be, and where the file of a module is.

use std::path::Path;

#[test]
fn no_file_is_longer_than_400_lines() {
    let long: Vec<_> = super::sources()
        .iter()
        .filter(|(path, _)| path.starts_with("src") || path.starts_with("tests"))
        .map(|(path, text)| (path.clone(), text.lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

/// Files with a function that is longer, as it is one table with a row for each case.
const TABLES: &[&str] = &["src/domain/contract/lint.rs"];

/// Clippy counts the lines of functions; this guard is about its limit.
#[test]
fn no_function_may_be_longer_than_60_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = std::fs::read_to_string(root.join("clippy.toml")).expect("clippy's settings");
    assert!(settings.contains("\ntoo-many-lines-threshold = 60\n"));
    let allowed = concat!("clippy::too_", "many_lines");
    let sources = super::sources();
    let long: Vec<_> = sources.iter().filter(|(_, text)| text.contains(allowed)).map(|(path, _)| path).collect();
    assert_eq!(long, TABLES.iter().map(Path::new).collect::<Vec<_>>(), "files that allow longer functions");
}

#[test]
fn a_module_with_files_below_it_is_a_mod_rs() {
    for (path, _) in super::sources() {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join(path.with_extension(""));
        assert!(!beside.is_dir(), "{} stands beside the folder of its name", path.display());
    }
}
