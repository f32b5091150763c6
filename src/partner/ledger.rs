//! What the receiver knows: a record per candidate and exam, made of notifications in any order, each counted once.
//!
//! Pure. A notification names no `psi_eligiblity_id`, so a record is what has the same `candidate_id`, `exam_code` and
//! `client_eligibility_id`.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::notification::Notification;
use crate::domain::stamp::Instant;

/// How many events are kept to look at; records and identifiers are all kept.
pub const EVENTS: usize = 10_000;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// New, and the newest of its record: it is the record's state now.
    Accepted,
    /// New, but something newer was known: kept in the history, the state stays.
    OutOfOrder,
    /// Its `webhook-id` was known: answered, no effect.
    Duplicate,
    /// Not verified, or not understood.
    Refused,
    /// The script had it fail.
    Scripted,
}

/// The state of one candidate's exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// What the newest notification said.
    #[serde(flatten)]
    pub newest: Notification,
    /// Whether its reason is a documented one.
    pub known_reason: bool,
    /// How many notifications it is made of.
    pub events: u64,
    /// How many came again.
    pub duplicates: u64,
    /// How many came after a newer one.
    pub out_of_order: u64,
    #[serde(skip)]
    at: Option<Instant>,
    /// The number of the call that last touched it.
    #[serde(skip)]
    pub touched: u64,
}

/// A notification that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its `webhook-id`.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What it said.
    #[serde(flatten)]
    pub notification: Notification,
}

/// All that is known, to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// `atlas-sandbox`: by this the probe knows whom it asks.
    pub receiver: &'static str,
    /// Notifications that were taken, each counted once.
    pub accepted: u64,
    /// Those of them that came after a newer one.
    pub out_of_order: u64,
    /// Calls that came again.
    pub duplicates: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// The same by status.
    pub refused_by_status: BTreeMap<u16, u64>,
    /// Calls that failed because the script said so.
    pub scripted: u64,
    /// A record per candidate and exam.
    pub records: Vec<Record>,
    /// What was taken, in the order it came; the newest 10,000.
    pub events: Vec<Event>,
}

type Key = (String, String, Option<String>);

/// The records, and what was counted.
#[derive(Debug, Default)]
pub struct Ledger {
    ids: BTreeMap<String, Key>,
    records: BTreeMap<Key, Record>,
    events: VecDeque<Event>,
    calls: u64,
    out_of_order: u64,
    duplicates: u64,
    refused: BTreeMap<u16, u64>,
    scripted: u64,
}

impl Ledger {
    /// Whether a notification was taken before.
    pub fn knows(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// Takes a notification: once, whatever comes again.
    pub fn take(&mut self, id: &str, notification: &Notification) -> Outcome {
        self.calls += 1;
        if let Some(key) = self.ids.get(id) {
            self.duplicates += 1;
            if let Some(record) = self.records.get_mut(key) {
                record.duplicates += 1;
                record.touched = self.calls;
            }
            return Outcome::Duplicate;
        }
        let key = (
            notification.candidate_id.clone(),
            notification.exam_code.clone(),
            notification.client_eligibility_id.clone(),
        );
        let at = notification.at();
        let outcome = match self.records.get_mut(&key) {
            None => {
                self.records.insert(key.clone(), Record::of(notification, self.calls));
                Outcome::Accepted
            }
            Some(record) => {
                record.events += 1;
                record.touched = self.calls;
                // Without a date, or with the same one, the order of arrival is all there is.
                if at.is_some() && at < record.at {
                    record.out_of_order += 1;
                    self.out_of_order += 1;
                    Outcome::OutOfOrder
                } else {
                    record.newest = notification.clone();
                    record.known_reason = notification.has_known_reason();
                    record.at = at.or(record.at);
                    Outcome::Accepted
                }
            }
        };
        self.ids.insert(id.to_owned(), key);
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Event { id: id.to_owned(), outcome, notification: notification.clone() });
        outcome
    }

    /// Counts a call that was refused.
    pub fn refuse(&mut self, status: u16) {
        *self.refused.entry(status).or_default() += 1;
    }

    /// Counts a call that the script had fail.
    pub fn fail(&mut self) {
        self.scripted += 1;
    }

    /// Notifications that were taken, each counted once.
    pub fn accepted(&self) -> usize {
        self.ids.len()
    }

    /// All that is known; records and events of one candidate alone where one is named.
    pub fn state(&self, candidate_id: Option<&str>) -> State {
        let fits = |notification: &Notification| candidate_id.is_none_or(|id| notification.candidate_id == id);
        State {
            receiver: "atlas-sandbox",
            accepted: self.ids.len() as u64,
            out_of_order: self.out_of_order,
            duplicates: self.duplicates,
            refused: self.refused.values().sum(),
            refused_by_status: self.refused.clone(),
            scripted: self.scripted,
            records: self.records.values().filter(|record| fits(&record.newest)).cloned().collect(),
            events: self.events.iter().filter(|event| fits(&event.notification)).cloned().collect(),
        }
    }
}

impl Record {
    fn of(notification: &Notification, touched: u64) -> Self {
        Self {
            newest: notification.clone(),
            known_reason: notification.has_known_reason(),
            events: 1,
            duplicates: 0,
            out_of_order: 0,
            at: notification.at(),
            touched,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A notification of a candidate, an hour of the first of March.
    fn told(candidate_id: &str, booking_code: &str, reason: &str, hour: u8) -> Notification {
        Notification {
            candidate_id: candidate_id.to_owned(),
            exam_code: "EXAM1".to_owned(),
            client_eligibility_id: None,
            booking_code: booking_code.to_owned(),
            booking_on: "2026-03-09T09:00:00Z".to_owned(),
            change_reason: reason.to_owned(),
            effective_date: (hour < 24).then(|| format!("2026-03-01T{hour:02}:00:00Z")),
        }
    }

    fn newest(ledger: &Ledger) -> (String, String) {
        let record = &ledger.state(None).records[0].newest;
        (record.booking_code.clone(), record.change_reason.clone())
    }

    #[test]
    fn every_order_of_arrival_with_every_duplicate_ends_in_the_same_state() {
        let story = [
            ("m1", told("C1", "B1", "BOOKING_CREATED", 1)),
            ("m2", told("C1", "B2", "BOOKING_RESCHEDULED", 2)),
            ("m3", told("C1", "B2", "EXAM_COMPLETED", 3)),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut ledger = Ledger::default();
            for at in order.into_iter().chain(order) {
                ledger.take(story[at].0, &story[at].1);
            }
            assert_eq!(newest(&ledger), ("B2".to_owned(), "EXAM_COMPLETED".to_owned()), "{order:?}");
            let state = ledger.state(None);
            assert_eq!((state.accepted, state.duplicates, state.records.len()), (3, 3, 1));
            assert_eq!((state.records[0].events, state.records[0].duplicates), (3, 3));
            assert_eq!(state.events.len(), 3);
        }
    }

    #[test]
    fn an_older_event_is_kept_and_changes_nothing() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.take("m2", &told("C1", "B2", "BOOKING_RESCHEDULED", 2)), Outcome::Accepted);
        assert_eq!(ledger.take("m1", &told("C1", "B1", "BOOKING_CREATED", 1)), Outcome::OutOfOrder);
        assert_eq!(newest(&ledger).0, "B2");
        let state = ledger.state(None);
        assert_eq!((state.out_of_order, state.records[0].out_of_order, state.records[0].events), (1, 1, 2));
        // At the same instant, and without one, the later arrival wins; the date that was known stays.
        assert_eq!(ledger.take("m3", &told("C1", "B3", "ABSENT", 2)), Outcome::Accepted);
        assert_eq!(ledger.take("m4", &told("C1", "B4", "ABSENT", 99)), Outcome::Accepted);
        assert_eq!(ledger.take("m5", &told("C1", "B5", "ABSENT", 1)), Outcome::OutOfOrder);
        assert_eq!(newest(&ledger).0, "B4");
    }

    #[test]
    fn records_are_told_apart_by_candidate_exam_and_client_eligibility() {
        let mut ledger = Ledger::default();
        let mut others =
            [told("C1", "B1", "ABSENT", 1), told("C2", "B2", "NEW_REASON", 1), told("C1", "B3", "ABSENT", 1)];
        others[2].client_eligibility_id = Some("E-1".to_owned());
        for (at, other) in others.iter().enumerate() {
            ledger.take(&format!("m{at}"), other);
        }
        ledger.refuse(401);
        ledger.refuse(401);
        ledger.refuse(415);
        ledger.fail();
        let state = ledger.state(None);
        assert_eq!(state.records.iter().map(|record| record.known_reason).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!((state.refused, state.scripted), (3, 1));
        assert_eq!(state.refused_by_status, BTreeMap::from([(401, 2), (415, 1)]));
        assert_eq!(ledger.state(Some("C2")).records.len(), 1);
        assert_eq!(ledger.state(Some("C2")).events.len(), 1);
        assert!(ledger.knows("m0") && !ledger.knows("m9"));
    }
}
