//! What is done to rows by hand: sent again, given up, let go.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::draft::{self, Occasion};
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::{Delivery, DeliveryStatus};
use crate::domain::state::State;
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

/// Whether a delivery can be sent again.
///
/// # Errors
/// Unknown delivery; one that still waits or is being sent; no enabled subscription; `now`, and no room for another
/// delivery, or its booking is known no more.
pub fn check(state: &State, id: &str, manner: Manner) -> Result<u64, Error> {
    let (row, delivery) = find(state, id)?;
    let subscription = state.subscriptions.get(&delivery.service).filter(|subscription| subscription.enabled);
    if subscription.is_none() {
        let service = delivery.service;
        return Err(Error::Conflict(format!("the account has no enabled {service} subscription to send to")));
    }
    if matches!(delivery.status, DeliveryStatus::Pending | DeliveryStatus::Sending | DeliveryStatus::Paused) {
        return Err(Error::Conflict(format!("delivery {id} still waits to be sent")));
    }
    if manner == Manner::Now {
        draft::check_anew(state, delivery)?;
    }
    Ok(row)
}

/// Sends a delivery again, from `due` on: it joins the end of its lane, and meets the faults that stand. Gives the
/// delivery that is sent.
///
/// # Errors
/// Those of [`check`].
pub fn resend(
    state: &mut State,
    id: &str,
    manner: Manner,
    due: Timestamp,
    occasion: &Occasion<'_>,
) -> Result<Arc<Delivery>, Error> {
    let mut row = check(state, id, manner)?;
    if manner == Manner::Now {
        row = anew(state, row, due, occasion)?;
    } else if let Some(delivery) = state.outbox.rows.row_mut(row) {
        delivery.status = DeliveryStatus::Pending;
        (delivery.due, delivery.round, delivery.fault) = (due, 0, None);
        delivery.reason = Some(Cow::Borrowed("sent again by hand"));
        draft::set_out(state, row, occasion);
    }
    known(state, row)
}

/// Makes a new delivery of the same change; the old one leaves the error queue.
fn anew(state: &mut State, row: u64, due: Timestamp, occasion: &Occasion<'_>) -> Result<u64, Error> {
    state.room_for_deliveries(1)?;
    let old = known(state, row)?;
    let new = draft::tell_anew(state, &old, due, occasion)?;
    let id = known(state, new)?.id.clone();
    if let Some(delivery) = state.outbox.rows.row_mut(row)
        && delivery.status == DeliveryStatus::Failed
    {
        delivery.status = DeliveryStatus::Discarded;
        delivery.reason = Some(Cow::Owned(format!("sent anew as {id}")));
    }
    Ok(new)
}

/// Gives a delivery up: it is not sent, or not sent again.
///
/// # Errors
/// Unknown delivery; one that is being sent, was delivered, or was given up already.
pub fn discard(state: &mut State, id: &str) -> Result<Arc<Delivery>, Error> {
    let (row, delivery) = find(state, id)?;
    let (service, subject, is_held) = (delivery.service, delivery.subject, delivery.held);
    let standing = match delivery.status {
        DeliveryStatus::Pending | DeliveryStatus::Paused if delivery.is_taken => Some("was delivered"),
        DeliveryStatus::Pending | DeliveryStatus::Paused => {
            match state.outbox.queues.get_mut(&service) {
                Some(queue) if is_held => drop(queue.let_go(row, subject)),
                _ => state.outbox.leave_lane(row),
            }
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
    if let Some(delivery) = state.outbox.rows.row_mut(row) {
        delivery.status = DeliveryStatus::Discarded;
        delivery.held = false;
        delivery.reason = Some(Cow::Borrowed("discarded by hand"));
    }
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
    let mut rows = state.outbox.queues.get(&service).map(super::Queue::held).unwrap_or_default();
    let held: HashSet<u64> = rows.iter().copied().collect();
    match (&wanted.ids, wanted.order) {
        (Some(ids), FlushOrder::Made) => {
            let chosen: Result<Vec<u64>, Error> = ids
                .iter()
                .map(|id| match find(state, id) {
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
                let id = state.outbox.rows.row(*row).map(|delivery| Arc::clone(&delivery.id)).unwrap_or_default();
                id.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)))
            };
            rows.sort_by_cached_key(drawn);
        }
    }
    let is_paused = super::is_paused(state, service);
    for row in &rows {
        let Some(delivery) = state.outbox.rows.row(*row) else { continue };
        let subject = delivery.subject;
        if let Some(queue) = state.outbox.queues.get_mut(&service)
            && queue.let_go(*row, subject)
        {
            state.outbox.free(*row, false, is_paused);
        }
    }
    rows.into_iter().map(|row| known(state, row)).collect()
}

fn find<'a>(state: &'a State, id: &str) -> Result<(u64, &'a Delivery), Error> {
    let rows = &state.outbox.rows;
    let row = rows.number(&Arc::from(id));
    row.and_then(|row| rows.row(row).map(|delivery| (row, &**delivery)))
        .ok_or_else(|| Error::NotFound { kind: "delivery", id: id.to_owned() })
}

fn known(state: &State, row: u64) -> Result<Arc<Delivery>, Error> {
    state.outbox.rows.row(row).cloned().ok_or_else(|| Error::Internal("a row without a record".to_owned()))
}
