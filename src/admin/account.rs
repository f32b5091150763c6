//! Accounts: one for each test, made in well under a millisecond and thrown away.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::path::InAccount;
use crate::domain::fixture::given::Given;
use crate::domain::operations;
use crate::domain::record::application::Application;
use crate::domain::record::user::User;
use crate::domain::state::State;
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer::{self, Answer, Created, Json, NoContent};
use crate::http::body::AccountDocument;
use crate::http::heavy;
use crate::http::page::{self, Page, Paging};
use crate::http::query::Query;
use crate::service::{Account, Sandbox, account};

/// An account, with what a partner's coordinator would hand out.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// The account.
    #[schema(value_type = String)]
    pub account_code: AccountCode,
    /// Users.
    pub users: Vec<User>,
    /// Applications with their keys.
    pub applications: Vec<Application>,
    /// Bearer tokens that never expire.
    pub static_tokens: Vec<String>,
    /// Signs notifications.
    pub signing_secret: String,
    /// Where each service is served.
    pub base_urls: BTreeMap<&'static str, String>,
}

/// An account in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountSummary {
    /// The account.
    #[schema(value_type = String)]
    pub account_code: AccountCode,
    /// How many eligibilities it has.
    pub eligibilities: usize,
    /// How many bookings it has.
    pub bookings: usize,
    /// How many deliveries it has.
    pub deliveries: usize,
    /// Its present instant.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
}

/// Whether secrets are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Secrets {
    /// `true` shows passwords, secrets and tokens.
    #[serde(default)]
    pub secrets: bool,
}

/// With more eligibilities than this, an account is not made by a worker itself.
const MANY: usize = 100;

/// The account, with what a partner's coordinator would hand out.
pub async fn view(sandbox: &Sandbox, account: &Account, request: &HttpRequest, with_secrets: bool) -> AccountView {
    let base = answer::base_url(request);
    let served = operations::all().filter_map(|operation| operation.service);
    let base_urls: BTreeMap<_, _> =
        served.map(|service| (service.name(), format!("{base}{}/{}", service.context(), service.version()))).collect();
    let mut view = sandbox
        .look(account, |state, _| AccountView {
            account_code: state.code.clone(),
            users: state.users.iter().map(|user| User::clone(user)).collect(),
            applications: state.applications.iter().map(|application| Application::clone(application)).collect(),
            static_tokens: state.static_tokens().map(str::to_owned).collect(),
            signing_secret: state.account.signing_secret.clone(),
            base_urls: base_urls.clone(),
        })
        .await;
    if !with_secrets {
        let hide = |text: &mut String| "***".clone_into(text);
        let passwords = view.users.iter_mut().map(|user| &mut user.password);
        let secrets = view.applications.iter_mut().flat_map(|one| one.credentials_mut().map(|(_, secret)| secret));
        passwords.chain(secrets).chain(&mut view.static_tokens).chain([&mut view.signing_secret]).for_each(hide);
    }
    view
}

/// Make an account.
///
/// The body is a fixture's `given` document; what it leaves out is made up, `{}` is enough.
#[utoipa::path(post, path = "create_account", responses(
    (status = 409, description = "The code, a key or a token is taken.")
))]
pub async fn create_account(
    sandbox: Data<Arc<Sandbox>>,
    request: HttpRequest,
    given: AccountDocument<Given>,
) -> Answer<Created<AccountView>> {
    let made_in = Arc::clone(&sandbox);
    let account = if given.0.size() > MANY {
        heavy::compute(move || account::create(&made_in, given.0)).await?
    } else {
        account::create(&sandbox, given.0)?
    };
    Ok(Created(view(&sandbox, &account, &request, true).await))
}

/// List accounts.
#[utoipa::path(get, path = "list_accounts")]
pub async fn list_accounts(sandbox: Data<Arc<Sandbox>>, paging: Query<Paging>) -> Answer<Json<Page<AccountSummary>>> {
    let page = page::cut_in_order(&paging, sandbox.store.accounts(), |account| account)?;
    let mut items = Vec::with_capacity(page.items.len());
    for account in &page.items {
        let summary = |state: &State, now| AccountSummary {
            account_code: state.code.clone(),
            eligibilities: state.eligibilities().len(),
            bookings: state.bookings().len(),
            deliveries: state.deliveries().len(),
            now,
        };
        items.push(sandbox.look(account, summary).await);
    }
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}

/// Get an account; secrets are hidden unless asked for.
#[utoipa::path(get, path = "get_account")]
pub async fn get_account(at: InAccount, request: HttpRequest, query: Query<Secrets>) -> Answer<Json<AccountView>> {
    Ok(Json(view(&at.sandbox, &*at.account()?, &request, query.secrets).await))
}

/// Delete an account with all that is its own.
#[utoipa::path(delete, path = "delete_account")]
pub async fn delete_account(at: InAccount) -> Answer<NoContent> {
    account::delete(&at.sandbox, at.account()?.code.as_str())?;
    Ok(NoContent)
}

/// Bring an account back to the document it was made from; issued tokens stay valid.
#[utoipa::path(post, path = "reset_account", responses(
    (status = 409, description = "A key or a token that it was made with is another account's by now; nothing changed.")
))]
pub async fn reset_account(at: InAccount) -> Answer<NoContent> {
    let (sandbox, account) = (Arc::clone(&at.sandbox), at.account()?);
    heavy::compute(move || account::reset(&sandbox, &account)).await?;
    Ok(NoContent)
}
