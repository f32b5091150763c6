//! The operations of the Assessment Result service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::AssessmentResult),
    method: "GET",
    path: "",
    aliases: &[Alias::Root, Alias::Generation2],
    standing: Standing::Documented,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Takes the result of a booking from a test driver.
    PutBookingResult {
        id: "put_booking_result",
        source: "its own page, the recommended one, contract §5",
        method: "PUT",
        path: "/assessmentResultService/1.0.0/bookings/{booking_code}/results",
        ..ROW
    }
    /// Takes the result of an eligibility from a test driver.
    PutEligibilityResult {
        id: "put_eligibility_result",
        source: "its own page, contract §5",
        method: "PUT",
        path: "/assessmentResultService/1.0.0/accounts/{account_code}/{eligibility_code}/results",
        ..ROW
    }
    /// Takes the result of a candidate from the cloud test driver.
    PutCandidateResult {
        id: "put_candidate_result",
        source: "its own page, that of the cloud test driver, contract §5",
        method: "PUT",
        path: "/assessmentResultService/1.0.0/accounts/{account_code}",
        ..ROW
    }
    /// Takes a result from the `RPNow` test driver.
    PostRpNowResult {
        id: "post_rpnow_result",
        source: "the pages name it without a path, contract §5",
        method: "POST",
        path: "/assessmentResultService/1.0.0/results/rpnow",
        standing: Standing::Assumed,
        ..ROW
    }
    /// Gets the result that a notification points to.
    GetResult {
        id: "get_result",
        source: "services §14",
        path: "/assessmentResultService/1.0.0/accounts/{account_code}/results/{booking_code}",
        standing: Standing::Assumed,
        ..ROW
    }
}
