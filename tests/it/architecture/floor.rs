//! The floors of the domain: what a file of it may name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::graph::Graph;

/// From the ground up. What stands on the same floor does not name each other.
const FLOORS: &[&[&str]] = &[
    &["value"],
    &["contract"],
    &["record"],
    &["state"],
    &["outbox", "site"],
    // The rooms of the vendor's services. Who may name a room stands above it.
    &["getting_started", "proctoring", "publication", "test_center", "token", "voucher"],
    &["booking"],
    &["eligibility", "payment", "result"],
    &["scheduling"],
    // What stands above the rooms.
    &["again", "deed", "due", "operations", "query"],
    // A fault may be planned for an operation.
    &["fault"],
    &["fixture"],
];

/// The part of the domain that a file is of; `None` for the list of the parts itself, and for what is not of it.
fn part(path: &Path) -> Option<String> {
    let first = path.strip_prefix("src/domain").ok()?.iter().next()?.to_str()?;
    let part = first.trim_end_matches(".rs");
    (part != "mod").then(|| part.to_owned())
}

fn floor(part: &str) -> usize {
    let found = FLOORS.iter().position(|floor| floor.contains(&part));
    found.unwrap_or_else(|| panic!("{part} stands on no floor of the domain"))
}

/// The arrows inside the domain that do not lead down.
fn wrong(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, named) in graph.iter() {
        let Some(own) = part(from) else { continue };
        for to in named.filter(|to| to.starts_with("src/domain")) {
            let other = part(to);
            if other.as_ref().is_none_or(|other| *other != own && floor(other) >= floor(&own)) {
                wrong.push(format!("{} names {}", from.display(), to.display()));
            }
        }
    }
    wrong
}

#[test]
fn the_domain_names_only_the_floors_below() {
    let graph = Graph::of(&super::sources());
    let parts = graph.iter().filter_map(|(file, _)| part(file)).collect::<BTreeSet<_>>();
    assert_eq!(parts, FLOORS.concat().into_iter().map(str::to_owned).collect(), "the table lists what there is");
    let wrong = wrong(&graph);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_plan_lists_the_floors_in_force() {
    let plan = super::plan();
    for floor in FLOORS {
        let list = floor.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
        assert!(plan.contains(&format!("| {list} |")), "ARCHITECTURE.md has no floor {list}");
    }
}

#[test]
fn an_arrow_upward_is_found() {
    let sources = [
        ("src/domain/mod.rs", "mod state; mod booking; mod result; mod eligibility;"),
        ("src/domain/state/mod.rs", "pub mod table; use crate::domain::booking::Booked;"),
        ("src/domain/state/table.rs", "use super::Act;"),
        ("src/domain/booking/mod.rs", "mod input; use crate::domain::state;"),
        ("src/domain/booking/input.rs", "use super::super::result;"),
        ("src/domain/result/mod.rs", "use super::{booking::Booking, eligibility};"),
        ("src/domain/eligibility/mod.rs", "fn f() { crate::domain::booking::g() }"),
    ];
    let sources: Vec<_> = sources.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let told = [
        "src/domain/booking/input.rs names src/domain/result/mod.rs",
        "src/domain/result/mod.rs names src/domain/eligibility/mod.rs",
        "src/domain/state/mod.rs names src/domain/booking/mod.rs",
    ];
    assert_eq!(wrong(&Graph::of(&sources)), told);
}
