//! The Test Publication service: partners write tests and publish them.

use actix_web::HttpRequest;
use actix_web::{HttpResponse, Responder};

use crate::domain::publication::input::TestInput;
use crate::domain::publication::operations::{
    GetPublication, GetTestRecord, ListTestRecords, PublishTest, PutTest, RetireTest,
};
use crate::domain::publication::{PublicationRecord, TestRecord};
use crate::gateway::caller::Caller;
use crate::http::answer::{Accepted, Json, NoContent};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::page::{Page, Paging};
use crate::http::path::parts;
use crate::http::query::Query;
use crate::service::publication;

super::handler::handlers![get_test_record, list_test_records, put_test, retire_test, publish_test, get_publication,];

parts! {
    /// An account.
    Tests {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// A test of an account.
    Test {
        /// The account; another account's code is refused.
        account_code,
        /// The partner's code of the test.
        test_code,
    }
}

parts! {
    /// A publication of a test.
    Publication {
        /// The account; another account's code is refused.
        account_code,
        /// The partner's code of the test.
        test_code,
        /// The publication.
        publication_id,
    }
}

/// Get a test: its draft, if there is one.
#[utoipa::path(get, path = "get_test_record", responses((status = 200, description = "The test.")))]
pub async fn get_test_record(caller: Caller<GetTestRecord, Test>) -> Result<Json<TestRecord>, Refused> {
    let found = publication::get(&caller.sandbox, &caller.account, &caller.path.test_code).await;
    Ok(Json(caller.map_refusal(found)?))
}

/// List the tests of the account, by code.
#[utoipa::path(get, path = "list_test_records", responses((status = 200, description = "The tests.")))]
pub async fn list_test_records(
    caller: Caller<ListTestRecords, Tests>,
    paging: Query<Paging>,
) -> Result<Json<Page<TestRecord>>, Refused> {
    let limit = caller.map_refusal(paging.limit())?;
    let (items, has_more) = publication::list(&caller.sandbox, &caller.account, paging.cursor.as_deref(), limit).await;
    let last = items.last().filter(|_| has_more).map(|record| record.test.test_code.clone());
    Ok(Json(Page { items, next_cursor: last }))
}

/// Create or replace the draft of a test.
///
/// Eligibilities name a test as it was published last; a draft is what is published next.
#[utoipa::path(put, path = "put_test", responses(
    (status = 201, description = "The test, which is new.", body = TestRecord),
    (status = 204, description = "The draft is replaced."),
))]
pub async fn put_test(
    caller: Caller<PutTest, Test>,
    body: Body<TestInput>,
    request: HttpRequest,
) -> Result<HttpResponse, Refused> {
    let put = publication::put(&caller.sandbox, &caller.account, &caller.path.test_code, &body.0).await;
    let (record, is_new) = caller.map_refusal(put)?;
    Ok(if is_new { crate::http::answer::Created(record).respond_to(&request) } else { NoContent.respond_to(&request) })
}

/// Retire a test: eligibilities cannot name it any more.
///
/// Refused while open eligibilities name it. A publication that is pending is rejected.
#[utoipa::path(delete, path = "retire_test", responses((status = 204, description = "It is retired.")))]
pub async fn retire_test(caller: Caller<RetireTest, Test>) -> Result<NoContent, Refused> {
    caller.map_refusal(publication::retire(&caller.sandbox, &caller.account, &caller.path.test_code).await)?;
    Ok(NoContent)
}

/// Publish the draft of a test.
///
/// It takes effect after the account's `publication_delay`, unless the vendor's staff decide before.
#[utoipa::path(post, path = "publish_test", responses((status = 202, description = "The publication.")))]
pub async fn publish_test(caller: Caller<PublishTest, Test>) -> Result<Accepted<PublicationRecord>, Refused> {
    let made = publication::publish(&caller.sandbox, &caller.account, &caller.path.test_code).await;
    Ok(Accepted(caller.map_refusal(made)?))
}

/// Get a publication of a test.
#[utoipa::path(get, path = "get_publication", responses(
    (status = 200, description = "The publication."),
    (status = 404, description = "The test has no such publication."),
))]
pub async fn get_publication(caller: Caller<GetPublication, Publication>) -> Result<Json<PublicationRecord>, Refused> {
    let Publication { test_code, publication_id, .. } = &caller.path;
    let found = publication::of_test(&caller.sandbox, &caller.account, test_code, publication_id).await;
    Ok(Json(caller.map_refusal(found)?))
}
