//! Which file names which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::import::{Imports, Named};

/// The place of a file in the tree of modules; none for the root.
type Module = Vec<String>;

/// The files of `src`, and the files that each one names.
#[derive(Debug)]
pub struct Graph(BTreeMap<PathBuf, BTreeSet<PathBuf>>);

impl Graph {
    pub fn of(sources: &[(PathBuf, String)]) -> Self {
        let modules: BTreeMap<Module, &Path> =
            sources.iter().filter_map(|(path, _)| Some((module(path)?, path.as_path()))).collect();
        let mut graph = BTreeMap::new();
        let mut of_tests = BTreeSet::new();
        for (path, text) in sources {
            let Some(own) = module(path) else { continue };
            let imports = Imports::of(text);
            of_tests.extend(imports.test_modules.iter().map(|name| below(&own, name)));
            let finder = Finder { modules: &modules, own: &own };
            let named = finder.all(&imports.named).into_iter().filter(|to| *to != own && !to.is_empty());
            graph.insert(path.clone(), named.map(|to| modules[&to].to_owned()).collect());
        }
        graph.retain(|path, _| module(path).is_some_and(|own| !own.is_empty() && !of_tests.contains(&own)));
        Self(graph)
    }

    /// Every file with the files it names.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, impl Iterator<Item = &Path>)> {
        self.0.iter().map(|(from, to)| (from.as_path(), to.iter().map(PathBuf::as_path)))
    }

    /// The circles, the shortest one through each file; each starts with its first file in order.
    pub fn circles(&self) -> BTreeSet<Vec<&Path>> {
        self.0.keys().filter_map(|file| self.circle(file)).collect()
    }

    fn circle<'a>(&'a self, start: &'a Path) -> Option<Vec<&'a Path>> {
        let mut before: BTreeMap<&Path, &Path> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(file) = open.pop_front() {
            for next in self.0.get(file).into_iter().flatten() {
                if next == start {
                    let mut circle = vec![file];
                    while let Some(earlier) = before.get(circle[circle.len() - 1]) {
                        circle.push(earlier);
                    }
                    circle.reverse();
                    let first = (0..circle.len()).min_by_key(|at| circle[*at])?;
                    circle.rotate_left(first);
                    return Some(circle);
                }
                if !before.contains_key(next.as_path()) {
                    before.insert(next, file);
                    open.push_back(next);
                }
            }
        }
        None
    }
}

/// Finds the modules that a file names.
struct Finder<'a> {
    modules: &'a BTreeMap<Module, &'a Path>,
    own: &'a Module,
}

impl Finder<'_> {
    fn all(&self, named: &[Named<'_>]) -> Vec<Module> {
        let mut found = Vec::new();
        let mut names = BTreeMap::new();
        for Named { path, name } in named {
            let Some((to, rest)) = self.find(path, &names) else { continue };
            if let (Some(name), true) = (name, rest == 0) {
                names.insert(*name, to.clone());
            }
            found.push(to);
        }
        found
    }

    /// The module a path leads to, and how many words of it name something inside.
    fn find(&self, path: &[&str], names: &BTreeMap<&str, Module>) -> Option<(Module, usize)> {
        let mut words = path.iter().copied().peekable();
        let mut at = match words.next()? {
            "crate" => Module::new(),
            "self" => self.own.clone(),
            "super" => parent(self.own)?,
            name if self.modules.contains_key(&below(self.own, name)) => below(self.own, name),
            name => names.get(name)?.clone(),
        };
        while words.next_if_eq(&"super").is_some() {
            at = parent(&at)?;
        }
        while let Some(deeper) = words.peek().map(|word| below(&at, word)).filter(|to| self.modules.contains_key(to)) {
            at = deeper;
            words.next();
        }
        Some((at, words.count()))
    }
}

/// The module of a file; `None` if it is of no library.
fn module(path: &Path) -> Option<Module> {
    let mut words: Module =
        path.strip_prefix("src").ok()?.with_extension("").iter().map(|word| word.to_string_lossy().into()).collect();
    match words.last()?.as_str() {
        "main" if words.len() == 1 => return None,
        "lib" if words.len() == 1 => drop(words.pop()),
        "mod" => drop(words.pop()),
        _ => {}
    }
    Some(words)
}

fn below(module: &Module, name: &str) -> Module {
    let mut below = module.clone();
    below.push(name.to_owned());
    below
}

fn parent(module: &Module) -> Option<Module> {
    let (_, above) = module.split_last()?;
    Some(above.to_vec())
}

/// A circle as it is told: file by file, back to the first.
pub fn told(circle: &[&Path]) -> String {
    let files: Vec<_> = circle.iter().chain(circle.first()).map(|file| file.display().to_string()).collect();
    files.join(" -> ")
}

#[test]
fn no_files_form_a_circle() {
    let sources = super::sources();
    let graph = Graph::of(&sources);
    let arrows: usize = graph.iter().map(|(_, named)| named.count()).sum();
    assert!(arrows > 1000, "the guard reads no imports any more: {arrows}");
    let circles: Vec<_> = graph.circles().iter().map(|circle| told(circle)).collect();
    assert!(circles.is_empty(), "files that name each other in a circle:\n{}", circles.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of made-up files, each written as `path: text`.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> = files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
        Graph::of(&sources).circles().iter().map(|circle| told(circle)).collect()
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let found = ["src/d/a.rs -> src/d/b.rs -> src/d/a.rs"];
        for back in [
            "use super::a::A;",
            "use crate::d::a;",
            "use crate::{d::{c::C, a::{self, A}}};",
            "pub use super::a::A as B;",
            "fn f() { crate::d::a::g() }",
            "use super::super::d; fn f() { d::a::g() }",
            "#[cfg(test)] mod tests {} use super::a::A;",
        ] {
            let files =
                [("src/d/mod.rs", "mod a; mod b; mod c;"), ("src/d/a.rs", "use super::b::B;"), ("src/d/c.rs", "")];
            assert_eq!(circles(&[&files[..], &[("src/d/b.rs", back)]].concat()), found, "{back}");
        }
    }

    #[test]
    fn a_parent_and_a_child_that_name_each_other_are_a_circle() {
        let child = ("src/d/a.rs", "use super::Y;");
        for parent in ["mod a; use a::X;", "mod a; pub use self::a::X;", "mod a; fn f() { a::g() }"] {
            assert_eq!(circles(&[("src/d/mod.rs", parent), child]), ["src/d/a.rs -> src/d/mod.rs -> src/d/a.rs"]);
        }
        assert_eq!(circles(&[("src/d/mod.rs", "pub mod a;"), child]), [""; 0]);
    }

    #[test]
    fn a_longer_circle_is_told_file_by_file() {
        let files = [
            ("src/lib.rs", "mod a; mod b; mod c; use a::A;"),
            ("src/c.rs", "use crate::a;"),
            ("src/a.rs", "use crate::b::{B};"),
            ("src/b.rs", "use crate::c::C;"),
        ];
        assert_eq!(circles(&files), ["src/a.rs -> src/b.rs -> src/c.rs -> src/a.rs"]);
    }

    #[test]
    fn comments_texts_and_tests_are_no_imports() {
        for back in [
            "/// See [`super::a::A`].\nfn f() {}",
            "const A: &str = \"super::a::A\";",
            "#[cfg(test)] mod tests { use super::super::a::A; }",
            "#[cfg(test)] use super::a::A;",
        ] {
            let files = [("src/d/mod.rs", ""), ("src/d/a.rs", "use super::b::B;"), ("src/d/b.rs", back)];
            assert_eq!(circles(&files), [""; 0], "{back}");
        }
        let tests = [("src/d.rs", "#[cfg(test)] mod t; use t::T;"), ("src/d/t.rs", "use super::*;")];
        assert_eq!(circles(&tests), [""; 0]);
    }
}
