//! The queues of the outgoing services, an index over deliveries: lanes, what is due, what a fault holds back.
//!
//! It follows the rows: each change of one is described by what decides its place before and after. So it can be made anew
//! from the rows, and no other code moves anything in it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use foldhash::fast::RandomState;

use super::table::Numbered;
use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::{Delivery, DeliveryStatus, Lane};
use crate::domain::value::stamp::Timestamp;

/// The first ticket; there is room before it for those that go first.
const FIRST_TICKET: u64 = 1 << 32;

/// What decides where a delivery stands in its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePosition {
    service: OutService,
    lane: Lane,
    status: DeliveryStatus,
    held: bool,
    due: Timestamp,
    ticket: u64,
}

impl QueuePosition {
    /// The place of a delivery.
    pub fn of(delivery: &Delivery) -> Self {
        let Delivery { service, lane, status, held, due, ticket, .. } = delivery;
        Self { service: *service, lane: lane.clone(), status: *status, held: *held, due: *due, ticket: *ticket }
    }

    /// Whether it waits in its lane, or is sent from there.
    fn is_in_lane(&self) -> bool {
        use DeliveryStatus::{Paused, Pending, Sending};
        !self.held && matches!(self.status, Pending | Sending | Paused)
    }

    fn is_held(&self) -> bool {
        self.held && self.status == DeliveryStatus::Paused
    }

    fn due(&self, row: u64) -> Option<(Timestamp, u64, u64)> {
        (self.status == DeliveryStatus::Pending).then_some((self.due, self.ticket, row))
    }
}

/// The queues of an account.
#[derive(Debug, Clone, Default)]
pub struct Queues {
    by_service: BTreeMap<OutService, Queue>,
    tickets: u64,
    open: usize,
    failed: usize,
}

/// Tickets count up only: what was drawn for a refused change is no difference.
impl PartialEq for Queues {
    fn eq(&self, other: &Self) -> bool {
        (&self.by_service, self.open, self.failed) == (&other.by_service, other.open, other.failed)
    }
}

/// The queue of one outgoing service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queue {
    /// What waits, per lane, by ticket; only the first of a lane may be sent.
    lanes: HashMap<Lane, VecDeque<(u64, u64)>, RandomState>,
    /// The first of each lane that is pending: when it is due, its ticket, its row.
    due: BTreeSet<(Timestamp, u64, u64)>,
    /// What faults hold back, per lane.
    held: HashMap<Lane, BTreeSet<u64>, RandomState>,
    /// How many are being sent.
    sending: usize,
}

impl Queues {
    /// The queue of a service that has something to send.
    pub fn get(&self, service: OutService) -> Option<&Queue> {
        self.by_service.get(&service)
    }

    /// The queues that have something to send.
    pub fn iter(&self) -> impl Iterator<Item = (OutService, &Queue)> {
        self.by_service.iter().map(|(service, queue)| (*service, queue))
    }

    /// How many deliveries wait to be sent, are held back, or are being sent.
    pub fn open(&self) -> usize {
        self.open
    }

    /// How many deliveries failed.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// The instant the next delivery is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_service.values().filter_map(|queue| queue.next().map(|(due, _)| due)).min()
    }

    /// Whether no delivery that is due by `target` is pending or being sent; paused and held ones do not count.
    pub fn is_settled(&self, target: Timestamp) -> bool {
        self.by_service.values().all(|queue| queue.sending == 0) && self.next_due().is_none_or(|due| due > target)
    }

    /// A ticket behind all others.
    pub fn last_ticket(&mut self) -> u64 {
        self.tickets = self.tickets.max(FIRST_TICKET) + 1;
        self.tickets
    }

    /// A ticket in front of all others of a lane.
    pub fn first_ticket(&mut self, service: OutService, lane: &Lane) -> u64 {
        let first = self.by_service.get(&service).and_then(|queue| queue.lanes.get(lane)?.front());
        match first {
            Some((ticket, _)) => ticket.saturating_sub(1),
            None => self.last_ticket(),
        }
    }

    /// Follows a row from one place to another. `rows` holds it as it is at one of them, and all others.
    pub fn follow(
        &mut self,
        rows: &Numbered<Delivery>,
        row: u64,
        before: Option<&QueuePosition>,
        after: Option<&QueuePosition>,
    ) {
        if before == after {
            return;
        }
        let count = |of: &dyn Fn(&QueuePosition) -> bool| {
            (usize::from(before.is_some_and(of)), usize::from(after.is_some_and(of)))
        };
        let (was_open, is_open) = count(&|place| place.is_in_lane() || place.is_held());
        let (had_failed, has_failed) = count(&|place| place.status == DeliveryStatus::Failed);
        self.open = self.open + is_open - was_open;
        self.failed = self.failed + has_failed - had_failed;
        if let Some(place) = after {
            self.tickets = self.tickets.max(place.ticket);
        }
        if was_open + is_open == 0 {
            return;
        }
        let Some(service) = before.or(after).map(|place| place.service) else { return };
        let queue = self.by_service.entry(service).or_default();
        queue.follow(rows, row, before, after);
        if queue.lanes.is_empty() && queue.held.is_empty() {
            self.by_service.remove(&service);
        }
    }
}

impl Queue {
    fn follow(
        &mut self,
        rows: &Numbered<Delivery>,
        row: u64,
        before: Option<&QueuePosition>,
        after: Option<&QueuePosition>,
    ) {
        let sends = |place: Option<&QueuePosition>| {
            usize::from(place.is_some_and(|place| place.status == DeliveryStatus::Sending))
        };
        self.sending = self.sending + sends(after) - sends(before);
        if let (Some(before), Some(after)) = (before, after)
            && before.is_in_lane()
            && after.is_in_lane()
            && before.ticket == after.ticket
        {
            let front = self.lanes.get(&after.lane).and_then(VecDeque::front);
            if front == Some(&(after.ticket, row)) {
                if let Some(key) = before.due(row) {
                    self.due.remove(&key);
                }
                self.due.extend(after.due(row));
            }
            return;
        }
        if let Some(place) = before.filter(|place| place.is_held())
            && let Some(held) = self.held.get_mut(&place.lane)
        {
            held.remove(&row);
            if held.is_empty() {
                self.held.remove(&place.lane);
            }
        }
        if let Some(place) = before.filter(|place| place.is_in_lane()) {
            self.leave(rows, row, place);
        }
        if let Some(place) = after.filter(|place| place.is_held()) {
            self.held.entry(place.lane.clone()).or_default().insert(row);
        }
        if let Some(place) = after.filter(|place| place.is_in_lane()) {
            self.join(rows, row, place);
        }
    }

    /// Puts a row into its lane, by its ticket.
    fn join(&mut self, rows: &Numbered<Delivery>, row: u64, place: &QueuePosition) {
        let entry = (place.ticket, row);
        let lane = match self.lanes.get_mut(&place.lane) {
            Some(lane) => lane,
            None => self.lanes.entry(place.lane.clone()).or_default(),
        };
        if lane.back().is_none_or(|last| *last < entry) {
            lane.push_back(entry);
        } else {
            let at = lane.partition_point(|other| *other < entry);
            lane.insert(at, entry);
        }
        if lane.front() == Some(&entry) {
            let second = lane.get(1).and_then(|(_, second)| rows.row(*second).and_then(|found| due(found, *second)));
            if let Some(key) = second {
                self.due.remove(&key);
            }
            self.due.extend(place.due(row));
        }
    }

    /// Takes a row out of its lane; the next one may go.
    fn leave(&mut self, rows: &Numbered<Delivery>, row: u64, place: &QueuePosition) {
        let Some(lane) = self.lanes.get_mut(&place.lane) else { return };
        let entry = (place.ticket, row);
        if lane.front() != Some(&entry) {
            if let Ok(at) = lane.binary_search(&entry) {
                lane.remove(at);
            }
            return;
        }
        lane.pop_front();
        if let Some(key) = place.due(row) {
            self.due.remove(&key);
        }
        match lane.front() {
            Some((_, next)) => self.due.extend(rows.row(*next).and_then(|found| due(found, *next))),
            None => drop(self.lanes.remove(&place.lane)),
        }
    }

    /// The row whose turn is next, and when it is due.
    pub fn next(&self) -> Option<(Timestamp, u64)> {
        self.due.first().map(|(due, _, row)| (*due, *row))
    }

    /// How many are being sent.
    pub fn sending(&self) -> usize {
        self.sending
    }

    /// The rows in lanes.
    pub fn waiting(&self) -> impl Iterator<Item = u64> {
        self.lanes.values().flatten().map(|(_, row)| *row)
    }

    /// The rows that are held back, oldest first.
    pub fn held(&self) -> Vec<u64> {
        let mut held: Vec<u64> = self.held.values().flatten().copied().collect();
        held.sort_unstable();
        held
    }

    /// The rows of a lane that are held back and older than a row.
    pub fn held_before(&self, lane: &Lane, row: u64) -> Vec<u64> {
        self.held.get(lane).map(|held| held.range(..row).copied().collect()).unwrap_or_default()
    }
}

fn due(delivery: &Delivery, row: u64) -> Option<(Timestamp, u64, u64)> {
    (delivery.status == DeliveryStatus::Pending).then_some((delivery.due, delivery.ticket, row))
}
