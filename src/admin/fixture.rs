//! Fixtures: a `given` document merged into an account.

use std::sync::Arc;

use super::account::Secrets;
use super::path::InAccount;
use crate::domain::contract::error::Error;
use crate::domain::fixture::count::Counts;
use crate::domain::fixture::given::Given;
use crate::http::answer::{Answer, Json, Written};
use crate::http::body::AccountDocument;
use crate::http::heavy;
use crate::http::query::Query;
use crate::service::account;

/// Merge a fixture into an account.
///
/// Records are upserted by their code, absent sections stay untouched, all or nothing; no notification is sent.
#[utoipa::path(post, path = "load_fixture", responses((status = 409, description = "A key or a token is taken.")))]
pub async fn load_fixture(at: InAccount, given: AccountDocument<Given>) -> Answer<Json<Counts>> {
    let account = at.account()?;
    let sandbox = at.sandbox.into_inner();
    Ok(Json(heavy::run(Box::pin(async move { account::load(&sandbox, &account, given.0).await })).await?))
}

/// Write an account as a fixture, which makes the same account again.
///
/// Secrets are left out unless asked for; a load makes them up then. Deliveries, issued tokens and the journal are no
/// part of it.
#[utoipa::path(get, path = "get_fixture")]
pub async fn get_fixture(at: InAccount, query: Query<Secrets>) -> Answer<Written<Json<Given>>> {
    let (sandbox, account, secrets) = (Arc::clone(&at.sandbox), at.account()?, query.secrets);
    let write = async move {
        let given = account::fixture(&sandbox, &account, secrets).await?;
        serde_json::to_vec(&given).map_err(|error| Error::Internal(error.to_string()))
    };
    Ok(Written::text(heavy::run(Box::pin(write)).await?))
}
