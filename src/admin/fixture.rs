//! Fixtures: a `given` document merged into an account.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::domain::fixture::given::{Counts, Given};
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::{Sandbox, account};

/// Merge a fixture into an account.
///
/// Records are upserted by their code, absent sections stay untouched, all or nothing; no notification is sent.
#[utoipa::path(
    tag = "Accounts",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = Given,
    responses(
        (status = 200, description = "How many records came in.", body = Counts),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
        (status = 409, description = "A key or a token is taken.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/fixtures")]
pub async fn load_fixture(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    given: Document<Given>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    Ok(answer::ok(&account::load(&sandbox, &account, given.0)?))
}
