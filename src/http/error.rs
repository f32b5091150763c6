//! The error tables: one per face, no wildcard arm. Every refusal of a service leaves through one of them.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::call::Call;
use crate::domain::contract::error::Error;
use crate::domain::contract::operation::{Operation, RefusalTexts};

/// The vendor's error body.
///
/// Source: the pages name an Error Model; its members were observed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorModel {
    /// The reason phrase of the status.
    pub error: String,
    /// What is wrong.
    pub error_description: String,
}

/// A refusal of a vendor service, worded by its operation.
#[derive(Debug)]
pub struct Refused {
    /// The operation; `None` where the call found none.
    pub operation: Option<&'static Operation>,
    /// The cause.
    pub error: Error,
}

impl Refused {
    fn words(&self) -> &'static RefusalTexts {
        self.operation.map_or(&RefusalTexts::USUAL, |operation| &operation.words)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation.map_or("none", Operation::name), self.error)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        atlas(self.words(), &self.error).0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, description) = atlas(self.words(), &self.error);
        error_model(status, description)
    }
}

/// A misfit of a path or query parameter, as the error of its face.
pub fn wrong_parameter(request: &HttpRequest, detail: String) -> actix_web::Error {
    let error = Error::Invalid(detail);
    match Call::of(request).operation.get() {
        Some(operation) => Refused { operation: Some(operation), error }.into(),
        None => ControlError(error).into(),
    }
}

/// An answer with the vendor's error body.
pub fn error_model(status: StatusCode, error_description: String) -> HttpResponse {
    let error = status.canonical_reason().unwrap_or("Error").to_owned();
    HttpResponse::build(status).json(ErrorModel { error, error_description })
}

/// The vendor face's table; some causes are worded by the operation's row.
///
/// Source: the literal texts of the eligibility pages (contract §2.1); others are assumed.
pub fn atlas(words: &RefusalTexts, error: &Error) -> (StatusCode, String) {
    use StatusCode as S;
    let bad = |text: &str| (S::BAD_REQUEST, text.to_owned());
    match error {
        Error::UnknownAccount(_) => bad(words.account),
        Error::UnknownCandidate(_) => bad(words.candidate),
        Error::UnknownTest(_) => bad(words.test),
        Error::UnknownPortion(_) => bad("Please provide valid portion code."),
        Error::UnknownEligibility(_) => {
            bad("Unable to get the account and test details for the given accountCode/testCode.")
        }
        Error::UnknownBooking(code) => bad(&format!("No booking found for the given booking code {code:?}.")),
        Error::NoExam { kind, id } => bad(&format!("No exam found for the given {kind} {id:?}.")),
        Error::NotLinked => (S::NOT_FOUND, "The specified candidate eligibility code was not found.".to_owned()),
        Error::Duplicate => {
            bad("Candidate can not be registered as an open registration record already exists for this candidate.")
        }
        Error::StatusFilter => bad("The request is invalid. Only active, inactive, or all can be passed as values."),
        Error::DeliveryModeNotAllowed => {
            bad("Provided delivery mode is not allowed for this exam. Please provide valid delivery mode.")
        }
        Error::DeliveryModeFixed => bad("Cannot update delivery mode once the session is created."),
        Error::Forbidden => (S::FORBIDDEN, "Forbidden operation.".to_owned()),
        Error::Unauthorized => (S::UNAUTHORIZED, "You are not authorized to access this resource.".to_owned()),
        Error::TooLarge { .. } => (S::PAYLOAD_TOO_LARGE, error.to_string()),
        Error::Late => (S::REQUEST_TIMEOUT, error.to_string()),
        Error::NoSuchPath(_) | Error::NotFound { .. } | Error::UnknownName { .. } => (S::NOT_FOUND, error.to_string()),
        Error::NoSuchMethod { .. } => (S::METHOD_NOT_ALLOWED, error.to_string()),
        Error::NotJson(_)
        | Error::Body(_)
        | Error::Lint(_)
        | Error::NotSetUp { .. }
        | Error::Immutable { .. }
        | Error::NotScheduled(_)
        | Error::Transition { .. }
        | Error::BookingTransition { .. }
        | Error::NotEligible(_)
        | Error::Conflict(_)
        | Error::Invalid(_) => bad(&error.to_string()),
        Error::QueueFull { .. } => (S::SERVICE_UNAVAILABLE, error.to_string()),
        Error::AdminOnly(_) => (S::FORBIDDEN, error.to_string()),
        Error::Internal(_) => (S::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// The control face's error body: RFC 9457, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    pub r#type: &'static str,
    /// The reason phrase of the status.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What is wrong.
    pub detail: String,
}

impl Problem {
    /// As which it is sent.
    pub const MEDIA_TYPE: &str = "application/problem+json";
}

/// A refusal of the control face.
#[derive(Debug)]
pub struct ControlError(pub Error);

impl From<Error> for ControlError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ControlError {
    fn status_code(&self) -> StatusCode {
        control(&self.0)
    }

    fn error_response(&self) -> HttpResponse {
        problem(self.status_code(), self.0.to_string())
    }
}

/// An answer with the control face's error body.
pub fn problem(status: StatusCode, detail: String) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or("Error").to_owned();
    let problem = Problem { r#type: "about:blank", title, status: status.as_u16(), detail };
    HttpResponse::build(status)
        .content_type(Problem::MEDIA_TYPE)
        .body(serde_json::to_string(&problem).unwrap_or_default() + "\n")
}

/// The control face's table.
pub fn control(error: &Error) -> StatusCode {
    use StatusCode as S;
    match error {
        Error::UnknownAccount(_)
        | Error::UnknownEligibility(_)
        | Error::UnknownBooking(_)
        | Error::NoExam { .. }
        | Error::NotLinked
        | Error::NoSuchPath(_)
        | Error::NotFound { .. }
        | Error::UnknownName { .. } => S::NOT_FOUND,
        Error::NoSuchMethod { .. } => S::METHOD_NOT_ALLOWED,
        Error::Forbidden | Error::AdminOnly(_) => S::FORBIDDEN,
        Error::Unauthorized => S::UNAUTHORIZED,
        Error::TooLarge { .. } => S::PAYLOAD_TOO_LARGE,
        Error::Late => S::REQUEST_TIMEOUT,
        Error::UnknownCandidate(_)
        | Error::UnknownTest(_)
        | Error::UnknownPortion(_)
        | Error::NotJson(_)
        | Error::Body(_)
        | Error::Lint(_)
        | Error::NotSetUp { .. }
        | Error::Immutable { .. }
        | Error::StatusFilter
        | Error::DeliveryModeNotAllowed
        | Error::Invalid(_) => S::BAD_REQUEST,
        Error::Duplicate
        | Error::DeliveryModeFixed
        | Error::NotScheduled(_)
        | Error::Transition { .. }
        | Error::BookingTransition { .. }
        | Error::NotEligible(_)
        | Error::Conflict(_) => S::CONFLICT,
        Error::QueueFull { .. } => S::SERVICE_UNAVAILABLE,
        Error::Internal(_) => S::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operations;

    /// Contract §2.1, cell by cell: update, cancel, GET status, GET test, GET candidate, vouchers.
    #[test]
    fn the_same_cause_is_worded_by_operation() {
        let account = Error::UnknownAccount("X".into());
        let candidate = Error::UnknownCandidate("X".into());
        let test = Error::UnknownTest("X".into());
        let a1 = "Unable to get the account details for the given accountCode.";
        let a2 = "Unable to get the account and test details for the given accountCode/testCode.";
        let a2_two = "Unable to get the account and test details for the given accountCode/testCode..";
        let c1 = "Candidate details not found for the given candidate id.";
        let c2 = "No data found for the given candidate id.";
        let t1 = "Please provide the valid test/portion code.";
        let t2 = "No mapping found for the given test code.";
        for (id, error, text) in [
            ("update_eligibility", &account, a1),
            ("cancel_eligibility", &account, a2),
            ("list_eligibilities_by_status", &account, a2_two),
            ("list_eligibilities_by_test", &account, a1),
            ("list_eligibilities", &account, a2_two),
            ("replace_vouchers", &account, a1),
            ("create_eligibility", &account, a1),
            ("update_eligibility", &candidate, c1),
            ("cancel_eligibility", &candidate, c1),
            ("list_eligibilities_by_status", &candidate, c2),
            ("list_eligibilities_by_test", &candidate, c2),
            ("list_eligibilities", &candidate, c2),
            ("replace_vouchers", &candidate, c1),
            ("update_eligibility", &test, t1),
            ("create_eligibility", &test, t1),
            ("cancel_eligibility", &test, t2),
            ("list_eligibilities_by_test", &test, t2),
            ("replace_vouchers", &test, t2),
            ("get_test_launch_info", &Error::UnknownEligibility("X".into()), a2),
        ] {
            let operation = operations::named(id).expect("an operation");
            assert_eq!(atlas(&operation.words, error), (StatusCode::BAD_REQUEST, text.to_owned()), "{id} {error}");
        }
    }
}
