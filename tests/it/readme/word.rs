//! Words that the program takes are told, and no others: filters, things to wait for, faults by name, exit codes.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Page, README, root, spans};
use crate::server::Server;

fn control() -> Value {
    let text = std::fs::read_to_string(root().join("openapi/control.json")).expect("the document");
    serde_json::from_str(&text).expect("JSON")
}

/// The words of an enumeration of the control document.
fn words(document: &Value, schema: &str) -> BTreeSet<String> {
    let words = document["components"]["schemas"][schema]["enum"].as_array().expect(schema);
    words.iter().map(|word| word.as_str().expect("a text").to_owned()).collect()
}

/// The query parameters of an operation below an account.
fn parameters(document: &Value, path: &str) -> BTreeSet<String> {
    let operation = &document["paths"][format!("/_sandbox/accounts/{{account_code}}{path}")]["get"];
    let all = operation["parameters"].as_array().expect(path).iter().filter(|one| one["in"] == "query");
    all.map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

/// The lines of a page below a heading, up to the next.
fn below(page: &str, heading: &str) -> Vec<String> {
    let page = Page::read(page);
    let lines = page.prose().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// What the first cells, or others, of the tables in these lines name.
fn column(lines: &[String], index: usize) -> BTreeSet<String> {
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    super::rows(&lines).iter().flat_map(|row| spans(&row[index])).collect()
}

#[test]
fn the_page_tells_what_can_be_waited_for_and_by_what() {
    let document = control();
    let lines = below("docs/control.md", "## Waiting");
    assert_eq!(column(&lines, 0), words(&document, "Thing"));
    let known = parameters(&document, "/wait");
    let filters = column(&lines, 2);
    assert!(filters.is_subset(&known), "{filters:?}");
    // The others are told in words below the table.
    let text = lines.join("\n");
    for name in known.difference(&filters) {
        let is_told = [format!("`{name}`"), format!("`{name}=")].iter().any(|told| text.contains(told));
        assert!(is_told || text.contains(&format!("?{name}=")), "{name} is not told");
    }
}

#[test]
fn the_page_tells_what_clocks_do_and_what_journals_are_filtered_by() {
    let document = control();
    assert_eq!(column(&below("docs/control.md", "## The clock"), 0), words(&document, "Action"));
    let lines = below("docs/control.md", "## The journal");
    let text = lines.join(" ");
    let (_, filters) = text.split_once("Filters: ").expect("the filters");
    let told: BTreeSet<_> = spans(filters.split(". ").next().unwrap_or_default()).into_iter().collect();
    let paging = BTreeSet::from(["limit", "cursor"].map(str::to_owned));
    assert_eq!(told, &parameters(&document, "/requests") - &paging);
}

#[actix_web::test]
async fn the_page_tells_every_fault_that_has_a_name() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let lines = below("docs/faults.md", "## By name");
    let text = lines.join(" ");
    for member in ["name", "set"] {
        let refused = account.control(Method::POST, "/faults", Some(json!({ member: "none such" }))).await.problem(400);
        let list = refused.split_once("expected ").and_then(|(_, rest)| rest.split_once(", got")).expect("a list").0;
        let names: BTreeSet<_> = list.replace(" or ", ", ").split(", ").map(str::to_owned).collect();
        assert!(names.len() > 4, "{refused}");
        for name in &names {
            assert!(text.contains(name.as_str()), "{name} is not told");
        }
        if member == "set" {
            assert_eq!(column(&lines, 0), names);
        }
    }
    let named = spans(&text).into_iter().filter(|word| word.starts_with("token-") && word != "token-brownout");
    for name in named {
        account.control(Method::POST, "/faults", Some(json!({ "name": name }))).await.expect(201);
    }
}

#[test]
fn the_pages_tell_the_exit_codes_that_the_help_tells() {
    let help = atlas_sandbox::cli::command().get_after_long_help().expect("the codes").to_string();
    let codes = help.lines().filter_map(|line| line.trim_start().split_once("  ")).map(|(code, _)| code.to_owned());
    let codes: Vec<_> = codes.filter(|code| code.parse::<u8>().is_ok()).collect();
    assert_eq!(codes.len(), 4, "{help}");
    for (page, heading) in [(README, "## In tests and CI"), ("docs/commands.md", "## Exit codes")] {
        let lines = below(page, heading);
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let told: Vec<_> = super::rows(&lines).into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(told, codes, "{page}");
    }
}
