//! Money: decimal amounts, which are texts on the wire, and the currencies of ISO 4217.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The most digits before the decimal point.
const WHOLE_DIGITS: usize = 12;
/// The most digits behind it: those of the unidad de fomento, the finest of ISO 4217.
const DECIMALS: usize = 4;

/// An amount of money, or a share in per cent: zero or more, exact, a text like `25.00`. It is written as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Amount(Decimal);

/// A currency with its code, like `USD`.
///
/// Source: ISO 4217, as the crate `iso_currency` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// The whole, in per cent.
    pub const HUNDRED: Self = Self(Decimal::ONE_HUNDRED);

    /// How a text of one looks.
    pub const FORM: &str = "a decimal string like \"25.00\"";

    /// How many digits it has behind the decimal point.
    pub fn decimals(self) -> u32 {
        self.0.scale()
    }

    /// So many per cent of it, in the smallest unit of the currency; a half is rounded up.
    #[must_use]
    pub fn percent(self, share: Self, currency: Currency) -> Self {
        let exact = self.0 * share.0 / Decimal::ONE_HUNDRED;
        Self(exact.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero))
    }

    /// The sum; the largest amount where it would be more.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of it; nothing where the other is more.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self((self.0 - other.0).max(Decimal::ZERO))
    }

    /// The same amount with the digits that the currency has.
    #[must_use]
    pub fn of_currency(mut self, currency: Currency) -> Self {
        self.0.rescale(currency.decimals());
        self
    }

    /// What stands behind the decimal point, in hundredths; `None` where that is finer.
    pub fn hundredths(self) -> Option<u32> {
        let hundredths = self.0.fract() * Decimal::ONE_HUNDRED;
        hundredths.is_integer().then(|| hundredths.to_u32()).flatten()
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_in =
            |digits: &str, most| (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let read = text.parse().ok().filter(|_| is_in(whole, WHOLE_DIGITS) && is_in(decimals, DECIMALS));
        read.map(Self).ok_or_else(|| format!("expected {}, got {text:?}", Self::FORM))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Currency {
    /// How a text of one looks.
    pub const FORM: &str = "a currency code of ISO 4217 like \"USD\"";

    /// How many digits its amounts have behind the decimal point.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What has no smallest unit is no money to pay with: gold, or no currency at all.
        let known = iso_currency::Currency::from_code(text).filter(|known| known.exponent().is_some());
        known.map(Self).ok_or_else(|| format!("expected {}, got {text:?}", Self::FORM))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code())
    }
}

/// A value that is a text on the wire: how it is read and written, and what the documents say of it.
macro_rules! text {
    ($type:ident: $pattern:literal, $example:literal, $description:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern));
                text.examples([$example]).description(Some($description)).into()
            }
        }

        impl ToSchema for $type {}
    };
}

text!(Amount: "^[0-9]{1,12}(\\.[0-9]{1,4})?$", "25.00", "A decimal, as a text.");
text!(Currency: "^[A-Z]{3}$", "USD", "A currency of ISO 4217.");

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().expect(text)
    }

    #[test]
    fn an_amount_is_written_as_it_was_read() {
        for text in ["0", "25", "25.0", "87.50", "0.0001", "999999999999.9999"] {
            assert_eq!(amount(text).to_string(), text);
            assert_eq!(serde_json::from_str::<Amount>(&format!("{text:?}")).expect(text), amount(text));
        }
        for text in ["", "-1", "+1", "1.", ".5", "1,5", "1e3", "1_000", "1.00000", "1000000000000", "NaN", " 1", "１"]
        {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Amount>("25.0").is_err(), "never a number");
    }

    #[test]
    fn currencies_and_their_decimals_are_those_of_iso_4217() {
        for (code, decimals) in [("USD", 2), ("EUR", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("ISK", 0)] {
            let currency: Currency = code.parse().expect(code);
            assert_eq!((currency.decimals(), currency.to_string()), (decimals, code.to_owned()));
        }
        for code in ["", "usd", "US", "USDX", "XAU", "XXX", "BTC", "ABC"] {
            assert!(code.parse::<Currency>().is_err(), "{code}");
        }
    }

    #[test]
    fn a_share_is_rounded_to_the_smallest_unit_of_its_currency() {
        for (price, share, code, expected) in [
            ("100.00", "10", "USD", "10.00"),
            ("33.33", "50", "USD", "16.67"),
            ("0.01", "50", "USD", "0.01"),
            ("0.01", "49.9999", "USD", "0.00"),
            ("12345", "12.5", "JPY", "1543"),
            ("1.001", "33.3333", "BHD", "0.334"),
            ("999999999999.9999", "100", "CLF", "999999999999.9999"),
        ] {
            let currency: Currency = code.parse().expect(code);
            assert_eq!(amount(price).percent(amount(share), currency), amount(expected), "{price} {share} {code}");
        }
        for (text, expected) in
            [("1.02", Some(2)), ("1.020", Some(2)), ("1.2", Some(20)), ("1.021", None), ("7", Some(0))]
        {
            assert_eq!(amount(text).hundredths(), expected, "{text}");
        }
        assert_eq!(amount("5.00").minus(amount("7")), Amount::ZERO);
        assert_eq!(amount("5").of_currency("USD".parse().expect("a currency")).to_string(), "5.00");
    }
}
