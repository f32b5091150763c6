//! The notifications of a proctored session: that its review ended, and the whole review.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::service::OutService;
use crate::domain::contract::status::ReviewStatus;
use crate::domain::outbox::notice::{About, Notice, NoticeBody, Occasion};
use crate::domain::record::delivery::{Delivery, Lane};
use crate::domain::record::session::{ProctoringComment, Review, Session};
use crate::domain::state::State;
use crate::domain::value::id::{BookingCode, SessionId};
use crate::domain::value::stamp::{Stamp, Timestamp};

/// A review ended.
#[derive(Debug)]
pub struct ReviewNotice {
    service: OutService,
    session: SessionId,
}

impl ReviewNotice {
    /// The services that report a review.
    const SERVICES: [OutService; 2] = [OutService::ProctoringResults, OutService::ProctoringResultsNotification];

    /// The notices of a review, one for each service.
    pub fn of(session: SessionId) -> impl Iterator<Item = Box<dyn Notice>> {
        Self::SERVICES.into_iter().map(move |service| Box::new(Self { service, session }) as Box<dyn Notice>)
    }

    /// The notice that a delivery was made of, whose body names the session. `None` if it was another service's.
    pub fn again(delivery: &Delivery) -> Option<(SessionId, Box<dyn Notice>)> {
        #[derive(Deserialize)]
        struct Named {
            session_id: SessionId,
        }
        let service = delivery.service;
        let named = Self::SERVICES.contains(&service).then(|| serde_json::from_str::<Named>(&delivery.body).ok());
        let session = named.flatten()?.session_id;
        Some((session, Box::new(Self { service, session })))
    }
}

/// A partner without a subscription to proctoring results does not learn that none were sent. Assumed.
impl Notice for ReviewNotice {
    fn service(&self) -> OutService {
        self.service
    }

    fn write(&self, state: &mut State, _: &str, occasion: &Occasion<'_>) -> Option<NoticeBody> {
        let session = Arc::clone(state.session(self.session.as_str()).ok()?);
        let timestamps = state.subscriptions.get(&self.service).map(|found| found.timestamps).unwrap_or_default();
        let effective = |at: Timestamp| Stamp(timestamps.cut(at), timestamps);
        let body = match self.service {
            OutService::ProctoringResults => document(state, &session, effective),
            _ => notification(state, &session, effective(occasion.now), &occasion.base_url),
        }?;
        let about = About {
            booking_code: session.booking_code,
            candidate_id: Some(session.candidate_id.as_str().into()),
            eligibility: Some(session.psi_eligiblity_id),
        };
        Some(NoticeBody { lane: Lane::Eligibility(session.psi_eligiblity_id), about, body })
    }
}

/// The body of a Proctoring Results Notification; `None` while there is no review.
fn notification(state: &State, session: &Session, effective_date: Stamp, base_url: &str) -> Option<String> {
    let record = state.eligibility(session.psi_eligiblity_id).ok()?;
    let (account, id) = (&state.code, session.session_id);
    let body = ProctoringResultsNotification {
        session_id: id,
        booking_code: session.booking_code,
        candidate_id: &session.candidate_id,
        client_eligibility_id: record.client_eligibility_id.as_deref(),
        review_status: session.review.as_ref()?.status,
        effective_date,
        results_url: format!("{base_url}/proctoringService/1.0.0/accounts/{account}/proctoring/sessions/{id}/results"),
    };
    serde_json::to_string(&body).ok()
}

/// The whole review, with its instants as they are wanted; `None` while there is none.
pub fn document(state: &State, session: &Session, stamp: impl Fn(Timestamp) -> Stamp) -> Option<String> {
    let record = state.eligibility(session.psi_eligiblity_id).ok()?;
    let review: &Review = session.review.as_deref()?;
    let body = ProctoringResults {
        session_id: session.session_id,
        booking_code: session.booking_code,
        candidate_id: &session.candidate_id,
        client_eligibility_id: record.client_eligibility_id.as_deref(),
        review_status: review.status,
        comments: &review.comments,
        overall_comment: review.overall_comment.as_deref(),
        processing_status: review.processing_status.as_deref(),
        video_review_url: review.video_review_url.as_deref(),
        simulated: review.simulated,
        reviewer_notes: review.reviewer_notes.as_deref(),
        effective_date: stamp(review.ended),
    };
    serde_json::to_string(&body).ok()
}

/// The Proctoring Results Notification: a review ended, and where it is.
///
/// Assumed: the shape (services §11, 12).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "session_id": "PS4X81QZ", "booking_code": "2QKMO5G8", "candidate_id": "C-1001", "client_eligibility_id": "E-1",
    "review_status": "CLEAN", "effective_date": "2026-03-02T18:30:00Z",
    "results_url": "http://127.0.0.1:8080/proctoringService/1.0.0/accounts/ACCT1/proctoring/sessions/PS4X81QZ/results"
}))]
pub struct ProctoringResultsNotification<'a> {
    /// The session.
    #[schema(value_type = String)]
    pub session_id: SessionId,
    /// The booking, where the session is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub booking_code: Option<BookingCode>,
    /// The partner's identifier of the candidate.
    pub candidate_id: &'a str,
    /// The partner's identifier of the eligibility, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<&'a str>,
    /// What the reviewer found.
    pub review_status: ReviewStatus,
    /// When the review ended, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
    /// Where the whole review is, for callers with a token and the role `psiProctoring`.
    pub results_url: String,
}

/// The whole review of a proctored session.
///
/// Assumed: the shape (services §11, 12).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "session_id": "PS4X81QZ", "booking_code": "2QKMO5G8", "candidate_id": "C-1001", "client_eligibility_id": "E-1",
    "review_status": "SUSPICIOUS",
    "comments": [{ "source": "WEBCAM", "comment": "A second person in the room", "event_status": "SUSPICIOUS",
        "event_start": 725, "event_finish": 761, "duration": 36 }],
    "overall_comment": "One event to look at.", "processing_status": "FINISHED",
    "video_review_url": "http://127.0.0.1:8080/video/PS4X81QZ", "simulated": true,
    "reviewer_notes": "Left the frame once.", "effective_date": "2026-03-02T18:30:00Z"
}))]
pub struct ProctoringResults<'a> {
    /// The session.
    #[schema(value_type = String)]
    pub session_id: SessionId,
    /// The booking, where the session is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub booking_code: Option<BookingCode>,
    /// The partner's identifier of the candidate.
    pub candidate_id: &'a str,
    /// The partner's identifier of the eligibility, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<&'a str>,
    /// What the reviewer found.
    pub review_status: ReviewStatus,
    /// What was noted, in the order it happened.
    pub comments: &'a [ProctoringComment],
    /// What the review says of the session as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_comment: Option<&'a str>,
    /// How far the recording was processed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_status: Option<&'a str>,
    /// Where the recording can be watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_review_url: Option<&'a str>,
    /// No person took this session.
    pub simulated: bool,
    /// The reviewer's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer_notes: Option<&'a str>,
    /// When the review ended, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
}
