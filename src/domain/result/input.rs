//! The write model of a result.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::status::Outcome;

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
}

fn score_schema() -> Object {
    let types = SchemaType::Array(vec![Type::String, Type::Number]);
    ObjectBuilder::new().schema_type(types).description(Some("The score, as a string or a number.")).build()
}

impl Read for ResultInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let (mut result, mut score) = (None, None);
        let is_object = value.each_member(|name, member| match name {
            "result" => result = Some(outcome(member)),
            "score" => score = Some(score_text(member)),
            _ => member.unknown(&["result", "score"]),
        });
        if is_object && result.is_none() {
            value.missing("result", "PASS, FAIL or NA");
        }
        if is_object && score.is_none() {
            value.missing("score", "a string or a number");
        }
        Self { result: result.unwrap_or(Outcome::Na), score: score.unwrap_or_default() }
    }
}

fn outcome(member: &BodyValue<'_, '_>) -> Outcome {
    let known = match member.json() {
        JsonValue::Text(text) => text.parse().ok(),
        _ => None,
    };
    known.unwrap_or_else(|| {
        member.misfit("PASS, FAIL or NA");
        Outcome::Na
    })
}

fn score_text(member: &BodyValue<'_, '_>) -> String {
    match member.json() {
        JsonValue::Number(number) => number.to_string(),
        JsonValue::Text(text) if !text.is_empty() => text.clone().into_owned(),
        _ => {
            member.misfit("a string or a number");
            String::new()
        }
    }
}
