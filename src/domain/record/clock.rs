//! One clock per account: business time, which can be frozen, set, advanced, scaled and resumed.

use chrono::Datelike;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::value::misfit::Misfit;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Stamp, Timestamp};

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
    /// The instant that it goes to and the pace from there on, when the clock stands at `now`.
    ///
    /// # Errors
    /// All of its members that its action needs, or does not know, or that are out of range.
    pub fn plan(&self, now: Timestamp) -> Result<(Option<Timestamp>, Option<f64>), Error> {
        let misfits = self.misfits(now);
        if !misfits.is_empty() {
            return Err(Error::Body(misfits));
        }
        let factor = if self.action == Action::Resume { Some(1.0) } else { self.factor };
        Ok((self.instant.or_else(|| self.after(now)), factor))
    }

    /// The instant that `duration` leads to.
    fn after(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_add_signed(self.duration?.chrono()).filter(|instant| instant.year() < 10_000)
    }

    fn misfits(&self, now: Timestamp) -> Vec<Misfit> {
        let action = format!("beside action {}", json!(self.action));
        let mut misfits = Vec::new();
        let mut wrong = |member: &str, expected: String, sent: String| {
            misfits.push(Misfit { path: member.to_owned(), expected, sent });
        };
        let none = || "none".to_owned();
        let instant = self.instant.map(|instant| Stamp::millis(instant).to_string());
        let duration = self.duration.map(|duration| duration.to_string());
        let factor = self.factor.map(|factor| factor.to_string());
        match self.action {
            Action::Set if instant.is_none() => wrong("instant", format!("an instant {action}"), none()),
            Action::Advance if instant.is_none() && duration.is_none() => {
                wrong("duration", format!("it or instant {action}"), none());
            }
            Action::Advance if instant.is_some() && duration.is_some() => {
                wrong("duration", "none beside instant".to_owned(), duration.clone().unwrap_or_default());
            }
            Action::Scale if !self.factor.is_some_and(|factor| (0.0..=1e6).contains(&factor)) => {
                let sent = factor.clone().unwrap_or_else(none);
                wrong("factor", format!("a number from 0 to 1000000 {action}"), sent);
            }
            _ => {}
        }
        if let Some(duration) = duration.as_ref().filter(|_| self.after(now).is_none()) {
            wrong("duration", "one that ends before the year 10000".to_owned(), duration.clone());
        }
        let takes_instant = matches!(self.action, Action::Set | Action::Advance | Action::Freeze);
        let members = [
            ("instant", instant, takes_instant),
            ("duration", duration, self.action == Action::Advance),
            ("factor", factor, self.action == Action::Scale),
        ];
        for (member, sent, _) in members.into_iter().filter(|(.., is_known)| !is_known) {
            if let Some(sent) = sent {
                wrong(member, format!("none {action}"), sent);
            }
        }
        misfits
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Clock, ClockInput};

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

    #[test]
    fn an_action_tells_all_that_it_needs_and_does_not_know() {
        let now = DateTime::UNIX_EPOCH;
        for (sent, told) in [
            (r#"{ "action": "set" }"#, "instant: expected an instant beside action \"set\", got none"),
            (r#"{ "action": "advance" }"#, "duration: expected it or instant beside action \"advance\", got none"),
            (
                r#"{ "action": "advance", "instant": "2030-01-01", "duration": "2h" }"#,
                "duration: expected none beside instant, got 2h",
            ),
            (
                r#"{ "action": "advance", "duration": "2h", "factor": 2 }"#,
                "factor: expected none beside action \"advance\", got 2",
            ),
            (
                r#"{ "action": "scale", "factor": -1, "duration": "1s" }"#,
                "factor: expected a number from 0 to 1000000 beside action \"scale\", got -1; duration: expected none beside action \"scale\", got 1s",
            ),
            (
                r#"{ "action": "resume", "instant": "2030-01-01" }"#,
                "instant: expected none beside action \"resume\", got 2030-01-01T00:00:00.000Z",
            ),
        ] {
            let input: ClockInput = serde_json::from_str(sent).expect("a body");
            assert_eq!(input.plan(now).expect_err(sent).to_string(), told, "{sent}");
        }
    }
}
