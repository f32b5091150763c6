//! The result of an exam, as it is kept with its booking.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::Outcome;
use crate::domain::value::stamp::{self, Timestamp};

/// A result as kept with its booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExamResult {
    /// PASS, FAIL or NA.
    pub result: Outcome,
    /// The score as it was sent.
    pub score: String,
    /// When it arrived.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub received: Timestamp,
    /// What the cloud test driver reports beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ResultDetails>)]
    pub details: Option<Box<ResultDetails>>,
}

/// What the cloud test driver reports beside result and score. Numbers are kept as they were sent, in texts.
///
/// Source: the Result Data of the Assessment Result page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResultDetails {
    /// The driver's identifier of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_id: Option<String>,
    /// What the overall score is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_score_label: Option<String>,
    /// The overall score, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_score_pct: Option<String>,
    /// The overall score on the test's scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_score_scaled: Option<i64>,
    /// How many categories the test has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_total_count: Option<i64>,
    /// The scores of its categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_scores: Vec<CategoryScore>,
}

/// The score of a category.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CategoryScore {
    /// The category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_name: Option<String>,
    /// Its place among the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_order: Option<String>,
    /// Its score, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_score_pct: Option<String>,
}
