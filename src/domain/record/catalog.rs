//! The account's catalog: tests and portions, centers, and the codes that must be set up in advance.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::test_center::{self, TestCenter};
use crate::domain::value::stamp::{self, Instant};

/// How an exam is delivered.
///
/// Source: the Booking Notification page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryMode {
    /// At a test center.
    SiteProctored,
    /// At home, watched through the camera.
    AtlasRemoteProctored,
}

impl FromStr for DeliveryMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "SITE_PROCTORED" => Ok(Self::SiteProctored),
            "ATLAS_REMOTE_PROCTORED" => Ok(Self::AtlasRemoteProctored),
            _ => Err(()),
        }
    }
}

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

/// A pre-agreed discount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Voucher {
    /// The code candidates type.
    pub voucher_code: String,
    /// A share of the price, or an amount.
    #[serde(default)]
    pub discount_type: DiscountType,
    /// Per cent, or an amount of money, as a decimal string.
    #[serde(default = "no_discount")]
    pub discount: String,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How often it may be redeemed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_redemptions: Option<u32>,
    /// From when it is valid.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub valid_from: Option<Instant>,
    /// Until when it is valid.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Instant>,
    /// The tests it is for; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_codes: Option<Vec<String>>,
}

/// What a voucher's discount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DiscountType {
    /// Per cent of the price.
    #[default]
    Percent,
    /// An amount of money.
    Amount,
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

fn no_discount() -> String {
    "0".to_owned()
}

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
