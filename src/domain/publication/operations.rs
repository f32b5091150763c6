//! The operations of the Test Publication service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::TestPublication),
    method: "GET",
    path: "",
    aliases: &[Alias::Generation2],
    standing: Standing::Assumed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Gets a test.
    GetTestRecord {
        id: "get_test_record",
        path: "/testPublicationService/1.0.0/accounts/{account_code}/tests/{test_code}",
        ..ROW
    }
    /// Lists the tests.
    ListTestRecords {
        id: "list_test_records",
        path: "/testPublicationService/1.0.0/accounts/{account_code}/tests",
        ..ROW
    }
    /// Creates or replaces a draft of a test.
    PutTest {
        id: "put_test",
        method: "PUT",
        path: "/testPublicationService/1.0.0/accounts/{account_code}/tests/{test_code}",
        ..ROW
    }
    /// Retires a test.
    RetireTest {
        id: "retire_test",
        method: "DELETE",
        path: "/testPublicationService/1.0.0/accounts/{account_code}/tests/{test_code}",
        ..ROW
    }
    /// Publishes a draft.
    PublishTest {
        id: "publish_test",
        method: "POST",
        path: "/testPublicationService/1.0.0/accounts/{account_code}/tests/{test_code}/publications",
        ..ROW
    }
    /// Gets a publication.
    GetPublication {
        id: "get_publication",
        path: "/testPublicationService/1.0.0/accounts/{account_code}/tests/{test_code}/publications/{publication_id}",
        ..ROW
    }
}
