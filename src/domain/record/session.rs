//! Proctored sessions: an exam that is watched, and the review of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{Display, EnumString};
use utoipa::ToSchema;

use crate::domain::contract::status::{CommentSource, ReviewStatus, SessionStatus};
use crate::domain::record::Record;
use crate::domain::value::id::{BookingCode, EligibilityId, SessionId};
use crate::domain::value::stamp::{self, Timestamp};

/// A proctored session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its identifier.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub session_id: SessionId,
    /// The booking, where it is of one.
    #[schema(value_type = Option<String>)]
    pub booking_code: Option<BookingCode>,
    /// The eligibility.
    #[schema(value_type = String)]
    pub psi_eligiblity_id: EligibilityId,
    /// The candidate.
    pub candidate_id: String,
    /// The test.
    pub test_code: String,
    /// Where the exam is.
    pub exam_url: String,
    /// Minutes.
    pub duration: u32,
    /// What the candidate may do, as the partner sent it.
    #[schema(value_type = Object)]
    pub rules: Map<String, Value>,
    /// Where it stands.
    pub status: SessionStatus,
    /// Whether its exam is paused.
    pub paused: bool,
    /// When it was made.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// What the test driver reported, oldest first.
    pub events: Vec<SessionEvent>,
    /// The review, once it ended.
    #[schema(value_type = Option<Review>)]
    pub review: Option<Box<Review>>,
}

impl Record for Session {
    type Id = SessionId;

    fn id(&self) -> SessionId {
        self.session_id
    }
}

/// Something that a test driver reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEvent {
    /// What happened.
    pub event: EventKind,
    /// When it was reported.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// What a test driver reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display, EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EventKind {
    /// The exam began.
    Started,
    /// It is paused.
    Paused,
    /// It goes on.
    Resumed,
    /// It was handed in.
    Submitted,
}

/// The review of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What the reviewer found.
    pub status: ReviewStatus,
    /// What was noted, in the order it happened.
    #[serde(default)]
    pub comments: Vec<ProctoringComment>,
    /// What it says of the session as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overall_comment: Option<String>,
    /// How far the recording was processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing_status: Option<String>,
    /// Where the recording can be watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_review_url: Option<String>,
    /// No person took the session.
    pub simulated: bool,
    /// The reviewer's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer_notes: Option<String>,
    /// When it ended.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub ended: Timestamp,
}

/// Something that was noted in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProctoringComment {
    /// Where it was seen.
    pub source: CommentSource,
    /// What was seen.
    pub comment: String,
    /// What the reviewer made of it.
    pub event_status: ReviewStatus,
    /// When it began, in whole seconds from the session's start.
    pub event_start: u32,
    /// When it ended, in whole seconds from the session's start.
    pub event_finish: u32,
    /// How long it took, in whole seconds.
    pub duration: u32,
}
