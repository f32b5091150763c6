//! Users: who may call, with which roles.

use serde::Deserialize;
use utoipa::ToSchema;

use super::account::Secrets;
use super::path::{InAccount, UserPath};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::Role;
use crate::domain::record::user::User;
use crate::http::answer::{Answer, Created, Json, NoContent};
use crate::http::body::Document;
use crate::http::page::{self, Page, Paging};
use crate::http::query::Query;
use crate::service::access;

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
#[utoipa::path(get, path = "list_users")]
pub async fn list_users(at: InAccount, paging: Query<Paging>, query: Query<Secrets>) -> Answer<Json<Page<User>>> {
    let users = access::users(&at.sandbox, &*at.account()?).await;
    Ok(Json(page::cut_in_order(&paging, users, |user| shown(User::clone(&user), query.secrets))?))
}

/// Make a user; an absent password is made up.
#[utoipa::path(post, path = "create_user", responses((status = 409, description = "The name is taken.")))]
pub async fn create_user(at: InAccount, user: Document<User>) -> Answer<Created<User>> {
    let account = at.account()?;
    let mut user = user.0;
    if user.username.is_empty() {
        return Err(Error::Invalid("username: expected a text that is not empty, got \"\"".to_owned()).into());
    }
    access::fill_user(&mut user);
    let made = access::change(&at.sandbox, &account, |state| {
        if state.user(&user.username).is_some() {
            return Err(Error::Conflict(format!("username: {:?} is taken", user.username)));
        }
        state.users.insert(user.clone());
        Ok(user.clone())
    })
    .await?;
    Ok(Created(made))
}

/// Get a user.
#[utoipa::path(get, path = "get_user")]
pub async fn get_user(at: InAccount<UserPath>, query: Query<Secrets>) -> Answer<Json<User>> {
    let name = &at.path.username;
    let user = at.look(|state, _| state.user(name).cloned()).await?.ok_or_else(|| missing(name))?;
    Ok(Json(shown(User::clone(&user), query.secrets)))
}

/// Replace a user: absent roles are all, an absent password stays.
#[utoipa::path(put, path = "put_user")]
pub async fn put_user(at: InAccount<UserPath>, input: Document<UserInput>) -> Answer<Json<User>> {
    let account = at.account()?;
    let input = input.0;
    if let Some(other) = input.username.as_ref().filter(|name| **name != at.path.username) {
        return Err(
            Error::Invalid(format!("username: expected {:?} or nothing, got {other:?}", at.path.username)).into()
        );
    }
    let name = &at.path.username;
    let put = access::change(&at.sandbox, &account, |state| {
        let known = state.users.get_mut(name).ok_or_else(|| missing(name))?;
        if let Some(password) = input.password.as_ref().filter(|text| !text.is_empty()) {
            known.password.clone_from(password);
        }
        known.roles = input.roles.clone().unwrap_or_else(|| Role::ALL.to_vec());
        Ok(known.clone())
    })
    .await?;
    Ok(Json(put))
}

/// Delete a user; the tokens of the user end. Refused while an application names the user as its owner.
#[utoipa::path(delete, path = "delete_user", responses(
    (status = 409, description = "An application names the user as its owner.")
))]
pub async fn delete_user(at: InAccount<UserPath>) -> Answer<NoContent> {
    let account = at.account()?;
    let name = &at.path.username;
    access::change(&at.sandbox, &account, |state| state.users.remove(name).map(drop).ok_or_else(|| missing(name)))
        .await?;
    Ok(NoContent)
}
