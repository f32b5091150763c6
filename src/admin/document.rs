//! The control face's operations as its document has them: a row, its handler's annotation and types, and what every
//! operation of the face may refuse.

use std::collections::BTreeMap;

use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, RefOr, Response};
use utoipa::{IntoResponses, OpenApi as _};

use super::guard;
use crate::http::operation::Signature;
use crate::http::route::Row;

/// What an operation is refused with that would queue more deliveries than the account may hold.
#[derive(Debug)]
pub struct QueueFull;

impl IntoResponses for QueueFull {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = Response::new("The account holds as many deliveries as it may.");
        BTreeMap::from([("503".to_owned(), response.into())])
    }
}

/// Adds the operations of the face, and the schemas that they refer to, to a document.
pub fn describe(document: &mut OpenApi) {
    let mut annotated = super::Annotated::openapi();
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.extend(annotated.components.take().unwrap_or_default().schemas);
    for row in super::rows() {
        let Some(item) = annotated.paths.paths.shift_remove(row.name) else { continue };
        let mut signature = (row.signature)();
        refuse_strangers(&row, &mut signature);
        let operation = operation(&row, item, &mut signature);
        schemas.extend(signature.schemas);
        document.paths.add_path_operation(row.path, vec![method(row.method)], operation);
    }
}

/// What the guard refuses, of all that is not public.
fn refuse_strangers(row: &Row, signature: &mut Signature) {
    if !guard::is_public(row.method, row.path) {
        signature.refuses(401, "The server has an admin token, and the call does not show it.");
        signature.refuses(403, "The server has no admin token, and the call comes from elsewhere.");
    }
}

/// What the annotation says comes first; a refusal in it gets the body that all have.
fn operation(row: &Row, item: PathItem, signature: &mut Signature) -> Operation {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let mut operation = get.or(put).or(post).or(delete).or(patch).unwrap_or_default();
    operation.tags = Some(vec![row.tag.to_owned()]);
    let parameters = std::mem::take(&mut signature.parameters);
    operation.parameters = (!parameters.is_empty()).then(|| parameters.into_iter().map(RefOr::T).collect());
    operation.request_body = operation.request_body.take().or(signature.request_body.take().map(RefOr::T));
    if guard::is_public(row.method, row.path) {
        operation.security = Some(vec![SecurityRequirement::default()]);
    }
    for (status, answer) in std::mem::take(&mut operation.responses.responses) {
        let RefOr::T(mut answer) = answer else { continue };
        let is_refusal = status.starts_with(['4', '5']);
        if is_refusal {
            signature.refuses(status.parse().unwrap_or_default(), "");
        }
        if let Some(known) = signature.responses.remove(&status)
            && answer.content.is_empty()
        {
            answer.content = known.content;
        }
        signature.responses.insert(status, answer);
    }
    let responses = std::mem::take(&mut signature.responses);
    operation.responses.responses = responses.into_iter().map(|(status, answer)| (status, answer.into())).collect();
    operation
}

fn method(name: &str) -> HttpMethod {
    match name {
        "PUT" => HttpMethod::Put,
        "POST" => HttpMethod::Post,
        "DELETE" => HttpMethod::Delete,
        "PATCH" => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}
