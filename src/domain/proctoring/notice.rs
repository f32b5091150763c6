//! The notifications of a proctored session: that its review ended, and the whole review.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::value::stamp::Stamp;

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
    pub session_id: &'a str,
    /// The booking, where the session is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_code: Option<&'a str>,
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
    pub results_url: &'a str,
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
    pub session_id: &'a str,
    /// The booking, where the session is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_code: Option<&'a str>,
    /// The partner's identifier of the candidate.
    pub candidate_id: &'a str,
    /// The partner's identifier of the eligibility, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<&'a str>,
    /// What the reviewer found.
    pub review_status: ReviewStatus,
    /// What was noted, in the order it happened.
    pub comments: Vec<ProctoringComment<'a>>,
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

/// Something that was noted in a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProctoringComment<'a> {
    /// Where it was seen.
    pub source: CommentSource,
    /// What was seen.
    pub comment: &'a str,
    /// What the reviewer made of it.
    pub event_status: ReviewStatus,
    /// When it began, in whole seconds from the session's start.
    pub event_start: u32,
    /// When it ended, in whole seconds from the session's start.
    pub event_finish: u32,
    /// How long it took, in whole seconds.
    pub duration: u32,
}

/// What a reviewer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(dead_code, reason = "documented before the service that sends it")]
pub enum ReviewStatus {
    /// Nothing.
    Clean,
    /// Something to look at.
    Suspicious,
    /// A rule was broken.
    RulesViolation,
    /// Nobody looked.
    NotReviewed,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(dead_code, reason = "documented before the service that sends it")]
pub enum CommentSource {
    /// On the candidate's screen.
    Desktop,
    /// Through the camera.
    Webcam,
}
