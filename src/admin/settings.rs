//! Settings: how an account's gateway, program and lint behave.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, patch};

use crate::domain::record::settings::{Settings, SettingsInput};
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::Sandbox;

/// Get the settings of an account.
#[utoipa::path(
    tag = "Accounts",
    params(("account_code" = String, Path, description = "The account.")),
    responses(
        (status = 200, description = "The settings.", body = Settings),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/settings")]
pub async fn get_settings(sandbox: Data<Arc<Sandbox>>, path: Path<String>) -> Result<HttpResponse, ControlError> {
    Ok(answer::ok(&sandbox.account(&path)?.lock().settings))
}

/// Change some settings of an account; what is absent stays.
#[utoipa::path(
    tag = "Accounts",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = SettingsInput,
    responses(
        (status = 200, description = "The settings as they are now.", body = Settings),
        (status = 400, description = "A value does not fit; nothing changed.", body = Problem),
        (status = 404, description = "No such account.", body = Problem),
    )
)]
#[patch("/accounts/{account_code}/settings")]
pub async fn patch_settings(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    patch: Document<SettingsInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let changed = sandbox.change(&account, |state, _| {
        state.settings.update(&patch.0);
        Ok((state.settings.clone(), Vec::new()))
    })?;
    Ok(answer::ok(&changed.value))
}
