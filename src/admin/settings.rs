//! Settings: how an account's gateway, program and lint behave.

use super::path::InAccount;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::settings::{Settings, SettingsInput};
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;

/// Get the settings of an account.
#[utoipa::path(get, path = "get_settings")]
pub async fn get_settings(at: InAccount) -> Answer<Json<Settings>> {
    Ok(Json(at.look(|state, _| Settings::clone(&state.settings)).await?))
}

/// Change some settings of an account; what is absent stays.
#[utoipa::path(patch, path = "patch_settings")]
pub async fn patch_settings(at: InAccount, patch: Document<SettingsInput>) -> Answer<Json<Settings>> {
    let account = at.account()?;
    let changed = at.sandbox.change(&account, |state, _| {
        state.settings.edit().update(&patch.0);
        Ok((Settings::clone(&state.settings), Notices::new()))
    });
    Ok(Json(changed.await?))
}
