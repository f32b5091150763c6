//! What the receiver knows: a record per candidate and exam, made of notifications in any order, each counted once.
//!
//! Pure. A notification names no `psi_eligiblity_id`, so a record is what has the same `candidate_id`, `exam_code` and
//! `client_eligibility_id`. What other services send is counted and listed, and changes no record.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;

use super::message::{Message, Said};
use super::notification::Notification;
use crate::domain::value::stamp::Timestamp;

/// How many events are kept to look at; records and identifiers are all kept.
pub const EVENTS: usize = 10_000;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// New, and the newest of its record: it is the record's state now. Or new, and of another service.
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
    at: Option<Timestamp>,
    /// The number of the call that last touched it.
    #[serde(skip)]
    touched: u64,
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
    pub message: Message,
}

/// How many calls there were, by what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Notifications that were taken, each counted once.
    pub accepted: u64,
    /// Those of them that are of other services than the Booking Notification.
    pub of_other_services: u64,
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
}

/// All that is known, to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// `atlas-sandbox`: by this the probe knows whom it asks.
    pub receiver: &'static str,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
    /// A record per candidate and exam.
    pub records: Vec<Record>,
    /// What was taken, in the order it came; the newest 10,000.
    pub events: Vec<Event>,
}

/// What a table shows: the counts, and as many records as it has room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What was counted.
    pub counts: Counts,
    /// The records that were touched last, the last one first.
    pub newest: Vec<Record>,
    /// How many there are.
    pub records: usize,
}

type Key = (String, String, Option<String>);

/// The records, and what was counted.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The record of each identifier; what is of another service has none.
    ids: BTreeMap<String, Option<Arc<Key>>>,
    records: BTreeMap<Arc<Key>, Record>,
    /// The records by the number of the call that last touched them.
    touched: BTreeMap<u64, Arc<Key>>,
    events: VecDeque<Event>,
    calls: u64,
    of_other_services: u64,
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
    pub fn take(&mut self, id: &str, message: &Message) -> Outcome {
        self.calls += 1;
        if let Some(key) = self.ids.get(id).cloned() {
            self.duplicates += 1;
            if let Some(record) = key.and_then(|key| self.touch(&key)) {
                record.duplicates += 1;
            }
            return Outcome::Duplicate;
        }
        let (key, outcome) = match &message.said {
            Said::Booking(notification) => {
                let (key, outcome) = self.record(notification);
                (Some(key), outcome)
            }
            Said::Other(_) => {
                self.of_other_services += 1;
                (None, Outcome::Accepted)
            }
        };
        self.ids.insert(id.to_owned(), key);
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Event { id: id.to_owned(), outcome, message: message.clone() });
        outcome
    }

    /// Makes a new notification part of its record.
    fn record(&mut self, notification: &Notification) -> (Arc<Key>, Outcome) {
        let key = (
            notification.candidate_id.clone(),
            notification.exam_code.clone(),
            notification.client_eligibility_id.clone(),
        );
        let known = self.records.get_key_value(&key).map(|(key, _)| Arc::clone(key));
        let key = known.unwrap_or_else(|| Arc::new(key));
        let at = notification.at();
        let Some(record) = self.touch(&key) else {
            self.records.insert(Arc::clone(&key), Record::of(notification, self.calls));
            self.touched.insert(self.calls, Arc::clone(&key));
            return (key, Outcome::Accepted);
        };
        record.events += 1;
        // Without a date, or with the same one, the order of arrival is all there is.
        if at.is_some() && at < record.at {
            record.out_of_order += 1;
            self.out_of_order += 1;
            return (key, Outcome::OutOfOrder);
        }
        record.newest = notification.clone();
        record.known_reason = notification.has_known_reason();
        record.at = at.or(record.at);
        (key, Outcome::Accepted)
    }

    /// The record, which this call is the last to touch.
    fn touch(&mut self, key: &Arc<Key>) -> Option<&mut Record> {
        let record = self.records.get_mut(key)?;
        self.touched.remove(&record.touched);
        record.touched = self.calls;
        self.touched.insert(self.calls, Arc::clone(key));
        Some(record)
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
        let fits = |of: Option<&str>| candidate_id.is_none() || of == candidate_id;
        State {
            receiver: "atlas-sandbox",
            counts: self.counts(),
            records: self.records.values().filter(|record| fits(Some(&record.newest.candidate_id))).cloned().collect(),
            events: self.events.iter().filter(|event| fits(event.message.candidate_id())).cloned().collect(),
        }
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.ids.len() as u64,
            of_other_services: self.of_other_services,
            out_of_order: self.out_of_order,
            duplicates: self.duplicates,
            refused: self.refused.values().sum(),
            refused_by_status: self.refused.clone(),
            scripted: self.scripted,
        }
    }

    /// What a table with room for so many records shows; costs as much as these, however many there are.
    pub fn view(&self, room: usize) -> View {
        let newest = self.touched.values().rev().take(room).filter_map(|key| self.records.get(key));
        View { counts: self.counts(), newest: newest.cloned().collect(), records: self.records.len() }
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
    fn told(candidate_id: &str, booking_code: &str, reason: &str, hour: u8) -> Message {
        of_client(None, candidate_id, booking_code, reason, hour)
    }

    fn of_client(client: Option<&str>, candidate_id: &str, booking_code: &str, reason: &str, hour: u8) -> Message {
        let notification = Notification {
            candidate_id: candidate_id.to_owned(),
            exam_code: "EXAM1".to_owned(),
            client_eligibility_id: client.map(str::to_owned),
            booking_code: booking_code.to_owned(),
            booking_on: "2026-03-09T09:00:00Z".to_owned(),
            change_reason: reason.to_owned(),
            effective_date: (hour < 24).then(|| format!("2026-03-01T{hour:02}:00:00Z")),
        };
        notification.into()
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
            assert_eq!((state.counts.accepted, state.counts.duplicates, state.records.len()), (3, 3, 1));
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
        assert_eq!((state.counts.out_of_order, state.records[0].out_of_order, state.records[0].events), (1, 1, 2));
        // At the same instant, and without one, the later arrival wins; the date that was known stays.
        assert_eq!(ledger.take("m3", &told("C1", "B3", "ABSENT", 2)), Outcome::Accepted);
        assert_eq!(ledger.take("m4", &told("C1", "B4", "ABSENT", 99)), Outcome::Accepted);
        assert_eq!(ledger.take("m5", &told("C1", "B5", "ABSENT", 1)), Outcome::OutOfOrder);
        assert_eq!(newest(&ledger).0, "B4");
    }

    #[test]
    fn records_are_told_apart_by_candidate_exam_and_client_eligibility() {
        let mut ledger = Ledger::default();
        let others = [
            told("C1", "B1", "ABSENT", 1),
            told("C2", "B2", "NEW_REASON", 1),
            of_client(Some("E-1"), "C1", "B3", "ABSENT", 1),
        ];
        for (at, other) in others.iter().enumerate() {
            ledger.take(&format!("m{at}"), other);
        }
        ledger.refuse(401);
        ledger.refuse(401);
        ledger.refuse(415);
        ledger.fail();
        let state = ledger.state(None);
        assert_eq!(state.records.iter().map(|record| record.known_reason).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!((state.counts.refused, state.counts.scripted), (3, 1));
        assert_eq!(state.counts.refused_by_status, BTreeMap::from([(401, 2), (415, 1)]));
        assert_eq!(ledger.state(Some("C2")).records.len(), 1);
        assert_eq!(ledger.state(Some("C2")).events.len(), 1);
        assert!(ledger.knows("m0") && !ledger.knows("m9"));
    }

    #[test]
    fn what_is_of_another_service_is_counted_once_and_changes_no_record() {
        let mut ledger = Ledger::default();
        ledger.take("m1", &told("C1", "B1", "BOOKING_CREATED", 1));
        let before = ledger.state(None).records;
        let result = serde_json::json!({ "booking_code": "B9", "candidate_id": "C1", "test_code": "EXAM1",
            "result": "PASS", "score": "1", "effective_date": "2026-03-01T09:00:00Z" });
        let result = Message::read(&result).expect("understood");
        assert_eq!(ledger.take("m2", &result), Outcome::Accepted);
        assert_eq!(ledger.take("m2", &result), Outcome::Duplicate);
        let state = ledger.state(Some("C1"));
        assert_eq!((state.counts.accepted, state.counts.of_other_services, state.counts.duplicates), (2, 1, 1));
        assert_eq!((state.records, state.events.len()), (before, 2));
        assert_eq!(state.events[1].message, result);
        assert!(ledger.state(Some("C2")).events.is_empty());
    }

    #[test]
    fn a_view_has_the_records_that_were_touched_last() {
        let mut ledger = Ledger::default();
        for (at, candidate) in ["C1", "C2", "C3", "C2"].into_iter().enumerate() {
            ledger.take(&format!("m{at}"), &told(candidate, "B1", "ABSENT", 1));
        }
        // A duplicate touches as well.
        ledger.take("m0", &told("C1", "B1", "ABSENT", 1));
        let shown = |room| {
            let view = ledger.view(room);
            assert_eq!((view.records, &view.counts), (3, &ledger.counts()));
            view.newest.into_iter().map(|record| record.newest.candidate_id).collect::<Vec<_>>()
        };
        assert_eq!(shown(2), ["C1", "C2"]);
        assert_eq!(shown(9), ["C1", "C2", "C3"]);
        assert_eq!(shown(0), Vec::<String>::new());
    }
}
