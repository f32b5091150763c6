//! Refusals that several operations share.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// What an operation is refused with that would queue more deliveries than the account may hold.
#[derive(Debug)]
pub struct QueueFull;

impl IntoResponses for QueueFull {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = Response::new("The account holds as many deliveries as it may.");
        BTreeMap::from([("503".to_owned(), response.into())])
    }
}
