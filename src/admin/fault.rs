//! Faults on request: which calls of an account go wrong, and how.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::path::{FaultPath, InAccount};
use crate::domain::record::fault::{Fault, FaultInput};
use crate::http::answer::{Answer, Created, Json, NoContent};
use crate::http::body::Document;
use crate::service::fault;

/// The faults of an account, in the order they are tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultList {
    /// The first one that takes a call is the one it meets.
    pub faults: Vec<Fault>,
}

/// The faults that an account shall have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultListInput {
    /// In the order they are tried.
    pub faults: Vec<FaultInput>,
}

/// List the faults of an account, in the order they are tried.
#[utoipa::path(get, path = "list_faults")]
pub async fn list_faults(at: InAccount) -> Answer<Json<FaultList>> {
    Ok(Json(FaultList { faults: fault::list(&at.sandbox, &*at.account()?).await }))
}

/// Put faults in place of all that an account has.
#[utoipa::path(put, path = "put_faults", responses(
    (status = 409, description = "Two have the same id; nothing changed.")
))]
pub async fn put_faults(at: InAccount, list: Document<FaultListInput>) -> Answer<Json<FaultList>> {
    let account = at.account()?;
    fault::replace(&at.sandbox, &account, &list.0.faults).await?;
    Ok(Json(FaultList { faults: fault::list(&at.sandbox, &account).await }))
}

/// Add a fault, by `effect` or by `name`, or a whole `set`.
#[utoipa::path(post, path = "add_fault", responses((status = 409, description = "The id is taken.")))]
pub async fn add_fault(at: InAccount, input: Document<FaultInput>) -> Answer<Created<FaultList>> {
    let faults = fault::add(&at.sandbox, &at.account()?, &input.0).await?;
    Ok(Created(FaultList { faults }))
}

/// Remove all faults of an account.
#[utoipa::path(delete, path = "clear_faults")]
pub async fn clear_faults(at: InAccount) -> Answer<NoContent> {
    fault::clear(&at.sandbox, &at.account()?).await?;
    Ok(NoContent)
}

/// Remove a fault.
#[utoipa::path(delete, path = "remove_fault")]
pub async fn remove_fault(at: InAccount<FaultPath>) -> Answer<NoContent> {
    fault::remove(&at.sandbox, &at.account()?, &at.path.id).await?;
    Ok(NoContent)
}
