//! The write models of the Booking service, read from a body with all their faults.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use crate::domain::booking::venue::MOST_EXT_TIME;
use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::record::candidate::Candidate;
use crate::domain::value::country;
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::text::Text;

/// A test and the portions to take of it.
///
/// Observed: the members (contract §6).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TestPortionData {
    /// The test.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,50}$")]
    pub test_id: String,
    /// Its portions.
    #[schema(required = false)]
    pub test_portions: Vec<TestPortion>,
}

/// A portion to take.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TestPortion {
    /// The portion.
    #[schema(min_length = 1)]
    pub portion_code: String,
    /// The minutes that the candidate gets more, as a number or a text.
    #[schema(required = false, schema_with = minutes_schema)]
    pub ext_time: u32,
}

fn minutes_schema() -> Object {
    let types = SchemaType::Array(vec![Type::Integer, Type::String]);
    let described = "The minutes that the candidate gets more, as a number or a text.";
    let bounded = ObjectBuilder::new().schema_type(types).minimum(Some(0)).maximum(Some(1440));
    bounded.pattern(Some("^[0-9]{0,4}$")).description(Some(described)).build()
}

/// A registration and its booking in one.
///
/// Observed: the members (contract §6).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct BookingRequest {
    /// The account; another one's is refused.
    pub client_id: String,
    /// The partner's identifier of its application, which is answered.
    #[schema(required = false)]
    pub application_id: Option<String>,
    /// The test.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,50}$")]
    pub test_id: String,
    /// Its portions.
    #[schema(required = false)]
    pub test_portions: Vec<TestPortion>,
    /// The first date to schedule on.
    #[serde(with = "crate::domain::value::stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub eligibility_start_date: Option<Timestamp>,
    /// The last date to schedule on.
    #[serde(with = "crate::domain::value::stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub eligibility_end_date: Option<Timestamp>,
    /// The candidate.
    pub candidate_details: CandidateDetails,
    /// Values under names of the partner's own.
    #[schema(required = false)]
    pub custom_fields: CandidateCustomFields,
}

/// A candidate, as the Booking service has it.
///
/// Observed: the members; the hyphen of `contact-info` is on the wire.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CandidateDetails {
    /// The partner's identifier of the candidate.
    #[schema(min_length = 1)]
    pub candidate_id: String,
    /// The name.
    pub candidate_name: CandidateName,
    /// How to reach the candidate.
    #[serde(rename = "contact-info")]
    #[schema(required = false)]
    pub contact_info: ContactInfo,
}

/// A name.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CandidateName {
    /// Last name.
    #[schema(min_length = 1)]
    pub last_name: String,
    /// First name.
    #[schema(min_length = 1)]
    pub first_name: String,
    /// Middle name.
    #[schema(required = false)]
    pub middle_name: Option<String>,
}

/// How to reach a candidate.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ContactInfo {
    /// First address line.
    #[schema(required = false)]
    pub address1: Option<String>,
    /// Second address line.
    #[schema(required = false)]
    pub address2: Option<String>,
    /// City.
    #[schema(required = false)]
    pub city: Option<String>,
    /// The state; for the USA the two-letter abbreviation.
    #[schema(required = false)]
    pub state: Option<String>,
    /// The state elsewhere.
    #[schema(required = false)]
    pub state_other: Option<String>,
    /// Postal code.
    #[schema(required = false)]
    pub zip: Option<String>,
    /// ISO 3166-1, three letters like `USA`, or two.
    #[schema(required = false)]
    pub country: Option<String>,
    /// Phone.
    #[schema(required = false)]
    pub phone: Option<String>,
    /// E-mail.
    #[schema(required = false)]
    pub email: Option<String>,
}

/// Values under names of the partner's own; nothing is made of them.
///
/// Assumed: any object.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct CandidateCustomFields {}

/// The codes of portions; `None` if none are named.
pub fn portion_codes(portions: &[TestPortion]) -> Option<Vec<String>> {
    let codes: Vec<_> = portions.iter().map(|portion| portion.portion_code.clone()).collect();
    (!codes.is_empty()).then_some(codes)
}

/// The minutes that the candidate gets more, in all portions.
pub fn ext_time(portions: &[TestPortion]) -> u32 {
    portions.iter().map(|portion| portion.ext_time).fold(0, u32::saturating_add).min(MOST_EXT_TIME)
}

fn test_id(member: &BodyValue<'_, '_>) -> String {
    let text: String = member.required();
    if text.len() > 50 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        member.misfit("at most 50 letters, digits or hyphens");
    }
    text
}

fn portions(member: &BodyValue<'_, '_>) -> Vec<TestPortion> {
    member.items(|item| Some(TestPortion::read(item))).unwrap_or_default()
}

impl Read for TestPortion {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let (mut portion, mut has_code) = (Self::default(), false);
        let is_object = value.each_member(|name, member| match name {
            "portion_code" => (portion.portion_code, has_code) = (member.required(), true),
            "ext_time" => portion.ext_time = minutes(member),
            _ => member.unknown(&["portion_code", "ext_time"]),
        });
        if is_object && !has_code {
            value.missing("portion_code", "a string that is not empty");
        }
        portion
    }
}

fn minutes(member: &BodyValue<'_, '_>) -> u32 {
    let read = match member.json() {
        JsonValue::Null => Some(0),
        JsonValue::Text(text) if text.is_empty() => Some(0),
        JsonValue::Text(text) => text.parse().ok(),
        JsonValue::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
        _ => None,
    };
    read.filter(|minutes| *minutes <= MOST_EXT_TIME).unwrap_or_else(|| {
        member.misfit("minutes from 0 to 1440");
        0
    })
}

impl Read for TestPortionData {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let (mut data, mut has_test) = (Self::default(), false);
        let is_object = value.each_member(|name, member| match name {
            "test_id" => (data.test_id, has_test) = (test_id(member), true),
            "test_portions" => data.test_portions = portions(member),
            _ => member.unknown(&["test_id", "test_portions"]),
        });
        if is_object && !has_test {
            value.missing("test_id", "a string that is not empty");
        }
        data
    }
}

/// The members of [`BookingRequest`].
const REQUEST: [&str; 8] = [
    "client_id",
    "application_id",
    "test_id",
    "test_portions",
    "eligibility_start_date",
    "eligibility_end_date",
    "candidate_details",
    "custom_fields",
];

impl Read for BookingRequest {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut request = Self::default();
        let mut missing = vec!["client_id", "test_id", "candidate_details"];
        let is_object = value.each_member(|name, member| {
            missing.retain(|needed| *needed != name);
            match name {
                "client_id" => request.client_id = member.required(),
                "application_id" => request.application_id = member.string(),
                "eligibility_start_date" => request.eligibility_start_date = member.instant(),
                "eligibility_end_date" => request.eligibility_end_date = member.instant(),
                "candidate_details" => request.candidate_details = CandidateDetails::read(member),
                "test_id" => request.test_id = test_id(member),
                "test_portions" => request.test_portions = portions(member),
                "custom_fields" => {}
                _ => member.unknown(&REQUEST),
            }
        });
        for member in missing.into_iter().filter(|_| is_object) {
            value.missing(
                member,
                if member == "candidate_details" { "an object" } else { "a string that is not empty" },
            );
        }
        if let (Some(start), Some(end)) = (request.eligibility_start_date, request.eligibility_end_date)
            && end < start
        {
            value
                .at("eligibility_end_date", |member| member.misfit("a date that is not before eligibility_start_date"));
        }
        request
    }
}

impl Read for CandidateDetails {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut details = Self::default();
        let mut missing = vec!["candidate_id", "candidate_name"];
        let is_object = value.each_member(|name, member| {
            missing.retain(|needed| *needed != name);
            match name {
                "candidate_id" => details.candidate_id = member.required(),
                "candidate_name" => details.candidate_name = CandidateName::read(member),
                "contact-info" => details.contact_info = ContactInfo::read(member),
                _ => member.unknown(&["candidate_id", "candidate_name", "contact-info"]),
            }
        });
        for member in missing.into_iter().filter(|_| is_object) {
            value.missing(member, if member == "candidate_id" { "a string that is not empty" } else { "an object" });
        }
        details
    }
}

impl Read for CandidateName {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut of = Self::default();
        let mut missing = vec!["last_name", "first_name"];
        let is_object = value.each_member(|name, member| {
            missing.retain(|needed| *needed != name);
            match name {
                "last_name" => of.last_name = member.required(),
                "first_name" => of.first_name = member.required(),
                "middle_name" => of.middle_name = member.string(),
                _ => member.unknown(&["last_name", "first_name", "middle_name"]),
            }
        });
        for member in missing.into_iter().filter(|_| is_object) {
            value.missing(member, "a string that is not empty");
        }
        of
    }
}

/// The members of [`ContactInfo`].
const CONTACT: [&str; 9] = ["address1", "address2", "city", "state", "state_other", "zip", "country", "phone", "email"];

impl Read for ContactInfo {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut contact = Self::default();
        if matches!(value.json(), JsonValue::Null) {
            return contact;
        }
        value.each_member(|name, member| {
            let field = match name {
                "address1" => &mut contact.address1,
                "address2" => &mut contact.address2,
                "city" => &mut contact.city,
                "state" => &mut contact.state,
                "state_other" => &mut contact.state_other,
                "zip" => &mut contact.zip,
                "country" => &mut contact.country,
                "phone" => &mut contact.phone,
                "email" => &mut contact.email,
                _ => return member.unknown(&CONTACT),
            };
            *field = member.string();
        });
        contact
    }
}

impl Read for CandidateCustomFields {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        if !matches!(value.json(), JsonValue::Object(_)) {
            value.misfit("an object");
        }
        Self {}
    }
}

impl CandidateDetails {
    /// The candidate of a registration.
    pub fn candidate(&self) -> Candidate {
        let text = |text: &Option<String>| text.as_deref().map(Text::from);
        let contact = &self.contact_info;
        Candidate {
            candidate_id: self.candidate_id.as_str().into(),
            first_name: self.candidate_name.first_name.as_str().into(),
            middle_name: text(&self.candidate_name.middle_name),
            last_name: self.candidate_name.last_name.as_str().into(),
            address1: text(&contact.address1),
            address2: text(&contact.address2),
            city: text(&contact.city),
            province_state: text(&contact.state).or_else(|| text(&contact.state_other)),
            postal_code: text(&contact.zip),
            country: contact.country.as_deref().map(|country| Text::from(country::alpha2(country))),
            home_phone: text(&contact.phone),
            email: text(&contact.email),
            ..Candidate::default()
        }
    }
}
