//! Reading a JSON body member by member, so that all its misfits and findings come out at once.
//!
//! A derived `Deserialize` stops at the first fault and does not know about lint. Here a body becomes a borrowed
//! tree, and a write model reads it in one pass: a `match` on the member's name, anything else is unknown.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::Number;
use serde_json::value::RawValue;

use crate::domain::contract::error::Error;
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::lint::{Finding, Rule};
use crate::domain::contract::path::Path;
use crate::domain::value::document::nearest;
use crate::domain::value::hidden;
use crate::domain::value::misfit::Misfit;
use crate::domain::value::money::Amount;
use crate::domain::value::stamp::{self, StampForm, Timestamp};
use crate::domain::value::whole;

/// The longest name of a member that is compared with those that are known, in bytes.
const LONGEST_NAME: usize = 64;

/// How many misfits, and how many findings, of one body are listed; a body of nonsense has a hundred thousand.
const MOST_LISTED: usize = 50;

/// What reading a body brought to light.
#[derive(Debug, Default)]
pub struct Report {
    misfits: Vec<Misfit>,
    findings: Vec<Finding>,
    unlisted: usize,
    /// The optional members that are null; `None` if nobody asks.
    nulls: Option<Vec<String>>,
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
    /// The optional members that are null, by JSON pointer; of an update only.
    pub nulls: Vec<String>,
}

impl<T> Checked<T> {
    /// Whether the contract names all its members, none of which is a secret's.
    pub fn is_all_known(&self) -> bool {
        self.findings.len() < MOST_LISTED && self.findings.iter().all(|finding| finding.rule != Rule::UnknownMember)
    }
}

/// Why a body is refused, with its lint findings.
#[derive(Debug, Clone)]
pub struct Unfit {
    /// Why.
    pub error: Error,
    /// What the lint found.
    pub findings: Vec<Finding>,
}

impl From<Error> for Unfit {
    fn from(error: Error) -> Self {
        Self { error, findings: Vec::new() }
    }
}

/// Reads a body into a write model.
///
/// # Errors
/// [`Error::NotJson`], or [`Error::Body`] with every fault of the body.
pub fn read<T: Read>(body: &[u8]) -> Result<Checked<T>, Error> {
    examine(body, false).map_err(|unfit| unfit.error)
}

/// The same; also what the lint found in a body that is refused, and the nulls of an update.
///
/// # Errors
/// Those of [`read`].
pub fn examine<T: Read>(body: &[u8], is_update: bool) -> Result<Checked<T>, Unfit> {
    let json = JsonValue::parse(body)?;
    let report = RefCell::new(Report { nulls: is_update.then(Vec::new), ..Report::default() });
    let value = T::read(&BodyValue { json: &json, path: Path::Body, body, report: &report });
    let Report { mut misfits, findings, unlisted, nulls } = report.into_inner();
    if unlisted > 0 {
        let sent = format!("{unlisted} more that do not fit");
        misfits.push(Misfit { path: String::new(), expected: "members as the contract has them".to_owned(), sent });
    }
    if misfits.is_empty() {
        Ok(Checked { value, findings, nulls: nulls.unwrap_or_default() })
    } else {
        Err(Unfit { error: Error::Body(misfits), findings })
    }
}

/// The whole number that is written, perhaps with a fraction of zero.
fn integer(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().and_then(whole::of))
}

/// A value at its place, which reports what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct BodyValue<'x, 'a> {
    json: &'x JsonValue<'a>,
    path: Path<'x>,
    /// The whole body, as it came.
    body: &'a [u8],
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
            member(name, &BodyValue { json, path: Path::Member(&self.path, name), ..*self });
        }
        true
    }

    /// Tells something of the member of this name, where it is there.
    pub fn at(&self, wanted: &str, mut tell: impl FnMut(&BodyValue<'_, 'a>)) {
        self.each_member(|name, member| {
            if name == wanted {
                tell(member);
            }
        });
    }

    /// The items read one by one; `None` for null. A misfit if this is no array.
    pub fn items<T>(&self, mut item: impl FnMut(&BodyValue<'_, 'a>) -> Option<T>) -> Option<Vec<T>> {
        match self.json {
            JsonValue::Null => {
                self.null();
                None
            }
            JsonValue::List(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, json)| item(&BodyValue { json, path: Path::Item(&self.path, index), ..*self }))
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
            JsonValue::Null => {
                self.null();
                None
            }
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

    /// A string that reads as a value, which looks like this; null and `""` mean "not given".
    pub fn parsed<T: FromStr>(&self, expected: &str) -> Option<T> {
        self.text()?.parse().map_err(|_| self.misfit(expected)).ok()
    }

    /// An amount that must be there and above 0; zero stands in for it where a fault was reported.
    pub fn amount_above_zero(&self) -> Amount {
        self.read_as("a decimal string above 0 like \"25.00\"", |amount| *amount > Amount::ZERO).unwrap_or_default()
    }

    /// A string that must be there and reads as a value, which looks like this.
    pub fn required_as<T: FromStr>(&self, expected: &str) -> Option<T> {
        self.read_as(expected, |_| true)
    }

    fn read_as<T: FromStr>(&self, expected: &str, fits: impl Fn(&T) -> bool) -> Option<T> {
        let read = if let JsonValue::Text(text) = self.json { text.parse().ok().filter(fits) } else { None };
        if read.is_none() {
            self.misfit(expected);
        }
        read
    }

    /// A whole number in a range; null means "not given".
    pub fn whole_number(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let read = match self.json {
            JsonValue::Null => {
                self.null();
                return None;
            }
            JsonValue::Number(number) => integer(number).and_then(|number| number.try_into().ok()),
            _ => None,
        };
        let fits = read.filter(|number| range.contains(number));
        fits.or_else(|| {
            self.misfit(&format!("a whole number from {} to {}", range.start(), range.end()));
            None
        })
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

    /// The value to the letter, a number with all its digits; the body is read once more for it.
    pub fn written(&self) -> Option<&'a str> {
        self.path.find(self.body).map(RawValue::get)
    }

    /// A text or a number, which is kept as it is written; null and `""` mean "not given".
    pub fn text_or_number(&self) -> Option<String> {
        match self.json {
            JsonValue::Number(_) => self.written().map(str::to_owned),
            JsonValue::Null | JsonValue::Text(_) => self.string(),
            _ => {
                self.misfit("a string or a number");
                None
            }
        }
    }

    /// A whole number; null and `""` mean "not given".
    pub fn integer(&self) -> Option<i64> {
        let read = match self.json {
            JsonValue::Number(number) => integer(number),
            JsonValue::Null => return self.string::<&str>().and(None),
            JsonValue::Text(text) if text.is_empty() => return self.string::<&str>().and(None),
            _ => None,
        };
        read.or_else(|| {
            self.misfit("a whole number");
            None
        })
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

    /// Reports a member that the contract does not know, where it knows these; what looks like a secret is hidden.
    pub fn unknown(&self, known: &[&'static str]) {
        let Path::Member(_, name) = self.path else { return };
        self.found(|pointer| {
            let sent = if hidden::is_secret(name) { hidden::MASK.to_owned() } else { self.json.to_string() };
            let finding = Finding::new(Rule::UnknownMember, pointer, sent);
            let is_short = name.len() <= LONGEST_NAME;
            match is_short.then(|| nearest(name, known)).flatten() {
                Some(near) => Finding { fix: format!("did you mean {near}?").into(), ..finding },
                None => finding,
            }
        });
    }

    /// Reports a lint finding at this place.
    pub fn finding(&self, rule: Rule) {
        self.found(|pointer| Finding::new(rule, pointer, self.json.to_string()));
    }

    fn found(&self, finding: impl FnOnce(String) -> Finding) {
        let mut report = self.report.borrow_mut();
        if report.findings.len() < MOST_LISTED {
            report.findings.push(finding(self.path.pointer().chars().take(200).collect()));
        }
    }

    fn null(&self) {
        if let Some(nulls) = &mut self.report.borrow_mut().nulls {
            nulls.push(self.path.pointer());
        }
    }
}
