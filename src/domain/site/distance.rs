//! Distances on the globe.

use serde::{Deserialize, Serialize};
use strum::EnumString;
use utoipa::ToSchema;

/// The Earth's mean radius in kilometres.
const EARTH: f64 = 6371.0088;

/// The kilometres of a degree of latitude.
const DEGREE: f64 = EARTH * std::f64::consts::PI / 180.0;

/// A unit of distances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, ToSchema)]
pub enum Unit {
    /// Statute miles of 1.609344 km.
    #[default]
    MI,
    /// Kilometres.
    KM,
}

/// A point on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Unit {
    /// The kilometres of so many of this unit.
    pub fn to_kilometres(self, distance: f64) -> f64 {
        distance * self.kilometres()
    }

    /// So many kilometres in this unit, to a tenth.
    pub fn of_kilometres(self, kilometres: f64) -> f64 {
        (kilometres / self.kilometres() * 10.0).round() / 10.0
    }

    fn kilometres(self) -> f64 {
        match self {
            Self::MI => 1.609_344,
            Self::KM => 1.0,
        }
    }
}

impl Point {
    /// The point of these degrees; `None` if there is none.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some(Self { latitude, longitude })
    }

    /// Reads `39.1,-94.6`.
    pub fn read(text: &str) -> Option<Self> {
        let (latitude, longitude) = text.split_once(',')?;
        Self::new(latitude.trim().parse().ok()?, longitude.trim().parse().ok()?)
    }

    /// The great-circle distance in kilometres, by the haversine formula.
    pub fn kilometres(self, other: Self) -> f64 {
        let [latitude, other_latitude] = [self, other].map(|point| point.latitude.to_radians());
        let half = |one: f64, other: f64| ((other - one) / 2.0).sin().powi(2);
        let across = half(self.longitude.to_radians(), other.longitude.to_radians());
        let haversine = half(latitude, other_latitude) + latitude.cos() * other_latitude.cos() * across;
        2.0 * EARTH * haversine.sqrt().min(1.0).asin()
    }

    /// Whether a point can be as near as this by its latitude alone, which is told without any sine.
    pub fn may_be_within(self, other: Self, kilometres: f64) -> bool {
        (self.latitude - other.latitude).abs() * DEGREE <= kilometres
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_great_circle() {
        let at = |latitude, longitude| Point::new(latitude, longitude).expect("a point");
        for (name, one, other, kilometres) in [
            ("Berlin, Paris", at(52.5200, 13.4050), at(48.8566, 2.3522), 877.5),
            ("New York, London", at(40.7128, -74.0060), at(51.5074, -0.1278), 5570.2),
            ("over the date line", at(0.0, 179.5), at(0.0, -179.5), 111.2),
            ("the poles", at(90.0, 0.0), at(-90.0, 77.0), 20015.1),
            ("opposite points", at(12.0, 34.0), at(-12.0, -146.0), 20015.1),
            ("the same", at(12.0, 34.0), at(12.0, 34.0), 0.0),
        ] {
            let found = one.kilometres(other);
            assert!((found - kilometres).abs() < 0.6, "{name}: {found}");
            assert!((found - other.kilometres(one)).abs() < 1e-9, "{name}, the other way");
            assert!(one.may_be_within(other, found + 0.1), "{name}");
        }
        assert!((Unit::MI.of_kilometres(Unit::MI.to_kilometres(26.2)) - 26.2).abs() < f64::EPSILON);
        assert_eq!(Unit::MI.of_kilometres(100.0).to_string(), "62.1");
    }

    #[test]
    fn a_point_is_read_from_its_degrees() {
        assert_eq!(Point::read("39.1,-94.6"), Point::new(39.1, -94.6));
        assert_eq!(Point::read(" 39.1 , -94.6 "), Point::new(39.1, -94.6));
        for text in ["", "39.1", "39.1,", "91,0", "0,181", "a,b", "NaN,0", "1,2,3", "inf,0"] {
            assert_eq!(Point::read(text), None, "{text}");
        }
    }
}
