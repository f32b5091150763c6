//! Reading a JSON body member by member, so that all its misfits and findings come out at once.
//!
//! A derived `Deserialize` stops at the first fault and does not know about lint. Here a body becomes a borrowed
//! tree, and a write model reads it in one pass: a `match` on the member's name, anything else is unknown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::domain::contract::error::Error;
use crate::domain::contract::lint::{Finding, Rule};
use crate::domain::value::misfit::Misfit;
use crate::domain::value::stamp::{self, StampForm, Timestamp};

/// A JSON value that borrows from the body it was read from.
#[derive(Debug, Clone)]
pub enum JsonValue<'a> {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<JsonValue<'a>>),
    /// An object, its members as they came.
    Object(Vec<(Cow<'a, str>, JsonValue<'a>)>),
}

impl<'a> JsonValue<'a> {
    /// Parses a body.
    ///
    /// # Errors
    /// When the bytes are not JSON in UTF-8, or nest deeper than 128 levels.
    pub fn parse(body: &'a [u8]) -> Result<Self, Error> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::NotJson("the body is empty".to_owned()));
        }
        // Checked as a whole, so that the parser need not check string by string.
        let text = std::str::from_utf8(body).map_err(|error| Error::NotJson(format!("it is not UTF-8: {error}")))?;
        serde_json::from_str(text).map_err(|error| Error::NotJson(error.to_string()))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The value in words for an error: short, on one line.
impl fmt::Display for JsonValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "the boolean {value}"),
            Self::Number(value) => write!(f, "the number {value}"),
            Self::Text(text) if text.chars().count() > 60 => {
                write!(f, "{:?}... ({} characters)", text.chars().take(57).collect::<String>(), text.chars().count())
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Null | Self::List(_) | Self::Object(_) => f.write_str(self.kind()),
        }
    }
}

/// How many misfits, and how many findings, of one body are listed; a body of nonsense has a hundred thousand.
const MOST_LISTED: usize = 50;

/// What reading a body brought to light.
#[derive(Debug, Default)]
pub struct Report {
    misfits: Vec<Misfit>,
    findings: Vec<Finding>,
    unlisted: usize,
}

impl Report {
    fn misfit(&mut self, misfit: impl FnOnce() -> Misfit) {
        if self.misfits.len() < MOST_LISTED {
            self.misfits.push(misfit());
        } else {
            self.unlisted += 1;
        }
    }
}

/// A write model that reads itself from a body.
pub trait Read: Sized {
    /// Reads the value; what is wrong goes into the report, and the result is then thrown away.
    fn read(value: &BodyValue<'_, '_>) -> Self;
}

/// A body that has no misfits, with its lint findings.
#[derive(Debug, Clone)]
pub struct Checked<T> {
    /// The write model.
    pub value: T,
    /// What the lint found.
    pub findings: Vec<Finding>,
}

/// Reads a body into a write model.
///
/// # Errors
/// [`Error::NotJson`], or [`Error::Body`] with every fault of the body.
pub fn read<T: Read>(body: &[u8]) -> Result<Checked<T>, Error> {
    let json = JsonValue::parse(body)?;
    let report = RefCell::default();
    let value = T::read(&BodyValue { json: &json, path: Path::Body, report: &report });
    let Report { mut misfits, findings, unlisted } = report.into_inner();
    if unlisted > 0 {
        let sent = format!("{unlisted} more that do not fit");
        misfits.push(Misfit { path: String::new(), expected: "members as the contract has them".to_owned(), sent });
    }
    if misfits.is_empty() { Ok(Checked { value, findings }) } else { Err(Error::Body(misfits)) }
}

/// Where a value stands; written out only when something is wrong there.
#[derive(Debug, Clone, Copy)]
enum Path<'p> {
    Body,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => Ok(()),
            Self::Member(Self::Body, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Path<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Body => String::new(),
            Self::Member(parent, name) => {
                format!("{}/{}", parent.pointer(), name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

/// A value at its place, which reports what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct BodyValue<'x, 'a> {
    json: &'x JsonValue<'a>,
    path: Path<'x>,
    report: &'x RefCell<Report>,
}

impl<'x, 'a> BodyValue<'x, 'a> {
    /// The value itself.
    pub fn json(&self) -> &'x JsonValue<'a> {
        self.json
    }

    /// Calls `member` with each member's name and value; false (and a fault) where this is no object.
    pub fn each_member(&self, mut member: impl FnMut(&str, &BodyValue<'_, 'a>)) -> bool {
        let JsonValue::Object(members) = self.json else {
            self.misfit("an object");
            return false;
        };
        for (name, json) in members {
            member(name, &BodyValue { json, path: Path::Member(&self.path, name), report: self.report });
        }
        true
    }

    /// The items read one by one; `None` for null. A misfit if this is no array.
    pub fn items<T>(&self, mut item: impl FnMut(&BodyValue<'_, 'a>) -> Option<T>) -> Option<Vec<T>> {
        match self.json {
            JsonValue::Null => None,
            JsonValue::List(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, json)| {
                        item(&BodyValue { json, path: Path::Item(&self.path, index), report: self.report })
                    })
                    .collect(),
            ),
            JsonValue::Text(text) if text.is_empty() => {
                self.finding(Rule::EmptyString);
                None
            }
            _ => {
                self.misfit("an array");
                None
            }
        }
    }

    /// A string; null and `""` mean "not given".
    pub fn text(&self) -> Option<&'x str> {
        match self.json {
            JsonValue::Null => None,
            JsonValue::Text(text) if text.is_empty() => {
                self.finding(Rule::EmptyString);
                None
            }
            JsonValue::Text(text) => Some(text),
            _ => {
                self.misfit("a string");
                None
            }
        }
    }

    /// A string of its own; null and `""` mean "not given".
    pub fn string<T: From<&'x str>>(&self) -> Option<T> {
        self.text().map(T::from)
    }

    /// A string that must be there; the empty string stands in for it where a fault was reported.
    pub fn required<T: From<&'x str> + Default>(&self) -> T {
        match self.json {
            JsonValue::Text(text) if !text.trim().is_empty() => T::from(text),
            _ => {
                self.misfit("a string that is not empty");
                T::default()
            }
        }
    }

    /// A date-time in any accepted form.
    pub fn instant(&self) -> Option<Timestamp> {
        let text = self.text()?;
        let Some((at, form)) = stamp::parse(text) else {
            self.misfit("a UTC date-time like 2026-03-01T09:00:00Z");
            return None;
        };
        match form {
            StampForm::Documented => {}
            StampForm::DateOnly => self.finding(Rule::DateOnly),
            StampForm::Rfc3339 => self.finding(Rule::DateForm),
        }
        Some(at)
    }

    /// A list of strings that are not empty; null means "not given".
    pub fn strings(&self) -> Option<Vec<String>> {
        self.items(|item| match item.json {
            JsonValue::Text(text) if !text.is_empty() => Some(text.clone().into_owned()),
            _ => {
                item.misfit("a string that is not empty");
                None
            }
        })
    }

    /// Reports that the value is not what the contract asks for.
    pub fn misfit(&self, expected: &str) {
        self.report.borrow_mut().misfit(|| Misfit {
            path: self.path.to_string(),
            expected: expected.to_owned(),
            sent: self.json.to_string(),
        });
    }

    /// Reports a required member of this object that is not there.
    pub fn missing(&self, member: &str, expected: &str) {
        self.report.borrow_mut().misfit(|| Misfit {
            path: Path::Member(&self.path, member).to_string(),
            expected: expected.to_owned(),
            sent: "nothing".to_owned(),
        });
    }

    /// Reports a member that the contract does not know.
    pub fn unknown(&self) {
        self.finding(Rule::UnknownMember);
    }

    /// Reports a lint finding at this place.
    pub fn finding(&self, rule: Rule) {
        let mut report = self.report.borrow_mut();
        if report.findings.len() < MOST_LISTED {
            let pointer = self.path.pointer().chars().take(200).collect();
            report.findings.push(Finding::new(rule, pointer, self.json.to_string()));
        }
    }
}

impl<'de> Deserialize<'de> for JsonValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = JsonValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: de::Error>(self) -> Result<JsonValue<'de>, E> {
        Ok(JsonValue::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<JsonValue<'de>, E> {
        Ok(JsonValue::Bool(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<JsonValue<'de>, E> {
        Ok(JsonValue::Number(value.into()))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<JsonValue<'de>, E> {
        Ok(JsonValue::Number(value.into()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<JsonValue<'de>, E> {
        Ok(serde_json::Number::from_f64(value).map_or(JsonValue::Null, JsonValue::Number))
    }
    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<JsonValue<'de>, E> {
        Ok(JsonValue::Text(Cow::Borrowed(value)))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<JsonValue<'de>, E> {
        Ok(JsonValue::Text(Cow::Owned(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<JsonValue<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(JsonValue::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<JsonValue<'de>, A::Error> {
        let mut object = Vec::with_capacity(12);
        while let Some(Key(name)) = members.next_key()? {
            object.push((name, members.next_value()?));
        }
        Ok(JsonValue::Object(object))
    }
}

/// A member's name, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }
            fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(value)))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}
