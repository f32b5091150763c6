//! Timeslots: when a center's opening hours let an exam begin, which seats are free, and how a timeslot is named.
//!
//! Nothing of it is stored but the seats that are taken: a timeslot is computed, and so is its identifier.

use std::sync::Arc;

use chrono::{Datelike as _, Days, Duration, NaiveDate};

use crate::domain::contract::error::Error;
use crate::domain::contract::status::CenterStatus;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::State;
use crate::domain::state::seat;
use crate::domain::state::table::Table;
use crate::domain::value::chance::mix;
use crate::domain::value::id::Code;
use crate::domain::value::stamp::{self, Timestamp};

/// The most days that a search looks at.
pub const MOST_DAYS: i64 = 366;

/// The minutes from one start to the next.
///
/// Assumed.
const STEP: u16 = 60;

/// The minutes that starts are a multiple of.
const GRAIN: u16 = 5;

/// An exam that can begin at a center.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeslot {
    /// The day there.
    pub date: NaiveDate,
    /// When the exam begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// How many seats are free.
    pub free: u32,
}

/// The days of a search, both inclusive, as they are at a center.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl Window {
    /// Reads the first and the last day, each a date, or a date-time that stands for its day.
    ///
    /// # Errors
    /// A text that is neither; an end before the start; more than [`MOST_DAYS`].
    pub fn read(start_date: &str, end_date: &str) -> Result<Self, Error> {
        let day = |name: &str, text: &str| {
            stamp::parse(text)
                .map(|(at, _)| at.date_naive())
                .ok_or_else(|| Error::Invalid(format!("{name}: expected a date like 2026-03-01, got {text:?}")))
        };
        let (first, last) = (day("start_date", start_date)?, day("end_date", end_date)?);
        let days = (last - first).num_days();
        if days < 0 {
            return Err(Error::Invalid(format!("end_date: expected none before start_date {first}, got {last}")));
        }
        if days >= MOST_DAYS {
            return Err(Error::Invalid(format!("end_date: expected at most {MOST_DAYS} days, got {}", days + 1)));
        }
        Ok(Self { first, last })
    }

    fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }
}

/// The timeslots of a center that begin after `now`, in their order, those without a free seat too: a seat is free that
/// is free for the whole exam. None is told that its
/// identifier would not lead back to: about five years ahead.
pub fn all<'a>(
    state: &'a State,
    center: &'a TestCenter,
    window: Window,
    minutes: u32,
    now: Timestamp,
) -> impl Iterator<Item = Timeslot> + 'a {
    let (zone, hours) = (center.zone(), center.hours());
    let length = Duration::minutes(i64::from(minutes));
    let taken = state.taken_seats(&center.location_code);
    let is_open = center.status == CenterStatus::Open;
    let reach = Duration::minutes(i64::from(GRAIN) << (START_BITS - 1));
    let reach = now.checked_add_signed(reach).unwrap_or(Timestamp::MAX_UTC);
    window.days().filter(move |_| is_open).flat_map(move |date| {
        let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
        let mut slots: Vec<Timeslot> = Vec::new();
        for (opens, closes) in hours.get(weekday).into_iter().flatten() {
            let Some(closing) = zone.last_instant(date, *closes) else { continue };
            let first = opens.next_multiple_of(GRAIN);
            let starts = (first..*closes).step_by(usize::from(STEP)).flat_map(|minute| zone.instants(date, minute));
            for start in starts.filter(|start| now < *start && *start < reach) {
                let end = start + length;
                if end <= closing {
                    slots.push(Timeslot { date, start, end, free: center.seats });
                }
            }
        }
        // Those of an hour that comes twice stand before those after it.
        slots.sort_unstable_by_key(|slot| slot.start);
        if let (Some(taken), Some(first), Some(last)) = (taken, slots.first(), slots.last()) {
            let steps = taken.steps(first.start, last.end);
            for slot in &mut slots {
                slot.free = slot.free.saturating_sub(seat::most(&steps, slot.start, slot.end));
            }
        }
        slots
    })
}

/// The timeslots of a center with a free seat that begin after `now`, in their order.
pub fn free<'a>(
    state: &'a State,
    center: &'a TestCenter,
    window: Window,
    minutes: u32,
    now: Timestamp,
) -> impl Iterator<Item = Timeslot> + 'a {
    all(state, center, window, minutes, now).filter(|slot| slot.free > 0)
}

/// The timeslot of a center that begins at an instant, for an exam of so many minutes.
pub fn at(state: &State, center: &TestCenter, start: Timestamp, minutes: u32, now: Timestamp) -> Option<Timeslot> {
    let day = center.zone().day(start)?;
    all(state, center, Window { first: day, last: day }, minutes, now).find(|slot| slot.start == start)
}

/// How many bits of an identifier say the start, how many the center.
const START_BITS: u32 = 20;
const CENTER_BITS: u32 = 18;
const TWIN_BITS: u32 = 3;
const ALL_BITS: u32 = START_BITS + CENTER_BITS + TWIN_BITS;

/// An odd number and its inverse: neighbours get identifiers that do not look alike.
const SCATTER: u64 = 0x1_9e37_79b9;
const GATHER: u64 = inverse(SCATTER);

/// How a center stands in the identifiers of its timeslots.
///
/// Assumed: an identifier has eight characters (contract §1, observed); what is in it is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered(u64);

impl Numbered {
    /// The number of a center of an account.
    pub fn of(centers: &Table<String, TestCenter>, location_code: &str) -> Self {
        let hash = hash(location_code);
        // Of centers that have a hash in common, each has the number of its place among them.
        let before = |code: &&String| code.as_str() < location_code && self::hash(code) == hash;
        let twin = centers.iter().map(|(code, _)| code).filter(before).count();
        Self(hash << TWIN_BITS | u64::try_from(twin).unwrap_or_default() & mask(TWIN_BITS))
    }

    /// The identifier of the timeslot that begins at an instant.
    pub fn slot(self, start: Timestamp) -> Code {
        let number = self.0 << START_BITS | grains(start) & mask(START_BITS);
        Code::from_number(number.wrapping_mul(SCATTER) & mask(ALL_BITS))
    }
}

/// The center and the start that an identifier stands for: of the starts that it may be, the one nearest to `now`.
pub fn named(centers: &Table<String, TestCenter>, id: Code, now: Timestamp) -> Option<(&Arc<TestCenter>, Timestamp)> {
    let scattered = id.number();
    let number = (scattered <= mask(ALL_BITS)).then(|| scattered.wrapping_mul(GATHER) & mask(ALL_BITS))?;
    let (center, start) = (number >> START_BITS, number & mask(START_BITS));
    let center = centers.iter().filter(|(code, _)| hash(code) == center >> TWIN_BITS);
    let center = center.map(|(_, center)| center).nth(usize::try_from(number >> START_BITS & mask(TWIN_BITS)).ok()?)?;
    // Ten years of starts have numbers of their own; the half of them before now is counted from below.
    let half = 1 << (START_BITS - 1);
    let first = grains(now).wrapping_sub(half);
    let ahead = start.wrapping_sub(first) & mask(START_BITS);
    let seconds = i64::try_from(first.wrapping_add(ahead)).ok()?.checked_mul(i64::from(GRAIN) * 60)?;
    Some((center, Timestamp::from_timestamp(seconds, 0)?))
}

fn grains(at: Timestamp) -> u64 {
    u64::try_from(at.timestamp().div_euclid(i64::from(GRAIN) * 60)).unwrap_or_default()
}

fn hash(location_code: &str) -> u64 {
    let all = location_code.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte).wrapping_add(1)));
    all & mask(CENTER_BITS)
}

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// The number that undoes a multiplication by an odd one, by Newton's way: each step doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let (mut found, mut step) = (odd, 0);
    while step < 6 {
        found = found.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(found)));
        step += 1;
    }
    found
}

/// The days around an instant at a center, so many before and after.
pub fn around(center: &TestCenter, now: Timestamp, days: u64) -> Option<Window> {
    let first = center.zone().day(now)?;
    Some(Window { first, last: first.checked_add_days(Days::new(days))? })
}

#[cfg(test)]
mod tests;
