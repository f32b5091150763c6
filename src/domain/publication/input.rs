//! The write model of a test.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::status::DeliveryMode;
use crate::domain::record::test::{Portion, Test, both_modes, four_hours, two_hours};
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::whole;

/// A test as a partner writes it: a draft, until it is published.
///
/// Assumed: all members (services §5), their defaults and their rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = TestDraft)]
pub struct TestInput {
    /// The partner's code of the test: that of the path, if it is there.
    #[schema(required = false)]
    pub test_code: Option<String>,
    /// Its name; the code where absent.
    #[schema(required = false)]
    pub test_name: Option<String>,
    /// Its portions; an eligibility names those to take when there are two or more.
    #[schema(required = false)]
    pub portions: Option<Vec<Portion>>,
    /// How it may be delivered; both ways where absent.
    #[schema(required = false)]
    pub delivery_modes: Option<Vec<DeliveryMode>>,
    /// Minutes; the sum of its portions where absent, 240 without portions.
    #[schema(required = false, minimum = 1)]
    pub exam_length: Option<u32>,
    /// The first date to schedule on, of eligibilities that tell none, UTC.
    #[serde(with = "crate::domain::value::stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub schedule_start_date: Option<Timestamp>,
    /// The last date to schedule on, of eligibilities that tell none, UTC.
    #[serde(with = "crate::domain::value::stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub schedule_end_date: Option<Timestamp>,
    /// What it costs, a decimal number in a text.
    #[schema(required = false, example = "125.00")]
    pub price: Option<String>,
    /// In which currency, ISO 4217.
    #[schema(required = false, example = "USD")]
    pub currency: Option<String>,
    /// Registrations wait for approval.
    #[schema(required = false)]
    pub requires_approval: Option<bool>,
    /// Whether an absence may be excused; as the program has it where absent.
    #[schema(required = false)]
    pub excused_absence: Option<bool>,
    /// How often a candidate may take it; any number of times where absent.
    #[schema(required = false, minimum = 1)]
    pub max_attempts: Option<u32>,
}

impl TestInput {
    /// The test with this code.
    pub fn test(&self, test_code: &str) -> Test {
        let portions = self.portions.clone().unwrap_or_default();
        let of_portions = portions.iter().map(|portion| portion.exam_length).fold(0, u32::saturating_add);
        let exam_length = self.exam_length.unwrap_or(if portions.is_empty() { four_hours() } else { of_portions });
        Test {
            test_name: self.test_name.clone().unwrap_or_else(|| test_code.to_owned()),
            exam_length,
            delivery_modes: self.delivery_modes.clone().unwrap_or_else(both_modes),
            portions,
            requires_approval: self.requires_approval.unwrap_or_default(),
            schedule_start_date: self.schedule_start_date,
            schedule_end_date: self.schedule_end_date,
            price: self.price.clone(),
            currency: self.currency.clone(),
            excused_absence: self.excused_absence,
            max_attempts: self.max_attempts,
            ..Test::named(test_code)
        }
    }
}

/// The members of [`TestInput`].
const MEMBERS: [&str; 12] = [
    "test_code",
    "test_name",
    "portions",
    "delivery_modes",
    "exam_length",
    "schedule_start_date",
    "schedule_end_date",
    "price",
    "currency",
    "requires_approval",
    "excused_absence",
    "max_attempts",
];

impl Read for TestInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        value.each_member(|name, member| match name {
            "test_code" => input.test_code = member.string(),
            "test_name" => input.test_name = member.string(),
            "portions" => input.portions = member.items(portion),
            "delivery_modes" => input.delivery_modes = member.items(|item| item.parsed(MODES)),
            "exam_length" => input.exam_length = member.whole_number(1..=MOST_MINUTES),
            "schedule_start_date" => input.schedule_start_date = member.instant(),
            "schedule_end_date" => input.schedule_end_date = member.instant(),
            "price" => input.price = member.string(),
            "currency" => input.currency = member.string(),
            "requires_approval" => input.requires_approval = flag(member),
            "excused_absence" => input.excused_absence = flag(member),
            "max_attempts" => input.max_attempts = member.whole_number(1..=whole::MOST),
            _ => member.unknown(&MEMBERS),
        });
        input
    }
}

const MODES: &str = "SITE_PROCTORED or ATLAS_REMOTE_PROCTORED";

/// The longest exam, in minutes: a week.
const MOST_MINUTES: u32 = 7 * 24 * 60;

fn portion(item: &BodyValue<'_, '_>) -> Option<Portion> {
    let (mut code, mut name, mut length) = (None, None, None);
    let is_object = item.each_member(|member_name, member| match member_name {
        "portion_code" => code = Some(member.required::<String>()),
        "portion_name" => name = member.string(),
        "exam_length" => length = member.whole_number(1..=MOST_MINUTES),
        _ => member.unknown(&["portion_code", "portion_name", "exam_length"]),
    });
    if is_object && code.is_none() {
        item.missing("portion_code", "a string that is not empty");
    }
    let portion_code = code?;
    Some(Portion {
        portion_name: name.unwrap_or_else(|| portion_code.clone()),
        portion_code,
        exam_length: length.unwrap_or_else(two_hours),
    })
}

fn flag(member: &BodyValue<'_, '_>) -> Option<bool> {
    match member.json() {
        JsonValue::Bool(flag) => Some(*flag),
        JsonValue::Null => None,
        _ => {
            member.misfit("true or false");
            None
        }
    }
}
