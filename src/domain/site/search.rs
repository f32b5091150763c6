//! Searches for test centers: by their place, and by their distance.

use std::sync::Arc;

use super::distance::Point;
use crate::domain::record::test_center::TestCenter;
use crate::domain::value::country;

/// A place that a search names; what is absent, any has.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlaceQuery<'a> {
    /// ISO 3166-1, two or three letters.
    pub country: Option<&'a str>,
    /// The code of the province or state, or its name.
    pub province_state: Option<&'a str>,
    /// The city.
    pub city: Option<&'a str>,
    /// The postal code.
    pub postal_code: Option<&'a str>,
}

impl PlaceQuery<'_> {
    /// Whether an address is there; letters in any case.
    pub fn takes(&self, address: &PlaceQuery<'_>) -> bool {
        let is = |wanted: Option<&str>, own: Option<&str>| {
            wanted.is_none_or(|wanted| own.is_some_and(|own| own.eq_ignore_ascii_case(wanted)))
        };
        let country = address.country.unwrap_or_default();
        self.country.is_none_or(|wanted| country::is(country, wanted))
            && (is(self.province_state, address.province_state)
                || address.province_state.is_some_and(|code| {
                    self.province_state
                        .is_some_and(|name| country::state_name(country, code).eq_ignore_ascii_case(name))
                }))
            && is(self.city, address.city)
            && is(self.postal_code, address.postal_code)
    }
}

/// The address of a center.
pub fn address(center: &TestCenter) -> PlaceQuery<'_> {
    PlaceQuery {
        country: Some(&center.country),
        province_state: center.province_state.as_deref(),
        city: Some(&center.city),
        postal_code: center.postal_code.as_deref(),
    }
}

/// The point of a center.
pub fn point(center: &TestCenter) -> Point {
    Point { latitude: center.latitude, longitude: center.longitude }
}

/// The centers within a distance of a point, the nearest first, each with its distance; both in kilometres.
pub fn nearest<'a>(
    centers: impl Iterator<Item = &'a Arc<TestCenter>>,
    from: Point,
    radius: f64,
) -> Vec<(f64, &'a Arc<TestCenter>)> {
    let may_be = |center: &&Arc<TestCenter>| from.may_be_within(point(center), radius);
    let with_distance = centers.filter(may_be).map(|center| (from.kilometres(point(center)), center));
    let mut found: Vec<_> = with_distance.filter(|(distance, _)| *distance <= radius).collect();
    found.sort_by(|(one, center), (other, another)| {
        one.total_cmp(other).then_with(|| center.location_code.cmp(&another.location_code))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_each_part_of_its_address() {
        let own = PlaceQuery {
            country: Some("US"),
            province_state: Some("KS"),
            city: Some("Atchison"),
            postal_code: Some("66002"),
        };
        let of = |country, province_state, city, postal_code| PlaceQuery { country, province_state, city, postal_code };
        for (wanted, expected) in [
            (of(None, None, None, None), true),
            (of(Some("US"), None, None, None), true),
            (of(Some("usa"), None, None, None), true),
            (of(Some("CA"), None, None, None), false),
            (of(None, Some("ks"), None, None), true),
            (of(None, Some("Kansas"), None, None), true),
            (of(None, Some("MO"), None, None), false),
            (of(Some("USA"), Some("KS"), Some("ATCHISON"), Some("66002")), true),
            (of(None, None, Some("Topeka"), None), false),
            (of(None, None, None, Some("66001")), false),
        ] {
            assert_eq!(wanted.takes(&own), expected, "{wanted:?}");
        }
        let bare = PlaceQuery { province_state: None, ..own };
        assert!(!of(None, Some("KS"), None, None).takes(&bare), "one that has no state is in none");
    }
}
