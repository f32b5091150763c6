//! Proctored sessions: looked at, entered, and reviewed; and the page behind their `launch_url`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::launch::{escape, html};
use super::path::{BookingPath, InAccount, SessionPath};
use super::refusal::QueueFull;
use crate::domain::contract::status::SessionStatus;
use crate::domain::deed::SessionDeed;
use crate::domain::proctoring::input::ReviewInput;
use crate::domain::query::SessionQuery;
use crate::domain::record::session::Session;
use crate::domain::state::State;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::error::ControlError;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::service::proctoring;

page::filter! {
    /// Which sessions are listed.
    pub struct SessionFilter {
        /// By booking.
        pub booking_code: Option<String>,
        /// By candidate.
        pub candidate_id: Option<String>,
        /// By where they stand.
        pub status: Option<SessionStatus>,
    }
}

async fn done(at: &InAccount<SessionPath>, deed: SessionDeed) -> Answer<Json<Arc<Session>>> {
    let account = at.account()?;
    Ok(Json(proctoring::act(&at.sandbox, &account, &at.path.session_id, &deed).await?))
}

/// List proctored sessions, oldest first.
#[utoipa::path(get, path = "list_account_sessions")]
pub async fn list_account_sessions(at: InAccount, query: Query<SessionFilter>) -> Answer<Json<Page<Arc<Session>>>> {
    let paging = query.paging();
    let after = paging.after()?;
    let wanted = SessionQuery {
        booking_code: query.booking_code.clone(),
        candidate_id: query.candidate_id.clone(),
        status: query.status,
        ..SessionQuery::default()
    };
    let rows = |state: &State, _| {
        let rows = state.sessions.after(after).filter(|(_, one)| wanted.takes(one));
        page::cut(&paging, rows, Arc::clone)
    };
    Ok(Json(at.look(rows).await??))
}

/// Get a proctored session.
#[utoipa::path(get, path = "get_account_session")]
pub async fn get_account_session(at: InAccount<SessionPath>) -> Answer<Json<Arc<Session>>> {
    Ok(Json(at.look(|state, _| state.session(&at.path.session_id).cloned()).await??))
}

/// Enter a session as the candidate: check in, or come back to an exam that is under way.
///
/// With the setting `reentry: submits`, coming back submits the exam.
#[utoipa::path(post, path = "check_in_session", responses(
    (status = 409, description = "The session or its booking does not allow it."),
))]
pub async fn check_in_session(at: InAccount<SessionPath>) -> Answer<Json<Arc<Session>>> {
    done(&at, SessionDeed::CheckIn).await
}

/// Enter the session of a booking as the candidate.
#[utoipa::path(post, path = "check_in_booking", responses(
    (status = 409, description = "The booking has no session, or one that does not allow it."),
))]
pub async fn check_in_booking(at: InAccount<BookingPath>) -> Answer<Json<Arc<Session>>> {
    let account = at.account()?;
    Ok(Json(proctoring::check_in(&at.sandbox, &account, &at.path.booking_code).await?))
}

/// Begin to look at the recording of a session that was submitted.
#[utoipa::path(post, path = "begin_session_review", responses(
    (status = 409, description = "The session was not submitted, or is looked at already."),
))]
pub async fn begin_session_review(at: InAccount<SessionPath>) -> Answer<Json<Arc<Session>>> {
    done(&at, SessionDeed::BeginReview).await
}

/// End the review of a session, with what was found; the partner is notified.
#[utoipa::path(post, path = "review_session", responses(
    (status = 409, description = "The session was not submitted, or is reviewed already."),
    QueueFull,
))]
pub async fn review_session(at: InAccount<SessionPath>, input: Document<ReviewInput>) -> Answer<Json<Arc<Session>>> {
    done(&at, SessionDeed::Review(input.0)).await
}

fn page(session: &Session, note: &str) -> String {
    let form = match session.status {
        SessionStatus::Scheduled => "<form method=post><button>Check in</button></form>",
        SessionStatus::CheckIn | SessionStatus::InProgress => "<form method=post><button>Enter again</button></form>",
        _ => "",
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Session {id}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;\
         padding:0 1rem}}button{{font:inherit;padding:.4rem 1.2rem}}dt{{color:#666}}dd{{margin:0 0 .5rem}}</style>\
         <h1>{test}</h1><dl><dt>Candidate<dd>{candidate}<dt>Session<dd>{id}<dt>Status<dd>{status}</dl>{note}{form}\
         <p><small>A page of atlas-sandbox. Nobody is watched here.</small>",
        test = escape(&session.test_code),
        candidate = escape(&session.candidate_id),
        id = session.session_id,
        status = session.status,
    )
}

/// Show the page of a proctored session.
#[utoipa::path(get, path = "get_session_page", responses(
    (status = 200, description = "A page.", body = String, content_type = "text/html")
))]
pub async fn get_session_page(at: InAccount<SessionPath>) -> Result<HttpResponse, ControlError> {
    let session = at.look(|state, _| state.session(&at.path.session_id).cloned()).await??;
    Ok(html(StatusCode::OK, page(&session, "")))
}

/// Enter a session at its page, which then opens the exam.
#[utoipa::path(post, path = "enter_session", responses(
    (status = 200, description = "A page that opens the exam.", body = String, content_type = "text/html"),
    (status = 403, description = "The form is of another site."),
    (status = 409, description = "The session or its booking does not allow it."),
))]
pub async fn enter_session(at: InAccount<SessionPath>) -> Result<HttpResponse, ControlError> {
    let account = at.account()?;
    let session = proctoring::act(&at.sandbox, &account, &at.path.session_id, &SessionDeed::CheckIn).await?;
    let opens = matches!(session.status, SessionStatus::CheckIn | SessionStatus::InProgress);
    let url = escape(&session.exam_url);
    let note = if opens {
        format!(
            "<meta http-equiv=refresh content='0;url={url}'><p><strong>Checked in.</strong> <a href='{url}'>Open the exam</a>."
        )
    } else {
        "<p><strong>The exam is submitted.</strong>".to_owned()
    };
    Ok(html(StatusCode::OK, page(&session, &note)))
}
