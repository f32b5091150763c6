//! Which operation a call is for: one look at the path's segments, for the whole face of the vendor.
//!
//! Here and not in actix' router, whose patterns are regular expressions: with a small engine they cost a third of a
//! call, with a large one they cost the start of the server.

use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use actix_web::http::uri::PathAndQuery;
use percent_encoding::percent_decode;

use crate::domain::contract::operation::{Alias, Operation};
use crate::domain::contract::service::InService;
use crate::domain::operations;
use crate::http::call::Part;

/// What a method and a path are for.
#[derive(Debug)]
pub enum MatchedRoute {
    /// An operation, with the parts of its path, or the one that is no UTF-8.
    Operation(&'static Route, &'static Offer, Result<Vec<Part>, &'static str>),
    /// The path is known, the method is not.
    WrongMethod(&'static Route),
    /// Nothing.
    Nothing,
}

/// A path of the vendor's face: the canonical one of operations, or an alias of theirs.
#[derive(Debug)]
pub struct Route {
    /// The version in the path, where it is not the service's own.
    pub version: Option<&'static str>,
    /// The methods it offers, as CORS names them.
    pub methods: HeaderValue,
    segments: Vec<Segment>,
    offers: Vec<Offer>,
}

/// An operation that a path offers.
#[derive(Debug)]
pub struct Offer {
    /// The operation.
    pub operation: &'static Operation,
    /// The path that its handler is served at.
    pub handler: PathAndQuery,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Part(&'static str),
}

/// The canonical paths stand before the aliases: they are found as fast as if there were no aliases.
static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let mut routes = Vec::new();
    for operation in operations::all() {
        add(&mut routes, operation, None, operation.path.split('/').skip(1).collect());
    }
    for operation in operations::all() {
        for alias in operation.aliases {
            add(&mut routes, operation, Some(*alias), alias.segments(operation));
        }
    }
    routes
});

fn add(routes: &mut Vec<Route>, operation: &'static Operation, alias: Option<Alias>, segments: Vec<&'static str>) {
    let Ok(handler) = PathAndQuery::from_maybe_shared(format!("/~{}", operation.id)) else { return };
    let segment = |text: &'static str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => Segment::Part(name),
        None => Segment::Literal(text),
    };
    let segments: Vec<_> = segments.into_iter().map(segment).collect();
    let index = routes.iter().position(|route| route.segments == segments).unwrap_or_else(|| {
        let (version, methods) = (alias.and_then(Alias::version), HeaderValue::from_static(""));
        routes.push(Route { version, methods, segments, offers: Vec::new() });
        routes.len() - 1
    });
    let route = &mut routes[index];
    route.offers.push(Offer { operation, handler });
    let mut methods: Vec<_> = route.offers.iter().map(|offer| offer.operation.method).collect();
    methods.sort_unstable();
    route.methods = HeaderValue::from_str(&methods.join(",")).unwrap_or(HeaderValue::from_static(""));
}

/// Finds the operation of a path as actix' router sees it, which knows `%5f` for `_`. Its parts are read from the path
/// as it came: the router puts U+FFFD where a path is no UTF-8.
pub fn find(method: &str, path: &str, came: &str) -> MatchedRoute {
    // `*` and the empty path of a CONNECT have no segments.
    let Some(path) = path.strip_prefix('/') else { return MatchedRoute::Nothing };
    let Some(route) = ROUTES.iter().find(|route| fits(&route.segments, path)) else { return MatchedRoute::Nothing };
    match route.offers.iter().find(|offer| offer.operation.method == method) {
        Some(offer) => MatchedRoute::Operation(route, offer, parts(&route.segments, came)),
        None => MatchedRoute::WrongMethod(route),
    }
}

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

/// The parts of a path; the name of the first that is no UTF-8.
fn parts(segments: &[Segment], came: &str) -> Result<Vec<Part>, &'static str> {
    let part = |name, text| match percent_decode(text).decode_utf8() {
        Ok(text) => Ok(Part { name, text: text.into_owned() }),
        Err(_) => Err(name),
    };
    segments
        .iter()
        .zip(split(came.strip_prefix('/').unwrap_or(came)))
        .filter_map(|(segment, text)| match segment {
            Segment::Part(name) => Some(part(*name, text)),
            Segment::Literal(_) => None,
        })
        .collect()
}

/// Whether an API is served at the context that a path begins with, in the version that follows.
pub fn is_in_api(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let is = |segment: Option<&Segment>, text: &str| matches!(segment, Some(Segment::Literal(own)) if *own == text);
    let begins = |route: &Route| {
        is(route.segments.first(), first) && second.is_some_and(|second| is(route.segments.get(1), second))
    };
    match InService::ALL.iter().find(|service| service.context().strip_prefix('/') == Some(first)) {
        Some(service) => second == Some(service.version()) || ROUTES.iter().any(begins),
        // The aliases without a context.
        None => ROUTES.iter().any(|route| is(route.segments.first(), first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(method: &str, path: &str) -> MatchedRoute {
        super::find(method, path, path)
    }

    #[test]
    fn a_call_finds_its_operation_and_the_parts_of_its_path() {
        let found = find("GET", "/eligibilityService/1.0.0/accounts/A1/candidates/Zo%C3%AB%2F1");
        let MatchedRoute::Operation(_, offer, parts) = found else { panic!("{found:?}") };
        assert_eq!(offer.operation.id, "list_eligibilities");
        let parts: Vec<_> = parts.iter().flatten().map(|part| (part.name, part.text.as_str())).collect();
        assert_eq!(parts, [("account_code", "A1"), ("candidate_id", "Zoë/1")]);
    }

    #[test]
    fn a_part_that_is_no_text_is_no_other_spelling_of_one_that_is() {
        for text in ["%FF", "%FE", "%C0%AF", "%ED%A0%80", "A%FF"] {
            let path = format!("/eligibilityService/1.0.0/accounts/A1/candidates/{text}");
            let found = find("GET", &path);
            assert!(matches!(found, MatchedRoute::Operation(_, _, Err("candidate_id"))), "{text}: {found:?}");
        }
    }

    #[test]
    fn every_operation_is_found_at_its_own_path_and_its_aliases() {
        for operation in operations::all() {
            let aliases = operation.aliases.iter().map(|alias| (alias.version(), alias.path(operation)));
            for (version, path) in aliases.chain([(None, operation.path.to_owned())]) {
                let found = find(operation.method, &path);
                let MatchedRoute::Operation(route, offer, _) = found else { panic!("{path}: {found:?}") };
                assert_eq!((offer.operation, route.version), (operation, version), "{path}");
                assert!(matches!(find("TRACE", &path), MatchedRoute::WrongMethod(_)), "{path}");
            }
        }
    }

    #[test]
    fn generation_2_has_no_account_in_its_path() {
        let found = find("GET", "/eligibilityService/2.0.0/candidates/C1");
        let MatchedRoute::Operation(_, offer, parts) = found else { panic!("{found:?}") };
        assert_eq!(offer.operation.id, "list_eligibilities");
        assert_eq!(parts.iter().flatten().map(|part| part.name).collect::<Vec<_>>(), ["candidate_id"]);
    }

    #[test]
    fn a_path_tells_the_methods_that_it_offers() {
        let path = "/accounts/A1/candidates/C1/tests/T1";
        let MatchedRoute::WrongMethod(route) = find("PATCH", path) else { panic!("{path}") };
        assert_eq!(route.methods, "DELETE,GET,PUT");
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
            "/accounts/A1/nothing",
            "/bookings/AB12CD34",
            "/ping/x",
            "/oauth2/authorize",
            "/eligibilityService/2.0.0",
            "/eligibilityService/2.0.0x/candidates",
            "/eligibilityService/2.0.0/accounts/A1/candidates",
            "*",
            "",
        ] {
            assert!(matches!(find("GET", path), MatchedRoute::Nothing), "{path}");
        }
    }

    #[test]
    fn an_api_is_its_context_and_version() {
        for path in [
            "/eligibilityService/1.0.0",
            "/eligibilityService/1.0.0/x",
            "/eligibilityService/2.0.0/x/y",
            "/bookingService/1.0.9/x",
            "/accounts/A1/nothing",
            "/token/",
        ] {
            assert!(is_in_api(path), "{path}");
        }
        for path in [
            "/",
            "",
            "/nothing",
            "/Token",
            "/eligibilityService",
            "/eligibilityService/9.0.0/x",
            "/eligibilityservice/1.0.0",
        ] {
            assert!(!is_in_api(path), "{path}");
        }
    }
}
