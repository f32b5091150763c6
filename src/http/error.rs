//! The error tables: one per face, no wildcard arm. Every refusal of a service leaves through one of them.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::contract::operation::Operation;

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
    /// The operation.
    pub operation: Operation,
    /// The cause.
    pub error: Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation.name(), self.error)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        atlas(self.operation, &self.error).0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, description) = atlas(self.operation, &self.error);
        error_model(status, description)
    }
}

/// An answer with the vendor's error body.
pub fn error_model(status: StatusCode, error_description: String) -> HttpResponse {
    let error = status.canonical_reason().unwrap_or("Error").to_owned();
    HttpResponse::build(status).json(ErrorModel { error, error_description })
}

/// The vendor face's table: the same cause has several texts by operation.
///
/// Source: the literal texts of the eligibility pages (contract §2.1); others are assumed.
pub fn atlas(operation: Operation, error: &Error) -> (StatusCode, String) {
    use StatusCode as S;
    let bad = |text: &str| (S::BAD_REQUEST, text.to_owned());
    match error {
        Error::UnknownAccount(_) => bad(unknown_account(operation)),
        Error::UnknownCandidate(_) => bad(unknown_candidate(operation)),
        Error::UnknownTest(_) => bad(unknown_test(operation)),
        Error::UnknownPortion(_) => bad("Please provide valid portion code."),
        Error::UnknownEligibility(_) => bad(ACCOUNT_OR_TEST),
        Error::UnknownBooking(code) => bad(&format!("No booking found for the given booking code {code:?}.")),
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
        Error::NoSuchPath(_) | Error::NotFound { .. } => (S::NOT_FOUND, error.to_string()),
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

const ACCOUNT: &str = "Unable to get the account details for the given accountCode.";
const ACCOUNT_OR_TEST: &str = "Unable to get the account and test details for the given accountCode/testCode.";
const ACCOUNT_OR_TEST_TWO_STOPS: &str =
    "Unable to get the account and test details for the given accountCode/testCode..";

fn unknown_account(operation: Operation) -> &'static str {
    use Operation as O;
    match operation {
        O::CreateEligibility
        | O::UpdateEligibility
        | O::ListEligibilitiesByTest
        | O::ReplaceVouchers
        | O::PutBookingResult
        | O::GetResult
        | O::Ping
        | O::WhoAmI
        | O::IssueToken
        | O::RevokeToken => ACCOUNT,
        O::CancelEligibility | O::GetTestLaunchInfo => ACCOUNT_OR_TEST,
        O::ListEligibilitiesByStatus | O::ListEligibilities => ACCOUNT_OR_TEST_TWO_STOPS,
    }
}

fn unknown_candidate(operation: Operation) -> &'static str {
    use Operation as O;
    match operation {
        O::ListEligibilitiesByStatus | O::ListEligibilitiesByTest | O::ListEligibilities => {
            "No data found for the given candidate id."
        }
        O::CreateEligibility
        | O::CancelEligibility
        | O::UpdateEligibility
        | O::ReplaceVouchers
        | O::GetTestLaunchInfo
        | O::PutBookingResult
        | O::GetResult
        | O::Ping
        | O::WhoAmI
        | O::IssueToken
        | O::RevokeToken => "Candidate details not found for the given candidate id.",
    }
}

fn unknown_test(operation: Operation) -> &'static str {
    use Operation as O;
    match operation {
        O::CreateEligibility | O::UpdateEligibility => "Please provide the valid test/portion code.",
        O::CancelEligibility
        | O::ListEligibilitiesByStatus
        | O::ListEligibilitiesByTest
        | O::ListEligibilities
        | O::ReplaceVouchers
        | O::GetTestLaunchInfo
        | O::PutBookingResult
        | O::GetResult
        | O::Ping
        | O::WhoAmI
        | O::IssueToken
        | O::RevokeToken => "No mapping found for the given test code.",
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
        .content_type("application/problem+json")
        .body(serde_json::to_string(&problem).unwrap_or_default())
}

/// The control face's table.
pub fn control(error: &Error) -> StatusCode {
    use StatusCode as S;
    match error {
        Error::UnknownAccount(_)
        | Error::UnknownEligibility(_)
        | Error::UnknownBooking(_)
        | Error::NotLinked
        | Error::NoSuchPath(_)
        | Error::NotFound { .. } => S::NOT_FOUND,
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

    /// Contract §2.1, cell by cell: update, cancel, GET status, GET test, GET candidate, vouchers.
    #[test]
    fn the_same_cause_is_worded_by_operation() {
        use Operation as O;
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
        for (operation, error, text) in [
            (O::UpdateEligibility, &account, a1),
            (O::CancelEligibility, &account, a2),
            (O::ListEligibilitiesByStatus, &account, a2_two),
            (O::ListEligibilitiesByTest, &account, a1),
            (O::ListEligibilities, &account, a2_two),
            (O::ReplaceVouchers, &account, a1),
            (O::CreateEligibility, &account, a1),
            (O::UpdateEligibility, &candidate, c1),
            (O::CancelEligibility, &candidate, c1),
            (O::ListEligibilitiesByStatus, &candidate, c2),
            (O::ListEligibilitiesByTest, &candidate, c2),
            (O::ListEligibilities, &candidate, c2),
            (O::ReplaceVouchers, &candidate, c1),
            (O::UpdateEligibility, &test, t1),
            (O::CreateEligibility, &test, t1),
            (O::CancelEligibility, &test, t2),
            (O::ListEligibilitiesByTest, &test, t2),
            (O::ReplaceVouchers, &test, t2),
            (O::GetTestLaunchInfo, &Error::UnknownEligibility("X".into()), a2),
        ] {
            assert_eq!(atlas(operation, error), (StatusCode::BAD_REQUEST, text.to_owned()), "{operation:?} {error}");
        }
    }
}
