//! One clock per account: business time, which can be frozen, set, advanced, scaled and resumed.

use chrono::Datelike;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};

/// A clock that shows `base + (wall - since) * factor`; a factor of 0 is a frozen clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    base: Timestamp,
    since: Timestamp,
    factor: f64,
}

/// What `PUT .../clock` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Stops the clock, at `instant` when one is given.
    Freeze,
    /// Moves the clock to `instant`; it keeps its pace.
    Set,
    /// Moves the clock on by `duration` (or to `instant`) and runs what falls due on the way.
    Advance,
    /// Lets the clock run at wall pace from where it stands.
    Resume,
    /// Lets the clock run at `factor` times the wall's pace.
    Scale,
}

/// The body of `PUT .../clock`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockInput {
    /// What to do.
    pub action: Action,
    /// The instant to go to: freeze, set, advance.
    #[serde(default, with = "stamp::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub instant: Option<Timestamp>,
    /// How far to go on: advance.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2h")]
    pub duration: Option<Span>,
    /// The pace: scale.
    #[serde(default)]
    pub factor: Option<f64>,
}

/// How the clock of an account stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClockFace {
    /// The account's present instant.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub instant: Timestamp,
    /// Whether it stands still.
    pub frozen: bool,
    /// Its pace; 1 is the wall's.
    pub factor: f64,
}

impl Clock {
    /// A clock that shows wall time.
    pub fn wall(wall: Timestamp) -> Self {
        Self { base: wall, since: wall, factor: 1.0 }
    }

    /// A clock that shows `instant`, frozen or running at the wall's pace.
    pub fn at(instant: Timestamp, frozen: bool, wall: Timestamp) -> Self {
        Self { base: instant, since: wall, factor: if frozen { 0.0 } else { 1.0 } }
    }

    /// The account's instant when the wall shows `wall`.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        if self.factor == 0.0 {
            return self.base;
        }
        let is_wall_pace = (self.factor - 1.0).abs() < f64::EPSILON;
        // Asked several times a call, and most clocks were never moved.
        if is_wall_pace && self.base == self.since {
            return wall;
        }
        let passed = wall - self.since;
        if is_wall_pace {
            return self.base.checked_add_signed(passed).unwrap_or(self.base);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a pace needs no more")]
        let scaled = (passed.num_milliseconds() as f64 * self.factor) as i64;
        self.base.checked_add_signed(chrono::Duration::milliseconds(scaled)).unwrap_or(self.base)
    }

    /// The wall time until the clock shows `due`; `None` if it never will by itself.
    pub fn until(&self, due: Timestamp, wall: Timestamp) -> Option<std::time::Duration> {
        if self.factor == 0.0 {
            return None;
        }
        // Rounded up: a wait that ends before the row is due, or is zero, would leave it behind.
        let left = (due - self.now(wall)).as_seconds_f64().max(0.0) * 1000.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a timer to the millisecond")]
        let wait = (left / self.factor).ceil() as u64;
        Some(std::time::Duration::from_millis(wait))
    }

    /// Whether the clock stands still.
    pub fn is_frozen(&self) -> bool {
        self.factor == 0.0
    }

    /// Moves to `instant` and keeps the pace.
    pub fn set(&mut self, instant: Timestamp, wall: Timestamp) {
        (self.base, self.since) = (instant, wall);
    }

    /// Changes the pace from this instant on.
    pub fn pace(&mut self, factor: f64, wall: Timestamp) {
        *self = Self { base: self.now(wall), since: wall, factor };
    }

    /// How the clock stands.
    pub fn face(&self, wall: Timestamp) -> ClockFace {
        ClockFace { instant: self.now(wall), frozen: self.is_frozen(), factor: self.factor }
    }
}

impl ClockInput {
    /// Where an advance goes.
    ///
    /// # Errors
    /// When neither or both of `instant` and `duration` are given, or the target is out of range.
    pub fn target(&self, now: Timestamp) -> Result<Timestamp, Error> {
        let target = match (self.instant, self.duration) {
            (Some(instant), None) => Some(instant),
            (None, Some(duration)) => now.checked_add_signed(duration.chrono()),
            _ => return Err(invalid("advance needs one of instant and duration")),
        };
        target
            .filter(|target| target.year() < 10_000)
            .ok_or_else(|| invalid("duration: expected one that ends before the year 10000"))
    }

    /// The instant that `set` needs.
    ///
    /// # Errors
    /// When there is none.
    pub fn instant_to_set(&self) -> Result<Timestamp, Error> {
        self.instant.ok_or_else(|| invalid("set needs instant"))
    }

    /// The pace that `scale` needs.
    ///
    /// # Errors
    /// When there is none, or it is not a number from 0 to 1 000 000.
    pub fn pace(&self) -> Result<f64, Error> {
        match self.factor {
            Some(factor) if (0.0..=1e6).contains(&factor) => Ok(factor),
            _ => Err(invalid("scale needs factor, a number from 0 to 1000000")),
        }
    }
}

fn invalid(text: &str) -> Error {
    Error::Invalid(text.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::Clock;

    #[test]
    fn a_row_that_is_not_due_yet_gets_a_timer_however_soon_it_is() {
        let wall = DateTime::UNIX_EPOCH;
        let mut clock = Clock::wall(wall);
        for factor in [1.0, 0.5, 7.0] {
            clock.pace(factor, wall);
            for nanos in [0, 1, 999_999, 1_000_000, 49_700_001, 3_600_000_000_001] {
                let due = clock.now(wall) + TimeDelta::nanoseconds(nanos);
                let wait = clock.until(due, wall).unwrap_or_default();
                assert_eq!(wait.is_zero(), nanos == 0, "{nanos} ns at {factor}");
                // A clock that runs at another pace shows whole milliseconds only: its timer may ring once more.
                assert!((factor - 1.0_f64).abs() > 0.1 || clock.now(wall + wait) >= due, "{nanos} ns");
            }
        }
    }
}
