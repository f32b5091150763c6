//! Which operation a call is for: one look at the path's segments, for the whole face of the vendor.
//!
//! Here and not in actix' router, whose patterns are regular expressions: with a small engine they cost a third of a
//! call, with a large one they cost the start of the server.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use actix_web::http::uri::PathAndQuery;
use percent_encoding::percent_decode;

use crate::domain::contract::operation::Operation;
use crate::http::call::Part;

/// What a method and a canonical path are for.
#[derive(Debug)]
pub enum Found {
    /// An operation, with the parts of its path.
    Operation(Operation, Vec<Part>),
    /// The path is this operation's, the method is not.
    WrongMethod(Operation),
    /// Nothing.
    Nothing,
}

#[derive(Debug)]
struct Route {
    operation: Operation,
    method: &'static str,
    segments: Vec<Segment>,
    handler: PathAndQuery,
}

#[derive(Debug)]
enum Segment {
    Literal(&'static str),
    Part(&'static str),
}

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let segment = |text: &'static str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => Segment::Part(name),
        None => Segment::Literal(text),
    };
    let route = |operation: Operation| {
        let (method, path) = operation.route();
        let handler = PathAndQuery::from_maybe_shared(format!("/~{}", operation.name())).ok()?;
        Some(Route { operation, method, segments: path[1..].split('/').map(segment).collect(), handler })
    };
    Operation::ALL.into_iter().filter_map(route).collect()
});

/// Finds the operation.
pub fn find(method: &str, path: &str) -> Found {
    let mut known = None;
    // `*` and the empty path of a CONNECT have no segments.
    let Some(path) = path.strip_prefix('/') else { return Found::Nothing };
    for route in ROUTES.iter() {
        if !fits(&route.segments, path) {
            continue;
        }
        if route.method == method {
            return Found::Operation(route.operation, parts(&route.segments, path));
        }
        known = Some(route.operation);
    }
    known.map_or(Found::Nothing, Found::WrongMethod)
}

/// The path that the operation's handler is served at.
pub fn handler(operation: Operation) -> Option<&'static PathAndQuery> {
    ROUTES.iter().find(|route| route.operation == operation).map(|route| &route.handler)
}

/// The methods that the path of an operation offers, as CORS names them.
pub fn methods(operation: Operation) -> Option<&'static HeaderValue> {
    METHODS.iter().find(|(path, _)| *path == operation.route().1).map(|(_, methods)| methods)
}

static METHODS: LazyLock<Vec<(&'static str, HeaderValue)>> = LazyLock::new(|| {
    let with =
        |path: &'static str| Operation::ALL.into_iter().map(Operation::route).filter(move |route| route.1 == path);
    let methods = |path: &'static str| {
        let names: BTreeSet<&str> = with(path).map(|(method, _)| method).collect();
        HeaderValue::from_str(&Vec::from_iter(names).join(",")).ok().map(|methods| (path, methods))
    };
    Operation::ALL.into_iter().filter_map(|operation| methods(operation.route().1)).collect()
});

/// The segments of a path. Byte by byte: they are too short for anything cleverer.
fn split(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}

fn fits(segments: &[Segment], path: &str) -> bool {
    let mut given = split(path);
    segments.iter().all(|segment| match (segment, given.next()) {
        (Segment::Literal(literal), Some(text)) => literal.as_bytes() == text,
        (Segment::Part(_), Some(text)) => !text.is_empty(),
        (_, None) => false,
    }) && given.next().is_none()
}

fn parts(segments: &[Segment], path: &str) -> Vec<Part> {
    let decode = |text: &[u8]| percent_decode(text).decode_utf8_lossy().into_owned();
    segments
        .iter()
        .zip(split(path))
        .filter_map(|(segment, text)| match segment {
            Segment::Part(name) => Some(Part { name, text: decode(text) }),
            Segment::Literal(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_finds_its_operation_and_the_parts_of_its_path() {
        let found = find("GET", "/eligibilityService/1.0.0/accounts/A1/candidates/Zo%C3%AB%2F1");
        let Found::Operation(operation, parts) = found else { panic!("{found:?}") };
        assert_eq!(operation, Operation::ListEligibilities);
        let parts: Vec<_> = parts.iter().map(|part| (part.name, part.text.as_str())).collect();
        assert_eq!(parts, [("account_code", "A1"), ("candidate_id", "Zoë/1")]);
    }

    #[test]
    fn every_operation_is_found_at_its_own_path() {
        for operation in Operation::ALL {
            let (method, path) = operation.route();
            let found = find(method, path);
            assert!(matches!(found, Found::Operation(same, _) if same == operation), "{operation:?}: {found:?}");
            assert!(matches!(find("PATCH", path), Found::WrongMethod(_)), "{operation:?}");
        }
    }

    #[test]
    fn what_is_no_path_of_ours_is_not_found() {
        for path in [
            "/",
            "/token/",
            "//token",
            "/eligibilityService/1.0.0/accounts//candidates",
            "/eligibilityService/1.0.0/accounts/A/candidates/C/",
            "/~list_eligibilities",
            "*",
            "",
        ] {
            assert!(matches!(find("GET", path), Found::Nothing), "{path}");
        }
    }
}
