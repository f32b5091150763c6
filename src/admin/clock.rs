//! Clocks: business time of one account, or of all.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::record::clock::{ClockFace, ClockInput};
use crate::domain::record::delivery::Delivery;
use crate::domain::value::id::AccountCode;
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
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
    #[schema(value_type = Vec<Delivery>)]
    pub ran: Vec<Arc<Delivery>>,
    /// What is still open where it did not settle.
    #[schema(value_type = Vec<Delivery>)]
    pub open: Vec<Arc<Delivery>>,
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
    ClockMoved { account_code, face, settled, ran, open }
}

/// Get the clock of an account.
#[utoipa::path(
    tag = "Clock",
    params(("account_code" = String, Path, description = "The account.")),
    responses(
        (status = 200, description = "How it stands.", body = ClockFace),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/clock")]
pub async fn get_clock(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> Result<HttpResponse, ControlError> {
    Ok(answer::ok(&clock::get(&*sandbox.account(&path)?)))
}

/// Freeze, set, advance, scale or resume the clock of an account.
///
/// An advance answers when all work that fell due is done, and lists it.
#[utoipa::path(
    tag = "Clock",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = ClockInput,
    responses(
        (status = 200, description = "How it stands, and what ran.", body = ClockMoved),
        (status = 400, description = "A member is missing or does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
        (status = 409, description = "It would go back while work is pending.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/clock")]
pub async fn put_clock(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    input: Document<ClockInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let moved = clock::put(&sandbox, &account, &input.0).await?;
    Ok(answer::ok(&shown(account.code.clone(), moved)))
}

/// Get the clocks of all accounts.
#[utoipa::path(tag = "Clock", responses((status = 200, description = "How they stand.", body = Vec<AccountClock>)))]
#[get("/clock")]
pub async fn get_clocks(sandbox: Data<Arc<Sandbox>>) -> HttpResponse {
    let faces: Vec<_> = sandbox
        .store
        .accounts()
        .iter()
        .map(|account| AccountClock { account_code: account.code.clone(), face: clock::get(account) })
        .collect();
    answer::ok(&faces)
}

/// Freeze, set, advance, scale or resume the clocks of all accounts, one after the other.
#[utoipa::path(tag = "Clock", request_body = ClockInput, responses(
    (status = 200, description = "How they stand, and what ran.", body = Vec<ClockMoved>),
    (status = 400, description = "A member is missing or does not fit.", body = Problem),
    (status = 409, description = "One would go back while work is pending.", body = Problem),
))]
#[put("/clock")]
pub async fn put_clocks(
    sandbox: Data<Arc<Sandbox>>,
    input: Document<ClockInput>,
) -> Result<HttpResponse, ControlError> {
    let mut all = Vec::new();
    for account in sandbox.store.accounts() {
        let moved = clock::put(&sandbox, &account, &input.0).await?;
        all.push(shown(account.code.clone(), moved));
    }
    Ok(answer::ok(&all))
}
