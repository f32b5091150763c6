//! The control face's operations as its document has them: a row, its handler's annotation and types, and what every
//! operation of the face may refuse.

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::SecurityRequirement;

use super::guard;
use crate::http::error::Problem;
use crate::http::operation;

/// Adds the operations of the face, and the schemas that they refer to, to a document.
pub fn describe(document: &mut OpenApi) {
    let mut annotated = super::Annotated::openapi();
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.extend(annotated.components.take().unwrap_or_default().schemas);
    for row in super::rows() {
        let Some(item) = annotated.paths.paths.shift_remove(row.name) else { continue };
        let mut signature = (row.signature)();
        let is_public = guard::is_public(row.method, row.path);
        if !is_public {
            signature.answers(401, "The server has an admin token, and the call does not show it.");
            signature.answers(403, "The server has no admin token, and the call comes from elsewhere; or it comes from a page of another site.");
        }
        for (status, why) in guard::refusals(row.method, row.path) {
            if !signature.responses.contains_key(&status.to_string()) {
                signature.answers(*status, why);
            }
        }
        let problem = signature.schema::<Problem>();
        let mut described = signature.complete(item, (Problem::MEDIA_TYPE, &problem));
        described.tags = Some(vec![row.tag.to_owned()]);
        if is_public {
            described.security = Some(vec![SecurityRequirement::default()]);
        }
        document.components.get_or_insert_default().schemas.extend(signature.schemas);
        operation::add(document, row.method, row.path, described);
    }
}
