//! Clocks: business time of one account, or of all.

use std::sync::Arc;

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::path::InAccount;
use crate::domain::record::clock::{ClockFace, ClockInput};
use crate::domain::record::delivery::{Delivery, DeliveryView};
use crate::domain::value::id::AccountCode;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::service::Sandbox;
use crate::service::clock::{self, Moved};

/// What moving a clock did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockMoved {
    /// The account.
    #[schema(value_type = String)]
    pub account_code: AccountCode,
    /// How the clock stands now.
    #[serde(flatten)]
    pub face: ClockFace,
    /// False where work was still open after 30 s.
    pub settled: bool,
    /// The deliveries that were sent on the way, oldest first.
    pub ran: Vec<DeliveryView>,
    /// What is still open where it did not settle.
    pub open: Vec<DeliveryView>,
}

/// How the clock of an account stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountClock {
    /// The account.
    #[schema(value_type = String)]
    pub account_code: AccountCode,
    /// How it stands.
    #[serde(flatten)]
    pub face: ClockFace,
}

fn shown(account_code: AccountCode, moved: Moved) -> ClockMoved {
    let Moved { face, settled, ran, open } = moved;
    let shown = |deliveries: &[Arc<Delivery>]| deliveries.iter().map(|one| DeliveryView::from(&**one)).collect();
    ClockMoved { account_code, face, settled, ran: shown(&ran), open: shown(&open) }
}

/// Get the clock of an account.
#[utoipa::path(get, path = "get_clock")]
pub async fn get_clock(at: InAccount) -> Answer<Json<ClockFace>> {
    Ok(Json(clock::get(&at.sandbox, &*at.account()?).await))
}

/// Freeze, set, advance, scale or resume the clock of an account.
///
/// An advance answers when all work that fell due is done, and lists it.
#[utoipa::path(put, path = "put_clock", responses(
    (status = 409, description = "It would go back while work is pending.")
))]
pub async fn put_clock(at: InAccount, input: Document<ClockInput>) -> Answer<Json<ClockMoved>> {
    let account = at.account()?;
    let moved = clock::put(&at.sandbox, &account, &input.0).await?;
    Ok(Json(shown(account.code.clone(), moved)))
}

/// Get the clocks of all accounts.
#[utoipa::path(get, path = "get_clocks")]
pub async fn get_clocks(sandbox: Data<Arc<Sandbox>>) -> Json<Vec<AccountClock>> {
    let mut faces = Vec::new();
    for account in sandbox.store.accounts() {
        let face = clock::get(&sandbox, &account).await;
        faces.push(AccountClock { account_code: account.code.clone(), face });
    }
    Json(faces)
}

/// Freeze, set, advance, scale or resume the clocks of all accounts: all of them, or none.
#[utoipa::path(put, path = "put_clocks", responses(
    (status = 409, description = "One would go back while work is pending.")
))]
pub async fn put_clocks(sandbox: Data<Arc<Sandbox>>, input: Document<ClockInput>) -> Answer<Json<Vec<ClockMoved>>> {
    let accounts = sandbox.store.accounts();
    let moved = clock::put_all(&sandbox, &accounts, &input.0).await?;
    Ok(Json(accounts.iter().zip(moved).map(|(account, moved)| shown(account.code.clone(), moved)).collect()))
}
