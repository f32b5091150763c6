//! Test centers: they close, and open again.

pub mod notice;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::contract::reason::CenterChange;
use crate::domain::contract::status::{BookingState, CenterStatus};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::State;
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Timestamp;
use notice::CenterNotice;

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

/// A center that closed, and the bookings there.
pub type Closed = (Arc<TestCenter>, Vec<BookingCode>);

/// A center closes for now: it takes no bookings. Gives the bookings there that were still to be sat, too.
///
/// Assumed: services §4.
///
/// # Errors
/// No such center; one that is not open.
pub fn close(state: &mut State, code: &str, now: Timestamp) -> Result<(Closed, Notices), Error> {
    let affected: Vec<_> = state
        .bookings()
        .iter()
        .filter(|booking| matches!(booking.state, BookingState::Booked | BookingState::OnHold))
        .filter(|booking| booking.location_code.as_deref() == Some(code))
        .map(|booking| booking.booking_code)
        .collect();
    let (center, notices) = turn(state, code, CenterStatus::TemporarilyClosed, affected.clone(), now)?;
    Ok(((center, affected), notices))
}

/// A center takes bookings again.
///
/// # Errors
/// No such center; one that is open.
pub fn reopen(state: &mut State, code: &str, now: Timestamp) -> Result<(Arc<TestCenter>, Notices), Error> {
    turn(state, code, CenterStatus::Open, Vec::new(), now)
}

fn turn(
    state: &mut State,
    code: &str,
    to: CenterStatus,
    affected_bookings: Vec<BookingCode>,
    now: Timestamp,
) -> Result<(Arc<TestCenter>, Notices), Error> {
    let missing = || Error::NotFound { kind: "test center", id: code.to_owned() };
    let mut center = state.centers().get(code).map(|center| TestCenter::clone(center)).ok_or_else(missing)?;
    if (center.status == CenterStatus::Open) == (to == CenterStatus::Open) {
        let status = if to == CenterStatus::Open { "open" } else { "closed" };
        return Err(Error::Conflict(format!("test center {code} is {status} already")));
    }
    if state.test_centers.is_empty() {
        // From now on the account has centers of its own: those that were shipped.
        let shipped: Vec<_> = state.centers().iter().map(|(code, one)| (code.clone(), Arc::clone(one))).collect();
        for (code, one) in shipped {
            state.test_centers.put(code, one);
        }
    }
    center.status = to;
    center.updated_datetime = Some(now);
    let center = Arc::new(center);
    state.test_centers.put(code.to_owned(), Arc::clone(&center));
    let change = match to {
        CenterStatus::Open => CenterChange::TestCenterReopened,
        CenterStatus::TemporarilyClosed | CenterStatus::Closed => CenterChange::TestCenterClosed,
    };
    let notice = CenterNotice { location_code: code.to_owned(), change, affected_bookings };
    Ok((center, vec![Box::new(notice)]))
}
