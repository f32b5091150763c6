//! Test centers: where exams are taken on site. A set of real cities with invented sites ships with the sandbox.

use crate::domain::booking::{self};
use crate::domain::contract::error::Error;
use crate::domain::contract::event::Event;
use crate::domain::contract::reason::CenterChange;
use crate::domain::contract::service::OutService;
use crate::domain::contract::status::{BookingState, CenterStatus};
use crate::domain::record::booking::Booking;
use crate::domain::record::test_center::{TestCenter, shipped};
use crate::domain::state::State;
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::{Resolution, Timestamp};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What becomes of the bookings at a center that closes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnClose {
    /// They stay.
    #[default]
    Keep,
    /// They are cancelled, each with its own Booking Notification.
    Cancel,
}

/// A center closes for now: it takes no bookings.
///
/// Assumed: services §4.
///
/// # Errors
/// No such center; one that is not open; no room for the notifications.
pub fn close(state: &mut State, code: &str, on_close: OnClose, now: Timestamp) -> Result<Changed, Error> {
    let is_affected = |booking: &&Arc<Booking>| {
        booking.state == BookingState::Booked && booking.location_code.as_deref() == Some(code)
    };
    let affected: Vec<_> = state.bookings.iter().filter(is_affected).map(|booking| booking.booking_code).collect();
    let cancelled = if on_close == OnClose::Cancel { affected.as_slice() } else { &[] };
    check_turn(state, code, CenterStatus::TemporarilyClosed)?;
    state.room_for_deliveries(told(state) + cancelled.len())?;
    let (center, mut events) = turn(state, code, CenterStatus::TemporarilyClosed, affected.clone(), now)?;
    for booking in cancelled {
        events.extend(booking::cancel(state, *booking)?.1);
    }
    Ok((center, events))
}

/// A center takes bookings again.
///
/// # Errors
/// No such center; one that is open; no room for the notification.
pub fn reopen(state: &mut State, code: &str, now: Timestamp) -> Result<Changed, Error> {
    check_turn(state, code, CenterStatus::Open)?;
    state.room_for_deliveries(told(state))?;
    turn(state, code, CenterStatus::Open, Vec::new(), now)
}

/// How many deliveries a change of a center makes of itself.
fn told(state: &State) -> usize {
    usize::from(state.subscriptions.contains_key(&OutService::TestCenterNotification))
}

/// Whether a center can turn that way.
fn check_turn(state: &State, code: &str, to: CenterStatus) -> Result<(), Error> {
    let center = state.catalog.centers().get(code);
    let center = center.ok_or_else(|| Error::NotFound { kind: "test center", id: code.to_owned() })?;
    if (center.status == CenterStatus::Open) == (to == CenterStatus::Open) {
        let status = if to == CenterStatus::Open { "open" } else { "closed" };
        return Err(Error::Conflict(format!("test center {code} is {status} already")));
    }
    Ok(())
}

/// A center as it is now, and what happened.
type Changed = (Arc<TestCenter>, Vec<Event>);

fn turn(
    state: &mut State,
    code: &str,
    to: CenterStatus,
    affected_bookings: Vec<BookingCode>,
    now: Timestamp,
) -> Result<Changed, Error> {
    let centers = state.catalog.test_centers.get_or_insert_with(|| shipped().clone());
    let center = centers.get_mut(code).ok_or_else(|| Error::NotFound { kind: "test center", id: code.to_owned() })?;
    let changed = Arc::make_mut(center);
    changed.status = to;
    changed.updated_datetime = Some(Resolution::Millis.cut(now));
    let change =
        if to == CenterStatus::Open { CenterChange::TestCenterReopened } else { CenterChange::TestCenterClosed };
    let event = Event::CenterChanged { location_code: code.to_owned(), change, affected_bookings };
    Ok((Arc::clone(center), vec![event]))
}
