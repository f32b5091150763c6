//! What is known of roles, tests, proctoring and results.

use super::entry::Entry;
use super::ledger::{decided, known};
use super::source::EVERY_SERVICE;
use crate::domain::contract::lint::Standing::{Assumed, Documented, Observed};

/// Those about roles, tests, proctoring and results.
pub const SERVICES: &[Entry] = &[
    known(
        EVERY_SERVICE,
        Documented,
        "A user sees only the services that its roles allow in the Store; GET /_sandbox/accounts/{account_code}/services?user= tells which.",
    ),
    decided(
        EVERY_SERVICE,
        Documented,
        "The roles are psiEligibility, psiTestCenter, psiTestPublication, psiBooking, psiPayment, psiVoucher and psiProctoring; assumed: psiAssessmentResult. Getting Started asks for none, psiGettingStarted is accepted and has no effect, and every user sees it.",
    ),
    known(
        "assessment_result",
        Documented,
        "PUT /bookings/{booking_code}/results with result and score, both required; 200 without a body.",
    ),
    known("assessment_result", Observed, "score as a string and as a JSON number; a number keeps its digits."),
    known(
        "assessment_result",
        Assumed,
        "A result completes a scheduled booking, replaces the result of a completed one, and is a 400 otherwise; the one that is there already is a 200 that changes nothing.",
    ),
    decided(
        "assessment_result",
        Documented,
        "PUT /accounts/{account_code}/{eligibility_code}/results, result (PASS, FAIL) and score both optional; eligibility_code is the client_eligibility_id. Assumed: an empty body says that the exam was taken, a score alone is NA.",
    ),
    known(
        "assessment_result",
        Documented,
        "PUT /accounts/{account_code} with the Result Data, all members optional; 400 when no exam of the candidate is found.",
    ),
    known(
        "assessment_result",
        Assumed,
        "Of several exams a result is for the newest that is scheduled, else the newest that was taken. The score of Result Data is the scaled one, else the one per cent; without a result it is NA; the other members stand in the flat document.",
    ),
    known("assessment_result", Assumed, "POST /results/rpnow with result, score and booking_code, all required."),
    known(
        "test_publication",
        Assumed,
        "All of the service: its paths, the members of a test, the rules for them, 201 for a new draft and 204 for a replaced one.",
    ),
    known(
        "test_publication",
        Assumed,
        "A draft is published as it was when it was handed in, after publication_delay or when staff approve it; one that is pending cannot be handed in again. Until then eligibilities name the test as it was published before, or not at all.",
    ),
    known(
        "test_publication",
        Assumed,
        "A test that open eligibilities name is not retired; a retired one is unknown, and its pending publication is rejected.",
    ),
    known(
        "test_publication",
        Assumed,
        "max_attempts counts exams that were taken or missed; schedule_start_date and schedule_end_date are those of eligibilities that tell none; excused_absence stands above the account's setting.",
    ),
    known(
        "proctoring",
        Assumed,
        "All of the service: its paths, members, statuses and transitions. A session is of a booking that is booked, or of an open eligibility, which has one at a time.",
    ),
    known(
        "proctoring",
        Assumed,
        "Entering a running session again goes on with it; reentry: submits hands the exam in, as a neighbour product does. Nobody enters a session whose booking was moved or is over. Submitting tells nothing of the booking: its result does.",
    ),
    known(
        "assessment_results",
        Observed,
        "A result is put as an xAPI 1.0.3 statement to {endpoint}/statements?statementId=; 204 and 200 are delivered.",
    ),
    known(
        "assessment_results",
        Assumed,
        "The names of the statement's home page, activity and extensions; a score of 0 to 100 is scaled to 0 to 1, another is raw alone, and one that is no number is left out.",
    ),
    known("assessment_results", Assumed, "The flat document (format: json), which results_url serves as well."),
    known(
        "assessment_results_notification",
        Assumed,
        "Its members. An account that has no subscription to results has no deliveries of them, not even discarded ones.",
    ),
    known(
        "proctoring_results",
        Assumed,
        "The members of the review and of its notification, as the document's webhooks have them, after a neighbour product: four review statuses, times of comments in whole seconds from the session's start. An account without a subscription to them has no deliveries of them.",
    ),
];
