//! Places that searches may name: postal codes with their cities and coordinates.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::value::country;

/// A place that searches may name.
///
/// Assumed: the members (services §3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Postal code.
    pub zip: String,
    /// City.
    pub city: String,
    /// Province or state.
    #[serde(default)]
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: f64,
}

impl Place {
    /// Its name, like `66002,Atchison,KS,USA`.
    ///
    /// Observed: the form (contract §6).
    pub fn name(&self) -> String {
        name(&self.zip, &self.city, self.state.as_deref(), &self.country)
    }
}

/// The name of a place, like `66002,Atchison,KS,USA`; the parts that it has.
pub fn name(zip: &str, city: &str, state: Option<&str>, country: &str) -> String {
    let country = country::alpha3(country);
    let parts = [zip, city, state.unwrap_or_default(), &country];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",")
}
