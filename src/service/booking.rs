//! Bookings: what the candidate does, and what staff note.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::booking::{self, input::ScheduleInput};
use crate::domain::contract::error::Error;
use crate::domain::deed::BookingDeed;
use crate::domain::eligibility;
use crate::domain::record::booking::Booking;
use crate::domain::state::State;
use crate::domain::value::id::EligibilityId;
use crate::store::account::Account;

/// The candidate books.
///
/// # Errors
/// See [`booking::schedule`].
pub async fn schedule(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: EligibilityId,
    input: &ScheduleInput,
) -> Result<Arc<Booking>, Error> {
    let changed = sandbox.change(account, |state, act| booking::schedule(state, id, input, act));
    changed.await
}

/// The booking with this code.
///
/// # Errors
/// [`Error::UnknownBooking`].
pub async fn get(sandbox: &Sandbox, account: &Account, code: &str) -> Result<Arc<Booking>, Error> {
    sandbox.look(account, |state, _| state.booking(booking::code(state, code)?)).await
}

/// A booking, and what there is to say of launching its test now.
///
/// # Errors
/// [`Error::UnknownBooking`].
pub async fn launch(sandbox: &Sandbox, account: &Account, code: &str) -> Result<(Arc<Booking>, Option<String>), Error> {
    let look = |state: &State, now| {
        let found = state.booking(booking::code(state, code)?)?;
        let note = eligibility::launch_note(state, &found, now);
        Ok((found, note))
    };
    sandbox.look(account, look).await
}

/// Finishes the test at its page.
///
/// # Errors
/// As [`act`] with a result; outside of the time in which it can be launched, where the account enforces that.
pub async fn finish(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    deed: &BookingDeed,
) -> Result<Arc<Booking>, Error> {
    let changed = sandbox.change(account, |state, act| {
        let code = booking::code(state, code)?;
        eligibility::check_launch(state, &*state.booking(code)?, act.now)?;
        deed.apply(state, code, act)
    });
    changed.await
}

/// Something happens to a booking.
///
/// # Errors
/// Unknown code; a booking or a program that does not allow it; no room for the notification.
pub async fn act(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    deed: &BookingDeed,
) -> Result<Arc<Booking>, Error> {
    let changed = sandbox.change(account, |state, act| deed.apply(state, booking::code(state, code)?, act));
    changed.await
}
