//! Invitations with their seats, and the places that searches may name.

use std::sync::Arc;

use super::path::{InAccount, InvitationPath};
use crate::domain::contract::error::Error;
use crate::domain::record::invitation::Invitation;
use crate::domain::record::place::Place;
use crate::domain::scheduling::invitation::{self, InvitationView};
use crate::domain::state::State;
use crate::http::answer::{Answer, Created, Json};
use crate::http::body::Document;
use crate::http::page::{self, Page, Paging};
use crate::http::query::Query;
use crate::service::scheduling;

/// List invitations, by code.
#[utoipa::path(get, path = "list_invitations")]
pub async fn list_invitations(at: InAccount, paging: Query<Paging>) -> Answer<Json<Page<InvitationView>>> {
    let rows = |state: &State, _| {
        page::cut_by_code(&paging, &state.invitations, |one| invitation::view(state, Arc::clone(one)))
    };
    Ok(Json(at.look(rows).await??))
}

/// Get an invitation.
#[utoipa::path(get, path = "get_account_invitation")]
pub async fn get_account_invitation(at: InAccount<InvitationPath>) -> Answer<Json<InvitationView>> {
    let code = &at.path.invitation_code;
    Ok(Json(at.look(|state, _| Ok::<_, Error>(invitation::view(state, invitation::invitation(state, code)?))).await??))
}

/// Make an invitation, or change it, its seats above all.
#[utoipa::path(put, path = "put_invitation", responses(
    (status = 409, description = "More seats are taken than it would have."),
))]
pub async fn put_invitation(
    at: InAccount<InvitationPath>,
    input: Document<Invitation>,
) -> Answer<Json<InvitationView>> {
    let (code, sent) = (&at.path.invitation_code, &input.0.invitation_code);
    if code != sent {
        return Err(Error::Invalid(format!("invitation_code: expected {code:?} as in the path, got {sent:?}")).into());
    }
    let account = at.account()?;
    Ok(Json(scheduling::put_invitation(&at.sandbox, &account, &input.0).await?))
}

/// List the places that searches may name beside those of the test centers, by name.
#[utoipa::path(get, path = "list_places")]
pub async fn list_places(at: InAccount, paging: Query<Paging>) -> Answer<Json<Page<Arc<Place>>>> {
    Ok(Json(at.look(|state, _| page::cut_by_code(&paging, &state.places, Arc::clone)).await??))
}

/// Add a place that searches may name; one with the same name is replaced.
#[utoipa::path(post, path = "create_place")]
pub async fn create_place(at: InAccount, input: Document<Place>) -> Answer<Created<Place>> {
    let account = at.account()?;
    Ok(Created(scheduling::put_place(&at.sandbox, &account, &input.0).await?))
}
