//! What is done to deliveries manually: sent again, given up, released.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enqueue::{self, known};
use super::notice::{Notice, Occasion};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::{Delivery, DeliveryStatus};
use crate::domain::state::State;
use crate::domain::state::queue::Queue;
use crate::domain::value::chance::mix;
use crate::domain::value::stamp::Timestamp;

/// As what a delivery is sent again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Manner {
    /// The recorded `webhook-id` and body, with the subscription's URL, method, authentication and secret of now.
    #[default]
    Recorded,
    /// A new delivery of the same change, as its records stand now: a new `webhook-id`, body and `effective_date`.
    Now,
}

/// Checks that a delivery can be sent again; gives its row.
///
/// # Errors
/// Unknown delivery; one that still waits or is being sent; no enabled subscription.
pub fn check(state: &State, id: &str) -> Result<u64, Error> {
    let (row, delivery) = state.delivery(id)?;
    let subscription = state.subscriptions.get(&delivery.service).filter(|subscription| subscription.enabled);
    if subscription.is_none() {
        let service = delivery.service;
        return Err(Error::Conflict(format!("the account has no enabled {service} subscription to send to")));
    }
    if matches!(delivery.status, DeliveryStatus::Pending | DeliveryStatus::Sending | DeliveryStatus::Paused) {
        return Err(Error::Conflict(format!("delivery {id} still waits to be sent")));
    }
    Ok(row)
}

/// Sends a delivery again as it was recorded, from `due` on: it joins the end of its lane, and the faults that
/// are set now apply to it.
///
/// # Errors
/// Those of [`check`].
pub fn resend(state: &mut State, id: &str, due: Timestamp, occasion: &Occasion<'_>) -> Result<Arc<Delivery>, Error> {
    let row = check(state, id)?;
    let start = enqueue::start(state, &*known(state, row)?, occasion);
    state.change_delivery(row, |delivery| {
        (delivery.due, delivery.round, delivery.fault) = (due, 0, None);
        delivery.reason = Some(Cow::Borrowed("sent again by hand"));
        start.apply(delivery);
    });
    known(state, row)
}

/// Makes a new delivery of the same change, from `due` on, by a notice of it; the old one leaves the error queue.
///
/// # Errors
/// Those of [`check`]; no room for another delivery.
pub fn tell_anew(
    state: &mut State,
    id: &str,
    notice: &dyn Notice,
    due: Timestamp,
    occasion: &Occasion<'_>,
) -> Result<Arc<Delivery>, Error> {
    let row = check(state, id)?;
    let new = enqueue::add(state, notice, due, occasion)?;
    let made = known(state, new)?;
    if known(state, row)?.status == DeliveryStatus::Failed {
        state.change_delivery(row, |delivery| {
            delivery.status = DeliveryStatus::Discarded;
            delivery.reason = Some(Cow::Owned(format!("sent anew as {}", made.id)));
        });
    }
    Ok(made)
}

/// Gives a delivery up: it is not sent, or not sent again.
///
/// # Errors
/// Unknown delivery; one that is being sent, was delivered, or was given up already.
pub fn discard(state: &mut State, id: &str) -> Result<Arc<Delivery>, Error> {
    let (row, delivery) = state.delivery(id)?;
    let obstacle = match delivery.status {
        DeliveryStatus::Pending | DeliveryStatus::Paused if delivery.is_taken => Some("was delivered"),
        DeliveryStatus::Pending | DeliveryStatus::Paused | DeliveryStatus::Failed => None,
        DeliveryStatus::Sending => Some("is being sent"),
        DeliveryStatus::Delivered => Some("was delivered"),
        DeliveryStatus::Discarded => Some("is discarded already"),
    };
    if let Some(obstacle) = obstacle {
        return Err(Error::Conflict(format!("delivery {id} {obstacle}")));
    }
    state.change_delivery(row, |delivery| {
        delivery.status = DeliveryStatus::Discarded;
        (delivery.held, delivery.overtaking) = (false, None);
        delivery.reason = Some(Cow::Borrowed("discarded by hand"));
    });
    known(state, row)
}

/// In which order held deliveries are let go, within each eligibility.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlushOrder {
    /// As they were made.
    #[default]
    Made,
    /// The newest first.
    Reversed,
    /// Shuffled, by the account's seed.
    Shuffled,
}

/// Which held deliveries are let go, and in which order.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Flush {
    /// The order.
    pub order: FlushOrder,
    /// These, in this order; all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

/// Lets deliveries go that a fault holds back.
///
/// # Errors
/// An identifier that names no delivery that is held for the service; `ids` and another order; nothing changed then.
pub fn flush(state: &mut State, service: OutService, wanted: &Flush) -> Result<Vec<Arc<Delivery>>, Error> {
    let mut rows = state.queues().get(service).map(Queue::held).unwrap_or_default();
    let held: HashSet<u64> = rows.iter().copied().collect();
    match (&wanted.ids, wanted.order) {
        (Some(ids), FlushOrder::Made) => {
            let chosen: Result<Vec<u64>, Error> = ids
                .iter()
                .map(|id| match state.delivery(id) {
                    Ok((row, _)) if held.contains(&row) => Ok(row),
                    Ok(_) => Err(Error::Conflict(format!("ids: delivery {id} is not held for {service}"))),
                    Err(error) => Err(error),
                })
                .collect();
            rows = chosen?;
        }
        (Some(_), _) => return Err(Error::Invalid("order: expected none beside ids, which say the order".to_owned())),
        (None, FlushOrder::Made) => {}
        (None, FlushOrder::Reversed) => rows.reverse(),
        (None, FlushOrder::Shuffled) => {
            let drawn = |row: &u64| {
                let id = state.deliveries().row(*row).map(|delivery| Arc::clone(&delivery.id)).unwrap_or_default();
                id.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)))
            };
            rows.sort_by_cached_key(drawn);
        }
    }
    let mut freed = HashSet::new();
    for row in &rows {
        // An identifier may be named twice.
        if freed.insert(*row) {
            super::free(state, *row, false);
        }
    }
    rows.into_iter().map(|row| known(state, row)).collect()
}
