//! The candidate inside both eligibility models.

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::lint::{self, Rule};
use crate::domain::value::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Writes [`Candidate`] and [`GivenCandidate`] from one list of members, each with its doc and its kind.
///
/// The first rules bring the kinds into one form: as it is kept, as a fixture gives it, how it is read, whether it is
/// required, what an update does to it (nothing where the list names nothing), how a fixture's value is completed.
macro_rules! members {
    (@ [$($done:tt)*] $(#[$doc:meta])* $name:ident: required($($update:path)?), $($rest:tt)*) => {
        members!(@ [$($done)* {
            $(#[$doc])* #[schema(value_type = String)] $name: Text,
            #[schema(value_type = Option<String>)] Option<Text>,
            (BodyValue::required), true, ($($update)?), unwrap_or
        }] $($rest)*);
    };
    (@ [$($done:tt)*] $(#[$doc:meta])* $name:ident: text($read:path $(, $rule:path, $fits:path)? $(; $($shown:tt)+)?),
        $($rest:tt)*) => {
        members!(@ [$($done)* {
            $(#[$doc])* #[schema(required = false, value_type = Option<String>$(, $($shown)+)?)] $name: Option<Text>,
            #[schema(value_type = Option<String>)] Option<Text>,
            ($read $(, $rule, $fits)?), false, (prefer), or
        }] $($rest)*);
    };
    (@ [$($done:tt)*] $(#[$doc:meta])* $name:ident: list($item:ty, $read:path $(, $update:path)?), $($rest:tt)*) => {
        members!(@ [$($done)* {
            $(#[$doc])* #[schema(required = false, value_type = Option<Vec<$item>>)] $name: Vec<$item>,
            Option<Vec<$item>>,
            ($read), false, ($($update)?), unwrap_or
        }] $($rest)*);
    };
    (@ [$({
        $(#[$kept:meta])+ $name:ident: $type:ty,
        $(#[$given:meta])* $optional:ty,
        ($read:path $(, $argument:path)*), $required:literal, ($($update:path)?), $or:ident
    })+]) => {
        /// The candidate of an eligibility.
        ///
        /// Source: the Candidate Model of the eligibility pages; the members in the order they print.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct Candidate {
            $($(#[$kept])+ pub $name: $type,)+
        }

        /// A candidate of a fixture; what is absent is made up from the seed.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, default)]
        #[allow(missing_docs, reason = "the members of Candidate, documented there")]
        pub struct GivenCandidate {
            $($(#[$given])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: $optional,)+
        }

        impl Candidate {
            /// Takes over what an update gives; what it leaves out keeps its value.
            ///
            /// Assumed: absent members keep their value (contract §2.2).
            pub fn update(&mut self, given: Self) {
                $($($update(&mut self.$name, given.$name);)?)+
            }

            /// Whether the member of this name has a value.
            pub fn has(&self, name: &str) -> bool {
                match name {
                    $(stringify!($name) => self.$name.is_given(),)+
                    _ => false,
                }
            }
        }

        impl GivenCandidate {
            /// Whether it needs nothing that is made up.
            pub fn is_complete(&self) -> bool {
                $((!$required || self.$name.is_some()))&&+
            }

            /// The candidate, with the members of `made` in place of those that are absent.
            pub fn complete(self, made: Candidate) -> Candidate {
                Candidate { $($name: self.$name.$or(made.$name),)+ }
            }
        }

        impl Read for Candidate {
            fn read(value: &BodyValue<'_, '_>) -> Self {
                let mut candidate = Self::default();
                $(let mut $name = false;)+
                let is_object = value.each_member(|name, member| match name {
                    $(stringify!($name) => (candidate.$name, $name) = ($read(member $(, $argument)*), true),)+
                    _ => member.unknown(&[$(stringify!($name)),+]),
                });
                if is_object {
                    $(if $required && !$name {
                        value.missing(stringify!($name), "a string that is not empty");
                    })+
                    lint_state(value, &candidate);
                }
                candidate
            }
        }
    };
    ($(#[$doc:meta])* $name:ident: $($rest:tt)+) => { members!(@ [] $(#[$doc])* $name: $($rest)+); };
}

members! {
    /// Values under keys that the vendor and the partner agreed on.
    additional_attributes: list(Attribute, attributes, prefer_filled),
    /// First address line.
    address1: text(BodyValue::string),
    /// Second address line.
    address2: text(BodyValue::string),
    /// The partner's identifier of the candidate.
    candidate_id: required(),
    /// City.
    city: text(BodyValue::string),
    /// ISO 3166-1 alpha-2.
    country: text(linted, Rule::Country, lint::is_country; example = "US"),
    /// E-mail address.
    email: text(linted, Rule::Email, lint::is_email),
    /// First name.
    first_name: required(replace),
    /// Phone at home.
    home_phone: text(linted, Rule::Phone, lint::is_phone),
    /// Last name.
    last_name: required(replace),
    /// Middle name.
    middle_name: text(BodyValue::string),
    /// Phone at work.
    office_phone: text(linted, Rule::Phone, lint::is_phone),
    /// Postal code.
    postal_code: text(BodyValue::string),
    /// Province or state; the two-letter abbreviation for the USA.
    province_state: text(BodyValue::string),
    /// A school that is set up for the account.
    school_code: text(BodyValue::string),
    /// Accommodations that are set up for the account.
    special_accommodations: list(String, codes),
    /// Suffix of the name.
    suffix: text(BodyValue::string),
}

/// A value under an agreed key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The agreed key.
    #[schema(value_type = String)]
    pub key: Text,
    /// Its value.
    #[schema(value_type = String)]
    pub value: Text,
}

/// Whether a member has a value.
trait Given {
    fn is_given(&self) -> bool;
}

impl Given for Text {
    fn is_given(&self) -> bool {
        !self.is_empty()
    }
}

impl<T> Given for Option<T> {
    fn is_given(&self) -> bool {
        self.is_some()
    }
}

impl<T> Given for Vec<T> {
    fn is_given(&self) -> bool {
        !self.is_empty()
    }
}

fn replace<T>(kept: &mut T, given: T) {
    *kept = given;
}

fn prefer_filled<T>(kept: &mut Vec<T>, given: Vec<T>) {
    if !given.is_empty() {
        *kept = given;
    }
}

fn prefer<T>(kept: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *kept = given;
    }
}

/// The state rule looks at two members, so it runs when both are known.
fn lint_state(value: &BodyValue<'_, '_>, candidate: &Candidate) {
    let in_usa = candidate.country.as_deref() == Some("US");
    if in_usa && candidate.province_state.as_deref().is_some_and(|state| !lint::is_us_state(state)) {
        value.at("province_state", |member| member.finding(Rule::State));
    }
}

fn linted(member: &BodyValue<'_, '_>, rule: Rule, fits: fn(&str) -> bool) -> Option<Text> {
    let text = member.text()?;
    if !fits(text) {
        member.finding(rule);
    }
    Some(text.into())
}

fn codes(member: &BodyValue<'_, '_>) -> Vec<String> {
    member.strings().unwrap_or_default()
}

/// The attributes; `[{"key":"","value":""}]` is an empty list.
///
/// Source: contract §1 (observed).
fn attributes(member: &BodyValue<'_, '_>) -> Vec<Attribute> {
    let list = member.items(|item| {
        let (mut key, mut content) = (None, Text::default());
        let mut is_sound = item.each_member(|name, part| match name {
            "key" => key = Some(plain(part)),
            "value" => content = plain(part).unwrap_or_default(),
            _ => part.unknown(&["key", "value"]),
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
    });
    list.unwrap_or_default()
}

/// A text, empty for null; `None` for anything else, which is a misfit.
fn plain(part: &BodyValue<'_, '_>) -> Option<Text> {
    match part.json() {
        JsonValue::Text(text) => Some(text.as_ref().into()),
        JsonValue::Null => Some(Text::default()),
        _ => part.string(),
    }
}
