//! How the members of the vendor's models are known, model by model.

use crate::domain::contract::lint::Standing;

use Standing::{Assumed, Documented, Observed};

/// A model: how its members are known, and those of them that are known otherwise.
type Model = (&'static str, Standing, &'static [(&'static str, Standing)]);

/// The address in parts, which one receiver asked for (`structured_address`).
const IN_PARTS: &[(&str, Standing)] = &[
    ("address_1", Observed),
    ("address_2", Observed),
    ("address_3", Observed),
    ("city", Observed),
    ("state", Observed),
    ("country", Observed),
    ("postal_code", Observed),
];

/// The models of the vendor's document that have members. A test compares them with those of the document.
///
/// Source: contract §1 to §7; services §3 to §14; platform §1 and §2.
#[rustfmt::skip]
const MODELS: &[Model] = &[
    // The token endpoint, the gateway, and what every service answers.
    ("ErrorModel", Observed, &[]),
    ("FaultBody", Observed, &[]),
    ("FaultDetail", Observed, &[]),
    ("OAuthError", Observed, &[]),
    ("RevokeForm", Observed, &[]),
    ("TokenAnswer", Observed, &[]),
    ("TokenForm", Observed, &[]),
    // Getting Started.
    ("Identity", Assumed, &[]),
    ("Pong", Assumed, &[]),
    // Eligibility.
    ("Attribute", Documented, &[]),
    ("Candidate", Documented, &[]),
    ("Eligibility", Documented, &[("delivery_mode", Assumed)]),
    ("ExistingEligibility", Documented, &[]),
    ("TestLaunchInfo", Assumed, &[]),
    // Booking.
    ("BookingRequest", Observed, &[]),
    ("BookingResponse", Observed, &[]),
    ("CandidateDetails", Observed, &[]),
    ("CandidateName", Observed, &[]),
    ("ContactInfo", Observed, &[]),
    ("GeoLocations", Observed, &[]),
    ("Location", Observed, &[]),
    ("LocationDate", Observed, &[]),
    ("Locations", Observed, &[("locations", Assumed)]),
    ("TestPortion", Observed, &[]),
    ("TestPortionData", Observed, &[]),
    ("TestingEvent", Observed, &[]),
    ("Timeslot", Observed, &[]),
    ("TimeslotDate", Observed, &[]),
    ("Timeslots", Observed, &[]),
    ("WrappedBooking", Observed, &[]),
    ("WrappedTimeslots", Observed, &[]),
    // Test Center.
    ("Availability", Assumed, &[]),
    ("AvailableDay", Assumed, &[]),
    ("AvailableTimeslot", Assumed, &[]),
    ("OpeningHours", Assumed, &[]),
    ("Page_FoundCenter", Assumed, &[]),
    ("TestCenter", Assumed, &[]),
    ("TestCenterNotification", Assumed, &[]),
    // Test Publication.
    ("Page_TestRecord", Assumed, &[]),
    ("Portion", Assumed, &[]),
    ("PublicationRecord", Assumed, &[]),
    ("TestDraft", Assumed, &[]),
    ("TestRecord", Assumed, &[]),
    // Payment.
    ("NewPayment", Assumed, &[]),
    ("NewRefund", Assumed, &[]),
    ("Page_Payment", Assumed, &[]),
    ("Payment", Assumed, &[]),
    ("Refund", Assumed, &[]),
    // Voucher.
    ("NewVoucher", Assumed, &[]),
    ("Page_Voucher", Assumed, &[]),
    ("Voucher", Assumed, &[]),
    ("VoucherBatch", Assumed, &[]),
    ("VoucherChange", Assumed, &[]),
    // Proctoring.
    ("Page_SessionRecord", Assumed, &[]),
    ("ProctoringComment", Assumed, &[]),
    ("ProctoringResults", Assumed, &[]),
    ("ProctoringResultsNotification", Assumed, &[]),
    ("ReportedEvent", Assumed, &[]),
    ("SessionEventReport", Assumed, &[]),
    ("SessionRecord", Assumed, &[]),
    ("SessionRequest", Assumed, &[]),
    // Assessment results.
    ("Activity", Observed, &[("id", Assumed), ("definition", Assumed)]),
    ("Actor", Observed, &[]),
    ("ActorAccount", Observed, &[("homePage", Assumed)]),
    ("AssessmentResultDocument", Assumed, &[]),
    ("AssessmentResultsNotification", Assumed, &[]),
    ("CategoryScore", Documented, &[]),
    ("Context", Observed, &[("extensions", Assumed)]),
    ("EligibilityResult", Documented, &[]),
    ("Result", Documented, &[]),
    ("ResultData", Documented, &[]),
    ("RpNowResult", Assumed, &[]),
    ("Score", Observed, &[]),
    ("Scored", Observed, &[]),
    ("Statement", Observed, &[]),
    ("Verb", Observed, &[]),
    // The Booking Notification.
    ("ExamPortion", Documented, &[]),
    ("NotificationRequest", Documented, IN_PARTS),
    ("NotificationResponse", Observed, &[]),
];

/// How a member of a model is known; `None` if the ledger has no such model.
pub fn member(model: &str, name: &str) -> Option<Standing> {
    let (_, usual, others) = MODELS.iter().find(|(known, ..)| *known == model)?;
    Some(others.iter().find(|(known, _)| *known == name).map_or(*usual, |(_, standing)| *standing))
}

/// The models that the ledger has, with the members that are known otherwise than the rest.
#[cfg(test)]
pub fn models() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    MODELS.iter().map(|(model, _, others)| (*model, others.iter().map(|(name, _)| *name)))
}
