//! The outgoing queue of an account: order per eligibility, many side by side, due rows first.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::delivery::{self, Delivery, DeliveryStatus, Outcome, Verdict};
use super::error::Error;
use super::event::{ChangeReason, Event};
use super::id::{BookingCode, EligibilityId, Kind};
use super::notification::{self, Shape};
use super::settings::EffectiveDates;
use super::stamp::Instant;
use super::state::State;
use super::subscription::{KeyKind, OutService, Signing, Subscription};
use super::table::Table;

/// The deliveries of an account and the order in which they leave.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// Every delivery, oldest first.
    pub rows: Table<Arc<str>, Delivery>,
    /// What waits, per eligibility; only the first of a lane may be sent.
    lanes: HashMap<EligibilityId, VecDeque<u64>>,
    /// The first of each lane that is pending, by the instant it is due.
    due: BTreeSet<(Instant, u64)>,
    /// How many are under way.
    sending: usize,
}

/// A delivery to send now.
#[derive(Debug, Clone)]
pub struct Job {
    /// The row.
    pub row: u64,
    /// Its identifier, the `webhook-id`.
    pub id: Arc<str>,
    /// Where and how.
    pub subscription: Arc<Subscription>,
    /// The secrets to sign with, the newest first.
    pub secrets: Vec<String>,
    /// The body.
    pub body: Arc<str>,
    /// The trace of the call that caused it.
    pub traceparent: Option<Arc<str>>,
    /// 1 for the first attempt.
    pub number: u32,
    /// The account's instant, where `signature_time` asks for it.
    pub signed_at: Option<Instant>,
    /// Which life of the account the row belongs to.
    pub epoch: u64,
}

const SERVICE: OutService = OutService::BookingNotification;

/// Turns an event into its delivery row, in the same step as the change.
pub fn enqueue(state: &mut State, event: &Event, now: Instant, trace: Option<Arc<str>>) {
    if let Event::Booking { eligibility, booking, reason } = *event {
        enqueue_booking(state, eligibility, booking, reason, now, trace);
    }
}

fn enqueue_booking(
    state: &mut State,
    eligibility: EligibilityId,
    code: BookingCode,
    reason: ChangeReason,
    now: Instant,
    trace: Option<Arc<str>>,
) {
    let subscription = state.subscriptions.get(&SERVICE).cloned();
    let shape = subscription.as_ref().map_or_else(Shape::default, |subscription| Shape {
        timestamps: subscription.timestamps,
        structured_address: subscription.structured_address,
    });
    let (Ok(record), Ok(booking)) = (state.eligibility(eligibility), state.booking(code)) else { return };
    let mut effective = shape.timestamps.cut(now);
    if let (EffectiveDates::Increasing, Some(previous)) = (state.settings.effective_dates, record.effective) {
        effective = effective.max(shape.timestamps.cut(previous) + shape.timestamps.unit());
    }
    let body = notification::body(&state.catalog, &record, &booking, reason, effective, shape);
    let candidate_id = record.candidate.candidate_id.to_string();
    drop(record);
    if let Ok(record) = state.eligibility_mut(eligibility) {
        record.effective = Some(effective);
    }
    let (status, why) = match &subscription {
        None => (DeliveryStatus::Discarded, Some("not sent: the account has no booking_notification subscription")),
        Some(subscription) if !subscription.enabled => {
            (DeliveryStatus::Discarded, Some("not sent: the booking_notification subscription is disabled"))
        }
        Some(subscription) if subscription.paused => (DeliveryStatus::Paused, Some("the subscription is paused")),
        Some(_) => (DeliveryStatus::Pending, None),
    };
    let id: Arc<str> =
        format!("msg_{:016x}{:08x}", state.ids.number(Kind::Delivery), state.ids.number(Kind::Delivery) >> 32).into();
    let row = state.outbox.rows.insert(
        Arc::clone(&id),
        Delivery {
            id,
            service: SERVICE,
            status,
            change_reason: reason,
            booking_code: code,
            candidate_id,
            psi_eligiblity_id: eligibility,
            created: now,
            due: now,
            attempts: 0,
            last_status: None,
            reason: why.map(str::to_owned),
            body: body.into(),
            traceparent: trace,
            round: 0,
            history: VecDeque::new(),
        },
    );
    if status != DeliveryStatus::Discarded {
        state.outbox.join_lane(row);
    }
}

impl Outbox {
    /// Puts a row at the end of its lane.
    fn join_lane(&mut self, row: u64) {
        let Some(delivery) = self.rows.row(row) else { return };
        let lane = self.lanes.entry(delivery.psi_eligiblity_id).or_default();
        lane.push_back(row);
        if lane.len() == 1 && delivery.status == DeliveryStatus::Pending {
            self.due.insert((delivery.due, row));
        }
    }

    /// Takes a row out of its lane; the next one may go.
    fn leave_lane(&mut self, row: u64) {
        let Some(delivery) = self.rows.row(row) else { return };
        let eligibility = delivery.psi_eligiblity_id;
        self.due.remove(&(delivery.due, row));
        let Some(lane) = self.lanes.get_mut(&eligibility) else { return };
        lane.retain(|waiting| *waiting != row);
        match lane.front().and_then(|next| self.rows.row(*next).map(|delivery| (*next, delivery))) {
            Some((next, delivery)) if delivery.status == DeliveryStatus::Pending => {
                self.due.insert((delivery.due, next));
            }
            Some(_) => {}
            None => {
                self.lanes.remove(&eligibility);
            }
        }
    }

    /// Has a row of a lane stand as its subscription does.
    fn follow(&mut self, row: u64, standing: Result<DeliveryStatus, &str>) {
        let Some(delivery) = self.rows.row_mut(row) else { return };
        let due = (delivery.due, row);
        delivery.status = standing.unwrap_or(DeliveryStatus::Discarded);
        delivery.reason = match standing {
            Ok(DeliveryStatus::Paused) => Some("the subscription is paused".to_owned()),
            Ok(_) => delivery.history.back().map(|attempt| attempt.reason.clone()),
            Err(why) => Some(why.to_owned()),
        };
        let is_first = self.lanes.get(&delivery.psi_eligiblity_id).is_some_and(|lane| lane.front() == Some(&row));
        match standing {
            Ok(DeliveryStatus::Pending) if is_first => drop(self.due.insert(due)),
            Ok(_) => drop(self.due.remove(&due)),
            Err(_) => self.leave_lane(row),
        }
    }

    /// The instant the next row is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// How many rows wait to be sent, or are being sent.
    pub fn open(&self) -> usize {
        self.lanes.values().map(VecDeque::len).sum()
    }

    /// Whether no row that is due by `target` is pending or under way; paused rows do not count.
    pub fn is_settled(&self, target: Instant) -> bool {
        self.sending == 0 && self.next_due().is_none_or(|due| due > target)
    }
}

/// The secrets to sign with, the newest first: the account's where the subscription has none of its own.
pub fn secrets(state: &State, signing: &Signing) -> Vec<String> {
    match (signing.kind(), signing.secrets()) {
        (Some(KeyKind::Shared), (secret, previous)) => {
            let first = secret.unwrap_or(&state.signing_secret).clone();
            std::iter::once(first).chain(previous.cloned()).collect()
        }
        (Some(KeyKind::Pair), (secret, previous)) => secret.into_iter().chain(previous).cloned().collect(),
        (None, _) => Vec::new(),
    }
}

/// Takes the next due row to send, if the subscription lets one more go.
pub fn take(state: &mut State, now: Instant) -> Option<Job> {
    let (due, row) = *state.outbox.due.first()?;
    let subscription = state.subscriptions.get(&SERVICE)?;
    if due > now || subscription.paused || state.outbox.sending >= usize::from(subscription.concurrency) {
        return None;
    }
    let secrets = secrets(state, &subscription.signing);
    let subscription = Arc::clone(subscription);
    let signed_at = (state.settings.signature_time == super::settings::Timekeeper::Clock).then_some(now);
    let epoch = state.epoch;
    state.outbox.due.remove(&(due, row));
    state.outbox.sending += 1;
    let delivery = state.outbox.rows.row_mut(row)?;
    delivery.status = DeliveryStatus::Sending;
    delivery.attempts += 1;
    delivery.round += 1;
    Some(Job {
        row,
        id: Arc::clone(&delivery.id),
        subscription,
        secrets,
        body: Arc::clone(&delivery.body),
        traceparent: delivery.traceparent.clone(),
        number: delivery.attempts,
        signed_at,
        epoch,
    })
}

/// Records how an attempt ended; an attempt of an earlier life of the account changes nothing.
pub fn record(state: &mut State, job: &Job, outcome: Outcome, now: Instant) -> Option<Verdict> {
    if state.epoch != job.epoch {
        return None;
    }
    state.outbox.sending = state.outbox.sending.saturating_sub(1);
    let delivery = state.outbox.rows.row_mut(job.row)?;
    let verdict = delivery::judge(&job.subscription, delivery.round, &outcome, now);
    delivery.keep(outcome.attempt);
    match verdict {
        Verdict::Delivered => {
            delivery.status = DeliveryStatus::Delivered;
            state.outbox.leave_lane(job.row);
        }
        Verdict::Failed => {
            delivery.status = DeliveryStatus::Failed;
            state.outbox.leave_lane(job.row);
        }
        Verdict::Again(at) => {
            delivery.due = at;
            // The subscription may have changed while the attempt was under way.
            let standing = standing(state);
            state.outbox.follow(job.row, standing);
        }
    }
    Some(verdict)
}

/// Sends a delivery again, as it was recorded: it joins the end of its lane.
///
/// # Errors
/// Unknown delivery; one that still waits or is being sent; an account without an enabled subscription.
pub fn resend(state: &mut State, id: &str, now: Instant) -> Result<Arc<Delivery>, Error> {
    let row = state
        .outbox
        .rows
        .number(&Arc::from(id))
        .ok_or_else(|| Error::NotFound { kind: "delivery", id: id.to_owned() })?;
    let subscription =
        state.subscriptions.get(&SERVICE).filter(|subscription| subscription.enabled).ok_or_else(|| {
            Error::Conflict("the account has no enabled booking_notification subscription to send to".to_owned())
        })?;
    let paused = subscription.paused;
    let delivery =
        state.outbox.rows.row_mut(row).ok_or_else(|| Error::Internal("a row without a record".to_owned()))?;
    if matches!(delivery.status, DeliveryStatus::Pending | DeliveryStatus::Sending | DeliveryStatus::Paused) {
        return Err(Error::Conflict(format!("delivery {id} still waits to be sent")));
    }
    delivery.status = if paused { DeliveryStatus::Paused } else { DeliveryStatus::Pending };
    (delivery.due, delivery.round) = (now, 0);
    delivery.reason = Some("sent again by hand".to_owned());
    state.outbox.join_lane(row);
    state.outbox.rows.row(row).cloned().ok_or_else(|| Error::Internal("a row without a record".to_owned()))
}

/// Gives a delivery up: it is not sent, or not sent again.
///
/// # Errors
/// Unknown delivery; one that is being sent, was delivered, or was given up already.
pub fn discard(state: &mut State, id: &str) -> Result<Arc<Delivery>, Error> {
    let unknown = || Error::NotFound { kind: "delivery", id: id.to_owned() };
    let row = state.outbox.rows.number(&Arc::from(id)).ok_or_else(unknown)?;
    let standing = match state.outbox.rows.row(row).ok_or_else(unknown)?.status {
        DeliveryStatus::Pending | DeliveryStatus::Paused => {
            state.outbox.leave_lane(row);
            None
        }
        DeliveryStatus::Failed => None,
        DeliveryStatus::Sending => Some("is being sent"),
        DeliveryStatus::Delivered => Some("was delivered"),
        DeliveryStatus::Discarded => Some("is discarded already"),
    };
    if let Some(standing) = standing {
        return Err(Error::Conflict(format!("delivery {id} {standing}")));
    }
    let delivery = state.outbox.rows.row_mut(row).ok_or_else(unknown)?;
    delivery.status = DeliveryStatus::Discarded;
    delivery.reason = Some("discarded by hand".to_owned());
    state.outbox.rows.row(row).cloned().ok_or_else(unknown)
}

/// Follows a change of the subscription: waiting rows pause, go on, or are discarded.
pub fn follow_subscription(state: &mut State) {
    let standing = standing(state);
    let waiting: Vec<u64> = state.outbox.lanes.values().flatten().copied().collect();
    for row in waiting {
        let status = state.outbox.rows.row(row).map(|delivery| delivery.status);
        if status != Some(DeliveryStatus::Sending) && status != standing.ok() {
            state.outbox.follow(row, standing);
        }
    }
}

/// How a waiting row stands, as its subscription stands; else why it is not sent.
fn standing(state: &State) -> Result<DeliveryStatus, &'static str> {
    match state.subscriptions.get(&SERVICE) {
        Some(subscription) if !subscription.enabled => {
            Err("not sent: the booking_notification subscription was disabled")
        }
        None => Err("not sent: the booking_notification subscription was deleted"),
        Some(subscription) => Ok(if subscription.paused { DeliveryStatus::Paused } else { DeliveryStatus::Pending }),
    }
}
