//! A notice becomes a delivery of its service, in the same step as the change.

use std::borrow::Cow;
use std::sync::Arc;

use super::notice::{Notice, NoticeBody, Occasion};
use super::standing::{PAUSED, is_paused};
use crate::domain::contract::error::Error;
use crate::domain::record::delivery::{Delivery, DeliveryStatus};
use crate::domain::record::fault::{InjectedMisdelivery, Misdelivery, NotificationFacts};
use crate::domain::state::State;
use crate::domain::value::id::{BookingCode, Kind};
use crate::domain::value::stamp::{Timestamp, whole_millis};

/// Turns the notices of a change into deliveries.
///
/// # Errors
/// [`Error::QueueFull`]: the change is then undone with its deliveries.
pub fn enqueue(state: &mut State, notices: &[Box<dyn Notice>], occasion: &Occasion<'_>) -> Result<(), Error> {
    for notice in notices {
        if notice.is_kept_unsent() || state.subscriptions.get(&notice.service()).is_some() {
            add(state, &**notice, occasion.now, occasion)?;
        }
    }
    Ok(())
}

/// Makes the delivery of a notice, from `due` on; gives its row.
///
/// # Errors
/// [`Error::QueueFull`]; [`Error::Internal`] if what it is about is gone.
pub fn add(state: &mut State, notice: &dyn Notice, due: Timestamp, occasion: &Occasion<'_>) -> Result<u64, Error> {
    let limit = state.settings.max_deliveries;
    if state.deliveries().len() >= limit {
        return Err(Error::QueueFull { limit });
    }
    let ids = state.ids.edit();
    let id = format!("msg_{:016x}{:08x}", ids.number(Kind::Delivery), ids.number(Kind::Delivery) >> 32);
    let NoticeBody { lane, about, body } = notice
        .write(state, &id, occasion)
        .ok_or_else(|| Error::Internal(format!("a {} notice without its record", notice.service())))?;
    let service = notice.service();
    let (status, reason) = match state.subscriptions.get(&service) {
        None => (DeliveryStatus::Discarded, Some(format!("not sent: the account has no {service} subscription"))),
        Some(subscription) if !subscription.enabled => {
            (DeliveryStatus::Discarded, Some(format!("not sent: the {service} subscription is disabled")))
        }
        Some(_) => (DeliveryStatus::Pending, None),
    };
    let mut delivery = Delivery {
        id: id.into(),
        service,
        status,
        change_reason: notice.reason(),
        booking_code: about.booking_code,
        candidate_id: about.candidate_id,
        psi_eligiblity_id: about.eligibility,
        created: occasion.now,
        due,
        attempts: 0,
        last_status: None,
        reason: reason.map(Cow::Owned),
        fault: None,
        held: false,
        overtaking: None,
        body: body.into(),
        traceparent: occasion.trace.clone(),
        lane,
        ticket: 0,
        round: 0,
        copies: 0,
        is_taken: false,
        history: None,
    };
    if status == DeliveryStatus::Pending {
        let start = start(state, &delivery, occasion);
        start.apply(&mut delivery);
    }
    Ok(state.add_delivery(delivery))
}

/// How a delivery begins: queued, held back or lost, as its subscription and the first matching fault have it.
#[derive(Debug)]
pub(super) struct Start {
    ticket: u64,
    is_paused: bool,
    misdelivery: Option<InjectedMisdelivery>,
}

/// Decides how a delivery begins; the first matching fault applies.
pub(super) fn start(state: &mut State, delivery: &Delivery, occasion: &Occasion<'_>) -> Start {
    let facts = NotificationFacts {
        service: delivery.service,
        change_reason: delivery.change_reason,
        candidate: delivery.candidate_id.as_deref(),
        booking_code: delivery.booking_code.as_ref().map(BookingCode::as_str),
        now: occasion.now,
        wall: occasion.wall,
    };
    let misdelivery =
        if state.faults.takes_notification(&facts) { state.faults.edit().fire_for_notification(&facts) } else { None };
    Start {
        ticket: state.new_ticket(delivery.service, &delivery.lane, false),
        is_paused: is_paused(state, delivery.service),
        misdelivery,
    }
}

impl Start {
    /// Has the delivery begin so.
    pub fn apply(self, delivery: &mut Delivery) {
        let effect = self.misdelivery.as_ref().map(|misdelivery| misdelivery.effect).unwrap_or_default();
        delivery.ticket = self.ticket;
        delivery.copies = effect.duplicate.unwrap_or(0);
        if let Some(later) = effect.delay.and_then(|delay| delivery.due.checked_add_signed(delay.chrono())) {
            delivery.due = whole_millis(later);
        }
        delivery.held = effect.hold || effect.reorder.is_some();
        delivery.overtaking = effect.reorder;
        let is_held = delivery.held;
        delivery.status = match effect.drop {
            true => DeliveryStatus::Discarded,
            false if is_held || self.is_paused => DeliveryStatus::Paused,
            false => DeliveryStatus::Pending,
        };
        if let Some(misdelivery) = self.misdelivery {
            delivery.reason = Some(Cow::Owned(in_words(&misdelivery)));
            delivery.fault = Some(Box::new(misdelivery));
        }
        if self.is_paused && !is_held && !effect.drop {
            delivery.reason = Some(Cow::Borrowed(PAUSED));
        }
    }
}

/// What a fault does to a notification before it is sent.
fn in_words(misdelivery: &InjectedMisdelivery) -> String {
    let Misdelivery { drop, hold, reorder, delay, duplicate, .. } = misdelivery.effect;
    let mut words = Vec::new();
    if drop {
        words.push("not sent: it is lost".to_owned());
    }
    if hold {
        words.push("it is held until a flush".to_owned());
    }
    if let Some(count) = reorder {
        words.push(format!("it waits until {count} overtook it"));
    }
    if let Some(delay) = delay {
        words.push(format!("it is sent {delay} late"));
    }
    if let Some(count) = duplicate {
        words.push(format!("it is sent {count} times more"));
    }
    if words.is_empty() {
        words.push("it goes wrong when it is sent".to_owned());
    }
    format!("fault {}: {}", misdelivery.fault, words.join(", "))
}

/// The delivery of a row that is there.
pub(super) fn known(state: &State, row: u64) -> Result<Arc<Delivery>, Error> {
    state.deliveries().row(row).cloned().ok_or_else(|| Error::Internal("a row without a record".to_owned()))
}
