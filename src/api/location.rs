//! The searches of the Booking service: locations, timeslots, places.

use crate::http::query::Query;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::scheduling::answer::{GeoLocations, Locations, WrappedTimeslots};
use crate::domain::scheduling::operations::{ListLocations, ListTestLocations, ListTimeslots, SuggestGeoLocations};
use crate::domain::scheduling::search::{self, LocationQuery, Span};
use crate::domain::site::distance::Unit;
use crate::domain::site::search::PlaceQuery;
use crate::gateway::caller::Caller;
use crate::http::answer::Json;
use crate::http::error::Refused;
use crate::http::path::parts;
use crate::service::scheduling;

super::handler::handlers![list_timeslots, list_locations, list_test_locations, suggest_geo_locations];

parts! {
    /// A test.
    TestPath {
        /// The test.
        test_id,
    }
}

parts! {
    /// A location of a test.
    LocationPath {
        /// The test.
        test_id,
        /// The location.
        location_id,
    }
}

parts! {
    /// The locations of a test in a country.
    CountryPath {
        /// The test.
        test_id,
        /// ISO 3166-1, three letters like `USA`, or two.
        country_code,
    }
}

parts! {
    /// The places of a country.
    PlacesPath {
        /// ISO 3166-1, three letters like `USA`, or two.
        country,
    }
}

/// Which locations are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LocationParams {
    /// The first day there.
    #[param(format = Date)]
    start_date: String,
    /// The last day there.
    #[param(format = Date)]
    end_date: String,
    /// Minutes.
    exam_length: u32,
    /// ISO 3166-1, three letters like `USA`, or two.
    country: String,
    /// Postal code to search around.
    zip: Option<String>,
    /// City to search around.
    city: Option<String>,
    /// State to search around.
    state: Option<String>,
    /// `asc` or `desc`, by distance; `asc` where absent.
    #[param(pattern = "^(asc|desc)?$")]
    sort: Option<String>,
    /// The minutes that the candidate gets more.
    #[param(maximum = 1440)]
    ext_time: Option<u32>,
    /// Only what is accessible without steps; false where absent.
    is_ada: Option<bool>,
    /// How many at most: 15 where absent.
    #[param(minimum = 1, maximum = 500)]
    max_no_of_locations: Option<usize>,
    /// All dates with a free timeslot, too; false where absent.
    show_dates: Option<bool>,
    /// How far; 100 where absent.
    #[param(minimum = 0)]
    search_radius: Option<f64>,
    /// `MI` or `KM`; `MI` where absent.
    #[param(pattern = "^(MI|KM)$")]
    search_radius_unit: Option<String>,
    /// Search around the place, not in it; true where absent.
    calculate_distance: Option<bool>,
}

/// Which timeslots are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeslotParams {
    /// The first day there.
    #[param(format = Date)]
    start_date: String,
    /// The last day there.
    #[param(format = Date)]
    end_date: String,
    /// Minutes.
    exam_length: u32,
    /// The minutes that the candidate gets more.
    #[param(maximum = 1440)]
    ext_time: Option<u32>,
    /// `asc` or `desc`, by date; `asc` where absent.
    #[param(pattern = "^(asc|desc)?$")]
    sort: Option<String>,
}

/// Which locations of a country are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CountryParams {
    /// The state.
    subdivision_code: Option<String>,
    /// Postal code: the nearest come first.
    zip: Option<String>,
    /// How many at most: 15 where absent.
    #[param(minimum = 1, maximum = 500)]
    no_of_locations: Option<usize>,
}

/// Which places are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SuggestParams {
    /// How a postal code or a city begins: 2 characters or more.
    #[param(min_length = 2)]
    query: String,
    /// How many at most: 10 where absent.
    #[param(minimum = 1, maximum = 500)]
    no_of_suggestions: Option<usize>,
    /// `asc` or `desc`; `asc` where absent.
    #[param(pattern = "^(asc|desc)?$")]
    sort: Option<String>,
}

/// List the locations where a test can be taken, the nearest first.
///
/// Around the place that is named, in its country; without one, all of the country.
/// A place that nobody knows gives none, and a lint finding.
#[utoipa::path(get, path = "list_locations", responses((status = 200, description = "The locations.")))]
pub async fn list_locations(
    caller: Caller<ListLocations, TestPath>,
    query: Query<LocationParams>,
) -> Result<Json<Locations>, Refused> {
    let (zip, city, state) = (query.zip.as_deref(), query.city.as_deref(), query.state.as_deref());
    let read = || {
        let ext_time = query.ext_time.unwrap_or_default();
        let span = Span::read(&query.start_date, &query.end_date, query.exam_length, ext_time)?;
        let unit = query.search_radius_unit.as_deref().unwrap_or("MI");
        let unexpected = |_| Error::Invalid(format!("search_radius_unit: expected MI or KM, got {unit:?}"));
        Ok((span, unit.parse().map_err(unexpected)?, search::is_descending(query.sort.as_deref())?))
    };
    let (span, unit, is_descending) = caller.map_refusal(read())?;
    let wanted = LocationQuery {
        test_id: &caller.path.test_id,
        place: PlaceQuery { country: Some(&query.country), province_state: state, city, postal_code: zip },
        span: Some(span),
        is_ada: query.is_ada.unwrap_or_default(),
        most: query.max_no_of_locations.unwrap_or(15),
        show_dates: query.show_dates.unwrap_or_default(),
        radius: query.search_radius.unwrap_or(100.0),
        unit,
        calculate_distance: query.calculate_distance.unwrap_or(true),
        is_descending,
    };
    let found = caller.map_refusal(scheduling::locations(&caller.sandbox, &caller.account, &wanted).await)?;
    let dates = wanted.show_dates.then(Vec::new);
    Ok(Json(found.unwrap_or_else(|| {
        caller.found([Finding::of_place(zip, city, state)]);
        Locations { locations: Vec::new(), dates }
    })))
}

/// List the free timeslots of a location by date.
#[utoipa::path(get, path = "list_timeslots", responses(
    (status = 200, description = "The timeslots."),
    (status = 404, description = "There is no such location."),
))]
pub async fn list_timeslots(
    caller: Caller<ListTimeslots, LocationPath>,
    query: Query<TimeslotParams>,
) -> Result<Json<WrappedTimeslots>, Refused> {
    let ext_time = query.ext_time.unwrap_or_default();
    let span = caller.map_refusal(Span::read(&query.start_date, &query.end_date, query.exam_length, ext_time))?;
    let is_descending = caller.map_refusal(search::is_descending(query.sort.as_deref()))?;
    let of = (caller.path.test_id.as_str(), caller.path.location_id.as_str());
    let found = scheduling::timeslots(&caller.sandbox, &caller.account, of, span, is_descending).await;
    Ok(Json(caller.map_refusal(found)?.into()))
}

/// List the locations of a country where a test can be taken.
#[utoipa::path(get, path = "list_test_locations", responses((status = 200, description = "The locations.")))]
pub async fn list_test_locations(
    caller: Caller<ListTestLocations, CountryPath>,
    query: Query<CountryParams>,
) -> Result<Json<Locations>, Refused> {
    let (zip, state) = (query.zip.as_deref(), query.subdivision_code.as_deref());
    let wanted = LocationQuery {
        test_id: &caller.path.test_id,
        place: PlaceQuery {
            country: Some(&caller.path.country_code),
            province_state: state,
            city: None,
            postal_code: zip,
        },
        span: None,
        is_ada: false,
        most: query.no_of_locations.unwrap_or(15),
        show_dates: false,
        radius: f64::MAX,
        unit: Unit::MI,
        // A state alone is where they are.
        calculate_distance: zip.is_some(),
        is_descending: false,
    };
    let found = caller.map_refusal(scheduling::locations(&caller.sandbox, &caller.account, &wanted).await)?;
    Ok(Json(found.unwrap_or_else(|| {
        caller.found([Finding::of_place(zip, None, state)]);
        Locations { locations: Vec::new(), dates: None }
    })))
}

/// Suggest places whose postal code or city begins so.
#[utoipa::path(get, path = "suggest_geo_locations", responses((status = 200, description = "The places.")))]
pub async fn suggest_geo_locations(
    caller: Caller<SuggestGeoLocations, PlacesPath>,
    query: Query<SuggestParams>,
) -> Result<Json<GeoLocations>, Refused> {
    let is_descending = caller.map_refusal(search::is_descending(query.sort.as_deref()))?;
    let wanted = (caller.path.country.as_str(), query.query.as_str());
    let how = (query.no_of_suggestions.unwrap_or(10), is_descending);
    let found = scheduling::suggest(&caller.sandbox, &caller.account, wanted, how).await;
    Ok(Json(caller.map_refusal(found)?))
}
