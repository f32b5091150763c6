//! Vouchers: pre-agreed discounts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::value::stamp::{self, Timestamp};

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
    pub valid_from: Option<Timestamp>,
    /// Until when it is valid.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Timestamp>,
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

fn no_discount() -> String {
    "0".to_owned()
}
