//! The account's catalog: tests and portions, centers, and the codes that must be set up in advance.

use crate::domain::record::test::Test;
use crate::domain::record::test_center;
use crate::domain::record::test_center::TestCenter;
use crate::domain::record::voucher::Voucher;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is set up for an account.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Tests by code.
    pub tests: BTreeMap<String, Arc<Test>>,
    /// The account's own test centers; the shipped ones where it has none.
    pub test_centers: Option<BTreeMap<String, Arc<TestCenter>>>,
    /// Accommodation codes.
    pub accommodations: BTreeSet<String>,
    /// School codes.
    pub schools: BTreeSet<String>,
    /// Keys of additional attributes.
    pub attribute_keys: BTreeSet<String>,
    /// Vouchers by code.
    pub vouchers: BTreeMap<String, Voucher>,
}

impl Catalog {
    /// The account's test centers.
    pub fn centers(&self) -> &BTreeMap<String, Arc<TestCenter>> {
        self.test_centers.as_ref().unwrap_or_else(|| test_center::shipped())
    }
}
