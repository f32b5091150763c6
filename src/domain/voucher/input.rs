//! The write models of vouchers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::record::voucher::{DiscountType, VoucherStatus};
use crate::domain::value::money::{Amount, Currency};
use crate::domain::value::stamp::{self, Timestamp};
use crate::domain::value::whole;

/// The most vouchers of one batch.
///
/// Assumed.
pub const BATCH: u32 = 1000;

/// A voucher, or a batch of vouchers that are alike but for their codes.
///
/// Assumed: the members (services §9).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NewVoucher {
    /// The code of a single one; made up where absent.
    #[schema(required = false, pattern = "^[A-Za-z0-9_-]{1,40}$")]
    pub voucher_code: Option<String>,
    /// Makes a batch of so many.
    #[schema(required = false, minimum = 1, maximum = 1000)]
    pub count: Option<u32>,
    /// What the codes that are made up begin with, a hyphen behind it.
    #[schema(required = false, pattern = "^[A-Za-z0-9_-]{1,20}$")]
    pub prefix: Option<String>,
    /// A share of the price, or an amount.
    #[schema(required = true)]
    pub discount_type: DiscountType,
    /// Per cent (above 0, at most 100), or an amount of money (above 0).
    pub discount: Amount,
    /// The currency of an amount.
    #[schema(required = false, value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// How often each may be redeemed; any number of times where absent.
    #[schema(required = false, minimum = 1)]
    pub max_redemptions: Option<u32>,
    /// From when it is valid, UTC.
    #[serde(with = "stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub valid_from: Option<Timestamp>,
    /// Until when it is valid, UTC.
    #[serde(with = "stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Timestamp>,
    /// The tests it is for; all where absent or empty.
    #[schema(required = false)]
    pub test_codes: Option<Vec<String>>,
}

impl Read for NewVoucher {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        let [mut has_type, mut has_discount] = [false; 2];
        let is_object = value.each_member(|name, member| match name {
            "voucher_code" => input.voucher_code = code(member, 40),
            "count" => input.count = member.whole_number(1..=BATCH),
            "prefix" => input.prefix = code(member, 20),
            "discount_type" => {
                (input.discount_type, has_type) = (member.required_as("PERCENT or AMOUNT").unwrap_or_default(), true);
            }
            "discount" => (input.discount, has_discount) = (member.amount_above_zero(), true),
            "currency" => input.currency = member.parsed(Currency::FORM),
            "max_redemptions" => input.max_redemptions = member.whole_number(1..=whole::MOST),
            "valid_from" => input.valid_from = member.instant(),
            "valid_until" => input.valid_until = member.instant(),
            "test_codes" => input.test_codes = member.strings().filter(|codes| !codes.is_empty()),
            _ => member.unknown(&[
                "voucher_code",
                "count",
                "prefix",
                "discount_type",
                "discount",
                "currency",
                "max_redemptions",
                "valid_from",
                "valid_until",
                "test_codes",
            ]),
        });
        if is_object && !has_type {
            value.missing("discount_type", "PERCENT or AMOUNT");
        }
        if is_object && !has_discount {
            value.missing("discount", Amount::FORM);
        }
        input
    }
}

/// A code, or the beginning of some.
fn code(member: &BodyValue<'_, '_>, most: usize) -> Option<String> {
    let text = member.text()?;
    let fits = text.len() <= most && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fits {
        member.misfit(&format!("at most {most} letters, digits, '-' or '_'"));
    }
    fits.then(|| text.to_owned())
}

/// What may change of a voucher; what is absent stays as it is.
///
/// Assumed: the members.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct VoucherChange {
    /// How often it may be redeemed: no fewer times than it is.
    #[schema(required = false, minimum = 1)]
    pub max_redemptions: Option<u32>,
    /// Until when it is valid, UTC: later than now.
    #[serde(with = "stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Timestamp>,
    /// DISABLED, or ACTIVE to enable it again.
    #[schema(required = false)]
    pub status: Option<VoucherStatus>,
}

impl Read for VoucherChange {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        let is_object = value.each_member(|name, member| match name {
            "max_redemptions" => input.max_redemptions = member.whole_number(1..=whole::MOST),
            "valid_until" => input.valid_until = member.instant(),
            "status" => input.status = status(member),
            _ => member.unknown(&["max_redemptions", "valid_until", "status"]),
        });
        if is_object && matches!(input, Self { max_redemptions: None, valid_until: None, status: None }) {
            value.misfit("one of max_redemptions, valid_until and status");
        }
        input
    }
}

/// Of the four, the two that are not told by a limit.
fn status(member: &BodyValue<'_, '_>) -> Option<VoucherStatus> {
    const FORM: &str = "ACTIVE or DISABLED";
    let status = member.parsed(FORM)?;
    if !matches!(status, VoucherStatus::Active | VoucherStatus::Disabled) {
        member.misfit(FORM);
    }
    Some(status)
}
