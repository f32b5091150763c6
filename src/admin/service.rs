//! The services that the API Store shows a user.

use actix_web::HttpRequest;
use serde::Serialize;
use utoipa::ToSchema;

use super::path::InAccount;
use crate::domain::contract::error::Error;
use crate::domain::contract::service::{InService, Role};
use crate::domain::state::State;
use crate::http::answer::{self, Answer, Json};
use crate::http::page::{self, Page};
use crate::http::query::Query;

page::filter! {
    /// Whose services are listed.
    pub struct ServiceFilter {
        /// The user who looks; the account's first one where absent.
        pub user: Option<String>,
    }
}

/// A service as the Store shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceView {
    /// Its name in paths and fixtures.
    pub service: InService,
    /// Its name in the vendor's table.
    pub title: &'static str,
    /// The version it is served in.
    pub version: &'static str,
    /// The role that a user needs for it; null where none is asked.
    #[schema(required = true)]
    pub role: Option<Role>,
    /// Where it is served.
    pub base_url: String,
}

/// List the services that the API Store shows a user: those that the user's roles allow, and Getting Started.
#[utoipa::path(get, path = "list_services", responses((status = 404, description = "There is no such user.")))]
pub async fn list_services(
    at: InAccount,
    request: HttpRequest,
    query: Query<ServiceFilter>,
) -> Answer<Json<Page<ServiceView>>> {
    let base = answer::base_url(&request);
    let roles = |state: &State, _| match &query.user {
        Some(name) => match state.user(name) {
            Some(user) => Ok(user.roles.clone()),
            None => Err(Error::NotFound { kind: "user", id: name.clone() }),
        },
        None => Ok(state.first_user().map(|user| user.roles.clone()).unwrap_or_default()),
    };
    let roles = at.look(roles).await??;
    let shown = InService::ALL.iter().filter(|service| service.is_open_to(&roles));
    Ok(Json(page::cut_in_order(&query.paging(), shown, |service| ServiceView {
        service: *service,
        title: service.title(),
        version: service.version(),
        role: service.role(),
        base_url: format!("{base}{}/{}", service.context(), service.version()),
    })?))
}
