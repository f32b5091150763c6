//! The write models of a result: one for each way in which a test driver sends it.

use serde::Serialize;
use strum::VariantArray as _;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::status::Outcome;
use crate::domain::record::result::{CategoryScore, ExamResult, ResultDetails};
use crate::domain::value::stamp::Timestamp;

/// A result from a test driver.
///
/// Source: the Assessment Result page. Observed: `score` also as a JSON number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Result)]
pub struct ResultInput {
    /// PASS, FAIL or NA.
    pub result: Outcome,
    /// The score, as a string or a number.
    #[schema(schema_with = score_schema)]
    pub score: String,
    /// What the cloud test driver reports beside.
    #[serde(skip)]
    pub details: Option<Box<ResultDetails>>,
}

impl ResultInput {
    /// A result of these two alone.
    pub fn new(result: Outcome, score: impl Into<String>) -> Self {
        Self { result, score: score.into(), details: None }
    }

    /// The result as it is kept.
    pub fn received(&self, received: Timestamp) -> ExamResult {
        ExamResult { result: self.result, score: self.score.clone(), received, details: self.details.clone() }
    }

    /// Whether a result that is kept is this one.
    pub fn is(&self, kept: &ExamResult) -> bool {
        (self.result, &self.score, &self.details) == (kept.result, &kept.score, &kept.details)
    }
}

/// A result that is sent for an eligibility; of an empty one it is only known that the exam was taken.
///
/// Source: the Assessment Result page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EligibilityResult)]
pub struct EligibilityResultInput {
    /// PASS or FAIL.
    #[schema(required = false, schema_with = passed_schema)]
    pub result: Option<Outcome>,
    /// The score, as a string or a number.
    #[schema(required = false, schema_with = score_schema)]
    pub score: Option<String>,
}

/// A result from the `RPNow` test driver.
///
/// Assumed: that all members are required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RpNowResult)]
pub struct RpNowInput {
    /// PASS, FAIL or NA.
    pub result: Outcome,
    /// The score, as a string or a number.
    #[schema(schema_with = score_schema)]
    pub score: String,
    /// The booking.
    pub booking_code: String,
}

/// A result from the cloud test driver, for a candidate.
///
/// Source: the Result Data of the Assessment Result page. Assumed: which of the scores are texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ResultData)]
pub struct ResultDataInput {
    /// The candidate.
    #[schema(required = false)]
    pub candidate_id: Option<String>,
    /// The scores of the test's categories.
    #[schema(required = false)]
    pub category_scores: Option<Vec<CategoryScore>>,
    /// How many categories the test has.
    #[schema(required = false)]
    pub category_total_count: Option<i64>,
    /// What the overall score is called.
    #[schema(required = false)]
    pub overall_score_label: Option<String>,
    /// The overall score, per cent, as a string or a number.
    #[schema(required = false, schema_with = score_schema)]
    pub overall_score_pct: Option<String>,
    /// The overall score on the test's scale.
    #[schema(required = false)]
    pub overall_score_scaled: Option<i64>,
    /// PASS, FAIL or NA; NA only with an overall score.
    #[schema(required = false)]
    pub result: Option<Outcome>,
    /// The driver's identifier of the result.
    #[schema(required = false)]
    pub result_id: Option<String>,
}

impl EligibilityResultInput {
    /// The result, if there is one. Assumed: a score alone says neither that the candidate passed nor that they failed.
    pub fn result(&self) -> Option<ResultInput> {
        let score = self.score.clone();
        let result = self.result.or_else(|| score.as_ref().map(|_| Outcome::Na))?;
        Some(ResultInput::new(result, score.unwrap_or_default()))
    }
}

impl RpNowInput {
    /// The result.
    pub fn result(&self) -> ResultInput {
        ResultInput::new(self.result, self.score.clone())
    }
}

impl ResultDataInput {
    /// The result, if there is one. Assumed: its score is the scaled one, else the one per cent.
    pub fn result(&self) -> Option<ResultInput> {
        let details = ResultDetails {
            result_id: self.result_id.clone(),
            overall_score_label: self.overall_score_label.clone(),
            overall_score_pct: self.overall_score_pct.clone(),
            overall_score_scaled: self.overall_score_scaled,
            category_total_count: self.category_total_count,
            category_scores: self.category_scores.clone().unwrap_or_default(),
        };
        let has_details = details != ResultDetails::default();
        let result = self.result.or_else(|| has_details.then_some(Outcome::Na))?;
        let scaled = self.overall_score_scaled.map(|score| score.to_string());
        let score = scaled.or_else(|| self.overall_score_pct.clone()).unwrap_or_default();
        Some(ResultInput { result, score, details: has_details.then(|| Box::new(details)) })
    }
}

fn passed_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some([Some("PASS"), Some("FAIL"), None]))
        .description(Some("PASS or FAIL."))
        .build()
}

fn score_schema() -> Object {
    let types = SchemaType::Array(vec![Type::String, Type::Number]);
    ObjectBuilder::new().schema_type(types).description(Some("The score, as a string or a number.")).build()
}

impl Read for ResultInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let (mut result, mut score) = (None, None);
        let is_object = value.each_member(|name, member| match name {
            "result" => result = Some(member.required_as(EXPECTED).unwrap_or(Outcome::Na)),
            "score" => score = Some(required_score(member)),
            _ => member.unknown(&["result", "score"]),
        });
        let (result, score) = both(value, is_object, result, score);
        Self::new(result, score)
    }
}

impl Read for RpNowInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let (mut result, mut score, mut booking_code) = (None, None, None);
        let is_object = value.each_member(|name, member| match name {
            "result" => result = Some(member.required_as(EXPECTED).unwrap_or(Outcome::Na)),
            "score" => score = Some(required_score(member)),
            "booking_code" => booking_code = Some(member.required()),
            _ => member.unknown(&["result", "score", "booking_code"]),
        });
        let (result, score) = both(value, is_object, result, score);
        if is_object && booking_code.is_none() {
            value.missing("booking_code", "a string that is not empty");
        }
        Self { result, score, booking_code: booking_code.unwrap_or_default() }
    }
}

impl Read for EligibilityResultInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        value.each_member(|name, member| match name {
            "result" => input.result = optional_outcome(member, &[Outcome::Pass, Outcome::Fail], "PASS or FAIL"),
            "score" => input.score = member.text_or_number(),
            _ => member.unknown(&["result", "score"]),
        });
        input
    }
}

/// The members of [`ResultDataInput`].
const DATA: [&str; 8] = [
    "candidate_id",
    "category_scores",
    "category_total_count",
    "overall_score_label",
    "overall_score_pct",
    "overall_score_scaled",
    "result",
    "result_id",
];

impl Read for ResultDataInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        value.each_member(|name, member| match name {
            "candidate_id" => input.candidate_id = member.string(),
            "category_scores" => input.category_scores = member.items(category),
            "category_total_count" => input.category_total_count = member.integer(),
            "overall_score_label" => input.overall_score_label = member.string(),
            "overall_score_pct" => input.overall_score_pct = member.text_or_number(),
            "overall_score_scaled" => input.overall_score_scaled = member.integer(),
            "result" => input.result = optional_outcome(member, Outcome::VARIANTS, EXPECTED),
            "result_id" => input.result_id = member.string(),
            _ => member.unknown(&DATA),
        });
        let has_score = input.overall_score_scaled.is_some() || input.overall_score_pct.is_some();
        if input.result == Some(Outcome::Na) && !has_score {
            value.missing("overall_score_scaled", "a score beside the result NA");
        }
        input
    }
}

/// What a result may be.
const EXPECTED: &str = "PASS, FAIL or NA";

fn category(item: &BodyValue<'_, '_>) -> Option<CategoryScore> {
    let mut score = CategoryScore::default();
    let is_object = item.each_member(|name, member| match name {
        "category_name" => score.category_name = member.string(),
        "category_order" => score.category_order = member.text_or_number(),
        "category_score_pct" => score.category_score_pct = member.text_or_number(),
        _ => member.unknown(&["category_name", "category_order", "category_score_pct"]),
    });
    is_object.then_some(score)
}

/// Result and score of a body that must have both.
fn both(
    value: &BodyValue<'_, '_>,
    is_object: bool,
    result: Option<Outcome>,
    score: Option<String>,
) -> (Outcome, String) {
    if is_object && result.is_none() {
        value.missing("result", EXPECTED);
    }
    if is_object && score.is_none() {
        value.missing("score", "a string or a number");
    }
    (result.unwrap_or(Outcome::Na), score.unwrap_or_default())
}

fn optional_outcome(member: &BodyValue<'_, '_>, allowed: &[Outcome], expected: &str) -> Option<Outcome> {
    let known = member.text()?.parse().ok().filter(|outcome| allowed.contains(outcome));
    if known.is_none() {
        member.misfit(expected);
    }
    known
}

fn required_score(member: &BodyValue<'_, '_>) -> String {
    match member.json() {
        JsonValue::Number(_) => member.written().unwrap_or_default().to_owned(),
        JsonValue::Text(text) if !text.is_empty() => text.clone().into_owned(),
        _ => {
            member.misfit("a string or a number");
            String::new()
        }
    }
}
