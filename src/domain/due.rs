//! The agenda: all that falls due on the account's clock, and when. What comes to be due gets a line here.

use super::state::State;
use super::value::stamp::Timestamp;

/// The instant at which something is due next.
pub fn next(state: &State) -> Option<Timestamp> {
    state.queues().next_due()
}

/// Whether nothing that is due by `target` waits or is under way.
pub fn is_settled(state: &State, target: Timestamp) -> bool {
    state.queues().is_settled(target)
}

/// How much of it is open.
pub fn open(state: &State) -> usize {
    state.queues().open()
}
