//! The notice that a delivery was made of, to be written again as its records are now.

use super::booking::notice::BookingNotice;
use super::contract::error::Error;
use super::outbox::notice::Notice;
use super::proctoring::notice::ReviewNotice;
use super::record::delivery::Delivery;
use super::result::notice::ResultNotice;
use super::state::State;

/// The notice of a delivery.
///
/// # Errors
/// It is of no booking or proctored session, or of one that no longer exists.
pub fn notice(state: &State, delivery: &Delivery) -> Result<Box<dyn Notice>, Error> {
    if let Some((session, notice)) = ReviewNotice::again(delivery) {
        return state.session(session.as_str()).map(|_known| notice);
    }
    let notice = BookingNotice::again(delivery).or_else(|| ResultNotice::again(delivery));
    let is_known = |code| state.booking(code).is_ok();
    notice.filter(|_| delivery.booking_code.is_some_and(is_known)).ok_or_else(|| {
        let why = delivery.booking_code.map_or_else(
            || "is of no booking".to_owned(),
            |code| format!("is of booking {code}, which is known no more"),
        );
        Error::Conflict(format!("as: delivery {} {why}: send it as recorded", delivery.id))
    })
}
