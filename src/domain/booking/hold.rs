//! Bookings on hold: a seat is kept for a while, and nobody is notified until the booking is confirmed.
//!
//! Assumed: all of it (contract §6 has the parameter `booking_on_hold`, and that a hold ends).

use std::sync::Arc;

use super::notice::BookingNotice;
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::status::{BookingState, Status};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::state::{Act, State};
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::{Stamp, Timestamp};
use crate::domain::voucher;

/// What is made of a seat.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// A booking.
    Booked,
    /// A booking on hold.
    OnHold {
        /// When the hold ends.
        until: Timestamp,
        /// The booking that it moves, which stands until then.
        replaces: Option<BookingCode>,
    },
    /// A hold that has ended.
    Released,
}

/// When a hold ends that begins now.
pub fn end(state: &State, now: Timestamp) -> Timestamp {
    let minutes = chrono::Duration::minutes(i64::from(state.settings.hold_minutes));
    now.checked_add_signed(minutes).unwrap_or(Timestamp::MAX_UTC)
}

/// Refuses a second claim while one is on hold.
///
/// # Errors
/// The eligibility has a booking on hold.
pub fn check_none(record: &Eligibility) -> Result<(), Error> {
    record.hold.map_or(Ok(()), |held| {
        Err(Error::Conflict(format!("booking {held} of this eligibility is on hold: confirm or release it first")))
    })
}

/// A booking on hold becomes a booking, and the partner is notified. Where it moves a booking, that one is unknown
/// afterwards. It redeems the vouchers that are attached to its eligibility.
///
/// # Errors
/// Unknown code; a booking that is not on hold, or whose hold is over; a voucher that cannot be redeemed.
pub fn confirm(state: &mut State, code: BookingCode, act: &Act) -> Result<(Arc<Booking>, Notices), Error> {
    let record = state.eligibility(state.booking(code)?.psi_eligiblity_id)?;
    confirm_redeeming(state, code, &record.voucher_codes, act)
}

/// The same; it redeems these vouchers. Those of a booking that it moves are redeemed already, and go along.
///
/// # Errors
/// Those of [`confirm`].
pub fn confirm_redeeming(
    state: &mut State,
    code: BookingCode,
    vouchers: &[String],
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let held = state.booking(code)?;
    let until = held.held_until().ok_or(Error::BookingTransition { action: "confirm", state: held.state })?;
    if until <= act.now {
        return Err(Error::Conflict(format!("the hold of booking {code} ended at {}", Stamp::seconds(until))));
    }
    let (mut redeemed, reason) = match held.replaces {
        Some(old) => (state.retire_booking(old)?.voucher_codes.clone(), ChangeReason::BookingRescheduled),
        None => (Vec::new(), ChangeReason::BookingCreated),
    };
    if let Some(old) = held.replaces {
        state.move_payments(old, code)?;
    }
    let fresh: Vec<_> = vouchers.iter().filter(|code| !redeemed.contains(code)).cloned().collect();
    redeemed.extend(voucher::redeem(state, &fresh, &held.test_code, act.now)?);
    let booking = state.change_booking(code, |booking| {
        booking.state = BookingState::Booked;
        (booking.hold_until, booking.replaces) = (None, None);
        booking.voucher_codes = redeemed;
    })?;
    state.change_eligibility(booking.psi_eligiblity_id, |record| {
        record.status = Status::Css1;
        (record.booking, record.hold) = (Some(code), None);
    })?;
    let notices = vec![BookingNotice::of(&booking, reason)];
    Ok((booking, notices))
}

/// A booking on hold gives its seat back, and its open payments expire; nobody is notified. Where it moves a booking, that
/// one stands.
///
/// # Errors
/// Unknown code; a booking that is not on hold.
pub fn release(state: &mut State, code: BookingCode) -> Result<Arc<Booking>, Error> {
    let held = state.booking(code)?;
    if held.state != BookingState::OnHold {
        return Err(Error::BookingTransition { action: "release", state: held.state });
    }
    state.change_eligibility(held.psi_eligiblity_id, |record| record.hold = None)?;
    state.expire_payments(code)?;
    state.change_booking(code, |booking| {
        booking.state = BookingState::Released;
        (booking.hold_until, booking.replaces) = (None, None);
    })
}
