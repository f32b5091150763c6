//! The agenda: all that falls due on the account's clock, and when. What comes to be due gets a line here.

use std::sync::Arc;

use super::booking;
use super::contract::error::Error;
use super::outbox;
use super::outbox::notice::Notices;
use super::record::booking::Booking;
use super::state::State;
use super::value::stamp::Timestamp;

/// The instant at which something is due next.
pub fn next(state: &State) -> Option<Timestamp> {
    earlier(state.queues().next_due(), absence(state).map(|(due, _)| due))
}

/// The instant for which a timer is needed: what is due next, and does not wait for something that is under way.
pub fn next_timer(state: &State) -> Option<Timestamp> {
    earlier(outbox::next_timer(state), absence(state).map(|(due, _)| due))
}

/// Whether nothing that is due by `target` waits or is under way.
pub fn is_settled(state: &State, target: Timestamp) -> bool {
    state.queues().is_settled(target) && !happens(state, target)
}

/// How much of it is open.
pub fn open(state: &State) -> usize {
    state.queues().open()
}

/// Whether something is due by itself at `now`; deliveries are sent.
pub fn happens(state: &State, now: Timestamp) -> bool {
    absence(state).is_some_and(|(due, _)| due <= now)
}

/// Lets happen what is due by itself at `now`.
///
/// # Errors
/// None that can occur: only what may happen is on the agenda.
pub fn run(state: &mut State, now: Timestamp) -> Result<Notices, Error> {
    let mut notices = Notices::new();
    while let Some(code) = absence(state).filter(|(due, _)| *due <= now).map(|(_, booking)| booking.booking_code) {
        notices.extend(booking::absent(state, code)?.1);
    }
    Ok(notices)
}

/// The booking that is marked as absent next, and when: its test was not finished while it could be launched.
fn absence(state: &State) -> Option<(Timestamp, &Arc<Booking>)> {
    let first = state.first_awaited().filter(|_| state.settings.auto_absent)?;
    Some((state.settings.launch_window(first.booking_on).1, first))
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
