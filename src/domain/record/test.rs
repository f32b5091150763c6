//! Tests that eligibilities may name, and their portions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::DeliveryMode;

/// A test that eligibilities may name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The partner's code of the test.
    pub test_code: String,
    /// Its name; the code where none is given.
    #[serde(default)]
    pub test_name: String,
    /// Minutes.
    #[serde(default = "four_hours")]
    pub exam_length: u32,
    /// How it may be delivered.
    #[serde(default = "both_modes")]
    pub delivery_modes: Vec<DeliveryMode>,
    /// Its portions; eligibilities name them when there are two or more.
    #[serde(default)]
    pub portions: Vec<Portion>,
    /// Registrations wait for approval.
    #[serde(default)]
    pub requires_approval: bool,
}

impl Test {
    /// A test of which its code alone is known.
    pub fn named(test_code: &str) -> Self {
        Self {
            test_code: test_code.to_owned(),
            test_name: test_code.to_owned(),
            exam_length: four_hours(),
            delivery_modes: both_modes(),
            portions: Vec::new(),
            requires_approval: false,
        }
    }
}

/// A part of a test that is taken and scored by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Portion {
    /// The partner's code of the portion.
    pub portion_code: String,
    /// Its name.
    pub portion_name: String,
    /// Minutes.
    #[serde(default = "two_hours")]
    pub exam_length: u32,
}

fn four_hours() -> u32 {
    240
}

fn two_hours() -> u32 {
    120
}

fn both_modes() -> Vec<DeliveryMode> {
    vec![DeliveryMode::SiteProctored, DeliveryMode::AtlasRemoteProctored]
}
