//! The operations of the Eligibility service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::Eligibility),
    method: "GET",
    path: "",
    aliases: &[Alias::Root, Alias::Generation2],
    standing: Standing::Documented,
    source: "",
    words: RefusalTexts::USUAL,
};

// Source: the literal texts of the eligibility pages (contract §2.1).
const ACCOUNT_OR_TEST: &str = "Unable to get the account and test details for the given accountCode/testCode.";
const ACCOUNT_OR_TEST_TWO_STOPS: &str =
    "Unable to get the account and test details for the given accountCode/testCode..";
const NO_DATA: &str = "No data found for the given candidate id.";
const TEST_OR_PORTION: &str = "Please provide the valid test/portion code.";

operations! {
    /// Lists the eligibilities of a candidate.
    ListEligibilities {
        id: "list_eligibilities",
        source: "its own page, contract §2 number 6",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}",
        words: RefusalTexts { account: ACCOUNT_OR_TEST_TWO_STOPS, candidate: NO_DATA, ..RefusalTexts::USUAL },
        ..ROW
    }
    /// Creates an eligibility.
    CreateEligibility {
        id: "create_eligibility",
        source: "its own page, contract §2 number 1",
        method: "POST",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates",
        words: RefusalTexts { test: TEST_OR_PORTION, ..RefusalTexts::USUAL },
        ..ROW
    }
    /// Lists the eligibilities of a candidate for a test.
    ListEligibilitiesByTest {
        id: "list_eligibilities_by_test",
        source: "its own page, contract §2 number 5",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}",
        words: RefusalTexts { candidate: NO_DATA, ..RefusalTexts::USUAL },
        ..ROW
    }
    /// Lists the eligibilities of a candidate by status.
    ListEligibilitiesByStatus {
        id: "list_eligibilities_by_status",
        source: "its own page, contract §2 number 4",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/eligibilities",
        words: RefusalTexts { account: ACCOUNT_OR_TEST_TWO_STOPS, candidate: NO_DATA, ..RefusalTexts::USUAL },
        ..ROW
    }
    /// Updates the open eligibility of a candidate and test.
    UpdateEligibility {
        id: "update_eligibility",
        source: "its own page, contract §2 number 3",
        method: "PUT",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}",
        words: RefusalTexts { test: TEST_OR_PORTION, ..RefusalTexts::USUAL },
        ..ROW
    }
    /// Cancels the open eligibility of a candidate and test.
    CancelEligibility {
        id: "cancel_eligibility",
        source: "its own page, contract §2 number 2",
        method: "DELETE",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}",
        words: RefusalTexts { account: ACCOUNT_OR_TEST, ..RefusalTexts::USUAL },
        ..ROW
    }
    /// Replaces the vouchers of the open eligibility of a candidate and test.
    ReplaceVouchers {
        id: "replace_vouchers",
        source: "its own page, contract §2 number 7",
        method: "PUT",
        path: "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}/vouchers",
        ..ROW
    }
    /// Gets what starts the test of a scheduled eligibility.
    GetTestLaunchInfo {
        id: "get_test_launch_info",
        source: "its own page, contract §2 number 8",
        path: "/eligibilityService/1.0.0/eligibilities/{psi_eligibility_code}/testLaunchInfo",
        words: RefusalTexts { account: ACCOUNT_OR_TEST, ..RefusalTexts::USUAL },
        ..ROW
    }
}
