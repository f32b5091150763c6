//! The vendor's operations as their document has them: a handler's annotation and types, and what every operation of the
//! face may refuse. What a fault on request answers is not among it.

use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, RefOr, Schema};

use crate::domain::operations;
use crate::gateway::fault::FaultBody;
use crate::http::error::ErrorModel;
use crate::http::operation::{self, Signature};

/// Adds to a handler's annotation what its types say.
pub fn complete(document: &mut OpenApi, handler: &str, mut signature: Signature) {
    let Some(row) = operations::named(handler) else { return };
    let Some(item) = document.paths.paths.shift_remove(handler) else { return };
    let (model, fault) = (signature.schema::<ErrorModel>(), signature.schema::<FaultBody>());
    refuse(&mut signature, &model, &fault);
    let is_called = signature.operation;
    if row.is_token() {
        answers_fault(&mut signature, 403, "The caller's address is not on the allow list.", fault);
    }
    if signature.request_body.is_some() || row.is_token() {
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
fn refuse(signature: &mut Signature, model: &RefOr<Schema>, fault: &RefOr<Schema>) {
    let Some(operation) = signature.operation else { return };
    let either = || RefOr::T(Schema::AnyOf(AnyOfBuilder::new().item(model.clone()).item(fault.clone()).build()));
    answers_fault(signature, 401, "No valid token, or a blocked subscription.", fault.clone());
    let is_role_needed = operation.service.is_some_and(|service| service.role().is_some());
    let gateways = "The application is not subscribed, or the caller's address is not on the allow list.";
    match (is_role_needed, operation.path.contains("{account_code}")) {
        (false, _) => answers_fault(signature, 403, gateways, fault.clone()),
        (true, is_named) => {
            let account = if is_named { ", or the account is another one" } else { "" };
            answers_fault(signature, 403, &format!("{gateways} The role is missing{account}: Error Model."), either());
        }
    }
    answers_fault(signature, 429, "Too many calls for the tier.", fault.clone());
    let blocked = "The service is blocked. The account holds as many deliveries as it may: Error Model.";
    answers_fault(signature, 503, blocked, either());
    if signature.request_body.is_some() {
        signature.answers(400, "What is named is unknown, or the body does not fit.");
    } else if !signature.parameters.is_empty() {
        signature.answers(400, "What is named is unknown, or a parameter does not fit.");
    }
}

/// An answer that the gateway writes in JSON or in XML, as it is asked to.
fn answers_fault(signature: &mut Signature, status: u16, description: &str, schema: RefOr<Schema>) {
    signature.answers_with(status, description, schema);
    signature.answers_also(status, "application/xml");
}
