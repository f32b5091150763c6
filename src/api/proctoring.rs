//! The Proctoring service: exams that are watched, and their reviews.

use actix_web::HttpRequest;

use crate::domain::proctoring::SessionRecord;
use crate::domain::proctoring::input::{EventInput, SessionInput};
use crate::domain::proctoring::notice::ProctoringResults;
use crate::domain::proctoring::operations::{
    CancelSession, CreateSession, GetSession, GetSessionResults, ListSessions, ReportSessionEvent,
};
use crate::domain::state::State;
use crate::gateway::caller::Caller;
use crate::http::answer::{self, Created, Json, NoContent, Written};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::page::{self, Page, Paging};
use crate::http::path::parts;
use crate::http::query::Query;
use crate::service::proctoring;

super::handler::handlers![
    report_session_event,
    get_session,
    create_session,
    list_sessions,
    cancel_session,
    get_session_results,
];

parts! {
    /// The sessions of an account.
    Sessions {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// A session of an account.
    Session {
        /// The account; another account's code is refused.
        account_code,
        /// The session.
        session_id,
    }
}

/// Why there is no session to work with.
const UNKNOWN: &str = "No such session.";

/// Make a proctored session, of a booking or of a candidate and a test.
///
/// The candidate checks in at `launch_url`, and is sent on to `exam_url`.
#[utoipa::path(post, path = "create_session", responses(
    (status = 201, description = "The session."),
    (status = 404, description = "No open eligibility links the candidate and the test."),
))]
pub async fn create_session(
    caller: Caller<CreateSession, Sessions>,
    body: Body<SessionInput>,
    request: HttpRequest,
) -> Result<Created<SessionRecord>, Refused> {
    let base_url = answer::base_url(&request);
    let made = proctoring::create(&caller.sandbox, &caller.account, &body.0, &base_url).await;
    Ok(Created(caller.map_refusal(made)?))
}

/// List the sessions of the account, oldest first.
#[utoipa::path(get, path = "list_sessions", responses((status = 200, description = "The sessions.")))]
pub async fn list_sessions(
    caller: Caller<ListSessions, Sessions>,
    paging: Query<Paging>,
    request: HttpRequest,
) -> Result<Json<Page<SessionRecord>>, Refused> {
    let base_url = answer::base_url(&request);
    let after = caller.map_refusal(paging.after())?;
    let rows = |state: &State, _| {
        page::cut(&paging, state.sessions.after(after), |session| SessionRecord::of(state, session, &base_url))
    };
    Ok(Json(caller.map_refusal(caller.sandbox.look(&caller.account, rows).await)?))
}

/// Get a session.
#[utoipa::path(get, path = "get_session", responses(
    (status = 200, description = "The session."),
    (status = 404, description = UNKNOWN),
))]
pub async fn get_session(
    caller: Caller<GetSession, Session>,
    request: HttpRequest,
) -> Result<Json<SessionRecord>, Refused> {
    let base_url = answer::base_url(&request);
    let found = proctoring::get(&caller.sandbox, &caller.account, &caller.path.session_id, &base_url).await;
    Ok(Json(caller.map_refusal(found)?))
}

/// Cancel a session that has not started.
#[utoipa::path(delete, path = "cancel_session", responses(
    (status = 204, description = "It is cancelled."),
    (status = 404, description = UNKNOWN),
))]
pub async fn cancel_session(caller: Caller<CancelSession, Session>) -> Result<NoContent, Refused> {
    caller.map_refusal(proctoring::cancel(&caller.sandbox, &caller.account, &caller.path.session_id).await)?;
    Ok(NoContent)
}

/// Report what happens in a session, as its test driver.
#[utoipa::path(post, path = "report_session_event", responses(
    (status = 201, description = "The session, with what was reported."),
    (status = 404, description = UNKNOWN),
))]
pub async fn report_session_event(
    caller: Caller<ReportSessionEvent, Session>,
    body: Body<EventInput>,
    request: HttpRequest,
) -> Result<Created<SessionRecord>, Refused> {
    let (id, base_url) = (&caller.path.session_id, answer::base_url(&request));
    let done = proctoring::report(&caller.sandbox, &caller.account, id, &body.0, &base_url).await;
    Ok(Created(caller.map_refusal(done)?))
}

/// Get the review of a session: the whole document that `results_url` of a notification points to.
#[utoipa::path(get, path = "get_session_results", responses(
    (status = 200, description = "The review."),
    (status = 404, description = "No such session, or no review of it yet."),
))]
pub async fn get_session_results(
    caller: Caller<GetSessionResults, Session>,
) -> Result<Written<Json<ProctoringResults<'static>>>, Refused> {
    let document = proctoring::results(&caller.sandbox, &caller.account, &caller.path.session_id).await;
    Ok(Written::text(caller.map_refusal(document)?))
}
