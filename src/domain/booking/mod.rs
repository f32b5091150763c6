//! Bookings: what the candidate does with an eligibility, and what becomes of the seat.

pub mod hold;
pub mod input;
pub mod notice;
pub mod venue;

use std::sync::Arc;

use crate::domain::contract::error::Error;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::status::{BookingState, Status};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::result::ExamResult;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{BookingCode, EligibilityId, Kind};
use crate::domain::value::stamp::whole_millis;
use crate::domain::voucher;
use hold::Claim;
pub use hold::{confirm, release};
use input::ScheduleInput;
use notice::BookingNotice;
use venue::Venue;

/// The candidate books, on hold where the input says so.
///
/// # Errors
/// Unknown eligibility; not eligible to schedule, or a booking of it on hold; no such place, time or free seat; an attached
/// voucher that cannot be redeemed.
pub fn schedule(
    state: &mut State,
    id: EligibilityId,
    input: &ScheduleInput,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let code = state.new_code(Kind::Booking);
    schedule_as(state, id, input, code, act)
}

/// The candidate books, and the booking gets this code.
///
/// # Errors
/// Those of [`schedule`].
pub fn schedule_as(
    state: &mut State,
    id: EligibilityId,
    input: &ScheduleInput,
    code: BookingCode,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let record = state.eligibility(id)?;
    if record.status == Status::Css1 {
        return Err(Error::Transition { action: "schedule", status: record.status });
    }
    if let Some(obstacle) = record.obstacle(act.now) {
        return Err(match record.status {
            Status::Reg02 | Status::Css2 => Error::NotEligible(obstacle),
            status => Error::Transition { action: "schedule", status },
        });
    }
    hold::check_none(&record)?;
    let venue = venue::choose(state, &record, input, None, act.now)?;
    // One on hold redeems them once it is confirmed.
    let codes = if input.on_hold { [].as_slice() } else { &record.voucher_codes };
    let vouchers = voucher::redeem(state, codes, &record.test_code, act.now)?;
    let taken = take_up(state, &record, venue, code, claim(state, input, None, act), act)?;
    redeeming(state, taken, vouchers)
}

/// A booking that was made earlier stands as it was: today's window, block, modes, seats and vouchers do not hold
/// against it.
///
/// # Errors
/// Unknown eligibility; one that has a booking, or is over; of a place or time that is not told, those of [`schedule`];
/// a hold of another booking than the eligibility's.
pub fn record_as(
    state: &mut State,
    id: EligibilityId,
    input: &ScheduleInput,
    code: BookingCode,
    claim: Claim,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let record = state.eligibility(id)?;
    let is_open = !record.closed && matches!(record.status, Status::Reg02 | Status::Css2);
    match claim {
        Claim::OnHold { replaces: Some(old), .. } if record.status != Status::Css1 || record.booking != Some(old) => {
            return Err(Error::Invalid(format!("replaces: expected the booking of its eligibility, got {old}")));
        }
        Claim::Booked | Claim::OnHold { replaces: None, .. } if !is_open => {
            return Err(Error::Transition { action: "schedule", status: record.status });
        }
        Claim::Booked | Claim::OnHold { .. } => hold::check_none(&record)?,
        Claim::Released => {}
    }
    let venue =
        venue::told(state, &record, input).map_or_else(|| venue::choose(state, &record, input, None, act.now), Ok)?;
    let taken = take_up(state, &record, venue, code, claim, act)?;
    let vouchers = if matches!(claim, Claim::Booked) { record.voucher_codes.clone() } else { Vec::new() };
    redeeming(state, taken, vouchers)
}

/// What an input makes of its seat.
fn claim(state: &State, input: &ScheduleInput, replaces: Option<BookingCode>, act: &Act) -> Claim {
    if input.on_hold { Claim::OnHold { until: hold::end(state, act.now), replaces } } else { Claim::Booked }
}

/// The eligibility gets its booking, or one on hold.
fn take_up(
    state: &mut State,
    record: &Eligibility,
    venue: Venue,
    code: BookingCode,
    claim: Claim,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = book(state, record, venue, code, claim, act)?;
    match claim {
        Claim::Booked => {
            state.change_eligibility(record.id, |record| {
                record.status = Status::Css1;
                record.booking = Some(code);
            })?;
            let notices = vec![BookingNotice::of(&booking, ChangeReason::BookingCreated)];
            return Ok((booking, notices));
        }
        Claim::OnHold { .. } => drop(state.change_eligibility(record.id, |record| record.hold = Some(code))?),
        Claim::Released => {}
    }
    Ok((booking, Notices::new()))
}

/// A booking that was taken up redeems vouchers.
fn redeeming(
    state: &mut State,
    (booking, notices): (Arc<Booking>, Notices),
    vouchers: Vec<String>,
) -> Result<(Arc<Booking>, Notices), Error> {
    if vouchers.is_empty() {
        return Ok((booking, notices));
    }
    Ok((state.change_booking(booking.booking_code, |booking| booking.voucher_codes = vouchers)?, notices))
}

/// The candidate moves a booking: a new code is issued, the old one is unknown afterwards. On hold, the old one stands
/// until the new one is confirmed.
///
/// Observed: the new code. Assumed: the old one's end.
///
/// # Errors
/// A booking that is not booked, or that a hold moves already; no such place, time or free seat.
pub fn reschedule(
    state: &mut State,
    code: BookingCode,
    input: &ScheduleInput,
    act: &Act,
) -> Result<(Arc<Booking>, Notices), Error> {
    let old = booked(state, code, "reschedule")?;
    let record = state.eligibility(old.psi_eligiblity_id)?;
    hold::check_none(&record)?;
    if input.on_hold {
        let venue = venue::choose(state, &record, input, Some(&old), act.now)?;
        let code = state.new_code(Kind::Booking);
        return take_up(state, &record, venue, code, claim(state, input, Some(old.booking_code), act), act);
    }
    // It may move within its own seat, which a hold beside it cannot have, too.
    state.retire_booking(code)?;
    let venue = venue::choose(state, &record, input, Some(&old), act.now)?;
    let code = state.new_code(Kind::Booking);
    let moved = book(state, &record, venue, code, Claim::Booked, act)?;
    state.move_payments(old.booking_code, code)?;
    let notices = vec![BookingNotice::of(&moved, ChangeReason::BookingRescheduled)];
    let (booking, notices) = redeeming(state, (moved, notices), old.voucher_codes.clone())?;
    state.change_eligibility(record.id, |record| record.booking = Some(code))?;
    Ok((booking, notices))
}

/// The booking is cancelled; the eligibility stays open. One on hold is released.
///
/// # Errors
/// A booking that is neither booked nor on hold.
pub fn cancel(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    if state.booking(code)?.state == BookingState::OnHold {
        return Ok((release(state, code)?, Notices::new()));
    }
    booked(state, code, "cancel")?;
    end(state, code, BookingState::Cancelled, Status::Css2, ChangeReason::BookingCancelled)
}

/// The exam was taken, perhaps with a result.
///
/// # Errors
/// A booking that is not booked.
pub fn complete(
    state: &mut State,
    code: BookingCode,
    result: Option<ExamResult>,
) -> Result<(Arc<Booking>, Notices), Error> {
    booked(state, code, "complete")?;
    let (done, notices) = end(state, code, BookingState::Completed, Status::Css5, ChangeReason::ExamCompleted)?;
    match result {
        Some(result) => Ok((state.change_booking(code, |booking| booking.result = Some(result))?, notices)),
        None => Ok((done, notices)),
    }
}

/// The candidate did not come.
///
/// # Errors
/// A booking that is not booked.
pub fn absent(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    booked(state, code, "mark as absent")?;
    end(state, code, BookingState::Absent, Status::Css8, ChangeReason::Absent)
}

/// The absence is excused, before or after it was noted; whether the program allows it is not looked at.
///
/// # Errors
/// A booking in another state.
pub fn excuse(state: &mut State, code: BookingCode) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = state.booking(code)?;
    if !matches!(booking.state, BookingState::Booked | BookingState::Absent) {
        return Err(Error::BookingTransition { action: "excuse", state: booking.state });
    }
    end(state, code, BookingState::Excused, Status::Css9, ChangeReason::ExcusedAbsent)
}

/// Reads a booking code of the account.
///
/// # Errors
/// [`Error::UnknownBooking`], also for text that is no code at all.
pub fn code(state: &State, text: &str) -> Result<BookingCode, Error> {
    text.parse()
        .ok()
        .filter(|code| state.bookings().get(code).is_some())
        .ok_or_else(|| Error::UnknownBooking(text.to_owned()))
}

fn booked(state: &State, code: BookingCode, action: &'static str) -> Result<Arc<Booking>, Error> {
    let booking = state.booking(code)?;
    if booking.state == BookingState::Booked {
        Ok(booking)
    } else {
        Err(Error::BookingTransition { action, state: booking.state })
    }
}

/// The one way out of a booking: booking and eligibility change together, and the partner is notified. A hold that
/// would have moved it is over, too.
fn end(
    state: &mut State,
    code: BookingCode,
    to: BookingState,
    status: Status,
    reason: ChangeReason,
) -> Result<(Arc<Booking>, Notices), Error> {
    let booking = state.change_booking(code, |booking| booking.state = to)?;
    let record = state.change_eligibility(booking.psi_eligiblity_id, |record| record.status = status)?;
    if let Some(held) = record.hold {
        release(state, held)?;
    }
    let notices = vec![BookingNotice::of(&booking, reason)];
    Ok((booking, notices))
}

fn book(
    state: &mut State,
    record: &Eligibility,
    venue: Venue,
    booking_code: BookingCode,
    claim: Claim,
    act: &Act,
) -> Result<Arc<Booking>, Error> {
    let (standing, hold_until, replaces) = match claim {
        Claim::Booked => (BookingState::Booked, None, None),
        Claim::OnHold { until, replaces } => (BookingState::OnHold, Some(whole_millis(until)), replaces),
        Claim::Released => (BookingState::Released, None, None),
    };
    state.add_booking(Booking {
        booking_code,
        psi_eligiblity_id: record.id,
        candidate_id: record.candidate.candidate_id.to_string(),
        test_code: record.test_code.clone(),
        booking_on: whole_millis(venue.booking_on),
        delivery_mode: venue.delivery_mode,
        location_code: venue.location_code,
        location_timezone: venue.location_timezone,
        ext_time: venue.ext_time,
        exam_length: venue.exam_length,
        invitation: None,
        state: standing,
        hold_until,
        replaces,
        created: act.now,
        voucher_codes: Vec::new(),
        result: None,
    })
}
