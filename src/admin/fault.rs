//! Faults on request: which calls of an account go wrong, and how.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::record::fault::{Fault, FaultInput, FaultView};
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::{Sandbox, fault};

/// The faults of an account, in the order they are tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultList {
    /// The first one that takes a call is the one it meets.
    pub faults: Vec<FaultView>,
}

impl FaultList {
    fn of(faults: Vec<Fault>) -> Self {
        Self { faults: faults.into_iter().map(FaultView::from).collect() }
    }
}

/// The faults that an account shall have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultListInput {
    /// In the order they are tried.
    pub faults: Vec<FaultInput>,
}

/// List the faults of an account, in the order they are tried.
#[utoipa::path(
    tag = "Faults",
    params(("account_code" = String, Path, description = "The account.")),
    responses(
        (status = 200, description = "The faults.", body = FaultList),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/faults")]
pub async fn list_faults(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> Result<HttpResponse, ControlError> {
    Ok(answer::ok(&FaultList::of(fault::list(&*sandbox.account(&path)?))))
}

/// Put faults in place of all that an account has.
#[utoipa::path(
    tag = "Faults",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = FaultListInput,
    responses(
        (status = 200, description = "The faults as they are now.", body = FaultList),
        (status = 400, description = "A member does not fit; nothing changed.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
        (status = 409, description = "Two have the same id; nothing changed.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/faults")]
pub async fn put_faults(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    list: Document<FaultListInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    fault::replace(&sandbox, &account, &list.0.faults)?;
    Ok(answer::ok(&FaultList::of(fault::list(&account))))
}

/// Add a fault, by `effect` or by `name`, or a whole `set`.
#[utoipa::path(
    tag = "Faults",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = FaultInput,
    responses(
        (status = 201, description = "What was added.", body = FaultList),
        (status = 400, description = "A member does not fit; nothing changed.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
        (status = 409, description = "The id is taken.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/faults")]
pub async fn add_fault(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    input: Document<FaultInput>,
) -> Result<HttpResponse, ControlError> {
    let faults = fault::add(&sandbox, &sandbox.account(&path)?, &input.0)?;
    Ok(answer::json(StatusCode::CREATED, &FaultList::of(faults)))
}

/// Remove all faults of an account.
#[utoipa::path(
    tag = "Faults",
    params(("account_code" = String, Path, description = "The account.")),
    responses(
        (status = 204, description = "There are none any more."),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[delete("/accounts/{account_code}/faults")]
pub async fn clear_faults(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> Result<HttpResponse, ControlError> {
    fault::clear(&sandbox, &sandbox.account(&path)?)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove a fault.
#[utoipa::path(
    tag = "Faults",
    params(
        ("account_code" = String, Path, description = "The account."),
        ("id" = String, Path, description = "The fault."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "No such account or fault.", body = Problem),
    )
)]
#[delete("/accounts/{account_code}/faults/{id}")]
pub async fn remove_fault(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    fault::remove(&sandbox, &sandbox.account(&path.0)?, &path.1)?;
    Ok(HttpResponse::NoContent().finish())
}
