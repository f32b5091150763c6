//! Finding calls by what they have to be, and those that come nearest where none is.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::path::InAccount;
use super::request::{RequestView, shown};
use crate::domain::contract::error::Error;
use crate::domain::value::matcher::{Matcher, Mismatch};
use crate::domain::value::misfit::Misfit;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::heavy;
use crate::store::journal::JournalEntry;

/// The most calls that are found.
const MOST: usize = 500;

/// The longest query, in bytes: each call of the journal is held against it.
const LONGEST: usize = 64 * 1024;

/// The most near misses that are told.
const NEAREST: usize = 3;

/// The members of a call that a query may name: those of its view, its path without the query, its candidate.
const MEMBERS: [&str; 18] = [
    "id",
    "at",
    "method",
    "target",
    "path",
    "service",
    "operation",
    "candidate",
    "peer",
    "status",
    "duration_ms",
    "request_headers",
    "request_body",
    "request_body_size",
    "response_body",
    "lint",
    "fault",
    "exactly",
];

/// The calls that are what they have to be.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// The newest 500, the newest first.
    pub items: Vec<RequestView>,
    /// Where there are none: the calls that come nearest, the nearest first.
    pub nearest: Vec<NearMiss>,
}

/// A call that comes near what it has to be.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearMiss {
    /// All that is not as it has to be.
    pub mismatches: Vec<MismatchView>,
    /// The call.
    pub request: RequestView,
}

/// A value that is not what it has to be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mismatch)]
pub struct MismatchView {
    /// Where, as a JSON Pointer.
    pub pointer: String,
    /// What it has to be, in words.
    pub expected: String,
    /// What it is; null where there is nothing.
    #[schema(value_type = Value)]
    pub got: Option<Value>,
}

impl From<Mismatch<'_>> for MismatchView {
    fn from(mismatch: Mismatch<'_>) -> Self {
        Self { expected: mismatch.expected(), got: mismatch.got.cloned(), pointer: mismatch.pointer }
    }
}

/// Find the calls of an account that are what the body says, the newest first.
///
/// The body has members of a call, each with the value that it has to be, a list of values of which it has to be one,
/// or `{"matches": ...}`, `{"contains": ...}`, `{"present": ...}`, `{"at_least": ...}`, `{"at_most": ...}`,
/// `{"each": ...}`. Objects need not have more than is named, but with `"exactly": true`. Where no call is so, the
/// answer has those that come nearest, and what is wrong with them.
#[utoipa::path(post, path = "search_requests")]
pub async fn search_requests(at: InAccount, query: Document<Value, LONGEST>) -> Answer<Json<Found>> {
    let wanted = wanted(&query.0)?;
    let entries = at.account()?.journal.entries();
    Ok(Json(heavy::compute(move || find(&entries, &wanted)).await))
}

fn find(entries: &[Arc<JournalEntry>], wanted: &Matcher) -> Found {
    let is_found = |entry: &&Arc<JournalEntry>| wanted.takes(Some(&value(entry)));
    let items: Vec<_> = entries.iter().rev().filter(is_found).take(MOST).map(|entry| shown(entry)).collect();
    let nearest = if items.is_empty() { nearest(entries, wanted) } else { Vec::new() };
    Found { items, nearest }
}

/// The query, whose members are those of a call.
fn wanted(query: &Value) -> Result<Matcher, Error> {
    let mut misfits = Vec::new();
    match query {
        Value::Object(object) => {
            let unknown = object.keys().filter(|name| !MEMBERS.contains(&name.as_str()));
            misfits.extend(unknown.map(|name| Misfit::unknown(name, name, &MEMBERS)));
        }
        other => {
            let expected = "an object".to_owned();
            misfits.push(Misfit { path: String::new(), expected, sent: other.to_string() });
        }
    }
    let read = Matcher::read(query).map_err(|more| misfits.extend(more));
    match read {
        Ok(wanted) if misfits.is_empty() => Ok(wanted),
        _ => Err(Error::Body(misfits)),
    }
}

/// The calls with the fewest mismatches, of those the newest.
fn nearest(entries: &[Arc<JournalEntry>], wanted: &Matcher) -> Vec<NearMiss> {
    let count = |entry: &Arc<JournalEntry>| wanted.mismatches(Some(&value(entry))).len();
    let mut misses: Vec<_> = entries.iter().rev().map(|entry| (count(entry), entry)).collect();
    misses.sort_by_key(|(count, _)| *count);
    let miss = |(_, entry): (usize, &Arc<JournalEntry>)| {
        let value = value(entry);
        let mismatches = wanted.mismatches(Some(&value)).into_iter().map(MismatchView::from).collect();
        NearMiss { mismatches, request: shown(entry) }
    };
    misses.into_iter().take(NEAREST).map(miss).collect()
}

/// A call as a query sees it.
fn value(entry: &JournalEntry) -> Value {
    let view = shown(entry);
    let path = view.target.split('?').next().unwrap_or_default().to_owned();
    let candidate = entry.operation.and_then(|operation| operation.parameter("candidate_id", &path));
    let body = view.request_body.as_ref();
    let in_body =
        || ["/candidate/candidate_id", "/candidate_id"].into_iter().find_map(|at| body?.pointer(at)?.as_str());
    let candidate = candidate.or_else(|| in_body().map(str::to_owned));
    let mut value = serde_json::to_value(&view).unwrap_or_default();
    value["path"] = path.into();
    value["candidate"] = candidate.into();
    value
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn a_query_names_every_member_of_a_call() {
        let schema = serde_json::to_value(RequestView::schema()).expect("a schema");
        let members = schema["properties"].as_object().expect("members").keys().map(String::as_str);
        let all: BTreeSet<_> = members.chain(["path", "candidate", "exactly"]).collect();
        assert_eq!(MEMBERS.into_iter().collect::<BTreeSet<_>>(), all);
    }
}
