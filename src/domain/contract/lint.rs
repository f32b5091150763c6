//! The field lint: what the hard rules let through and the contract still does not allow.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// What the lint does with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, strum::EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = String, parse_err_fn = expected)]
pub enum Mode {
    /// Nothing is looked for.
    Off,
    /// Served; the finding stands in the journal.
    #[default]
    Warn,
    /// Refused with a 400.
    Enforce,
}

fn expected(text: &str) -> String {
    format!("expected off, warn or enforce, got {text:?}")
}

/// How a statement about Atlas is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Standing {
    /// Read in the vendor's public documentation.
    Documented,
    /// Seen in a real client, receiver or the gateway product.
    Observed,
    /// Our decision where nothing is known.
    Assumed,
}

/// A rule of the field lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::VariantArray)]
pub enum Rule {
    /// A date without a time.
    DateOnly,
    /// A date-time with an offset or a fraction.
    DateForm,
    /// `""` where null, or no member, is meant.
    EmptyString,
    /// A member the contract does not name.
    UnknownMember,
    /// An underscore in a test code.
    TestCodeUnderscore,
    /// A country that is not ISO 3166-1 alpha-2.
    Country,
    /// A state of the USA that is not a two-letter abbreviation.
    State,
    /// A registration mode that is not in the list.
    RegistrationMode,
    /// An e-mail address without its form.
    Email,
    /// A phone number with other characters than a phone number's.
    Phone,
    /// `GET .../eligibilities` without `status`.
    StatusMissing,
    /// A code that is not set up, let through by `open_catalog`.
    NotSetUp,
    /// A null in an update, where a value stands and stays.
    NullKept,
    /// A body that does not say that it is JSON.
    ContentType,
    /// A search around a place that nobody knows.
    PlaceUnknown,
}

struct LintText {
    id: &'static str,
    contract: &'static str,
    standing: Standing,
    production: &'static str,
    fix: &'static str,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// What the contract says.
    pub fn contract(self) -> &'static str {
        self.text().contract
    }

    /// How that is known.
    pub fn standing(self) -> Standing {
        self.text().standing
    }

    /// The stable identifier, like `ELIG-DATE-ONLY`.
    pub fn id(self) -> &'static str {
        self.text().id
    }

    #[allow(clippy::too_many_lines, reason = "one table, a row for each rule")]
    fn text(self) -> LintText {
        use Standing::{Assumed, Documented};
        let (id, contract, standing, production, fix) = match self {
            Self::DateOnly => (
                "ELIG-DATE-ONLY",
                "a UTC date-time, YYYY-MM-DDThh:mm:ssZ",
                Documented,
                "reads it as midnight UTC",
                "send the time, like 2026-03-01T00:00:00Z",
            ),
            Self::DateForm => (
                "ELIG-DATE-FORM",
                "a UTC date-time, YYYY-MM-DDThh:mm:ssZ",
                Documented,
                "may refuse an offset or a fraction",
                "convert to UTC and drop the fraction",
            ),
            Self::EmptyString => (
                "ELIG-EMPTY-STRING",
                "a value, null, or no member at all",
                Assumed,
                "reads it as not given",
                "send null, or leave the member out",
            ),
            Self::UnknownMember => (
                "ELIG-UNKNOWN-MEMBER",
                "only the members of the published model",
                Documented,
                "ignores the member",
                "remove it, or check its spelling",
            ),
            Self::TestCodeUnderscore => (
                "ELIG-TEST-CODE",
                "letters, digits and hyphen",
                Documented,
                "may refuse the underscore; the page lost a word there",
                "use a hyphen",
            ),
            Self::Country => (
                "ELIG-COUNTRY",
                "an ISO 3166-1 alpha-2 code in capitals, like US",
                Documented,
                "stores or refuses it",
                "send the two-letter code",
            ),
            Self::State => (
                "ELIG-STATE",
                "the two-letter abbreviation of the state, for the USA",
                Documented,
                "stores or refuses it",
                "send the abbreviation, like KS",
            ),
            Self::RegistrationMode => (
                "ELIG-REGISTRATION-MODE",
                "one of Online, Phone, Walkin, Import, Mail, Email, Fax, IVR, ExpressMail, VoiceResponse, Application",
                Documented,
                "stores or refuses it",
                "send one of the list, spelled alike",
            ),
            Self::Email => (
                "ELIG-EMAIL",
                "an e-mail address",
                Assumed,
                "cannot write to the candidate",
                "send one address with one @ and a domain",
            ),
            Self::Phone => (
                "ELIG-PHONE",
                "digits, blanks and + - ( ) . x, at least 5 digits",
                Assumed,
                "cannot call the candidate",
                "send the number in international form",
            ),
            Self::StatusMissing => (
                "ELIG-STATUS-MISSING",
                "status is required: active, inactive or all",
                Documented,
                "may answer 400",
                "send ?status=all",
            ),
            Self::NotSetUp => (
                "ELIG-NOT-SET-UP",
                "a code that is set up for the account",
                Documented,
                "answers 400",
                "add it to the catalog, or have the coordinator set it up",
            ),
            Self::NullKept => (
                "ELIG-NULL-KEPT",
                "a value: null, like no member at all, keeps what stands",
                Assumed,
                "keeps the value that stands",
                "send the new value; an update clears none",
            ),
            Self::ContentType => (
                "HTTP-CONTENT-TYPE",
                "application/json",
                Assumed,
                "may answer 415, or not read the body",
                "send Content-Type: application/json",
            ),
            Self::PlaceUnknown => (
                "BOOK-PLACE-UNKNOWN",
                "a place of the account's test centers, or of catalog.places",
                Assumed,
                "finds what its own list of places has",
                "set the place up in catalog.places",
            ),
        };
        LintText { id, contract, standing, production, fix }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// One finding, as the journal shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// The rule, like `ELIG-DATE-ONLY`.
    #[schema(value_type = String)]
    pub rule: Rule,
    /// `warning`, always: what is an error is refused by the contract itself.
    pub severity: &'static str,
    /// JSON pointer into the request's body; `?name` for a parameter, `name:` for a header.
    pub pointer: String,
    /// What was sent.
    pub sent: String,
    /// What the contract says.
    pub contract: &'static str,
    /// How that is known.
    pub standing: Standing,
    /// What production would do.
    pub production: &'static str,
    /// How to mend it.
    #[schema(value_type = String)]
    pub fix: Cow<'static, str>,
}

impl Finding {
    /// A finding of a rule at a place.
    pub fn new(rule: Rule, pointer: String, sent: String) -> Self {
        let LintText { contract, standing, production, fix, .. } = rule.text();
        Self { rule, severity: "warning", pointer, sent, contract, standing, production, fix: fix.into() }
    }

    /// A body whose header `Content-Type` does not say that it is JSON; `None` if it does.
    pub fn of_content_type(sent: Option<&str>) -> Option<Self> {
        let kind = sent.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        (!kind.eq_ignore_ascii_case("application/json")).then(|| {
            let sent = sent.map_or_else(|| "nothing".to_owned(), |sent| format!("{:?}", shortened(sent)));
            Self::new(Rule::ContentType, "content-type:".to_owned(), sent)
        })
    }

    /// A list by status that names none; `None` if it names one.
    pub fn of_status(sent: Option<&str>) -> Option<Self> {
        sent.is_none().then(|| Self::new(Rule::StatusMissing, "?status".to_owned(), "nothing".to_owned()))
    }

    /// A search around a place that nobody knows.
    pub fn of_place(zip: Option<&str>, city: Option<&str>, state: Option<&str>) -> Self {
        let named = [("?zip", zip), ("?city", city), ("?state", state)].into_iter();
        let (pointer, sent) = { named }.find_map(|(name, text)| Some((name, text?))).unwrap_or(("?zip", ""));
        Self::new(Rule::PlaceUnknown, pointer.to_owned(), format!("{:?}", shortened(sent)))
    }

    /// About what it takes in memory, in bytes.
    pub fn size(&self) -> usize {
        let fix = if let Cow::Owned(fix) = &self.fix { fix.len() } else { 0 };
        size_of::<Self>() + self.pointer.len() + self.sent.len() + fix
    }

    /// The finding as a refusal in `enforce`.
    pub fn refusal(&self) -> String {
        let place = self.pointer.trim_start_matches('/').trim_end_matches(':').replace('/', ".");
        format!("{place}: expected {}, got {} ({})", self.contract, self.sent, self.rule.id())
    }
}

/// What is shown of a text that may be long.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(100)]
}

/// Whether the text is a phone number's.
pub fn is_phone(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || " +-().xX".contains(c))
        && text.chars().filter(char::is_ascii_digit).count() >= 5
}

/// Whether the text has the form of an e-mail address.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty()
        && !text.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty())
}

/// Whether the text is an ISO 3166-1 alpha-2 code.
pub fn is_country(text: &str) -> bool {
    rust_iso3166::from_alpha2(text).is_some()
}

/// Whether the text is a two-letter abbreviation of a state or territory of the USA.
pub fn is_us_state(text: &str) -> bool {
    text.len() == 2
        && text.bytes().all(|b| b.is_ascii_uppercase())
        && (rust_iso3166::iso3166_2::from_code(&format!("US-{text}")).is_some() || matches!(text, "AE" | "AA" | "AP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_other_than_json_is_found() {
        let long = "x".repeat(1000);
        for (sent, shown) in [
            (Some("application/json"), None),
            (Some("Application/JSON ; charset=utf-8"), None),
            (None, Some("nothing")),
            (Some(""), Some("\"\"")),
            (Some("text/plain"), Some("\"text/plain\"")),
            (Some("application/x-www-form-urlencoded"), Some("\"application/x-www-form-urlencoded\"")),
            (Some("application/jsonp"), Some("\"application/jsonp\"")),
            (Some(&long), Some(&*format!("{:?}", &long[..100]))),
        ] {
            let found = Finding::of_content_type(sent);
            assert_eq!(found.as_ref().map(|finding| finding.sent.as_str()), shown, "{sent:?}");
        }
        let refusal = Finding::of_content_type(None).expect("a finding").refusal();
        assert_eq!(refusal, "content-type: expected application/json, got nothing (HTTP-CONTENT-TYPE)");
    }

    #[test]
    fn forms_are_told_apart() {
        for (text, phone) in
            [("+1 913 555 0100", true), ("(913) 555-0100 x7", true), ("call me", false), ("123", false)]
        {
            assert_eq!(is_phone(text), phone, "{text}");
        }
        for (text, email) in [
            ("jo@example.org", true),
            ("jo@", false),
            ("jo", false),
            ("a b@c.de", false),
            ("a@b@c.de", false),
            ("a@b..de", false),
        ] {
            assert_eq!(is_email(text), email, "{text}");
        }
        for (text, state) in [("KS", true), ("DC", true), ("PR", true), ("Kansas", false), ("ks", false), ("ZZ", false)]
        {
            assert_eq!(is_us_state(text), state, "{text}");
        }
        for (text, mode) in [("off", Ok(Mode::Off)), ("warn", Ok(Mode::Warn)), ("enforce", Ok(Mode::Enforce))] {
            assert_eq!(text.parse::<Mode>(), mode, "{text}");
        }
        assert_eq!("Off".parse::<Mode>(), Err("expected off, warn or enforce, got \"Off\"".to_owned()));
        for (text, country) in [("US", true), ("NO", true), ("us", false), ("USA", false), ("XX", false)] {
            assert_eq!(is_country(text), country, "{text}");
        }
    }
}
