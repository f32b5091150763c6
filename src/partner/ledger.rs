//! What the receiver knows: one record per candidate and exam, built from notifications in any order.
//!
//! Pure. Each notification counts once. None names a `psi_eligiblity_id`, so a record holds those with the same
//! `candidate_id`, `exam_code` and `client_eligibility_id`. Notifications of other services are counted and listed, but
//! change no record.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;

use super::booking::BookingNotification;
use super::notification::{Content, Notification};
use crate::domain::value::stamp::Timestamp;

/// The most events that are kept; records and identifiers are all kept.
pub const EVENTS: usize = 10_000;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// New, and either the newest of its record, which now has its state, or of another service.
    Accepted,
    /// New, but older than the record's state: kept in the history, and the state stays.
    OutOfOrder,
    /// Its `webhook-id` is known: answered, without effect.
    Duplicate,
    /// Its signature does not verify, or its body is malformed.
    Refused,
    /// The failure script made it fail.
    Scripted,
}

/// The state of one candidate's exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExamRecord {
    /// The newest notification.
    #[serde(flatten)]
    pub newest: BookingNotification,
    /// Whether its reason is a documented one.
    pub known_reason: bool,
    /// The number of notifications it is built from.
    pub events: u64,
    /// How many of them came again.
    pub duplicates: u64,
    /// How many of them came after a newer one.
    pub out_of_order: u64,
    #[serde(skip)]
    at: Option<Timestamp>,
    /// The number of the call that last changed it.
    #[serde(skip)]
    changed: u64,
}

/// A notification that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivedEvent {
    /// Its `webhook-id`.
    pub id: String,
    /// How its call ended.
    pub outcome: CallOutcome,
    /// What it said.
    #[serde(flatten)]
    pub notification: Notification,
}

/// The number of calls, by how they ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallCounts {
    /// Notifications that were accepted, each counted once.
    pub accepted: u64,
    /// Accepted notifications of services other than the Booking Notification.
    pub of_other_services: u64,
    /// Accepted notifications that came after a newer one.
    pub out_of_order: u64,
    /// Calls with a known `webhook-id`.
    pub duplicates: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// Refused calls by status.
    pub refused_by_status: BTreeMap<u16, u64>,
    /// Calls that the failure script made fail.
    pub scripted: u64,
}

/// All that the receiver knows, as `/state` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerState {
    /// `atlas-sandbox`: tells the probe that this is the sandbox's own receiver.
    pub receiver: &'static str,
    /// The number of calls.
    #[serde(flatten)]
    pub counts: CallCounts,
    /// A record per candidate and exam.
    pub records: Vec<ExamRecord>,
    /// The accepted notifications in order of arrival; the newest 10,000.
    pub events: Vec<ReceivedEvent>,
}

/// What a table shows: the counts, and as many records as fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerView {
    /// The number of calls.
    pub counts: CallCounts,
    /// The records that changed last, the last one first.
    pub newest: Vec<ExamRecord>,
    /// The number of all records.
    pub records: usize,
}

type RecordKey = (String, String, Option<String>);

/// The records, the identifiers and the counts of a receiver.
#[derive(Debug, Default)]
pub struct ReceiverLedger {
    /// The record of each `webhook-id`; `None` for notifications of other services.
    ids: BTreeMap<String, Option<Arc<RecordKey>>>,
    records: BTreeMap<Arc<RecordKey>, ExamRecord>,
    /// The records by the number of the call that last changed them.
    changed: BTreeMap<u64, Arc<RecordKey>>,
    events: VecDeque<ReceivedEvent>,
    calls: u64,
    of_other_services: u64,
    out_of_order: u64,
    duplicates: u64,
    refused: BTreeMap<u16, u64>,
    scripted: u64,
}

impl ReceiverLedger {
    /// Whether a `webhook-id` was accepted before.
    pub fn knows(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// Accepts a notification; one that comes again has no effect.
    pub fn take(&mut self, id: &str, notification: &Notification) -> CallOutcome {
        self.calls += 1;
        if let Some(key) = self.ids.get(id).cloned() {
            self.duplicates += 1;
            if let Some(record) = key.and_then(|key| self.mark_changed(&key)) {
                record.duplicates += 1;
            }
            return CallOutcome::Duplicate;
        }
        let (key, outcome) = match &notification.content {
            Content::Booking(booking) => {
                let (key, outcome) = self.record(booking);
                (Some(key), outcome)
            }
            Content::Other(_) => {
                self.of_other_services += 1;
                (None, CallOutcome::Accepted)
            }
        };
        self.ids.insert(id.to_owned(), key);
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(ReceivedEvent { id: id.to_owned(), outcome, notification: notification.clone() });
        outcome
    }

    /// Adds a new notification to its record.
    fn record(&mut self, booking: &BookingNotification) -> (Arc<RecordKey>, CallOutcome) {
        let key = (booking.candidate_id.clone(), booking.exam_code.clone(), booking.client_eligibility_id.clone());
        let known = self.records.get_key_value(&key).map(|(key, _)| Arc::clone(key));
        let key = known.unwrap_or_else(|| Arc::new(key));
        let at = booking.at();
        let Some(record) = self.mark_changed(&key) else {
            self.records.insert(Arc::clone(&key), ExamRecord::of(booking, self.calls));
            self.changed.insert(self.calls, Arc::clone(&key));
            return (key, CallOutcome::Accepted);
        };
        record.events += 1;
        // Without a date, or with the same one, the order of arrival is all there is.
        if at.is_some() && at < record.at {
            record.out_of_order += 1;
            self.out_of_order += 1;
            return (key, CallOutcome::OutOfOrder);
        }
        record.newest = booking.clone();
        record.known_reason = booking.has_known_reason();
        record.at = at.or(record.at);
        (key, CallOutcome::Accepted)
    }

    /// Mutable access to a record, which becomes the one that changed last.
    fn mark_changed(&mut self, key: &Arc<RecordKey>) -> Option<&mut ExamRecord> {
        let record = self.records.get_mut(key)?;
        self.changed.remove(&record.changed);
        record.changed = self.calls;
        self.changed.insert(self.calls, Arc::clone(key));
        Some(record)
    }

    /// Counts a call that was refused.
    pub fn refuse(&mut self, status: u16) {
        *self.refused.entry(status).or_default() += 1;
    }

    /// Counts a call that the failure script made fail.
    pub fn fail(&mut self) {
        self.scripted += 1;
    }

    /// The number of accepted notifications, each counted once.
    pub fn accepted(&self) -> usize {
        self.ids.len()
    }

    /// All that is known; if a candidate is given, with the records and events of this candidate only.
    pub fn state(&self, candidate_id: Option<&str>) -> LedgerState {
        let fits = |of: Option<&str>| candidate_id.is_none() || of == candidate_id;
        LedgerState {
            receiver: "atlas-sandbox",
            counts: self.counts(),
            records: self.records.values().filter(|record| fits(Some(&record.newest.candidate_id))).cloned().collect(),
            events: self.events.iter().filter(|event| fits(event.notification.candidate_id())).cloned().collect(),
        }
    }

    /// The number of calls, by how they ended.
    pub fn counts(&self) -> CallCounts {
        CallCounts {
            accepted: self.ids.len() as u64,
            of_other_services: self.of_other_services,
            out_of_order: self.out_of_order,
            duplicates: self.duplicates,
            refused: self.refused.values().sum(),
            refused_by_status: self.refused.clone(),
            scripted: self.scripted,
        }
    }

    /// What a table with room for this many records shows. The cost depends on `room`, not on the number of records.
    pub fn view(&self, room: usize) -> LedgerView {
        let newest = self.changed.values().rev().take(room).filter_map(|key| self.records.get(key));
        LedgerView { counts: self.counts(), newest: newest.cloned().collect(), records: self.records.len() }
    }
}

impl ExamRecord {
    fn of(booking: &BookingNotification, changed: u64) -> Self {
        Self {
            newest: booking.clone(),
            known_reason: booking.has_known_reason(),
            events: 1,
            duplicates: 0,
            out_of_order: 0,
            at: booking.at(),
            changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A notification about a candidate, at an hour of the first of March.
    fn booking(candidate_id: &str, booking_code: &str, reason: &str, hour: u8) -> Notification {
        of_client(None, candidate_id, booking_code, reason, hour)
    }

    fn of_client(client: Option<&str>, candidate_id: &str, booking_code: &str, reason: &str, hour: u8) -> Notification {
        let notification = BookingNotification {
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

    fn newest(ledger: &ReceiverLedger) -> (String, String) {
        let record = &ledger.state(None).records[0].newest;
        (record.booking_code.clone(), record.change_reason.clone())
    }

    #[test]
    fn every_order_of_arrival_with_every_duplicate_ends_in_the_same_state() {
        let story = [
            ("m1", booking("C1", "B1", "BOOKING_CREATED", 1)),
            ("m2", booking("C1", "B2", "BOOKING_RESCHEDULED", 2)),
            ("m3", booking("C1", "B2", "EXAM_COMPLETED", 3)),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut ledger = ReceiverLedger::default();
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
        let mut ledger = ReceiverLedger::default();
        assert_eq!(ledger.take("m2", &booking("C1", "B2", "BOOKING_RESCHEDULED", 2)), CallOutcome::Accepted);
        assert_eq!(ledger.take("m1", &booking("C1", "B1", "BOOKING_CREATED", 1)), CallOutcome::OutOfOrder);
        assert_eq!(newest(&ledger).0, "B2");
        let state = ledger.state(None);
        assert_eq!((state.counts.out_of_order, state.records[0].out_of_order, state.records[0].events), (1, 1, 2));
        // At the same instant, and without one, the later arrival wins; the date that was known stays.
        assert_eq!(ledger.take("m3", &booking("C1", "B3", "ABSENT", 2)), CallOutcome::Accepted);
        assert_eq!(ledger.take("m4", &booking("C1", "B4", "ABSENT", 99)), CallOutcome::Accepted);
        assert_eq!(ledger.take("m5", &booking("C1", "B5", "ABSENT", 1)), CallOutcome::OutOfOrder);
        assert_eq!(newest(&ledger).0, "B4");
    }

    #[test]
    fn records_are_kept_apart_by_candidate_exam_and_client_eligibility() {
        let mut ledger = ReceiverLedger::default();
        let others = [
            booking("C1", "B1", "ABSENT", 1),
            booking("C2", "B2", "NEW_REASON", 1),
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
        let mut ledger = ReceiverLedger::default();
        ledger.take("m1", &booking("C1", "B1", "BOOKING_CREATED", 1));
        let before = ledger.state(None).records;
        let result = serde_json::json!({ "booking_code": "B9", "candidate_id": "C1", "test_code": "EXAM1",
            "result": "PASS", "score": "1", "effective_date": "2026-03-01T09:00:00Z" });
        let result = Notification::read(&result).expect("understood");
        assert_eq!(ledger.take("m2", &result), CallOutcome::Accepted);
        assert_eq!(ledger.take("m2", &result), CallOutcome::Duplicate);
        let state = ledger.state(Some("C1"));
        assert_eq!((state.counts.accepted, state.counts.of_other_services, state.counts.duplicates), (2, 1, 1));
        assert_eq!((state.records, state.events.len()), (before, 2));
        assert_eq!(state.events[1].notification, result);
        assert!(ledger.state(Some("C2")).events.is_empty());
    }

    #[test]
    fn a_view_has_the_records_that_were_touched_last() {
        let mut ledger = ReceiverLedger::default();
        for (at, candidate) in ["C1", "C2", "C3", "C2"].into_iter().enumerate() {
            ledger.take(&format!("m{at}"), &booking(candidate, "B1", "ABSENT", 1));
        }
        // A duplicate touches as well.
        ledger.take("m0", &booking("C1", "B1", "ABSENT", 1));
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
