//! Instants as Atlas writes and reads them: UTC, ISO 8601, whole seconds.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SubsecRound, Timelike, Utc};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// A point in time.
pub type Timestamp = DateTime<Utc>;

/// The resolution at which an instant is sent.
///
/// Source: the Booking Notification page (seconds). Assumed: `millis`, which real receivers needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// `YYYY-MM-DDThh:mm:ssZ`.
    #[default]
    Seconds,
    /// `YYYY-MM-DDThh:mm:ss.SSSZ`, three digits always.
    Millis,
}

/// An instant of the machine's clock, where that of the account's is meant by [`Timestamp`].
pub type WallTime = DateTime<Utc>;

/// An instant as records keep it: whole milliseconds, the finest that is ever shown.
pub fn whole_millis(instant: Timestamp) -> Timestamp {
    let (at, millis) = (instant.naive_utc(), instant.timestamp_subsec_millis());
    // Not chrono's own rounding, which goes by a duration.
    at.time().with_nanosecond(millis * 1_000_000).map_or(instant, |time| at.date().and_time(time).and_utc())
}

/// The instant so many minutes later; the last there is where there is none.
pub fn later(instant: Timestamp, minutes: u32) -> Timestamp {
    instant.checked_add_signed(chrono::Duration::minutes(i64::from(minutes))).unwrap_or(Timestamp::MAX_UTC)
}

impl Resolution {
    /// The smallest step that shows at this resolution.
    pub fn unit(self) -> chrono::Duration {
        match self {
            Self::Seconds => chrono::Duration::seconds(1),
            Self::Millis => chrono::Duration::milliseconds(1),
        }
    }

    /// `instant` cut to this resolution.
    pub fn cut(self, instant: Timestamp) -> Timestamp {
        match self {
            Self::Seconds => instant.trunc_subsecs(0),
            Self::Millis => instant.trunc_subsecs(3),
        }
    }
}

/// An instant with the resolution to write it at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(pub Timestamp, pub Resolution);

impl Stamp {
    /// The documented form, whole seconds.
    pub fn seconds(instant: Timestamp) -> Self {
        Self(instant, Resolution::Seconds)
    }

    /// The form with milliseconds that the control API uses.
    pub fn millis(instant: Timestamp) -> Self {
        Self(instant, Resolution::Millis)
    }
}

impl Stamp {
    /// Has it written; its text is borrowed.
    fn with_text<T>(self, with: impl FnOnce(&str) -> T) -> T {
        // chrono's own formatter costs half a microsecond a stamp; an eligibility has three.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let at = self.0.naive_utc();
        let mut put = |from: usize, width: usize, mut value: u32| {
            for place in (from..from + width).rev() {
                text[place] = b'0' + u8::try_from(value % 10).unwrap_or(0);
                value /= 10;
            }
        };
        put(0, 4, u32::try_from(at.year().clamp(0, 9999)).unwrap_or(0));
        put(5, 2, at.month());
        put(8, 2, at.day());
        put(11, 2, at.hour());
        put(14, 2, at.minute());
        put(17, 2, at.second());
        put(20, 3, (at.nanosecond() / 1_000_000).min(999));
        let cut = match self.1 {
            Resolution::Seconds => {
                text[19] = b'Z';
                20
            }
            Resolution::Millis => 24,
        };
        with(std::str::from_utf8(&text[..cut]).unwrap_or_default())
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

/// How an accepted date-time was written, when not as documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampForm {
    /// `YYYY-MM-DDThh:mm:ssZ`.
    Documented,
    /// `YYYY-MM-DD`, read as midnight UTC.
    DateOnly,
    /// Another RFC 3339 offset or a fraction.
    Rfc3339,
}

/// Reads a date-time as leniently as real clients need, cut to whole seconds.
///
/// Source: contract §1 (observed: the two known real clients send dates alone).
pub fn parse(text: &str) -> Option<(Timestamp, StampForm)> {
    let in_range = |at: &Timestamp| (0..=9999).contains(&at.year());
    let is_date = |byte: (usize, u8)| if matches!(byte.0, 4 | 7) { byte.1 == b'-' } else { byte.1.is_ascii_digit() };
    if text.len() == 10 {
        if !text.bytes().enumerate().all(is_date) {
            return None;
        }
        let date: NaiveDate = text.parse().ok()?;
        let at = date.and_time(NaiveTime::MIN).and_utc();
        return in_range(&at).then_some((at, StampForm::DateOnly));
    }
    let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    let form = if text.len() == 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' {
        StampForm::Documented
    } else {
        StampForm::Rfc3339
    };
    in_range(&at).then(|| (at.trunc_subsecs(0), form))
}

/// Control-API stamps: milliseconds out, any RFC 3339 or a date in.
pub mod millis {
    use super::{Resolution, Stamp, Timestamp};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// Reads an instant.
    ///
    /// # Errors
    /// When the text is not a date or a date-time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).ok_or_else(|| D::Error::custom(super::expected(&text)))
    }

    /// Writes `YYYY-MM-DDThh:mm:ss.SSSZ`.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        Stamp::millis(*at).serialize(serializer)
    }

    /// Reads an instant, cut to the millisecond: what was read is written alike.
    pub fn read(text: &str) -> Option<Timestamp> {
        // Only to see whether it is one, and in range; this one is cut to whole seconds.
        let (cut, _) = super::parse(text)?;
        let exact = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&chrono::Utc));
        Some(exact.map_or(cut, |at| Resolution::Millis.cut(at)))
    }
}

/// Serde for optional instants in fixtures and control bodies.
pub mod optional {
    use super::{Stamp, Timestamp};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// Writes the instant, or null.
    #[allow(clippy::ref_option, reason = "the signature serde's `with` asks for")]
    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(Stamp::millis).serialize(serializer)
    }

    /// Reads an instant or null.
    ///
    /// # Errors
    /// When the text is not a date or a date-time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        super::millis::read(&text).map(Some).ok_or_else(|| D::Error::custom(super::expected(&text)))
    }
}

fn expected(text: &str) -> String {
    format!("expected a date-time like 2026-03-01T09:00:00Z, got {text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_accepted_form_and_written_in_one() {
        for (text, written, form) in [
            ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z", StampForm::Documented),
            ("2026-03-01", "2026-03-01T00:00:00Z", StampForm::DateOnly),
            ("2026-03-01T09:00:00.750Z", "2026-03-01T09:00:00Z", StampForm::Rfc3339),
            ("2026-03-01T09:00:00-05:00", "2026-03-01T14:00:00Z", StampForm::Rfc3339),
            ("2024-02-29", "2024-02-29T00:00:00Z", StampForm::DateOnly),
        ] {
            let (at, seen) = parse(text).expect(text);
            assert_eq!((Stamp::seconds(at).to_string().as_str(), seen), (written, form), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-02-30",
            "2026-13-01",
            "01/03/2026",
            "2026-03-01T25:00:00Z",
            "2026-03-01T09:00:00",
            "9999-12-31T23:59:59-14:00",
            "２０２６-03-1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn millis_always_have_three_digits() {
        let (at, _) = parse("2026-03-01T09:00:00Z").expect("a date");
        assert_eq!(Stamp::millis(at).to_string(), "2026-03-01T09:00:00.000Z");
        let read = millis::read("2026-03-01T09:00:00.0019999Z").expect("a date");
        assert_eq!(read, at + chrono::Duration::milliseconds(1));
    }
}
