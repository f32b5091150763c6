//! The outgoing queues of an account: a row is made with its change, taken when it is due, and judged after its attempt.
//!
//! Order is kept per subject (of bookings: the eligibility); many go side by side; due rows go first.

mod draft;
pub mod hand;
mod job;
mod queue;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::{self, Delivery, DeliveryStatus, Outcome, Verdict};
use crate::domain::state::State;
use crate::domain::state::table::Table;
use crate::domain::value::stamp::Timestamp;
pub use draft::{Occasion, enqueue};
pub use hand::{Flush, Manner, check, discard, flush, resend};
pub use job::{Job, rehearse, secrets};
use queue::{Place, Queue};

/// The deliveries of an account and the order in which they leave.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// Every delivery, oldest first.
    pub rows: Table<Arc<str>, Delivery>,
    queues: BTreeMap<OutService, Queue>,
    tickets: u64,
}

impl Outbox {
    fn place(&self, row: u64) -> Option<(OutService, Place)> {
        let delivery = self.rows.row(row)?;
        let place = Place { row, subject: delivery.subject, due: delivery.due, ticket: delivery.ticket };
        Some((delivery.service, place))
    }

    /// Puts a row into its lane, as it stands.
    fn join_lane(&mut self, row: u64, at_front: bool) {
        self.tickets += 1;
        let ticket = self.tickets;
        if let Some(delivery) = self.rows.row_mut(row) {
            delivery.ticket = ticket;
        }
        let Some((service, place)) = self.place(row) else { return };
        let queue = self.queues.entry(service).or_default();
        let was_first = queue.first(place.subject);
        if queue.join(row, place.subject, at_front) {
            if let Some((_, second)) = was_first.and_then(|row| self.place(row)) {
                self.queues.entry(service).or_default().put_off(second);
            }
            self.call(row);
        }
    }

    /// Takes a row out of its lane that is not sent; the next one may go.
    fn leave_lane(&mut self, row: u64) {
        let Some((service, place)) = self.place(row) else { return };
        let next = self.queues.get_mut(&service).and_then(|queue| queue.leave(place));
        if let Some(next) = next {
            self.call(next);
        }
    }

    /// Takes a row out of its lane that was sent; those that it was the last to overtake go next.
    fn end(&mut self, row: u64, is_paused: bool) {
        self.leave_lane(row);
        let Some((service, place)) = self.place(row) else { return };
        let overtaken = self.queues.get_mut(&service).map(|queue| queue.overtake(row, place.subject));
        let overtaken = overtaken.unwrap_or_default();
        // The oldest goes first: each is put in front of the one before.
        for row in overtaken.into_iter().rev() {
            self.free(row, true, is_paused);
        }
    }

    /// The first of a lane may be sent, where it is pending.
    fn call(&mut self, row: u64) {
        let is_pending = self.rows.row(row).is_some_and(|delivery| delivery.status == DeliveryStatus::Pending);
        let Some((service, place)) = self.place(row).filter(|_| is_pending) else { return };
        self.queues.entry(service).or_default().call(place);
    }

    /// No fault holds a row back any more: it joins its lane, as its subscription stands.
    fn free(&mut self, row: u64, at_front: bool, is_paused: bool) {
        let Some(delivery) = self.rows.row_mut(row) else { return };
        delivery.held = false;
        (delivery.status, delivery.reason) = if is_paused {
            (DeliveryStatus::Paused, Some(Cow::Borrowed(PAUSED)))
        } else {
            (DeliveryStatus::Pending, None)
        };
        self.join_lane(row, at_front);
    }

    /// Has a waiting row stand as its subscription does.
    fn follow(&mut self, row: u64, standing: &Result<DeliveryStatus, String>) {
        let Some((service, place)) = self.place(row) else { return };
        let Some(delivery) = self.rows.row_mut(row) else { return };
        if delivery.held && standing.is_ok() {
            return;
        }
        delivery.status = match standing {
            Ok(status) => *status,
            // Only copies of it were still to come.
            Err(_) if delivery.is_taken => DeliveryStatus::Delivered,
            Err(_) => DeliveryStatus::Discarded,
        };
        delivery.reason = match standing {
            // It tells of the delivery, not of the copies.
            _ if delivery.is_taken => delivery.reason.take(),
            Ok(DeliveryStatus::Paused) => Some(Cow::Borrowed(PAUSED)),
            Ok(_) => delivery.history.back().map(|attempt| Cow::Owned(attempt.reason.clone())),
            Err(why) => Some(Cow::Owned(why.clone())),
        };
        if standing.is_err() {
            (delivery.copies, delivery.is_taken) = (0, false);
        }
        let was_held = std::mem::take(&mut delivery.held);
        let queue = self.queues.entry(service).or_default();
        match standing {
            Err(_) if was_held => drop(queue.let_go(row, place.subject)),
            Err(_) => self.leave_lane(row),
            Ok(DeliveryStatus::Pending) if queue.first(place.subject) == Some(row) => queue.call(place),
            Ok(_) => queue.put_off(place),
        }
    }

    /// The instant the next row is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.queues.values().filter_map(|queue| queue.next().map(|(due, _)| due)).min()
    }

    /// How many rows wait to be sent, are held back, or are being sent.
    pub fn open(&self) -> usize {
        self.queues.values().map(Queue::open).sum()
    }

    /// Whether no row that is due by `target` is pending or under way; paused and held rows do not count.
    pub fn is_settled(&self, target: Timestamp) -> bool {
        self.queues.values().all(|queue| queue.sending == 0) && self.next_due().is_none_or(|due| due > target)
    }
}

const PAUSED: &str = "the subscription is paused";

/// Takes the next due row to send, if its subscription lets one more go.
pub fn take(state: &mut State, now: Timestamp) -> Option<Job> {
    let (service, row) = state.outbox.queues.iter().find_map(|(service, queue)| {
        let (due, row) = queue.next()?;
        (due <= now && has_room(state, *service, queue)).then_some((*service, row))
    })?;
    let (_, place) = state.outbox.place(row)?;
    let queue = state.outbox.queues.get_mut(&service)?;
    queue.put_off(place);
    queue.sending += 1;
    let delivery = state.outbox.rows.row_mut(row)?;
    delivery.status = DeliveryStatus::Sending;
    delivery.attempts += 1;
    delivery.round += 1;
    job::make(state, row, now)
}

/// When the next row of a queue that has room is due: what a timer waits for. A row that waits for room is taken when
/// an attempt of its own queue ends.
pub fn next_timer(state: &State) -> Option<Timestamp> {
    let with_room = state.outbox.queues.iter().filter(|(service, queue)| has_room(state, **service, queue));
    with_room.filter_map(|(_, queue)| queue.next().map(|(due, _)| due)).min()
}

fn has_room(state: &State, service: OutService, queue: &Queue) -> bool {
    let subscription = state.subscriptions.get(&service);
    subscription.is_some_and(|found| !found.paused && queue.sending < usize::from(found.concurrency))
}

/// Records how an attempt ended; an attempt of an earlier life of the account changes nothing.
pub fn record(state: &mut State, job: &Job, outcome: Outcome, now: Timestamp) -> Option<Verdict> {
    if state.epoch != job.epoch {
        return None;
    }
    let delivery = state.outbox.rows.row(job.row)?;
    if let Some(queue) = state.outbox.queues.get_mut(&delivery.service) {
        queue.sending = queue.sending.saturating_sub(1);
    }
    let verdict = delivery::judge(&job.subscription, delivery, &outcome, now);
    let service = delivery.service;
    let delivery = state.outbox.rows.row_mut(job.row)?;
    if delivery.is_taken {
        return Some(record_copy(state, job, outcome, verdict, now));
    }
    delivery.keep(outcome.attempt);
    let again = match verdict {
        Verdict::Delivered if delivery.copies > 0 => {
            delivery.is_taken = true;
            Some(now)
        }
        Verdict::Delivered => {
            delivery.status = DeliveryStatus::Delivered;
            None
        }
        Verdict::Failed => {
            delivery.status = DeliveryStatus::Failed;
            None
        }
        Verdict::Again(at) => Some(at),
    };
    match again {
        Some(at) => {
            delivery.due = at;
            go_on(state, job.row, service);
        }
        None => state.outbox.end(job.row, is_paused(state, service)),
    }
    Some(verdict)
}

/// Records how a copy ended: the row was delivered before, whatever becomes of its copies.
fn record_copy(state: &mut State, job: &Job, outcome: Outcome, verdict: Verdict, now: Timestamp) -> Verdict {
    if let Some(delivery) = state.outbox.rows.row_mut(job.row) {
        let stood = (delivery.last_status, delivery.reason.take());
        delivery.keep(outcome.attempt);
        (delivery.last_status, delivery.reason) = stood;
        delivery.copies = delivery.copies.saturating_sub(1);
        delivery.due = now;
        let service = delivery.service;
        if delivery.copies > 0 {
            go_on(state, job.row, service);
        } else {
            delivery.is_taken = false;
            delivery.status = DeliveryStatus::Delivered;
            state.outbox.end(job.row, is_paused(state, service));
        }
    }
    if verdict == Verdict::Delivered { verdict } else { Verdict::Failed }
}

/// A row waits again; its subscription may have changed while the attempt was under way.
fn go_on(state: &mut State, row: u64, service: OutService) {
    let standing = standing(state, service);
    state.outbox.follow(row, &standing);
}

/// Follows a change of a subscription: waiting rows pause, go on, or are discarded.
pub fn follow_subscription(state: &mut State) {
    for &service in OutService::ALL {
        let standing = standing(state, service);
        let Some(queue) = state.outbox.queues.get(&service) else { continue };
        let mut rows = queue.waiting();
        rows.extend(queue.held());
        for row in rows {
            let status = state.outbox.rows.row(row).map(|delivery| delivery.status);
            if status != Some(DeliveryStatus::Sending) && status != standing.as_ref().ok().copied() {
                state.outbox.follow(row, &standing);
            }
        }
    }
}

fn is_paused(state: &State, service: OutService) -> bool {
    state.subscriptions.get(&service).is_some_and(|subscription| subscription.paused)
}

/// How a waiting row stands, as its subscription stands; else why it is not sent.
fn standing(state: &State, service: OutService) -> Result<DeliveryStatus, String> {
    match state.subscriptions.get(&service) {
        Some(subscription) if !subscription.enabled => {
            Err(format!("not sent: the {service} subscription was disabled"))
        }
        None => Err(format!("not sent: the {service} subscription was deleted")),
        Some(subscription) => Ok(if subscription.paused { DeliveryStatus::Paused } else { DeliveryStatus::Pending }),
    }
}
