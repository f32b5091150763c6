//! Where what the ledger says was read or seen.

use crate::domain::contract::lint::Standing;

/// What all services have in common: their errors, their bodies.
pub const EVERY_SERVICE: &str = "every_service";

/// Where a statement about a service comes from.
pub fn source(service: &str, standing: Standing, is_decided: bool) -> &'static str {
    match (standing, service) {
        _ if is_decided => "sources that disagree, or can be read in more than one way",
        (Standing::Documented, "eligibility") => "the vendor's pages of the Eligibility service",
        (Standing::Documented, "assessment_result") => "the vendor's pages of the Assessment Result service",
        (Standing::Documented, "booking_notification") => "the vendor's pages of the Booking Notification",
        (Standing::Documented, _) => "the vendor's guide",
        (Standing::Observed, "token" | "gateway") => "the gateway product and its key manager",
        (Standing::Observed, "eligibility") => "real clients, and a model that was generated from a live answer",
        (Standing::Observed, "booking") => "a client that was generated from the vendor's description of the service",
        (Standing::Observed, "booking_notification") => "real receivers, and a message that was seen",
        (Standing::Observed, "assessment_results") => "an xAPI document that was seen",
        (Standing::Observed, _) => "real clients",
        (Standing::Assumed, "proctoring" | "proctoring_results" | "proctoring_results_notification") => {
            "nothing public; made after a neighbour product"
        }
        (Standing::Assumed, _) => "nothing public; made in the style of what is documented",
    }
}
