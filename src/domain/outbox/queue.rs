//! The queue of one outgoing service: lanes by subject, what is due, what a fault holds back. It knows rows by number.

use std::collections::{BTreeMap, HashMap, VecDeque};

use foldhash::fast::RandomState;

use crate::domain::value::id::Code;
use crate::domain::value::stamp::Timestamp;

/// A row that waits, as its queue needs to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The row.
    pub row: u64,
    /// What it is about.
    pub subject: Code,
    /// When it is due.
    pub due: Timestamp,
    /// Its turn among those that are due at the same instant.
    pub ticket: u64,
}

/// A row that a fault holds back.
#[derive(Debug, Clone, Copy)]
struct Held {
    row: u64,
    /// So many have still to overtake it; none where it waits for a flush.
    overtaking: Option<u32>,
}

/// The queue of one outgoing service.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    /// What waits, per subject; only the first of a lane may be sent.
    lanes: HashMap<Code, VecDeque<u64>, RandomState>,
    /// The first of each lane that is pending, by the instant it is due and its turn.
    due: BTreeMap<(Timestamp, u64), u64>,
    held: HashMap<Code, Vec<Held>, RandomState>,
    /// How many are under way.
    pub sending: usize,
}

impl Queue {
    /// Puts a row into its lane, at the end or at the front; true where it is the first now.
    pub fn join(&mut self, row: u64, subject: Code, at_front: bool) -> bool {
        let lane = self.lanes.entry(subject).or_default();
        if at_front {
            lane.push_front(row);
        } else {
            lane.push_back(row);
        }
        lane.front() == Some(&row)
    }

    /// Takes a row out of its lane; gives the one that is first now.
    pub fn leave(&mut self, place: Place) -> Option<u64> {
        self.put_off(place);
        let lane = self.lanes.get_mut(&place.subject)?;
        if lane.front() == Some(&place.row) {
            lane.pop_front();
        } else {
            lane.retain(|waiting| *waiting != place.row);
        }
        let next = lane.front().copied();
        if next.is_none() {
            self.lanes.remove(&place.subject);
        }
        next
    }

    /// The first of a lane.
    pub fn first(&self, subject: Code) -> Option<u64> {
        self.lanes.get(&subject)?.front().copied()
    }

    /// The first of its lane may be sent from its instant on.
    pub fn call(&mut self, place: Place) {
        self.due.insert((place.due, place.ticket), place.row);
    }

    /// It may not, for now.
    pub fn put_off(&mut self, place: Place) {
        self.due.remove(&(place.due, place.ticket));
    }

    /// The row whose turn is next, and when it is due.
    pub fn next(&self) -> Option<(Timestamp, u64)> {
        self.due.first_key_value().map(|((due, _), row)| (*due, *row))
    }

    /// Holds a row back, until so many have overtaken it, or until it is let go.
    pub fn hold(&mut self, row: u64, subject: Code, overtaking: Option<u32>) {
        self.held.entry(subject).or_default().push(Held { row, overtaking });
    }

    /// Lets a row go that is held back; false where it is not.
    pub fn let_go(&mut self, row: u64, subject: Code) -> bool {
        let Some(held) = self.held.get_mut(&subject) else { return false };
        let before = held.len();
        held.retain(|one| one.row != row);
        let was_held = held.len() < before;
        if held.is_empty() {
            self.held.remove(&subject);
        }
        was_held
    }

    /// A row went out: gives the older ones that it was the last to overtake, and holds them no more.
    pub fn overtake(&mut self, row: u64, subject: Code) -> Vec<u64> {
        let Some(held) = self.held.get_mut(&subject) else { return Vec::new() };
        let mut freed = Vec::new();
        held.retain_mut(|one| {
            if let Some(left) = one.overtaking.as_mut().filter(|_| row > one.row) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    freed.push(one.row);
                    return false;
                }
            }
            true
        });
        if held.is_empty() {
            self.held.remove(&subject);
        }
        freed
    }

    /// The rows in lanes.
    pub fn waiting(&self) -> Vec<u64> {
        self.lanes.values().flatten().copied().collect()
    }

    /// The rows that are held back, oldest first.
    pub fn held(&self) -> Vec<u64> {
        let mut held: Vec<u64> = self.held.values().flatten().map(|one| one.row).collect();
        held.sort_unstable();
        held
    }

    /// How many rows wait, are held back or are under way.
    pub fn open(&self) -> usize {
        self.lanes.values().map(VecDeque::len).sum::<usize>() + self.held.values().map(Vec::len).sum::<usize>()
    }
}
