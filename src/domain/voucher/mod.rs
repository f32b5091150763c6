//! Vouchers: made, extended, disabled, attached and redeemed.

pub mod input;
pub mod operations;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::record::voucher::{Voucher, VoucherStatus};
use crate::domain::state::{Act, State};
use crate::domain::value::id::Kind;
use crate::domain::value::misfit::Misfit;
use crate::domain::value::stamp::{Stamp, Timestamp};
use input::{NewVoucher, VoucherChange};

/// Makes a voucher, or as many as the batch has.
///
/// # Errors
/// Values that do not go together, an end that has passed, an unknown test, a code that is taken, the lint in `enforce`.
pub fn create(state: &mut State, input: &Checked<NewVoucher>, act: &Act) -> Result<Vec<Arc<Voucher>>, Error> {
    state.enforce(&input.findings)?;
    let input = &input.value;
    let template = template(input, act.now)?;
    for code in template.test_codes.iter().flatten() {
        state.test(code)?;
    }
    let made = (0..input.count.unwrap_or(1)).map(|_| {
        let voucher_code = match &input.voucher_code {
            Some(code) if state.vouchers.get(code).is_some() => {
                return Err(Error::Conflict(format!("voucher_code: {code:?} is taken by another voucher")));
            }
            Some(code) => code.clone(),
            None => new_code(state, input.prefix.as_deref()),
        };
        let voucher = Arc::new(Voucher { voucher_code, ..template.clone() });
        state.vouchers.put(voucher.voucher_code.clone(), Arc::clone(&voucher));
        Ok(voucher)
    });
    made.collect()
}

/// A voucher without its code, whose values go together.
fn template(input: &NewVoucher, now: Timestamp) -> Result<Voucher, Error> {
    let template = Voucher {
        voucher_code: String::new(),
        discount_type: input.discount_type,
        discount: input.discount,
        currency: input.currency,
        max_redemptions: input.max_redemptions,
        earlier_redemptions: 0,
        valid_from: input.valid_from,
        valid_until: input.valid_until,
        test_codes: input.test_codes.clone(),
        disabled: false,
    };
    let mut misfits = template.misfits();
    if let Some(code) = &input.voucher_code {
        for (member, is_given) in [("count", input.count.is_some()), ("prefix", input.prefix.is_some())] {
            if is_given {
                let expected = format!("none beside voucher_code ({code:?})");
                misfits.push(Misfit { path: member.to_owned(), expected, sent: "one".to_owned() });
            }
        }
    }
    if !misfits.is_empty() {
        return Err(Error::Body(misfits));
    }
    later_than(input.valid_until, now)?;
    Ok(template)
}

/// Refuses an end that has passed.
fn later_than(valid_until: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
    match valid_until {
        Some(until) if until <= now => Err(Error::Invalid(format!(
            "valid_until: expected a date after now ({}), got {}",
            Stamp::seconds(now),
            Stamp::seconds(until)
        ))),
        _ => Ok(()),
    }
}

/// A new code, which no voucher of the account has.
fn new_code(state: &mut State, prefix: Option<&str>) -> String {
    loop {
        let code = state.ids.edit().readable(Kind::Voucher);
        let code = prefix.map_or(code.clone(), |prefix| format!("{prefix}-{code}"));
        if state.vouchers.get(&code).is_none() {
            return code;
        }
    }
}

/// Extends a voucher, disables it, or enables it again.
///
/// # Errors
/// An unknown voucher, an end that has passed or is before its start, fewer redemptions than it has, the lint in
/// `enforce`.
pub fn update(state: &mut State, code: &str, input: &Checked<VoucherChange>, act: &Act) -> Result<(), Error> {
    state.enforce(&input.findings)?;
    let input = &input.value;
    let mut voucher = Voucher::clone(state.voucher(code)?);
    later_than(input.valid_until, act.now)?;
    voucher.valid_until = input.valid_until.or(voucher.valid_until);
    let misfits = voucher.misfits();
    if !misfits.is_empty() {
        return Err(Error::Body(misfits));
    }
    if let Some(most) = input.max_redemptions {
        let redemptions = state.redemptions(&voucher);
        if most < redemptions {
            return Err(Error::Invalid(format!(
                "max_redemptions: expected {redemptions} or more, as it is redeemed so often, got {most}"
            )));
        }
        voucher.max_redemptions = Some(most);
    }
    if let Some(status) = input.status {
        voucher.disabled = status == VoucherStatus::Disabled;
    }
    state.vouchers.put(code.to_owned(), Arc::new(voucher));
    Ok(())
}

/// Deletes a voucher.
///
/// Assumed: one that is attached or was redeemed stays, as records name it; it can be disabled.
///
/// # Errors
/// An unknown voucher; one that an eligibility, a booking or a payment names.
pub fn delete(state: &mut State, code: &str) -> Result<(), Error> {
    state.voucher(code)?;
    let names_it = |codes: &[String]| codes.iter().any(|named| named == code);
    let used = if state.eligibilities().iter().any(|record| names_it(&record.voucher_codes)) {
        "attached to an eligibility"
    } else if state.bookings().iter().any(|booking| names_it(&booking.voucher_codes)) {
        "redeemed by a booking"
    } else if state.payments().iter().any(|payment| names_it(&payment.voucher_codes)) {
        "named by a payment"
    } else {
        state.vouchers.remove(&code.to_owned());
        return Ok(());
    };
    Err(Error::Conflict(format!("voucher {code:?} is {used}: disable it instead")))
}

/// The voucher that a record names.
///
/// # Errors
/// [`Error::NotSetUp`].
pub fn set_up<'a>(state: &'a State, code: &str) -> Result<&'a Arc<Voucher>, Error> {
    state.vouchers.get(code).ok_or_else(|| Error::NotSetUp { member: "voucher_codes", value: code.to_owned() })
}

/// Whether these vouchers may be attached for a test.
///
/// Assumed: a voucher that cannot be redeemed any more, or not for this test, is refused; one that is not valid yet is not.
///
/// # Errors
/// [`Error::NotSetUp`] of an unknown one; [`Error::Conflict`].
pub fn check<'a>(
    state: &State,
    codes: impl IntoIterator<Item = &'a String>,
    test_code: &str,
    now: Timestamp,
) -> Result<(), Error> {
    for code in codes {
        let voucher = set_up(state, code)?;
        let status = voucher.status(state.redemptions(voucher), now);
        if status != VoucherStatus::Active {
            return Err(Error::Conflict(format!("voucher_codes: {code:?} is {status}")));
        }
        if !voucher.is_for(test_code) {
            return Err(Error::Conflict(format!("voucher_codes: {code:?} is not for test {test_code:?}")));
        }
    }
    Ok(())
}

/// The vouchers that a booking for a test redeems, each once; they count as redeemed once the booking has them.
///
/// # Errors
/// Those of [`check`]; a voucher that is not valid yet.
pub fn redeem(state: &State, codes: &[String], test_code: &str, now: Timestamp) -> Result<Vec<String>, Error> {
    check(state, codes, test_code, now)?;
    let mut redeemed: Vec<String> = Vec::new();
    for code in codes {
        if let Some(from) = set_up(state, code)?.valid_from.filter(|from| now < *from) {
            let from = Stamp::seconds(from);
            return Err(Error::Conflict(format!("voucher_codes: {code:?} is not valid before {from}")));
        }
        if !redeemed.contains(code) {
            redeemed.push(code.clone());
        }
    }
    Ok(redeemed)
}
