//! What happens to a delivery: queued with its change, taken when it is due, judged after its attempt.
//!
//! Order is kept per lane (of bookings: the eligibility); many are sent side by side; due ones go first.

mod enqueue;
mod job;
pub mod judge;
pub mod notice;
pub mod resend;
mod standing;

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::{Delivery, DeliveryStatus};
use crate::domain::state::State;
use crate::domain::state::queue::Queue;
use crate::domain::value::stamp::Timestamp;
pub use enqueue::enqueue;
pub use job::{Job, rehearse, secrets};
use judge::{AttemptOutcome, Verdict, judge};
use standing::{PAUSED, is_paused, standing};

/// Takes the next due delivery to send, if its subscription lets one more go.
pub fn take(state: &mut State, now: Timestamp) -> Option<Job> {
    let row = state.queues().iter().find_map(|(service, queue)| {
        let (due, row) = queue.next()?;
        (due <= now && has_room(state, service, queue)).then_some(row)
    })?;
    state.change_delivery(row, |delivery| {
        delivery.status = DeliveryStatus::Sending;
        delivery.attempts += 1;
        delivery.round += 1;
    })?;
    job::make(state, row, now)
}

/// Whether a delivery can be taken at `now`.
pub fn has_due(state: &State, now: Timestamp) -> bool {
    next_timer(state).is_some_and(|due| due <= now)
}

/// When the next delivery of a queue that has room is due: what a timer waits for. One that waits for room is taken
/// when an attempt of its own queue ends.
pub fn next_timer(state: &State) -> Option<Timestamp> {
    let with_room = state.queues().iter().filter(|(service, queue)| has_room(state, *service, queue));
    with_room.filter_map(|(_, queue)| queue.next().map(|(due, _)| due)).min()
}

fn has_room(state: &State, service: OutService, queue: &Queue) -> bool {
    let subscription = state.subscriptions.get(&service);
    subscription.is_some_and(|found| !found.paused && queue.sending() < usize::from(found.concurrency))
}

/// Records how an attempt ended; an attempt of an earlier epoch of the account changes nothing.
pub fn record(state: &mut State, job: &Job, outcome: &AttemptOutcome, now: Timestamp) -> Option<Verdict> {
    if state.epoch != job.epoch {
        return None;
    }
    let delivery = state.deliveries().row(job.row)?;
    let verdict = judge(&job.subscription, delivery, outcome, now);
    if delivery.is_taken {
        return Some(record_copy(state, job, outcome, verdict, now));
    }
    let service = delivery.service;
    let again = match verdict {
        Verdict::Delivered if delivery.copies > 0 => Some((now, true)),
        Verdict::Delivered | Verdict::Failed => None,
        Verdict::Again(at) => Some((at, false)),
    };
    let standing = standing(state, service);
    state.change_delivery(job.row, |delivery| {
        delivery.keep(Arc::clone(&outcome.attempt));
        match again {
            Some((at, is_taken)) => {
                (delivery.due, delivery.is_taken) = (at, is_taken);
                follow(delivery, &standing);
            }
            None if verdict == Verdict::Delivered => delivery.status = DeliveryStatus::Delivered,
            None => delivery.status = DeliveryStatus::Failed,
        }
    });
    if again.is_none() {
        overtake(state, job.row);
    }
    Some(verdict)
}

/// Records how a copy ended: the delivery was taken before, whatever becomes of its copies.
fn record_copy(state: &mut State, job: &Job, outcome: &AttemptOutcome, verdict: Verdict, now: Timestamp) -> Verdict {
    let service = state.deliveries().row(job.row).map(|delivery| delivery.service);
    let standing = service.map(|service| standing(state, service));
    let mut is_last = false;
    state.change_delivery(job.row, |delivery| {
        let earlier = (delivery.last_status, delivery.reason.take());
        delivery.keep(Arc::clone(&outcome.attempt));
        (delivery.last_status, delivery.reason) = earlier;
        delivery.copies = delivery.copies.saturating_sub(1);
        delivery.due = now;
        is_last = delivery.copies == 0;
        if is_last {
            delivery.is_taken = false;
            delivery.status = DeliveryStatus::Delivered;
        } else if let Some(standing) = &standing {
            follow(delivery, standing);
        }
    });
    if is_last {
        overtake(state, job.row);
    }
    if verdict == Verdict::Delivered { verdict } else { Verdict::Failed }
}

/// A delivery was sent: the held ones that it was the last to overtake go next, the oldest first.
fn overtake(state: &mut State, row: u64) {
    let Some(delivery) = state.deliveries().row(row) else { return };
    let (service, lane) = (delivery.service, delivery.lane.clone());
    let held = state.queues().get(service).map(|queue| queue.held_before(&lane, row)).unwrap_or_default();
    let mut overtaken = Vec::new();
    for row in held {
        state.change_delivery(row, |held| {
            if let Some(left) = &mut held.overtaking {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    overtaken.push(row);
                }
            }
        });
    }
    // Each is put in front of the one before.
    for row in overtaken.into_iter().rev() {
        free(state, row, true);
    }
}

/// No fault holds a delivery back any more: it joins its lane, and waits there as its subscription says.
fn free(state: &mut State, row: u64, is_first: bool) {
    let Some(delivery) = state.deliveries().row(row) else { return };
    let (service, lane) = (delivery.service, delivery.lane.clone());
    let is_paused = is_paused(state, service);
    let ticket = state.new_ticket(service, &lane, is_first);
    state.change_delivery(row, |delivery| {
        (delivery.held, delivery.overtaking, delivery.ticket) = (false, None, ticket);
        (delivery.status, delivery.reason) = if is_paused {
            (DeliveryStatus::Paused, Some(Cow::Borrowed(PAUSED)))
        } else {
            (DeliveryStatus::Pending, None)
        };
    });
}

/// Has a waiting delivery follow its subscription: it pauses, goes on, or is discarded.
fn follow(delivery: &mut Delivery, standing: &Result<DeliveryStatus, String>) {
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
        // The reason is that of the delivery, not of its copies.
        _ if delivery.is_taken => delivery.reason.take(),
        Ok(DeliveryStatus::Paused) => Some(Cow::Borrowed(PAUSED)),
        Ok(_) => delivery.attempts().next_back().map(|attempt| Cow::Owned(attempt.reason.clone())),
        Err(why) => Some(Cow::Owned(why.clone())),
    };
    if standing.is_err() {
        (delivery.copies, delivery.is_taken) = (0, false);
    }
    (delivery.held, delivery.overtaking) = (false, None);
}

/// Follows a change of a subscription: waiting deliveries pause, go on, or are discarded.
pub fn follow_subscription(state: &mut State) {
    for &service in OutService::ALL {
        let Some(queue) = state.queues().get(service) else { continue };
        let standing = standing(state, service);
        let mut rows: Vec<u64> = queue.waiting().collect();
        rows.extend(queue.held());
        for row in rows {
            let status = state.deliveries().row(row).map(|delivery| delivery.status);
            if status != Some(DeliveryStatus::Sending) && status != standing.as_ref().ok().copied() {
                state.change_delivery(row, |delivery| follow(delivery, &standing));
            }
        }
    }
}
