//! The test centers that ship with the sandbox.

use std::sync::LazyLock;

use super::table::Table;
use crate::domain::record::test_center::TestCenter;
use crate::domain::value::document;

/// The centers that ship with the sandbox, by code; read on first use.
pub fn centers() -> &'static Table<String, TestCenter> {
    static SHIPPED: LazyLock<Table<String, TestCenter>> = LazyLock::new(|| {
        let centers: Vec<TestCenter> =
            document::read(include_str!("../../../fixtures/catalog/test_centers.yaml"), document::DocumentFormat::Yaml)
                .unwrap_or_default();
        centers.into_iter().map(|center| (center.location_code.clone(), center)).collect()
    });
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contract::status::CenterStatus;
    use crate::domain::value::zone::Zone;

    #[test]
    fn the_shipped_centers_are_real_looking_and_complete() {
        assert!(centers().len() >= 40, "{} centers were read", centers().len());
        for center in centers().values() {
            let name = &center.location_code;
            assert!(name.parse::<crate::domain::value::id::Code>().is_ok(), "{name}");
            assert!(Zone::named(&center.location_timezone).is_some(), "{name}: {}", center.location_timezone);
            assert!(crate::domain::contract::lint::is_country(&center.country), "{name}: {}", center.country);
            assert!(center.latitude.abs() <= 90.0 && center.longitude.abs() <= 180.0, "{name}");
            assert!(center.seats > 0 && center.status == CenterStatus::Open, "{name}");
        }
    }
}
