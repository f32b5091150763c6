//! Payments of bookings on hold: authorized, captured, declined, expired, refunded.

pub mod input;
pub mod once;
pub mod operations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::booking;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::BookingState;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::record::payment::{MagicAmount, Payment, PaymentStatus, Refund};
use crate::domain::record::voucher::DiscountType;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{Kind, PaymentId};
use crate::domain::value::misfit::Misfit;
use crate::domain::value::money::{Amount, Currency};
use crate::domain::value::stamp::Stamp;
use crate::domain::voucher;
use input::{Capture, NewPayment};
pub use once::Paid;

/// Pays for a booking on hold. The last digits of the price decide how it ends, see [`MagicAmount`]; else it is captured
/// at once, which confirms the booking, or stays authorized.
///
/// # Errors
/// Unknown booking; one that is not on hold, or has an open payment; digits that the currency does not have; a voucher
/// that cannot be redeemed or is in another currency; the lint in `enforce`.
pub fn create(state: &mut State, input: &Checked<NewPayment>, act: &Act) -> Result<Paid, Error> {
    state.enforce(&input.findings)?;
    let input = &input.value;
    let currency = input.currency.ok_or_else(|| Error::Internal("a currency that was not read".to_owned()))?;
    check_decimals(input.amount, currency)?;
    let booking = state.booking(booking::code(state, &input.booking_code)?)?;
    check_payable(state, &booking, act)?;
    let voucher_codes = vouchers(state, &booking, input.voucher_codes.as_deref().unwrap_or_default(), act)?;
    let status = match (MagicAmount::of(input.amount), input.capture) {
        (Some(MagicAmount::Declined), _) => PaymentStatus::Declined,
        (Some(MagicAmount::Pending | MagicAmount::Expiring), _) => PaymentStatus::Pending,
        (None, _) => PaymentStatus::Authorized,
    };
    let payment = Payment {
        payment_id: state.new_code(Kind::Payment),
        booking_code: booking.booking_code,
        status,
        amount: input.amount,
        currency,
        method: input.method.clone(),
        discount: discount(state, &voucher_codes, input.amount, currency)?,
        voucher_codes,
        refunds: Vec::new(),
        created: act.now,
    };
    let payment = state.add_payment(payment)?;
    match status {
        PaymentStatus::Declined => drop(booking::release(state, payment.booking_code)?),
        PaymentStatus::Authorized if input.capture != Some(Capture::Manual) => return settle(state, &payment, act),
        _ => {}
    }
    Ok((payment, Notices::new()))
}

/// Refuses an amount that the currency cannot have.
fn check_decimals(amount: Amount, currency: Currency) -> Result<(), Error> {
    if amount.decimals() <= currency.decimals() {
        return Ok(());
    }
    let expected = format!("at most {} decimals, as {currency} has", currency.decimals());
    Err(Error::Body(vec![Misfit { path: "amount".to_owned(), expected, sent: format!("\"{amount}\"") }]))
}

/// Whether a booking can be paid for now.
fn check_payable(state: &State, booking: &Booking, act: &Act) -> Result<(), Error> {
    let code = booking.booking_code;
    let until = booking.held_until().ok_or(Error::BookingTransition { action: "pay for", state: booking.state })?;
    if until <= act.now {
        return Err(Error::Conflict(format!("the hold of booking {code} ended at {}", Stamp::seconds(until))));
    }
    match state.payments_of(code).find(|(_, payment)| payment.status.is_open()) {
        Some((_, open)) => {
            Err(Error::Conflict(format!("payment {} of booking {code} is {}", open.payment_id, open.status)))
        }
        None => Ok(()),
    }
}

/// The vouchers that a booking on hold will redeem: those that are attached to its eligibility, and these. What the
/// booking that it moves has redeemed already counts no second time.
fn vouchers(state: &State, booking: &Booking, more: &[String], act: &Act) -> Result<Vec<String>, Error> {
    let attached = &state.eligibility(booking.psi_eligiblity_id)?.voucher_codes;
    let moved = booking.replaces.and_then(|old| state.bookings().get(&old));
    let is_fresh = |code: &&String| moved.is_none_or(|old| !old.voucher_codes.contains(code));
    let codes: Vec<_> = attached.iter().chain(more).filter(is_fresh).cloned().collect();
    voucher::redeem(state, &codes, &booking.test_code, act.now)
}

/// What vouchers take off a price: each of the whole price, all together no more than it.
fn discount(state: &State, codes: &[String], price: Amount, currency: Currency) -> Result<Amount, Error> {
    let mut sum = Amount::ZERO;
    for code in codes {
        let voucher = voucher::set_up(state, code)?;
        sum = sum.plus(match (voucher.discount_type, voucher.currency) {
            (DiscountType::Percent, _) => price.percent(voucher.discount, currency),
            (DiscountType::Amount, Some(other)) if other != currency => {
                return Err(Error::Conflict(format!(
                    "voucher_codes: {code:?} is in {other}, and the payment in {currency}"
                )));
            }
            (DiscountType::Amount, _) => voucher.discount,
        });
    }
    Ok(sum.min(price))
}

/// The money is taken: a booking on hold is confirmed, and redeems the vouchers.
fn settle(state: &mut State, payment: &Payment, act: &Act) -> Result<Paid, Error> {
    let booking = state.booking(payment.booking_code)?;
    let notices = match booking.state {
        BookingState::OnHold => {
            booking::hold::confirm_redeeming(state, booking.booking_code, &payment.voucher_codes, act)?.1
        }
        // It was confirmed without the payment.
        BookingState::Booked => {
            let fresh = payment.voucher_codes.iter().filter(|code| !booking.voucher_codes.contains(code));
            let fresh = voucher::redeem(state, &fresh.cloned().collect::<Vec<_>>(), &booking.test_code, act.now)?;
            state.change_booking(booking.booking_code, |booking| booking.voucher_codes.extend(fresh))?;
            Notices::new()
        }
        state => return Err(Error::BookingTransition { action: "capture a payment of", state }),
    };
    let payment = state.change_payment(payment.payment_id, |payment| payment.status = PaymentStatus::Captured)?;
    Ok((payment, notices))
}

/// Reads an identifier of a payment.
///
/// # Errors
/// [`Error::NotFound`], also of a text that is none at all.
pub fn find(state: &State, id: &str) -> Result<Arc<Payment>, Error> {
    let missing = || Error::NotFound { kind: "payment", id: id.to_owned() };
    state.payment(id.parse::<PaymentId>().map_err(|_| missing())?)
}

/// Captures a payment that is authorized.
///
/// # Errors
/// Unknown payment; one that is not authorized; a booking that has ended; a voucher that cannot be redeemed any more.
pub fn capture(state: &mut State, id: &str, act: &Act) -> Result<Paid, Error> {
    let payment = find(state, id)?;
    check_status(&payment, &[PaymentStatus::Authorized], "capture")?;
    settle(state, &payment, act)
}

/// The outcome of an open payment is that the money is taken.
///
/// # Errors
/// Those of [`capture`]; a pending one may be captured, too.
pub fn accept(state: &mut State, id: &str, act: &Act) -> Result<Paid, Error> {
    let payment = find(state, id)?;
    check_status(&payment, &[PaymentStatus::Pending, PaymentStatus::Authorized], "capture")?;
    settle(state, &payment, act)
}

/// The outcome of an open payment is that it is refused: a booking on hold gives its seat back.
///
/// # Errors
/// Unknown payment; one that is not open.
pub fn decline(state: &mut State, id: &str) -> Result<Paid, Error> {
    let payment = find(state, id)?;
    check_status(&payment, &[PaymentStatus::Pending, PaymentStatus::Authorized], "decline")?;
    let declined = state.change_payment(payment.payment_id, |payment| payment.status = PaymentStatus::Declined)?;
    if state.booking(payment.booking_code)?.state == BookingState::OnHold {
        booking::release(state, payment.booking_code)?;
    }
    Ok((declined, Notices::new()))
}

/// Gives money back; all that is left where no amount is named. The booking stands.
///
/// # Errors
/// Unknown payment; one that is not captured; more than is left; digits that the currency does not have.
pub fn refund(state: &mut State, id: &str, amount: Option<Amount>, act: &Act) -> Result<Paid, Error> {
    let payment = find(state, id)?;
    check_status(&payment, &[PaymentStatus::Captured], "refund")?;
    let left = payment.due().minus(payment.refunded());
    let amount = amount.unwrap_or(left);
    check_decimals(amount, payment.currency)?;
    if amount > left || amount == Amount::ZERO {
        let left = left.of_currency(payment.currency);
        return Err(Error::Invalid(format!(
            "amount: expected above 0 and at most {left}, which is left, got {amount}"
        )));
    }
    let refunded = state.change_payment(payment.payment_id, |payment| {
        payment.refunds.push(Refund { amount, refunded: Some(act.now) });
        if payment.refunded() == payment.due() {
            payment.status = PaymentStatus::Refunded;
        }
    })?;
    Ok((refunded, Notices::new()))
}

fn check_status(payment: &Payment, expected: &[PaymentStatus], action: &'static str) -> Result<(), Error> {
    if expected.contains(&payment.status) {
        return Ok(());
    }
    let (id, status) = (payment.payment_id, payment.status);
    Err(Error::Conflict(format!("cannot {action} payment {id} in status {status}")))
}
