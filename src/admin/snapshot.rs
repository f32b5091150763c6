//! Snapshots: an account as a document, brought back into the same account, or forked into a new one.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::account::{self, AccountView};
use super::path::InAccount;
use crate::domain::contract::error::Error;
use crate::http::answer::{Answer, Created, Json, NoContent, Written};
use crate::http::body::{AccountDocument, Document};
use crate::http::heavy;
use crate::service::snapshot::{self, ForkInput, Snapshot};

/// Get an account whole: every row of its tables, secrets included.
///
/// `PUT` brings the account back to it.
#[utoipa::path(get, path = "get_snapshot")]
pub async fn get_snapshot(at: InAccount) -> Answer<Written<Json<Snapshot>>> {
    let (sandbox, account) = (Arc::clone(&at.sandbox), at.account()?);
    let written =
        heavy::run(Box::pin(async move { serde_json::to_vec(&snapshot::get(&sandbox, &account).await) })).await;
    Ok(Written::text(written.map_err(|error| Error::Internal(error.to_string()))?))
}

/// Bring an account back to a snapshot of it.
///
/// Tokens that were issued since end; a delivery that was being sent when the snapshot was taken waits again.
#[utoipa::path(put, path = "put_snapshot", responses(
    (status = 409, description = "The snapshot is of another account, or a key or token is another account's by now.")
))]
pub async fn put_snapshot(at: InAccount, input: AccountDocument<Snapshot>) -> Answer<NoContent> {
    let (sandbox, account) = (Arc::clone(&at.sandbox), at.account()?);
    heavy::compute(move || snapshot::put(&sandbox, &account, input.0)).await?;
    Ok(NoContent)
}

/// Fork an account: a new one with the same records and settings.
///
/// It has a new code, new consumer keys, secrets and static tokens; issued tokens and the journal are not copied.
#[utoipa::path(post, path = "fork_account", responses((status = 409, description = "The code is taken.")))]
pub async fn fork_account(
    at: InAccount,
    request: HttpRequest,
    input: Document<ForkInput>,
) -> Answer<Created<AccountView>> {
    let (sandbox, account) = (Arc::clone(&at.sandbox), at.account()?);
    let fork = heavy::run(Box::pin(async move { snapshot::fork(&sandbox, &account, input.0).await })).await?;
    Ok(Created(account::view(&at.sandbox, &fork, &request, true).await))
}
