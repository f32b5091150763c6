//! Publications of tests: what the vendor's staff decide.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::path::{InAccount, PublicationPath};
use crate::domain::publication::Decision;
use crate::domain::query::PublicationQuery;
use crate::domain::record::publication::{Publication, PublicationStatus};
use crate::domain::state::State;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::service::publication;

page::filter! {
    /// Which publications are listed.
    pub struct PublicationFilter {
        /// By test.
        pub test_code: Option<String>,
        /// By where they stand.
        pub status: Option<PublicationStatus>,
    }
}

/// What the vendor's staff decide.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInput {
    /// It takes effect now, or never.
    pub decision: Decision,
    /// What they say of it; the partner reads it.
    #[serde(default)]
    pub messages: Vec<String>,
}

/// List the publications of tests, oldest first.
#[utoipa::path(get, path = "list_publications")]
pub async fn list_publications(at: InAccount, query: Query<PublicationFilter>) -> Answer<Json<Page<Arc<Publication>>>> {
    let paging = query.paging();
    let after = paging.after()?;
    let wanted = PublicationQuery { test_code: query.test_code.clone(), status: query.status, since: None };
    let rows = |state: &State, _| {
        let rows = state.publications().after(after).filter(|(_, one)| wanted.takes(one));
        page::cut(&paging, rows, Arc::clone)
    };
    Ok(Json(at.look(rows).await??))
}

/// Decide on a publication that is pending.
#[utoipa::path(post, path = "decide_publication", responses(
    (status = 409, description = "It was decided on before."),
))]
pub async fn decide_publication(
    at: InAccount<PublicationPath>,
    input: Document<DecisionInput>,
) -> Answer<Json<Arc<Publication>>> {
    let (account, id) = (at.account()?, &at.path.publication_id);
    Ok(Json(publication::decide(&at.sandbox, &account, id, input.0.decision, &input.0.messages).await?))
}
