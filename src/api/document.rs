//! The vendor's operations as their document has them: a handler's annotation and types, and what every operation of the
//! face may refuse.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::SecurityRequirement;

use crate::domain::operations;
use crate::gateway::fault::FaultBody;
use crate::http::error::ErrorModel;
use crate::http::operation::{self, Signature};

/// Adds to a handler's annotation what its types say.
pub fn complete(document: &mut OpenApi, handler: &str, mut signature: Signature) {
    let Some(row) = operations::named(handler) else { return };
    let Some(item) = document.paths.paths.shift_remove(handler) else { return };
    refuse(&mut signature);
    let model = signature.schema::<ErrorModel>();
    let is_called = signature.operation;
    let has_body = signature.request_body.is_some() || row.is_token();
    if has_body {
        signature.answers(413, "The body is over 1 MiB.");
    }
    let mut described = signature.complete(item, ("application/json", &model));
    if let Some(operation) = is_called {
        described.operation_id = Some(operation.id.to_owned());
        let by_hand = SecurityRequirement::new("bearer", Vec::<String>::new());
        described.security = Some(vec![by_hand, SecurityRequirement::new("oauth2", ["default"])]);
    }
    document.components.get_or_insert_default().schemas.extend(signature.schemas);
    operation::add(document, row.method, handler, described);
}

/// What every operation with a token may answer.
fn refuse(signature: &mut Signature) {
    let Some(operation) = signature.operation else { return };
    let fault = signature.schema::<FaultBody>();
    signature.answers_with(401, "No valid token.", fault.clone());
    let is_role_needed = operation.service.is_some_and(|service| service.role().is_some());
    match (is_role_needed, operation.path.contains("{account_code}")) {
        (false, _) => signature.answers_with(403, "The application is not subscribed.", fault),
        (true, false) => signature.answers(403, "The role is missing."),
        (true, true) => signature.answers(403, "The role is missing, or the account is another one."),
    }
    if signature.request_body.is_some() {
        signature.answers(400, "What is named is unknown, or the body does not fit.");
    } else if !signature.parameters.is_empty() {
        signature.answers(400, "What is named is unknown, or a parameter does not fit.");
    }
}
