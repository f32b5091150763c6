//! Vouchers: pre-agreed discounts, how often they may be redeemed, and until when.

use std::ops::Not;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};
use utoipa::ToSchema;

use crate::domain::value::misfit::Misfit;
use crate::domain::value::money::{Amount, Currency};
use crate::domain::value::stamp::{self, Stamp, Timestamp};

/// A pre-agreed discount, as the account keeps it and as documents give it; partners see a [`VoucherView`] of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GivenVoucher)]
#[serde(deny_unknown_fields)]
pub struct Voucher {
    /// The code candidates type.
    pub voucher_code: String,
    /// A share of the price, or an amount.
    #[serde(default)]
    pub discount_type: DiscountType,
    /// Per cent, or an amount of money, as a decimal string.
    #[serde(default)]
    #[schema(value_type = String, default = "0", example = "10")]
    pub discount: Amount,
    /// The currency of an amount, by ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "USD")]
    pub currency: Option<Currency>,
    /// How often it may be redeemed; any number of times where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_redemptions: Option<u32>,
    /// How often it was redeemed by bookings that the account does not have.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier_redemptions: u32,
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
    /// Nobody can redeem it.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub disabled: bool,
}

/// What a voucher's discount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, EnumString)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum DiscountType {
    /// Per cent of the price.
    #[default]
    Percent,
    /// An amount of money.
    Amount,
}

/// Whether a voucher can be redeemed, and why not.
///
/// Assumed: of several reasons, the first of DISABLED, EXPIRED, EXHAUSTED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display, EnumString)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum VoucherStatus {
    /// It can be redeemed, from `valid_from` on.
    Active,
    /// It was redeemed as often as it may be.
    Exhausted,
    /// Its `valid_until` has passed.
    Expired,
    /// It was disabled.
    Disabled,
}

/// A voucher.
///
/// Assumed: the members (services §9).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Voucher)]
pub struct VoucherView {
    /// The code candidates type.
    pub voucher_code: String,
    /// A share of the price, or an amount.
    pub discount_type: DiscountType,
    /// Per cent, or an amount of money.
    pub discount: Amount,
    /// The currency of an amount; null of a share.
    #[schema(required = true, value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// How often it may be redeemed; null where there is no limit.
    #[schema(required = true)]
    pub max_redemptions: Option<u32>,
    /// How often it is redeemed: bookings that were cancelled do not count.
    pub redemptions: u32,
    /// From when it is valid, UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub valid_from: Option<Stamp>,
    /// Until when it is valid, UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Stamp>,
    /// The tests it is for; all where empty.
    pub test_codes: Vec<String>,
    /// Whether it can be redeemed.
    pub status: VoucherStatus,
}

impl Voucher {
    /// Whether it can be redeemed at `now`, after so many redemptions.
    pub fn status(&self, redemptions: u32, now: Timestamp) -> VoucherStatus {
        if self.disabled {
            VoucherStatus::Disabled
        } else if self.valid_until.is_some_and(|until| now > until) {
            VoucherStatus::Expired
        } else if self.max_redemptions.is_some_and(|most| redemptions >= most) {
            VoucherStatus::Exhausted
        } else {
            VoucherStatus::Active
        }
    }

    /// Whether it is for a test.
    pub fn is_for(&self, test_code: &str) -> bool {
        self.test_codes.as_ref().is_none_or(|codes| codes.iter().any(|code| code == test_code))
    }

    /// What is wrong with its values, which do not go together.
    pub fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let mut misfit = |path: &str, expected: String, sent: String| {
            misfits.push(Misfit { path: path.to_owned(), expected, sent });
        };
        match (self.discount_type, self.currency) {
            (DiscountType::Percent, _) if self.discount > Amount::HUNDRED => {
                misfit("discount", "at most 100 per cent".to_owned(), format!("\"{}\"", self.discount));
            }
            (DiscountType::Percent, Some(currency)) => {
                misfit("currency", "none of a PERCENT voucher".to_owned(), format!("\"{currency}\""));
            }
            (DiscountType::Amount, None) => misfit("currency", Currency::FORM.to_owned(), "nothing".to_owned()),
            (DiscountType::Amount, Some(currency)) if self.discount.decimals() > currency.decimals() => {
                let most = format!("at most {} decimals, as {currency} has", currency.decimals());
                misfit("discount", most, format!("\"{}\"", self.discount));
            }
            _ => {}
        }
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until)
            && until < from
        {
            let expected = format!("a date that is not before valid_from ({})", Stamp::seconds(from));
            misfit("valid_until", expected, Stamp::seconds(until).to_string());
        }
        misfits
    }

    /// The voucher as it is seen at `now`, after so many redemptions.
    pub fn view(&self, redemptions: u32, now: Timestamp) -> VoucherView {
        VoucherView {
            voucher_code: self.voucher_code.clone(),
            discount_type: self.discount_type,
            discount: self.discount,
            currency: self.currency,
            max_redemptions: self.max_redemptions,
            redemptions,
            valid_from: self.valid_from.map(Stamp::seconds),
            valid_until: self.valid_until.map(Stamp::seconds),
            test_codes: self.test_codes.clone().unwrap_or_default(),
            status: self.status(redemptions, now),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
