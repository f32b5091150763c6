//! How many seats of a test center are taken, and when.

use std::collections::BTreeMap;

use crate::domain::record::booking::Seat;
use crate::domain::value::stamp::Timestamp;

/// The taken seats of a test center as steps: from each instant on, until the next one, so many are taken; none before
/// the first. No step has the height of the one before it, so the same bookings make the same steps in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenSeats(BTreeMap<Timestamp, u32>);

impl TakenSeats {
    /// A seat is taken.
    pub fn take(&mut self, seat: &Seat<'_>) {
        self.shift(seat, |taken| taken + 1);
    }

    /// A seat is given back.
    pub fn give_back(&mut self, seat: &Seat<'_>) {
        self.shift(seat, |taken| taken.saturating_sub(1));
    }

    /// Whether none ever is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps between two instants in their order, and before them the one that the first instant stands on.
    pub fn steps(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, u32)> {
        let owned = |(at, taken): (&Timestamp, &u32)| (*at, *taken);
        let mut steps: Vec<_> = self.0.range(..to).rev().take_while(|(at, _)| **at > from).map(owned).collect();
        steps.extend(self.0.range(..=from).next_back().map(owned));
        steps.reverse();
        steps
    }

    fn shift(&mut self, seat: &Seat<'_>, shift: impl Fn(u32) -> u32) {
        if seat.start >= seat.end {
            return;
        }
        for edge in [seat.start, seat.end] {
            let height = self.0.range(..=edge).next_back().map_or(0, |(_, taken)| *taken);
            self.0.insert(edge, height);
        }
        for (_, taken) in self.0.range_mut(seat.start..seat.end) {
            *taken = shift(*taken);
        }
        for edge in [seat.start, seat.end] {
            let before = self.0.range(..edge).next_back().map_or(0, |(_, taken)| *taken);
            if self.0.get(&edge) == Some(&before) {
                self.0.remove(&edge);
            }
        }
    }
}

/// The most seats that are taken at once from one instant to another, by the steps of a time that has both in it.
pub fn most(steps: &[(Timestamp, u32)], from: Timestamp, to: Timestamp) -> u32 {
    let first = steps.partition_point(|(at, _)| *at <= from).saturating_sub(1);
    let within = steps.iter().skip(first).take_while(|(at, _)| *at < to);
    within.map(|(_, taken)| *taken).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: u32) -> Timestamp {
        Timestamp::UNIX_EPOCH + chrono::Duration::minutes(i64::from(minute))
    }

    fn seat((start, minutes): (u32, u32)) -> Seat<'static> {
        Seat { location_code: "A", start: at(start), end: at(start + minutes) }
    }

    proptest! {
        #[test]
        fn the_steps_count_the_exams_that_meet(
            exams in prop::collection::vec((0_u32..60, 0_u32..30), 0..24),
            left in prop::collection::vec(any::<bool>(), 24),
            (from, minutes) in (0_u32..90, 1_u32..40),
        ) {
            let mut taken = TakenSeats::default();
            for exam in &exams {
                taken.take(&seat(*exam));
            }
            for (exam, _) in exams.iter().zip(&left).filter(|(_, is_left)| **is_left) {
                taken.give_back(&seat(*exam));
            }
            let stay: Vec<_> = exams.iter().zip(&left).filter(|(_, is_left)| !**is_left).map(|(exam, _)| *exam).collect();
            let meet = |minute: u32| stay.iter().filter(|(start, long)| (*start..start + long).contains(&minute)).count();
            let counted = (from..from + minutes).map(meet).max().unwrap_or_default();
            let (from, to) = (at(from), at(from + minutes));
            prop_assert_eq!(most(&taken.steps(from, to), from, to) as usize, counted);
            let wide = taken.steps(at(0), at(200));
            prop_assert_eq!(most(&wide, from, to) as usize, counted);
            let mut alone = TakenSeats::default();
            for exam in stay.iter().rev() {
                alone.take(&seat(*exam));
            }
            prop_assert_eq!(taken, alone);
        }
    }
}
