//! Every path that a page names is one that the program serves.

use serde_json::Value;

use super::{Page, root, spans};

/// Paths that no document has: the documents, their pages, and those of `receive`.
const OTHERS: [&str; 6] = ["/", "/openapi/", "/openapi.json", "/_sandbox", "/_sandbox/openapi.json", "/state"];

/// A path as a document has it, with its methods.
struct Route {
    segments: Vec<String>,
    methods: Vec<String>,
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(str::to_owned).collect()
}

/// The routes of both documents, with their aliases.
fn routes() -> Vec<Route> {
    let mut routes = Vec::new();
    for file in ["control.json", "atlas.json"] {
        let text = std::fs::read_to_string(root().join("openapi").join(file)).expect(file);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        for (path, operations) in document["paths"].as_object().expect("paths") {
            let operations = operations.as_object().expect("operations");
            let methods: Vec<_> = operations.keys().map(|method| method.to_uppercase()).collect();
            let aliases = operations.values().flat_map(|one| one["x-aliases"].as_array().into_iter().flatten());
            let aliases = aliases.filter_map(Value::as_str).map(|path| (path, methods.clone()));
            for (path, methods) in aliases.chain([(path.as_str(), methods.clone())]) {
                routes.push(Route { segments: segments(path), methods });
            }
        }
    }
    routes
}

impl Route {
    /// Whether a page that names this path means it: the whole of it, with values in its places, or its end as it is
    /// written in the document.
    fn is_meant(&self, named: &[String], is_end: bool) -> bool {
        let is_place = |segment: &String| segment.starts_with('{');
        let is_value = |(own, named): (&String, &String)| own == named || is_place(own);
        let is_written = |(own, named): (&String, &String)| own == named || is_place(own) && is_place(named);
        let same_length = named.len() == self.segments.len();
        same_length && !is_end && self.segments.iter().zip(named).all(is_value)
            || named.len() < self.segments.len() && self.segments.iter().rev().zip(named.iter().rev()).all(is_written)
    }
}

/// Whether the program serves what a page names, with this method where one is named.
fn is_served(routes: &[Route], method: Option<&str>, named: &str) -> bool {
    let path = named.split(['?', '#']).next().unwrap_or_default();
    if OTHERS.contains(&path) {
        return true;
    }
    // An inbox without an account is the demo account's.
    let path = path.replace("/_sandbox/inbox/", "/_sandbox/accounts/DEMO0001/inbox/");
    let (is_end, path) = path.strip_prefix("...").map_or((false, path.as_str()), |rest| (true, rest));
    let named = segments(path);
    // The base URL of a service is the beginning of its paths.
    let is_base = |route: &Route| named.len() == 2 && path.contains("Service/") && route.segments.starts_with(&named);
    routes.iter().any(|route| {
        (route.is_meant(&named, is_end) || is_base(route))
            && method.is_none_or(|method| route.methods.iter().any(|known| known == method))
    })
}

#[test]
fn every_path_that_a_page_names_is_served() {
    let routes = routes();
    let (mut seen, mut with_method) = (0, 0);
    for page in Page::all() {
        let shell: String = page.blocks("bash").concat();
        let called = shell.split("http://127.0.0.1:8080").skip(1).map(|rest| {
            let end = rest.find([' ', '\'', '"', '\n', ')']).unwrap_or(rest.len());
            (None, rest[..end].to_owned())
        });
        let named = page.prose().flat_map(spans).filter_map(|span| {
            let span = span.strip_prefix("http://127.0.0.1:8080").map_or(span.clone(), str::to_owned);
            let (method, path) = match span.split_once(' ') {
                Some((method, path)) if method.bytes().all(|letter| letter.is_ascii_uppercase()) => {
                    (Some(method.to_owned()), path.to_owned())
                }
                _ => (None, span),
            };
            let is_path = path.starts_with('/') && !path.starts_with("/tmp/") || path.starts_with(".../");
            (is_path && !path.contains(' ')).then_some((method, path))
        });
        for (method, path) in called.chain(named) {
            // A shell's variables stand for what a path names.
            let path = path.replace("$ID", "ID").replace("$CODE", "CODE");
            assert!(is_served(&routes, method.as_deref(), &path), "{}: {method:?} {path} is not served", page.name);
            seen += 1;
            with_method += usize::from(method.is_some());
        }
    }
    assert!(seen > 100 && with_method > 20, "{seen} {with_method}");
    for (method, wrong) in [(None, "/_sandbox/acounts"), (Some("PUT"), "/_sandbox/health"), (None, ".../waits")] {
        assert!(!is_served(&routes, method, wrong), "{wrong}");
    }
}
