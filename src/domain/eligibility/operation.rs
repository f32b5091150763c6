//! What partners, staff and test drivers do with eligibilities.

use std::sync::Arc;

use super::check;
use super::filter::Filter;
use crate::domain::booking;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::Status;
use crate::domain::eligibility::input::{EligibilityInput, VoucherCodes};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::candidate::Candidate;
use crate::domain::record::eligibility::{Eligibility, WrittenText};
use crate::domain::record::test::Test;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{EligibilityId, Kind};
use crate::domain::value::stamp::Stamp;
use crate::domain::voucher;

/// Makes an eligibility.
///
/// # Errors
/// Unknown test, portion or set-up code; a voucher that cannot be redeemed; an open record for the candidate and test; too
/// many attempts; the lint in `enforce`.
pub fn create(state: &mut State, input: &Checked<EligibilityInput>, act: &Act) -> Result<Arc<Eligibility>, Error> {
    create_as(state, input, None, act)
}

/// Makes an eligibility, and it gets this identifier.
///
/// # Errors
/// Those of [`create`].
pub fn create_as(
    state: &mut State,
    input: &Checked<EligibilityInput>,
    id: Option<EligibilityId>,
    act: &Act,
) -> Result<Arc<Eligibility>, Error> {
    state.enforce(&input.findings)?;
    let input = &input.value;
    let test = state.test(&input.test_code)?;
    check::note_open_catalog(state, input, act);
    check::first(check::of_new(state, input, act))?;
    let made = make(state, input, test.as_deref(), id, act)?;
    match test {
        Some(test) if test.schedule_start_date.is_some() || test.schedule_end_date.is_some() => state
            .change_eligibility(made.id, |record| {
                record.start = record.start.or(test.schedule_start_date);
                record.end = record.end.or(test.schedule_end_date);
            }),
        _ => Ok(made),
    }
}

/// An eligibility that was made earlier stands as it was: portions and modes that its test has today, and vouchers that
/// have expired since, do not hold against it.
///
/// # Errors
/// Unknown test or set-up code; an open record for the candidate and test.
pub fn record_as(
    state: &mut State,
    input: &EligibilityInput,
    id: EligibilityId,
    act: &Act,
) -> Result<Arc<Eligibility>, Error> {
    check::first(check::of_earlier(state, input))?;
    let test = state.test(&input.test_code)?;
    make(state, input, test.as_deref(), Some(id), act)
}

fn make(
    state: &mut State,
    input: &EligibilityInput,
    test: Option<&Test>,
    id: Option<EligibilityId>,
    act: &Act,
) -> Result<Arc<Eligibility>, Error> {
    if state.open_eligibility(&input.candidate.candidate_id, &input.test_code).is_some() {
        return Err(Error::Duplicate);
    }
    let reviewed = state.settings.accommodation_review && !input.candidate.special_accommodations.is_empty();
    let waits = reviewed || state.settings.approval || test.is_some_and(|test| test.requires_approval);
    let record = Eligibility {
        id: id.unwrap_or_else(|| state.new_code(Kind::Eligibility)),
        candidate: Arc::clone(&input.candidate),
        client_eligibility_id: input.client_eligibility_id.clone(),
        created: act.now,
        end: input.eligibility_end_date,
        start: input.schedule_start_date,
        portion_codes: portion_codes(test, input.portion_codes.as_deref()),
        registration_mode: input.registration_mode.clone(),
        test_code: input.test_code.clone(),
        voucher_codes: input.voucher_codes.clone().unwrap_or_default(),
        delivery_mode: input.delivery_mode,
        status: if waits { Status::Reg01 } else { Status::Reg02 },
        closed: false,
        blocked: false,
        accommodation_pending: reviewed,
        booking: None,
        hold: None,
        effective: None,
        written: WrittenText::default(),
    };
    state.add_eligibility(record)
}

/// Changes the open record of a candidate and test.
///
/// # Errors
/// Unknown candidate, test, portion or set-up code; no open record; a member that may not change; the lint in
/// `enforce`.
pub fn update(
    state: &mut State,
    candidate_id: &str,
    test_code: &str,
    input: &Checked<EligibilityInput>,
    act: &Act,
) -> Result<(), Error> {
    state.enforce(&input.findings)?;
    let Checked { value: input, nulls, .. } = input;
    state.check_candidate(candidate_id)?;
    let test = state.test(test_code)?;
    check::note_open_catalog(state, input, act);
    if input.portion_codes.is_some() {
        check::first(check::portions(state, test.as_deref(), input.portion_codes.as_deref()))?;
    }
    let record = state.open_eligibility(candidate_id, test_code).ok_or(Error::NotLinked)?;
    let kept = check::kept_by_null(&record, nulls);
    act.found.borrow_mut().extend(kept.iter().cloned());
    state.enforce(&kept)?;
    check::unchanged(&record, test_code, input)?;
    check::mode(test.as_deref(), input.delivery_mode)?;
    let booked = record.hold.or(record.booking).and_then(|code| state.bookings().get(&code));
    if input.delivery_mode.is_some_and(|mode| booked.is_some_and(|booked| booked.delivery_mode != mode)) {
        return Err(Error::DeliveryModeFixed);
    }
    check::first(check::set_up(state, input))?;
    check_fresh(state, &record, input.voucher_codes.iter().flatten(), act)?;
    let end = input.eligibility_end_date.or(record.end);
    let start = input.schedule_start_date.or(record.start);
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        return Err(Error::Invalid(format!(
            "eligibility_end_date: expected a date that is not before schedule_start_date ({}), got {}",
            Stamp::seconds(start),
            Stamp::seconds(end)
        )));
    }
    let id = record.id;
    drop(record);
    state.change_eligibility(id, |record| {
        (record.start, record.end) = (start, end);
        Arc::make_mut(&mut record.candidate).update(Candidate::clone(&input.candidate));
        if let Some(codes) = &input.portion_codes {
            record.portion_codes.clone_from(codes);
        }
        if input.registration_mode.is_some() {
            record.registration_mode.clone_from(&input.registration_mode);
        }
        if input.delivery_mode.is_some() {
            record.delivery_mode = input.delivery_mode;
        }
        if let Some(codes) = &input.voucher_codes {
            record.voucher_codes.clone_from(codes);
        }
    })?;
    Ok(())
}

/// The portions of a new record: those that are given, else those of the test.
///
/// Source: contract §2.
pub fn portion_codes(test: Option<&Test>, given: Option<&[String]>) -> Vec<String> {
    let of_test = || test.iter().flat_map(|test| &test.portions).map(|portion| portion.portion_code.clone()).collect();
    given.map_or_else(of_test, <[String]>::to_vec)
}

/// Cancels the open record of a candidate and test; its booking first, where it has one.
///
/// Source: REG03 without a booking. Assumed: CSS2, closed, with one (contract §2.2).
///
/// # Errors
/// Unknown candidate or test; no open record; no room for the notification.
pub fn cancel(state: &mut State, candidate_id: &str, test_code: &str) -> Result<((), Notices), Error> {
    state.check_candidate(candidate_id)?;
    state.test(test_code)?;
    let record = state.open_eligibility(candidate_id, test_code).ok_or(Error::NotLinked)?;
    if let Some(held) = record.hold {
        booking::release(state, held)?;
    }
    let notices = match (record.status, record.booking) {
        (Status::Css1, Some(code)) => booking::cancel(state, code)?.1,
        _ => Notices::new(),
    };
    state.change_eligibility(record.id, |record| {
        if matches!(record.status, Status::Reg01 | Status::Reg02) {
            record.status = Status::Reg03;
        }
        record.closed = true;
    })?;
    Ok(((), notices))
}

/// The records of a candidate, the open ones first, then the newest first.
///
/// Observed: a client reads element 0 only.
///
/// # Errors
/// Unknown candidate.
pub fn of_candidate(state: &State, candidate_id: &str, filter: Filter) -> Result<Vec<Arc<Eligibility>>, Error> {
    let mut records: Vec<_> = state.candidate(candidate_id)?.filter(|record| filter.takes(record)).cloned().collect();
    records.reverse();
    records.sort_by_key(|record| !record.is_open());
    Ok(records)
}

/// The records of a candidate for a test, ordered alike.
///
/// # Errors
/// Unknown candidate or test; none links them.
pub fn of_test(state: &State, candidate_id: &str, test_code: &str) -> Result<Vec<Arc<Eligibility>>, Error> {
    let mut records = of_candidate(state, candidate_id, Filter::All)?;
    state.test(test_code)?;
    records.retain(|record| record.test_code == test_code);
    if records.is_empty() { Err(Error::NotLinked) } else { Ok(records) }
}

/// Replaces the vouchers that are attached to the open record of a candidate and test.
///
/// # Errors
/// Unknown candidate, test or voucher; no open record; a voucher that cannot be redeemed; the lint in `enforce`.
pub fn replace_vouchers(
    state: &mut State,
    candidate_id: &str,
    test_code: &str,
    codes: &Checked<VoucherCodes>,
    act: &Act,
) -> Result<(), Error> {
    state.enforce(&codes.findings)?;
    let codes = &codes.value.0;
    state.check_candidate(candidate_id)?;
    state.test(test_code)?;
    let record = state.open_eligibility(candidate_id, test_code).ok_or(Error::NotLinked)?;
    check_fresh(state, &record, codes, act)?;
    state.change_eligibility(record.id, |record| record.voucher_codes.clone_from(codes))?;
    Ok(())
}

/// Whether the vouchers may be attached; those that are already stay accepted.
fn check_fresh<'a>(
    state: &State,
    record: &Eligibility,
    codes: impl IntoIterator<Item = &'a String>,
    act: &Act,
) -> Result<(), Error> {
    let fresh = codes.into_iter().filter(|code| !record.voucher_codes.contains(code));
    voucher::check(state, fresh, &record.test_code, act.now)
}

/// Approves a pending registration.
///
/// # Errors
/// Unknown code; a record that is not pending.
pub fn approve(state: &mut State, id: EligibilityId) -> Result<Arc<Eligibility>, Error> {
    let status = state.eligibility(id)?.status;
    if status != Status::Reg01 {
        return Err(Error::Transition { action: "approve", status });
    }
    state.change_eligibility(id, |record| {
        record.status = Status::Reg02;
        record.accommodation_pending = false;
    })
}

/// Blocks a candidate's record, or lifts the block.
///
/// # Errors
/// Unknown code.
pub fn block(state: &mut State, id: EligibilityId, blocked: bool) -> Result<Arc<Eligibility>, Error> {
    state.change_eligibility(id, |record| record.blocked = blocked)
}
