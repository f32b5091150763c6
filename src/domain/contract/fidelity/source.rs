//! Where what the ledger says was read or seen.

use crate::domain::contract::lint::Standing;

/// What all services have in common: their errors, their bodies.
pub const EVERY_SERVICE: &str = "every_service";

/// Where a statement about a service comes from; `own` is where within that, if the statement has a place of its own.
pub fn source(service: &str, own: &str, standing: Standing, is_decided: bool) -> String {
    let place = if own.is_empty() { section(service) } else { own };
    format!("{}: {place}", kind(service, standing, is_decided))
}

/// Where the project's specification has a service: `contract` has what is public, `services` the rest, `platform` what
/// stands in front of them, `sandbox` what is ours.
fn section(service: &str) -> &'static str {
    match service {
        "getting_started" => "services §1",
        "eligibility" => "contract §2 to §4",
        "test_center" => "services §3",
        "test_center_notification" => "services §4",
        "test_publication" => "services §5",
        "booking" => "contract §6",
        "booking_notification" => "contract §7",
        "payment" => "services §8",
        "voucher" => "services §9",
        "proctoring" => "services §10",
        "proctoring_results" => "services §11",
        "proctoring_results_notification" => "services §12",
        "assessment_result" => "contract §5",
        "assessment_results" => "services §13",
        "assessment_results_notification" => "services §14",
        "token" => "platform §1",
        "gateway" => "platform §2",
        "faults" => "sandbox §9",
        "lint" => "sandbox §7",
        _ => "contract §1",
    }
}

/// What a source is.
fn kind(service: &str, standing: Standing, is_decided: bool) -> &'static str {
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
