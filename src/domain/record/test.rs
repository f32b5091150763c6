//! Tests that eligibilities may name, and their portions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::DeliveryMode;
use crate::domain::value::misfit::Misfit;
use crate::domain::value::money::{Amount, Currency};
use crate::domain::value::stamp::{self, Stamp, Timestamp};

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
    /// The first date to schedule on, of eligibilities that tell none.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub schedule_start_date: Option<Timestamp>,
    /// The last date to schedule on, of eligibilities that tell none.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub schedule_end_date: Option<Timestamp>,
    /// What it costs, a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "125.00")]
    pub price: Option<String>,
    /// In which currency, ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "USD")]
    pub currency: Option<String>,
    /// Whether an absence may be excused; as the account's settings say where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused_absence: Option<bool>,
    /// How often a candidate may take it; any number of times where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max_attempts: Option<u32>,
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
            schedule_start_date: None,
            schedule_end_date: None,
            price: None,
            currency: None,
            excused_absence: None,
            max_attempts: None,
        }
    }

    /// What is wrong with it.
    ///
    /// Assumed: the rules, but for the form of the code.
    pub fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let mut check = |path: &str, fits: bool, expected: &str, sent: String| {
            if !fits {
                misfits.push(Misfit { path: path.to_owned(), expected: expected.to_owned(), sent });
            }
        };
        check("test_code", is_code(&self.test_code), CODE, format!("{:?}", self.test_code));
        check("delivery_modes", !self.delivery_modes.is_empty(), "one mode or more", "an empty list".to_owned());
        check("exam_length", self.exam_length > 0, "one minute or more", self.exam_length.to_string());
        check("max_attempts", self.max_attempts != Some(0), "1 or more", "0".to_owned());
        let mut known = BTreeSet::new();
        for (index, portion) in self.portions.iter().enumerate() {
            let code = &portion.portion_code;
            let path = format!("portions[{index}]");
            check(&format!("{path}.portion_code"), is_code(code), CODE, format!("{code:?}"));
            check(&format!("{path}.portion_code"), known.insert(code), "each code once", format!("{code:?} again"));
            let length = portion.exam_length;
            check(&format!("{path}.exam_length"), length > 0, "one minute or more", length.to_string());
        }
        if let Some(price) = &self.price {
            check("price", price.parse::<Amount>().is_ok(), Amount::FORM, format!("{price:?}"));
            check("currency", self.currency.is_some(), "one beside the price", "nothing".to_owned());
        }
        if let Some(currency) = &self.currency {
            check("currency", currency.parse::<Currency>().is_ok(), Currency::FORM, format!("{currency:?}"));
        }
        if let (Some(start), Some(end)) = (self.schedule_start_date, self.schedule_end_date) {
            let end_text = Stamp::seconds(end).to_string();
            check("schedule_end_date", start <= end, "a date that is not before schedule_start_date", end_text);
        }
        misfits
    }
}

/// What codes of tests and portions are made of.
const CODE: &str = "1 to 50 letters, digits, hyphens or underscores";

fn is_code(text: &str) -> bool {
    (1..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A part of a test that is taken and scored by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Portion {
    /// The partner's code of the portion.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,50}$")]
    pub portion_code: String,
    /// Its name.
    pub portion_name: String,
    /// Minutes.
    #[serde(default = "two_hours")]
    pub exam_length: u32,
}

/// Minutes of a test that tells none.
pub fn four_hours() -> u32 {
    240
}

/// Minutes of a portion that tells none.
pub fn two_hours() -> u32 {
    120
}

/// The modes of a test that tells none.
pub fn both_modes() -> Vec<DeliveryMode> {
    vec![DeliveryMode::SiteProctored, DeliveryMode::AtlasRemoteProctored]
}
