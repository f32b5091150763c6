//! The operations of the Test Center service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::TestCenter),
    method: "GET",
    path: "",
    aliases: &[Alias::Generation2],
    standing: Standing::Assumed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Gets the free timeslots of a test center.
    GetAvailability {
        id: "get_availability",
        path: "/testCenterService/1.0.0/accounts/{account_code}/test_centers/{location_code}/availability",
        ..ROW
    }
    /// Gets a test center.
    FindTestCenter {
        id: "find_test_center",
        path: "/testCenterService/1.0.0/accounts/{account_code}/test_centers/{location_code}",
        ..ROW
    }
    /// Searches test centers.
    SearchTestCenters {
        id: "search_test_centers",
        path: "/testCenterService/1.0.0/accounts/{account_code}/test_centers",
        ..ROW
    }
}
