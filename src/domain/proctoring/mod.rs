//! Proctored sessions: made, entered, watched and reviewed.

pub mod input;
pub mod notice;
pub mod operations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{BookingState, SessionStatus};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::session::{EventKind, Session, SessionEvent};
use crate::domain::record::settings::Reentry;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{BookingCode, Kind, SessionId};
use crate::domain::value::stamp::Stamp;
use input::{ReviewInput, SessionInput};
use notice::ReviewNotice;

/// A session as partners see it.
///
/// Assumed: the shape (services §10).
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionRecord {
    /// Its identifier.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub session_id: SessionId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Where the candidate checks in.
    pub launch_url: String,
    /// The booking, where it is of one.
    #[schema(value_type = Option<String>)]
    pub booking_code: Option<BookingCode>,
    /// The partner's identifier of the candidate.
    pub candidate_id: String,
    /// The partner's identifier of the eligibility, to the letter.
    pub client_eligibility_id: Option<String>,
    /// The test.
    pub test_code: String,
    /// Where the exam is.
    pub exam_url: String,
    /// Minutes.
    pub duration: u32,
    /// What the candidate may do, as it was sent.
    #[schema(value_type = Object)]
    pub rules: Map<String, Value>,
    /// Whether its exam is paused.
    pub paused: bool,
    /// When it was made, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub created_datetime: Stamp,
    /// What the test driver reported, oldest first.
    pub events: Vec<ReportedEvent>,
}

/// Something that a test driver reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportedEvent {
    /// What happened.
    pub event: EventKind,
    /// When it was reported, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub reported_datetime: Stamp,
}

impl SessionRecord {
    /// A session as partners see it; `base_url` is the server's own.
    pub fn of(state: &State, session: &Session, base_url: &str) -> Self {
        let record = state.eligibility(session.psi_eligiblity_id);
        let event = |one: &SessionEvent| ReportedEvent { event: one.event, reported_datetime: Stamp::seconds(one.at) };
        Self {
            session_id: session.session_id,
            status: session.status,
            launch_url: format!("{base_url}/_sandbox/launch/{}/sessions/{}", state.code, session.session_id),
            booking_code: session.booking_code,
            candidate_id: session.candidate_id.clone(),
            client_eligibility_id: record.ok().and_then(|record| record.client_eligibility_id.clone()),
            test_code: session.test_code.clone(),
            exam_url: session.exam_url.clone(),
            duration: session.duration,
            rules: session.rules.clone(),
            paused: session.paused,
            created_datetime: Stamp::seconds(session.created),
            events: session.events.iter().map(event).collect(),
        }
    }
}

/// Makes a session.
///
/// # Errors
/// Unknown booking, candidate or test; a booking that is over, or has a session; no open eligibility; the lint in
/// `enforce`.
pub fn create(state: &mut State, input: &Checked<SessionInput>, act: &Act) -> Result<Arc<Session>, Error> {
    state.enforce(&input.findings)?;
    let input = &input.value;
    let (record, booking) = subject(state, input)?;
    if let Some(other) = standing(state, &record, booking.as_deref()) {
        let what = booking.map_or_else(|| "the eligibility".to_owned(), |one| format!("booking {}", one.booking_code));
        return Err(Error::Conflict(format!("{what} has session {} already", other.session_id)));
    }
    let of_test = state.tests.get(&record.test_code).map(|test| test.exam_length);
    let session = Session {
        session_id: state.new_code(Kind::Session),
        booking_code: booking.map(|booking| booking.booking_code),
        psi_eligiblity_id: record.id,
        candidate_id: record.candidate.candidate_id.to_string(),
        test_code: record.test_code.clone(),
        exam_url: input.exam_url.clone(),
        duration: input.duration.or(of_test).unwrap_or(DURATION),
        rules: input.rules.clone().unwrap_or_default(),
        status: SessionStatus::Scheduled,
        paused: false,
        created: act.now,
        events: Vec::new(),
        review: None,
    };
    let id = session.session_id;
    state.put_session(session);
    known(state, id)
}

/// Minutes of a session whose test is not set up.
const DURATION: u32 = 240;

/// The eligibility that a session is of, and its booking, if there is one.
fn subject(state: &State, input: &SessionInput) -> Result<(Arc<Eligibility>, Option<Arc<Booking>>), Error> {
    if let Some(code) = &input.booking_code {
        let unknown = || Error::UnknownBooking(code.clone());
        let booking = state.booking(code.parse().map_err(|_no_code| unknown())?)?;
        if booking.state != BookingState::Booked {
            return Err(Error::BookingTransition { action: "proctor", state: booking.state });
        }
        return Ok((state.eligibility(booking.psi_eligiblity_id)?, Some(booking)));
    }
    let candidate_id = input.candidate_id.as_deref().unwrap_or_default();
    let test_code = input.test_code.as_deref().unwrap_or_default();
    state.check_candidate(candidate_id)?;
    state.test(test_code)?;
    let record = state.open_eligibility(candidate_id, test_code).ok_or(Error::NotLinked)?;
    let booking = record.booking.and_then(|code| state.booking(code).ok());
    let booking = booking.filter(|booking| booking.state == BookingState::Booked);
    Ok((record, booking))
}

/// The session that stands for a booking, or for an eligibility without one.
fn standing<'s>(state: &'s State, record: &Eligibility, booking: Option<&Booking>) -> Option<&'s Arc<Session>> {
    let code = booking.map(|booking| booking.booking_code);
    let all = state.sessions.iter();
    let is_it = |one: &&Arc<Session>| {
        one.status != SessionStatus::Cancelled && one.psi_eligiblity_id == record.id && one.booking_code == code
    };
    { all }.rfind(is_it)
}

/// The session of a booking that the candidate may enter.
///
/// # Errors
/// The booking has none that is not over.
pub fn of_booking(state: &State, code: BookingCode) -> Result<SessionId, Error> {
    let booking = state.booking(code)?;
    let record = state.eligibility(booking.psi_eligiblity_id)?;
    let found = standing(state, &record, Some(&booking)).map(|session| session.session_id);
    found.ok_or_else(|| Error::Conflict(format!("booking {code} has no proctoring session")))
}

/// The candidate enters: checks in, or comes back to an exam that is under way.
///
/// Assumed: entering a running exam again goes on with it, or submits it with `reentry: submits`, after a neighbour
/// product.
///
/// # Errors
/// Unknown session; one that is over; a booking that no longer stands.
pub fn check_in(state: &mut State, id: &str, act: &Act) -> Result<Arc<Session>, Error> {
    let session = Arc::clone(state.session(id)?);
    booking_stands(state, &session)?;
    match session.status {
        SessionStatus::Scheduled => change(state, &session, |session| session.status = SessionStatus::CheckIn),
        SessionStatus::InProgress if state.settings.reentry == Reentry::Submits => {
            change(state, &session, |session| note(session, EventKind::Submitted, act))
        }
        SessionStatus::InProgress if session.paused => {
            change(state, &session, |session| note(session, EventKind::Resumed, act))
        }
        SessionStatus::CheckIn | SessionStatus::InProgress => Ok(session),
        status => Err(refused("enter", status)),
    }
}

/// A test driver reports what happens.
///
/// # Errors
/// Unknown session; one in which that cannot happen now; a booking that no longer stands.
pub fn report(state: &mut State, id: &str, event: EventKind, act: &Act) -> Result<Arc<Session>, Error> {
    let session = Arc::clone(state.session(id)?);
    let (fits, action) = match event {
        EventKind::Started => (session.status == SessionStatus::CheckIn, "start"),
        EventKind::Paused => (session.status == SessionStatus::InProgress && !session.paused, "pause"),
        EventKind::Resumed => (session.status == SessionStatus::InProgress && session.paused, "resume"),
        EventKind::Submitted => (session.status == SessionStatus::InProgress, "submit"),
    };
    if !fits && session.status == SessionStatus::InProgress && event != EventKind::Started {
        let is = if session.paused { "is paused already" } else { "is not paused" };
        return Err(Error::Conflict(format!("cannot {action} a proctoring session that {is}")));
    }
    if !fits {
        return Err(refused(action, session.status));
    }
    if event == EventKind::Started {
        booking_stands(state, &session)?;
    }
    change(state, &session, |session| note(session, event, act))
}

/// Cancels a session that has not started.
///
/// # Errors
/// Unknown session; one that started, or is over.
pub fn cancel(state: &mut State, id: &str) -> Result<Arc<Session>, Error> {
    let session = Arc::clone(state.session(id)?);
    match session.status {
        SessionStatus::Scheduled | SessionStatus::CheckIn => {
            change(state, &session, |session| session.status = SessionStatus::Cancelled)
        }
        status => Err(refused("cancel", status)),
    }
}

/// Somebody begins to look at the recording.
///
/// # Errors
/// Unknown session; one that was not submitted, or is looked at already.
pub fn begin_review(state: &mut State, id: &str) -> Result<Arc<Session>, Error> {
    let session = Arc::clone(state.session(id)?);
    match session.status {
        SessionStatus::Submitted => change(state, &session, |session| session.status = SessionStatus::UnderReview),
        status => Err(refused("begin to review", status)),
    }
}

/// The review ends, and the partner is notified.
///
/// # Errors
/// Unknown session; one that was not submitted, or is reviewed already; a comment that ends before it begins.
pub fn review(state: &mut State, id: &str, input: &ReviewInput, act: &Act) -> Result<(Arc<Session>, Notices), Error> {
    let session = Arc::clone(state.session(id)?);
    if !matches!(session.status, SessionStatus::Submitted | SessionStatus::UnderReview) {
        return Err(refused("review", session.status));
    }
    let review = input.review(act.now).map_err(Error::Invalid)?;
    let reviewed = change(state, &session, |session| {
        session.status = SessionStatus::Reviewed;
        session.review = Some(Box::new(review));
    })?;
    let notices = ReviewNotice::of(reviewed.session_id).collect();
    Ok((reviewed, notices))
}

fn note(session: &mut Session, event: EventKind, act: &Act) {
    session.events.push(SessionEvent { event, at: act.now });
    session.paused = event == EventKind::Paused;
    session.status = if event == EventKind::Submitted { SessionStatus::Submitted } else { SessionStatus::InProgress };
}

/// Whether the booking of a session is still to be taken.
///
/// # Errors
/// It was moved, or is over.
fn booking_stands(state: &State, session: &Session) -> Result<(), Error> {
    let Some(code) = session.booking_code else { return Ok(()) };
    let how = match state.booking(code) {
        Ok(booking) if booking.state == BookingState::Booked => return Ok(()),
        Ok(booking) => format!("is {}", booking.state),
        Err(_) => "was moved".to_owned(),
    };
    Err(Error::Conflict(format!("booking {code} of proctoring session {} {how}", session.session_id)))
}

fn refused(action: &str, status: SessionStatus) -> Error {
    Error::Conflict(format!("cannot {action} a proctoring session in status {status}"))
}

fn change(state: &mut State, session: &Session, edit: impl FnOnce(&mut Session)) -> Result<Arc<Session>, Error> {
    let mut changed = session.clone();
    edit(&mut changed);
    state.put_session(changed);
    known(state, session.session_id)
}

fn known(state: &State, id: SessionId) -> Result<Arc<Session>, Error> {
    state.session(id.as_str()).cloned()
}
