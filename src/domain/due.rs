//! The agenda: all that falls due on the account's clock, and when. What comes to be due gets a line here.

use super::booking;
use super::contract::error::Error;
use super::outbox;
use super::outbox::notice::Notices;
use super::publication;
use super::state::State;
use super::value::id::{BookingCode, PublicationId};
use super::value::stamp::Timestamp;

/// The instant at which something is due next.
pub fn next(state: &State) -> Option<Timestamp> {
    earlier(state.queues().next_due(), first(state).map(|(due, _)| due))
}

/// The instant for which a timer is needed: what is due next, and does not wait for something that is under way.
pub fn next_timer(state: &State) -> Option<Timestamp> {
    earlier(outbox::next_timer(state), first(state).map(|(due, _)| due))
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
    first(state).is_some_and(|(due, _)| due <= now)
}

/// Lets happen what is due by itself at `now`, in its order.
///
/// # Errors
/// None that can occur: only what may happen is on the agenda.
pub fn run(state: &mut State, now: Timestamp) -> Result<Notices, Error> {
    let mut notices = Notices::new();
    while let Some((due, event)) = first(state).filter(|(due, _)| *due <= now) {
        match event {
            Event::Absence(code) => notices.extend(booking::absent(state, code)?.1),
            Event::EndOfHold(code) => drop(booking::release(state, code)?),
            Event::Publication(id) => publication::take_effect(state, id, due)?,
        }
    }
    Ok(notices)
}

/// What falls due by itself.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A test was not finished while it could be launched.
    Absence(BookingCode),
    /// A booking on hold was not confirmed in time.
    EndOfHold(BookingCode),
    /// A publication takes effect.
    Publication(PublicationId),
}

/// What falls due by itself first, and when.
fn first(state: &State) -> Option<(Timestamp, Event)> {
    let awaited = state.first_awaited().filter(|_| state.settings.auto_absent);
    let absence = awaited
        .map(|booking| (state.settings.launch_window(booking.booking_on).1, Event::Absence(booking.booking_code)));
    let end_of_hold =
        state.first_hold().and_then(|booking| Some((booking.held_until()?, Event::EndOfHold(booking.booking_code))));
    let publication = state.first_pending().map(|one| (one.effective, Event::Publication(one.publication_id)));
    absence.into_iter().chain(end_of_hold).chain(publication).min_by_key(|(due, _)| *due)
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
