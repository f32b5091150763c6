//! Test centers: searched by partners; added, changed, closed and opened again by the vendor's staff.

pub mod answer;
pub mod notice;
pub mod operations;
pub mod search;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::contract::error::Error;
use crate::domain::contract::reason::CenterChange;
use crate::domain::contract::status::{BookingState, CenterStatus};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::State;
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Timestamp;
use notice::CenterNotice;

/// A center that closed, and the bookings there.
pub type Closed = (Arc<TestCenter>, Vec<BookingCode>);

/// A center closes, for now or for good: it takes no bookings. Gives the bookings there that were still to be sat, too.
///
/// Assumed: services §4; one that is closed for now can be closed for good.
///
/// # Errors
/// No such center; one that is closed so already.
pub fn close(state: &mut State, code: &str, permanently: bool, now: Timestamp) -> Result<(Closed, Notices), Error> {
    let affected: Vec<_> = state
        .bookings()
        .iter()
        .filter(|booking| matches!(booking.state, BookingState::Booked | BookingState::OnHold))
        .filter(|booking| booking.location_code.as_deref() == Some(code))
        .map(|booking| booking.booking_code)
        .collect();
    let to = if permanently { CenterStatus::Closed } else { CenterStatus::TemporarilyClosed };
    let (center, notices) = turn(state, code, to, affected.clone(), now)?;
    Ok(((center, affected), notices))
}

/// A center takes bookings again.
///
/// # Errors
/// No such center; one that is open, or closed for good.
pub fn reopen(state: &mut State, code: &str, now: Timestamp) -> Result<(Arc<TestCenter>, Notices), Error> {
    turn(state, code, CenterStatus::Open, Vec::new(), now)
}

/// A center is added, or its record is changed; its status stays. A record that is the same already is left, and nobody
/// is notified.
///
/// # Errors
/// A member that does not fit.
pub fn put(state: &mut State, center: &TestCenter, now: Timestamp) -> Result<(Arc<TestCenter>, Notices), Error> {
    let misfits = center.misfits();
    if !misfits.is_empty() {
        return Err(Error::Body(misfits));
    }
    let code = &center.location_code;
    let known = state.centers().get(code).cloned();
    let mut center = center.clone();
    if let Some(known) = &known {
        (center.status, center.updated_datetime) = (known.status, known.updated_datetime);
        if **known == center {
            return Ok((Arc::clone(known), Notices::new()));
        }
    }
    center.updated_datetime = Some(now);
    let change = if known.is_some() { CenterChange::TestCenterUpdated } else { CenterChange::TestCenterAdded };
    Ok(changed(state, center, change, Vec::new()))
}

/// The account has a record of a center, and the partner is notified.
fn changed(
    state: &mut State,
    center: TestCenter,
    change: CenterChange,
    affected_bookings: Vec<BookingCode>,
) -> (Arc<TestCenter>, Notices) {
    if state.test_centers.is_empty() {
        // From now on the account has centers of its own: those that were shipped.
        let shipped: Vec<_> = state.centers().iter().map(|(code, one)| (code.clone(), Arc::clone(one))).collect();
        for (code, one) in shipped {
            state.test_centers.put(code, one);
        }
    }
    let center = Arc::new(center);
    let location_code = center.location_code.clone();
    state.test_centers.put(location_code.clone(), Arc::clone(&center));
    (center, vec![Box::new(CenterNotice { location_code, change, affected_bookings })])
}

fn turn(
    state: &mut State,
    code: &str,
    to: CenterStatus,
    affected_bookings: Vec<BookingCode>,
    now: Timestamp,
) -> Result<(Arc<TestCenter>, Notices), Error> {
    let mut center = TestCenter::clone(search::center(state, code)?);
    let obstacle = match (center.status, to) {
        (CenterStatus::Open, CenterStatus::Open) => Some("open already"),
        (CenterStatus::Closed, CenterStatus::Open) => Some("closed for good"),
        (CenterStatus::Closed, _) | (CenterStatus::TemporarilyClosed, CenterStatus::TemporarilyClosed) => {
            Some("closed already")
        }
        (CenterStatus::Open | CenterStatus::TemporarilyClosed, _) => None,
    };
    if let Some(obstacle) = obstacle {
        return Err(Error::Conflict(format!("test center {code} is {obstacle}")));
    }
    center.status = to;
    center.updated_datetime = Some(now);
    let change = match to {
        CenterStatus::Open => CenterChange::TestCenterReopened,
        CenterStatus::TemporarilyClosed | CenterStatus::Closed => CenterChange::TestCenterClosed,
    };
    Ok(changed(state, center, change, affected_bookings))
}
