//! The operations of all rooms: the one list of what the vendor's face offers.

use crate::domain::contract::operation::Operation;
use crate::domain::{
    eligibility, getting_started, payment, proctoring, publication, result, scheduling, test_center, token, voucher,
};

/// The rooms that have operations, in the order their routes are tried.
const ROOMS: &[&[&Operation]] = &[
    eligibility::operations::ALL,
    result::operations::ALL,
    scheduling::operations::ALL,
    test_center::operations::ALL,
    payment::operations::ALL,
    voucher::operations::ALL,
    publication::operations::ALL,
    proctoring::operations::ALL,
    getting_started::operations::ALL,
    token::operations::ALL,
];

/// All operations, in the order their routes are tried.
pub fn all() -> impl Iterator<Item = &'static Operation> + Clone {
    ROOMS.iter().copied().flatten().copied()
}

/// The operation of this name.
pub fn named(id: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_operations_have_a_name_or_a_place_in_common() {
        let mut names = BTreeSet::new();
        let mut places = BTreeSet::new();
        for operation in all() {
            assert!(names.insert(operation.id), "{operation:?}");
            let aliases = operation.aliases.iter().map(|alias| alias.path(operation));
            for path in aliases.chain([operation.path.to_owned()]) {
                assert!(places.insert((operation.method, path.clone())), "{operation:?}: {path}");
            }
        }
    }

    #[test]
    fn a_path_starts_with_its_service_and_version() {
        for operation in all() {
            let Some(service) = operation.service else { continue };
            let start = format!("{}/{}/", service.context(), service.version());
            assert!(operation.path.starts_with(&start), "{operation:?}");
        }
    }

    #[test]
    fn an_operation_answers_at_the_root_and_as_generation_2() {
        let paths = |id| {
            let operation = named(id).expect("an operation");
            operation.aliases.iter().map(|alias| alias.path(operation)).collect::<Vec<_>>()
        };
        let by_test = "/candidates/{candidate_id}/tests/{test_code}";
        assert_eq!(
            paths("update_eligibility"),
            [format!("/accounts/{{account_code}}{by_test}"), format!("/eligibilityService/2.0.0{by_test}")]
        );
        assert_eq!(
            paths("get_result"),
            [
                "/accounts/{account_code}/results/{booking_code}",
                "/assessmentResultService/2.0.0/results/{booking_code}"
            ]
        );
        assert_eq!(paths("ping"), ["/ping", "/gettingStartedService/2.0.0/ping"]);
        assert_eq!(paths("issue_token"), ["/oauth2/token"]);
    }
}
