//! The Test Center service: where exams can be taken, and when.

use crate::http::query::Query;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::test_center::answer::{Availability, FoundCenter};
use crate::domain::test_center::operations::{FindTestCenter, GetAvailability, SearchTestCenters};
use crate::domain::test_center::search::CenterQuery;
use crate::gateway::caller::Caller;
use crate::http::answer::Json;
use crate::http::error::Refused;
use crate::http::page::{self, Page};
use crate::http::path::parts;
use crate::service::test_center;

super::handler::handlers![get_availability, find_test_center, search_test_centers];

parts! {
    /// The test centers of an account.
    Centers {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// A test center of an account.
    Center {
        /// The account; another account's code is refused.
        account_code,
        /// The site.
        location_code,
    }
}

page::filter! {
    /// Which test centers are meant.
    pub struct CenterFilter {
        /// ISO 3166-1, two or three letters.
        pub country: Option<String>,
        /// The code of the province or state, or its name.
        pub province_state: Option<String>,
        /// The city.
        pub city: Option<String>,
        /// The postal code.
        pub postal_code: Option<String>,
        /// `latitude,longitude` in degrees, like `39.1,-94.6`: the nearest come first.
        #[param(pattern = "^-?[0-9]{1,2}(\\.[0-9]+)?,-?[0-9]{1,3}(\\.[0-9]+)?$")]
        pub near: Option<String>,
        /// How far from there; 100 where absent.
        #[param(minimum = 0)]
        pub radius: Option<f64>,
        /// `MI` or `KM`; `MI` where absent.
        #[param(pattern = "^(MI|KM)$")]
        pub unit: Option<String>,
        /// A test that can be taken there.
        pub test_code: Option<String>,
        /// `SITE_PROCTORED` or `ATLAS_REMOTE_PROCTORED`, which no center offers.
        #[param(pattern = "^(SITE_PROCTORED|ATLAS_REMOTE_PROCTORED)$")]
        pub delivery_mode: Option<String>,
    }
}

/// For which days and which test timeslots are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ForDays {
    /// The first day there; today where absent.
    #[param(format = Date)]
    start_date: Option<String>,
    /// The last day there; thirty days later where absent.
    #[param(format = Date)]
    end_date: Option<String>,
    /// The test that has to fit in; an hour where absent.
    test_code: Option<String>,
}

/// Search test centers.
///
/// By their place in the order of their codes, or near a point in the order of their distances.
#[utoipa::path(get, path = "search_test_centers", responses((status = 200, description = "The centers.")))]
pub async fn search_test_centers(
    caller: Caller<SearchTestCenters, Centers>,
    query: Query<CenterFilter>,
) -> Result<Json<Page<FoundCenter>>, Refused> {
    let paging = query.paging();
    let filter = query.0;
    let query = CenterQuery {
        country: filter.country,
        province_state: filter.province_state,
        city: filter.city,
        postal_code: filter.postal_code,
        near: filter.near,
        radius: filter.radius,
        unit: filter.unit,
        test_code: filter.test_code,
        delivery_mode: filter.delivery_mode,
    };
    let found = test_center::search(&caller.sandbox, &caller.account, &query).await;
    let page = found.and_then(|found| page::cut_in_order(&paging, found, |center| center));
    Ok(Json(caller.map_refusal(page)?))
}

/// Get a test center.
#[utoipa::path(get, path = "find_test_center", responses(
    (status = 200, description = "The center."),
    (status = 404, description = "There is none with this code."),
))]
pub async fn find_test_center(caller: Caller<FindTestCenter, Center>) -> Result<Json<FoundCenter>, Refused> {
    let found = test_center::get(&caller.sandbox, &caller.account, &caller.path.location_code).await;
    Ok(Json(caller.map_refusal(found)?))
}

/// Get the free timeslots of a test center.
///
/// By its opening hours and its zone; a timeslot can be booked by its identifier.
#[utoipa::path(get, path = "get_availability", responses(
    (status = 200, description = "The timeslots by day."),
    (status = 404, description = "There is no center with this code."),
))]
pub async fn get_availability(
    caller: Caller<GetAvailability, Center>,
    query: Query<ForDays>,
) -> Result<Json<Availability>, Refused> {
    let days = (query.start_date.as_deref(), query.end_date.as_deref());
    let (sandbox, account, code) = (&caller.sandbox, &caller.account, &caller.path.location_code);
    let found = test_center::availability(sandbox, account, code, days, query.test_code.as_deref());
    Ok(Json(caller.map_refusal(found.await)?))
}
