//! The candidate inside both eligibility models.

use crate::domain::contract::body::{At, Json, Read};
use crate::domain::contract::lint::{self, Rule};
use crate::domain::value::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The candidate of an eligibility.
///
/// Source: the Candidate Model of the eligibility pages; the members in the order they print.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// Values under keys that the vendor and the partner agreed on.
    #[schema(required = false)]
    pub additional_attributes: Option<Vec<Attribute>>,
    /// First address line.
    #[schema(required = false, value_type = Option<String>)]
    pub address1: Option<Text>,
    /// Second address line.
    #[schema(required = false, value_type = Option<String>)]
    pub address2: Option<Text>,
    /// The partner's identifier of the candidate.
    #[schema(value_type = String)]
    pub candidate_id: Text,
    /// City.
    #[schema(required = false, value_type = Option<String>)]
    pub city: Option<Text>,
    /// ISO 3166-1 alpha-2.
    #[schema(required = false, value_type = Option<String>, example = "US")]
    pub country: Option<Text>,
    /// E-mail address.
    #[schema(required = false, value_type = Option<String>)]
    pub email: Option<Text>,
    /// First name.
    #[schema(value_type = String)]
    pub first_name: Text,
    /// Phone at home.
    #[schema(required = false, value_type = Option<String>)]
    pub home_phone: Option<Text>,
    /// Last name.
    #[schema(value_type = String)]
    pub last_name: Text,
    /// Middle name.
    #[schema(required = false, value_type = Option<String>)]
    pub middle_name: Option<Text>,
    /// Phone at work.
    #[schema(required = false, value_type = Option<String>)]
    pub office_phone: Option<Text>,
    /// Postal code.
    #[schema(required = false, value_type = Option<String>)]
    pub postal_code: Option<Text>,
    /// Province or state; the two-letter abbreviation for the USA.
    #[schema(required = false, value_type = Option<String>)]
    pub province_state: Option<Text>,
    /// A school that is set up for the account.
    #[schema(required = false, value_type = Option<String>)]
    pub school_code: Option<Text>,
    /// Accommodations that are set up for the account; null when there are none.
    #[schema(required = false)]
    pub special_accommodations: Option<Vec<String>>,
    /// Suffix of the name.
    #[schema(required = false, value_type = Option<String>)]
    pub suffix: Option<Text>,
}

/// A value under an agreed key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The agreed key.
    #[schema(value_type = String)]
    pub key: Text,
    /// Its value.
    #[schema(value_type = String)]
    pub value: Text,
}

impl Candidate {
    /// Takes over what an update gives; what it leaves out keeps its value.
    ///
    /// Assumed: absent members keep their value (contract §2.2).
    pub fn update(&mut self, given: Self) {
        let Self {
            additional_attributes,
            address1,
            address2,
            candidate_id: _,
            city,
            country,
            email,
            first_name,
            home_phone,
            last_name,
            middle_name,
            office_phone,
            postal_code,
            province_state,
            school_code,
            special_accommodations: _,
            suffix,
        } = given;
        (self.first_name, self.last_name) = (first_name, last_name);
        for (kept, given) in [
            (&mut self.address1, address1),
            (&mut self.address2, address2),
            (&mut self.city, city),
            (&mut self.country, country),
            (&mut self.email, email),
            (&mut self.home_phone, home_phone),
            (&mut self.middle_name, middle_name),
            (&mut self.office_phone, office_phone),
            (&mut self.postal_code, postal_code),
            (&mut self.province_state, province_state),
            (&mut self.school_code, school_code),
            (&mut self.suffix, suffix),
        ] {
            if given.is_some() {
                *kept = given;
            }
        }
        if additional_attributes.is_some() {
            self.additional_attributes = additional_attributes;
        }
    }
}

impl Read for Candidate {
    fn read(value: &At<'_, '_>) -> Self {
        let mut candidate = Self::default();
        let [mut has_id, mut has_first, mut has_last] = [false; 3];
        let is_object = value.each_member(|name, member| match name {
            "additional_attributes" => candidate.additional_attributes = attributes(member),
            "address1" => candidate.address1 = member.string(),
            "address2" => candidate.address2 = member.string(),
            "candidate_id" => (candidate.candidate_id, has_id) = (member.required(), true),
            "city" => candidate.city = member.string(),
            "country" => candidate.country = linted(member, Rule::Country, lint::is_country),
            "email" => candidate.email = linted(member, Rule::Email, lint::is_email),
            "first_name" => (candidate.first_name, has_first) = (member.required(), true),
            "home_phone" => candidate.home_phone = linted(member, Rule::Phone, lint::is_phone),
            "last_name" => (candidate.last_name, has_last) = (member.required(), true),
            "middle_name" => candidate.middle_name = member.string(),
            "office_phone" => candidate.office_phone = linted(member, Rule::Phone, lint::is_phone),
            "postal_code" => candidate.postal_code = member.string(),
            "province_state" => candidate.province_state = member.string(),
            "school_code" => candidate.school_code = member.string(),
            "special_accommodations" => {
                candidate.special_accommodations = member.strings().filter(|codes| !codes.is_empty());
            }
            "suffix" => candidate.suffix = member.string(),
            _ => member.unknown(),
        });
        if is_object {
            for (there, name) in [(has_id, "candidate_id"), (has_first, "first_name"), (has_last, "last_name")] {
                if !there {
                    value.missing(name, "a string that is not empty");
                }
            }
            lint_state(value, &candidate);
        }
        candidate
    }
}

/// The state rule looks at two members, so it runs when both are known.
fn lint_state(value: &At<'_, '_>, candidate: &Candidate) {
    let in_usa = candidate.country.as_deref() == Some("US");
    if in_usa && candidate.province_state.as_deref().is_some_and(|state| !lint::is_us_state(state)) {
        value.each_member(|name, member| {
            if name == "province_state" {
                member.finding(Rule::State);
            }
        });
    }
}

fn linted(member: &At<'_, '_>, rule: Rule, fits: fn(&str) -> bool) -> Option<Text> {
    let text = member.text()?;
    if !fits(text) {
        member.finding(rule);
    }
    Some(text.into())
}

/// The attributes; `[{"key":"","value":""}]` is an empty list, and an empty list is none.
///
/// Source: contract §1 (observed).
fn attributes(member: &At<'_, '_>) -> Option<Vec<Attribute>> {
    let list = member.items(|item| {
        let (mut key, mut content) = (None, Text::default());
        let mut is_sound = item.each_member(|name, part| match name {
            "key" => key = Some(plain(part)),
            "value" => content = plain(part).unwrap_or_default(),
            _ => part.unknown(),
        });
        // A key of another type was reported already.
        is_sound &= key != Some(None);
        match key.flatten() {
            Some(key) if !key.is_empty() => Some(Attribute { key, value: content }),
            Some(_) if content.is_empty() => None,
            _ => {
                if is_sound {
                    item.missing("key", "a string that is not empty");
                }
                None
            }
        }
    })?;
    Some(list).filter(|list| !list.is_empty())
}

/// A text, empty for null; none for anything else, which is a fault.
fn plain(part: &At<'_, '_>) -> Option<Text> {
    match part.json() {
        Json::Text(text) => Some(text.as_ref().into()),
        Json::Null => Some(Text::default()),
        _ => part.string(),
    }
}
