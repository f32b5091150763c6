//! Users: who may call, with which roles.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Deserialize;
use utoipa::ToSchema;

use super::account::Secrets;
use super::page::{self, Page, Paging};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::Role;
use crate::domain::record::user::User;
use crate::http::answer;
use crate::http::body::Document;
use crate::http::error::{ControlError, Problem};
use crate::service::{Sandbox, access};

/// A user, replaced: absent roles are all, an absent password stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserInput {
    /// The name in the path, where it is given.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The roles.
    pub roles: Option<Vec<Role>>,
}

fn shown(mut user: User, secrets: bool) -> User {
    if !secrets {
        "***".clone_into(&mut user.password);
    }
    user
}

fn missing(name: &str) -> Error {
    Error::NotFound { kind: "user", id: name.to_owned() }
}

/// List the users of an account, the first one first.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), Paging, Secrets),
    responses(
        (status = 200, description = "The users.", body = Page<User>),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/users")]
pub async fn list_users(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    paging: Query<Paging>,
    query: Query<Secrets>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let users = account.lock().users.clone();
    Ok(answer::ok(&page::cut_in_order(&paging, users, |user| shown(user, query.secrets))?))
}

/// Make a user; an absent password is made up.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account.")),
    request_body = User,
    responses(
        (status = 201, description = "The user, password included.", body = User),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[post("/accounts/{account_code}/users")]
pub async fn create_user(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<String>,
    user: Document<User>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path)?;
    let mut user = user.0;
    if user.username.is_empty() {
        return Err(Error::Invalid("username: expected a text that is not empty, got \"\"".to_owned()).into());
    }
    access::fill_user(&mut user);
    let made = access::change(&sandbox, &account, |users, _| {
        if users.iter().any(|known| known.username == user.username) {
            return Err(Error::Conflict(format!("username: {:?} is taken", user.username)));
        }
        users.push(user.clone());
        Ok(user)
    })?;
    Ok(answer::json(StatusCode::CREATED, &made))
}

/// Get a user.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("username" = String, Path, description = "The user."), Secrets),
    responses(
        (status = 200, description = "The user.", body = User),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[get("/accounts/{account_code}/users/{username}")]
pub async fn get_user(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    query: Query<Secrets>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let user = account.lock().user(&path.1).cloned().ok_or_else(|| missing(&path.1))?;
    Ok(answer::ok(&shown(user, query.secrets)))
}

/// Replace a user: absent roles are all, an absent password stays.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("username" = String, Path, description = "The user.")),
    request_body = UserInput,
    responses(
        (status = 200, description = "The user, password included.", body = User),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[put("/accounts/{account_code}/users/{username}")]
pub async fn put_user(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
    input: Document<UserInput>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    let input = input.0;
    if let Some(other) = input.username.filter(|name| *name != path.1) {
        return Err(Error::Invalid(format!("username: expected {:?} or nothing, got {other:?}", path.1)).into());
    }
    let put = access::change(&sandbox, &account, |users, _| {
        let known = users.iter_mut().find(|user| user.username == path.1).ok_or_else(|| missing(&path.1))?;
        known.password = input.password.filter(|text| !text.is_empty()).unwrap_or_else(|| known.password.clone());
        known.roles = input.roles.unwrap_or_else(|| Role::ALL.to_vec());
        Ok(known.clone())
    })?;
    Ok(answer::ok(&put))
}

/// Delete a user; the tokens of the user end. Refused while an application names the user as its owner.
#[utoipa::path(
    tag = "Applications",
    params(("account_code" = String, Path, description = "The account."), ("username" = String, Path, description = "The user.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "A value does not fit.", body = Problem),
        (status = 404, description = "No such account or record.", body = Problem),
        (status = 409, description = "It is taken, or in use.", body = Problem),
    )
)]
#[delete("/accounts/{account_code}/users/{username}")]
pub async fn delete_user(
    sandbox: Data<Arc<Sandbox>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ControlError> {
    let account = sandbox.account(&path.0)?;
    access::change(&sandbox, &account, |users, _| {
        let index = users.iter().position(|user| user.username == path.1).ok_or_else(|| missing(&path.1))?;
        users.remove(index);
        Ok(())
    })?;
    Ok(HttpResponse::NoContent().finish())
}
