//! Links and anchors of the documents lead somewhere, and README.md stays short.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use reqwest::Method;

use super::{Page, README, root, spans};
use crate::server::{Server, send};

/// README.md has fewer words than this.
const WORDS: usize = 2500;

/// The documents beside those for users.
const OTHERS: [&str; 5] =
    ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "benches/README.md", "examples/README.md"];

/// The anchors of a document's headings, as they are made where the documents are read.
fn anchors(page: &Page) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = page.prose().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| -> String {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings
        .map(|line| {
            let name = anchor(line);
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 { name } else { format!("{name}-{}", *count - 1) }
        })
        .collect()
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_in_it() {
    let mut followed = 0;
    for page in Page::all().into_iter().chain(OTHERS.map(Page::read)) {
        let folder = Path::new(&page.name).parent().unwrap_or(Path::new("")).to_owned();
        for link in page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { page.name.clone().into() } else { folder.join(file) };
            assert!(root().join(&target).exists(), "{} links to {link}", page.name);
            if let Some(anchor) = anchor {
                let there = anchors(&Page::read(&target.to_string_lossy()));
                assert!(there.contains(anchor), "{} links to {link}; there are {there:?}", page.name);
            }
            followed += 1;
        }
    }
    assert!(followed > 60, "{followed} links");
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() {
    let readme = Page::read(README);
    let words = readme.text.split_whitespace().count();
    assert!(words < WORDS, "{words} words");
    for page in Page::all().iter().skip(1) {
        assert!(readme.text.contains(&format!("]({})", page.name)), "README.md does not link to {}", page.name);
    }
}

#[actix_web::test]
async fn the_page_for_browsers_names_each_page_to_read() {
    let server = Server::shared();
    let page = send(server.request(Method::GET, "/").header("accept", "text/html")).await;
    assert_eq!(page.status, 200);
    let text = page.text.replace("<code>", "`").replace("</code>", "`");
    let named: Vec<_> = spans(&text).into_iter().filter(|name| name.strip_suffix(".md").is_some()).collect();
    let there: Vec<_> = Page::all().into_iter().map(|page| page.name).collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(named), sorted(there));
}
