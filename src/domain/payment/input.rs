//! The write models of payments and refunds.

use serde::{Deserialize, Serialize};
use strum::EnumString;
use utoipa::ToSchema;

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::value::money::{Amount, Currency};

/// A payment for a booking on hold.
///
/// Assumed: the members (services §8).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NewPayment {
    /// The booking on hold.
    pub booking_code: String,
    /// The price, above 0.
    pub amount: Amount,
    /// Its currency.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    pub currency: Option<Currency>,
    /// How it is paid, as you call it.
    #[schema(required = false, max_length = 40)]
    pub method: Option<String>,
    /// Vouchers to redeem, beside those that are attached to the eligibility.
    #[schema(required = false)]
    pub voucher_codes: Option<Vec<String>>,
    /// Whether it is captured at once.
    #[schema(required = false)]
    pub capture: Option<Capture>,
}

/// Whether a payment is captured at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Capture {
    /// At once.
    Automatic,
    /// It stays authorized until it is captured.
    Manual,
}

impl Read for NewPayment {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        let [mut has_booking, mut has_amount, mut has_currency] = [false; 3];
        let is_object = value.each_member(|name, member| match name {
            "booking_code" => (input.booking_code, has_booking) = (member.required(), true),
            "amount" => (input.amount, has_amount) = (member.amount_above_zero(), true),
            "currency" => (input.currency, has_currency) = (member.required_as(Currency::FORM), true),
            "method" => input.method = method(member),
            "voucher_codes" => input.voucher_codes = member.strings(),
            "capture" => input.capture = member.parsed("automatic or manual"),
            _ => member.unknown(&["booking_code", "amount", "currency", "method", "voucher_codes", "capture"]),
        });
        for (member, is_given, expected) in [
            ("booking_code", has_booking, "a string that is not empty"),
            ("amount", has_amount, Amount::FORM),
            ("currency", has_currency, Currency::FORM),
        ] {
            if is_object && !is_given {
                value.missing(member, expected);
            }
        }
        input
    }
}

fn method(member: &BodyValue<'_, '_>) -> Option<String> {
    let text = member.text()?;
    if text.chars().count() > 40 {
        member.misfit("at most 40 characters");
    }
    Some(text.to_owned())
}

/// Money to give back.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewRefund {
    /// How much; all that is left where absent.
    #[schema(required = false, value_type = Option<String>, pattern = "^[0-9]{1,12}(\\.[0-9]{1,4})?$", example = "25.00")]
    pub amount: Option<Amount>,
}

impl Read for NewRefund {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        value.each_member(|name, member| match name {
            "amount" => input.amount = member.text().is_some().then(|| member.amount_above_zero()),
            _ => member.unknown(&["amount"]),
        });
        input
    }
}
