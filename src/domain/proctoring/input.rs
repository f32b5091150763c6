//! What partners send of a session, and what the vendor's staff say of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::status::{CommentSource, ReviewStatus};
use crate::domain::record::session::{EventKind, ProctoringComment, Review};
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::url;

/// A session that a partner asks for: of a booking, or of a candidate and a test.
///
/// Assumed: the members (services §10), after a neighbour product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = SessionRequest)]
pub struct SessionInput {
    /// The booking.
    #[schema(required = false)]
    pub booking_code: Option<String>,
    /// The candidate, with `test_code` in place of `booking_code`.
    #[schema(required = false)]
    pub candidate_id: Option<String>,
    /// The test.
    #[schema(required = false)]
    pub test_code: Option<String>,
    /// Where the exam is: it is opened after the check-in.
    #[schema(pattern = "^https?://", example = "https://exam.example/start")]
    pub exam_url: String,
    /// Minutes; those of the test where absent.
    #[schema(required = false, minimum = 1, maximum = 10080)]
    pub duration: Option<u32>,
    /// What the candidate may do; it is kept as it is sent.
    #[schema(required = false, value_type = Option<Object>)]
    pub rules: Option<Map<String, Value>>,
}

/// Something that a test driver reports.
///
/// Assumed: the shape (services §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionEventReport)]
pub struct EventInput {
    /// What happened.
    pub event: EventKind,
}

/// How a review ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewInput {
    /// What the reviewer found.
    pub review_status: ReviewStatus,
    /// What was noted.
    #[serde(default)]
    pub comments: Vec<CommentInput>,
    /// What the review says of the session as a whole.
    #[serde(default)]
    pub overall_comment: Option<String>,
    /// How far the recording was processed.
    #[serde(default)]
    pub processing_status: Option<String>,
    /// Where the recording can be watched.
    #[serde(default)]
    pub video_review_url: Option<String>,
    /// Whether nobody took the session; true where absent.
    #[serde(default)]
    pub simulated: Option<bool>,
    /// The reviewer's own words.
    #[serde(default)]
    pub reviewer_notes: Option<String>,
}

/// Something that was noted in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentInput {
    /// Where it was seen.
    pub source: CommentSource,
    /// What was seen.
    pub comment: String,
    /// What the reviewer made of it; as the whole review where absent.
    #[serde(default)]
    pub event_status: Option<ReviewStatus>,
    /// When it began, in whole seconds from the session's start.
    pub event_start: u32,
    /// When it ended, in whole seconds from the session's start; not before it began.
    pub event_finish: u32,
}

impl ReviewInput {
    /// The review, which ended at an instant; its comments in the order they happened.
    ///
    /// # Errors
    /// A comment that ends before it begins, in words.
    pub fn review(&self, ended: Timestamp) -> Result<Review, String> {
        let comment = |(index, one): (usize, &CommentInput)| {
            let duration = one.event_finish.checked_sub(one.event_start).ok_or_else(|| {
                let (start, finish) = (one.event_start, one.event_finish);
                format!("comments[{index}].event_finish: expected {start} or more, when it began, got {finish}")
            })?;
            Ok(ProctoringComment {
                source: one.source,
                comment: one.comment.clone(),
                event_status: one.event_status.unwrap_or(self.review_status),
                event_start: one.event_start,
                event_finish: one.event_finish,
                duration,
            })
        };
        let mut comments = self.comments.iter().enumerate().map(comment).collect::<Result<Vec<_>, String>>()?;
        comments.sort_by_key(|comment| (comment.event_start, comment.event_finish));
        Ok(Review {
            status: self.review_status,
            comments,
            overall_comment: self.overall_comment.clone(),
            processing_status: self.processing_status.clone(),
            video_review_url: self.video_review_url.clone(),
            simulated: self.simulated.unwrap_or(true),
            reviewer_notes: self.reviewer_notes.clone(),
            ended,
        })
    }
}

/// The members of [`SessionInput`].
const MEMBERS: [&str; 6] = ["booking_code", "candidate_id", "test_code", "exam_url", "duration", "rules"];

/// The longest session, in minutes: a week.
const MOST_MINUTES: u32 = 7 * 24 * 60;

const URL: &str = "a URL like https://exam.example/start";

impl Read for SessionInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        let mut has_url = false;
        let is_object = value.each_member(|name, member| match name {
            "booking_code" => input.booking_code = member.string(),
            "candidate_id" => input.candidate_id = member.string(),
            "test_code" => input.test_code = member.string(),
            "exam_url" => (input.exam_url, has_url) = (exam_url(member), true),
            "duration" => input.duration = member.whole_number(1..=MOST_MINUTES),
            "rules" => input.rules = rules(member),
            _ => member.unknown(&MEMBERS),
        });
        if !is_object {
            return input;
        }
        if !has_url {
            value.missing("exam_url", URL);
        }
        match (&input.booking_code, &input.candidate_id, &input.test_code) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            (None, _, _) => value.missing("booking_code", "it, or candidate_id and test_code"),
            (Some(_), ..) => {
                value.at("booking_code", |member| member.misfit("either it, or candidate_id and test_code"));
            }
        }
        input
    }
}

impl Read for EventInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        const EXPECTED: &str = "started, paused, resumed or submitted";
        let mut event = None;
        let is_object = value.each_member(|name, member| match name {
            "event" => event = Some(member.required_as(EXPECTED).unwrap_or(EventKind::Started)),
            _ => member.unknown(&["event"]),
        });
        if is_object && event.is_none() {
            value.missing("event", EXPECTED);
        }
        Self { event: event.unwrap_or(EventKind::Started) }
    }
}

fn exam_url(member: &BodyValue<'_, '_>) -> String {
    match member.json() {
        JsonValue::Text(text) if url::misfit("exam_url", text).is_none() => text.clone().into_owned(),
        _ => {
            member.misfit(URL);
            String::new()
        }
    }
}

fn rules(member: &BodyValue<'_, '_>) -> Option<Map<String, Value>> {
    match member.json() {
        JsonValue::Null => None,
        JsonValue::Object(_) => member.written().and_then(|text| serde_json::from_str(text).ok()),
        _ => {
            member.misfit("an object");
            None
        }
    }
}
