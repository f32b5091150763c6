//! Laying a `given` document into an account's state: all of it, or an error and the state is thrown away.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::booking::{self, BookingState, ScheduleInput};
use super::candidate::Candidate;
use super::catalog::Test;
use super::clock::Clock;
use super::eligibility::{self, Eligibility, Status};
use super::error::{Error, Fault};
use super::given::{Counts, Given, GivenBooking, GivenCandidate, GivenCatalog, GivenEligibility};
use super::id::{Code, Kind};
use super::input::EligibilityInput;
use super::json::{self, Checked};
use super::lint::Mode;
use super::person;
use super::stamp::Instant;
use super::state::{Act, State};
use super::subscription::secret_fault;
use super::test_center;

/// Merges a document into the state; records are upserted by their code, absent sections stay untouched.
///
/// No event leaves: loading sends no notification.
///
/// # Errors
/// A value that does not fit, with its path in the document. The state is then half laid: throw it away.
pub fn lay(state: &mut State, given: &Given, act: &Act<'_>, wall: Instant) -> Result<Counts, Error> {
    let mut counts = Counts::default();
    if let Some(clock) = &given.clock {
        let now = state.clock.now(wall);
        let instant = clock.instant.unwrap_or(now);
        if instant < now && state.outbox.open() > 0 {
            let open = state.outbox.open();
            return Err(Error::Conflict(format!(
                "clock.instant: the clock never goes back while work is pending ({open} deliveries are)"
            )));
        }
        state.clock = Clock::at(instant, clock.frozen, wall);
    }
    lay_account(state, given, &mut counts)?;
    lay_catalog(state, &given.catalog, &mut counts)?;
    for (service, subscription) in given.subscriptions.iter() {
        if let Some(wrong) = subscription.fault() {
            return Err(Error::Invalid(format!("subscriptions.{service}.{wrong}")));
        }
        state.subscriptions.insert(service, Arc::new(subscription.clone()));
        counts.subscriptions += 1;
    }
    let lint = std::mem::replace(&mut state.settings.lint, Mode::Off);
    let laid = lay_records(state, given, act, &mut counts);
    state.settings.lint = lint;
    laid?;
    if let Some(faults) = &given.faults {
        state.faults.replace(faults, wall)?;
    }
    Ok(counts)
}

fn lay_account(state: &mut State, given: &Given, counts: &mut Counts) -> Result<(), Error> {
    let account = &given.account;
    if let Some(settings) = &account.settings {
        state.settings.update(settings);
    }
    if let Some(secret) = &account.signing_secret {
        if let Some(wrong) = secret_fault("signing_secret", secret) {
            return Err(Error::Invalid(format!("account.{wrong}")));
        }
        state.signing_secret.clone_from(secret);
    }
    for user in account.users.iter().flatten() {
        match state.users.iter_mut().find(|known| known.username == user.username) {
            Some(known) => *known = user.clone(),
            None => state.users.push(user.clone()),
        }
        counts.users += 1;
    }
    for (index, application) in account.applications.iter().flatten().enumerate() {
        if let Some(owner) = &application.owner
            && state.user(owner).is_none()
        {
            let path = format!("account.applications[{index}].owner");
            return Err(fault(&path, "one of the account's users", &format!("{owner:?}")));
        }
        if let Some(wrong) = application.fault() {
            return Err(at(&format!("account.applications[{index}]"), &Error::Body(vec![wrong])));
        }
        match state.applications.iter_mut().find(|known| known.name == application.name) {
            Some(known) => *known = application.clone(),
            None => state.applications.push(application.clone()),
        }
        counts.applications += 1;
    }
    let mut keys = BTreeSet::new();
    let each = state.applications.iter().flat_map(|one| one.consumer_keys().map(move |key| (one, key)));
    if let Some((twice, _)) = { each }.find(|(_, key)| !keys.insert(*key)) {
        return Err(Error::Conflict(format!("account.applications: two have the consumer key of {:?}", twice.name)));
    }
    for token in account.static_tokens.iter().flatten() {
        if !state.static_tokens.contains(token) {
            state.static_tokens.push(token.clone());
        }
    }
    if let Some(allowed) = &account.allow_ip {
        state.allow_ip.clone_from(allowed);
    }
    Ok(())
}

fn lay_catalog(state: &mut State, given: &GivenCatalog, counts: &mut Counts) -> Result<(), Error> {
    for (index, test) in given.tests.iter().flatten().enumerate() {
        let mut test: Test = test.clone();
        let path = format!("catalog.tests[{index}]");
        if test.test_code.is_empty() || test.test_code.len() > 50 {
            return Err(fault(&format!("{path}.test_code"), "1 to 50 characters", &format!("{:?}", test.test_code)));
        }
        if test.delivery_modes.is_empty() {
            return Err(fault(&format!("{path}.delivery_modes"), "one mode or more", "an empty list"));
        }
        if test.test_name.is_empty() {
            test.test_name.clone_from(&test.test_code);
        }
        state.catalog.tests.insert(test.test_code.clone(), Arc::new(test));
        counts.tests += 1;
    }
    if let Some(centers) = given.test_centers.as_ref().filter(|centers| !centers.is_empty()) {
        for (index, center) in centers.iter().enumerate() {
            if center.location_timezone.parse::<chrono_tz::Tz>().is_err() {
                let path = format!("catalog.test_centers[{index}].location_timezone");
                return Err(fault(
                    &path,
                    "an IANA zone like America/Chicago",
                    &format!("{:?}", center.location_timezone),
                ));
            }
        }
        let own = state.catalog.test_centers.get_or_insert_default();
        own.extend(test_center::by_code(centers.iter().cloned()));
        counts.test_centers = centers.len();
    }
    let catalog = &mut state.catalog;
    catalog.accommodations.extend(given.accommodations.iter().flatten().cloned());
    catalog.schools.extend(given.schools.iter().flatten().cloned());
    catalog.attribute_keys.extend(given.attribute_keys.iter().flatten().cloned());
    for voucher in given.vouchers.iter().flatten() {
        catalog.vouchers.insert(voucher.voucher_code.clone(), voucher.clone());
    }
    Ok(())
}

fn lay_records(state: &mut State, given: &Given, act: &Act<'_>, counts: &mut Counts) -> Result<(), Error> {
    for (index, eligibility) in given.eligibilities.iter().enumerate() {
        lay_eligibility(state, eligibility, act).map_err(|error| at(&format!("eligibilities[{index}]"), &error))?;
        counts.eligibilities += 1;
    }
    for (index, booking) in given.bookings.iter().enumerate() {
        lay_booking(state, booking, act).map_err(|error| at(&format!("bookings[{index}]"), &error))?;
        counts.bookings += 1;
    }
    Ok(())
}

/// An open record of the candidate and test is updated, otherwise one is made; the vendor's hard rules hold here too.
fn lay_eligibility(state: &mut State, given: &GivenEligibility, act: &Act<'_>) -> Result<(), Error> {
    let candidate = complete(state, &given.candidate);
    let input = EligibilityInput {
        client_eligibility_id: given.client_eligibility_id.clone(),
        delivery_mode: given.delivery_mode,
        eligibility_end_date: given.eligibility_end_date,
        portion_codes: given.portion_codes.clone(),
        registration_mode: given.registration_mode.clone(),
        schedule_start_date: given.schedule_start_date,
        test_code: given.test_code.clone(),
        voucher_codes: given.voucher_codes.clone(),
        candidate,
    };
    let body = serde_json::to_vec(&input).map_err(|error| Error::Internal(error.to_string()))?;
    let input: Checked<EligibilityInput> = json::read(&body)?;
    let candidate_id = input.value.candidate.candidate_id.clone();
    let id = match state.open_eligibility(&candidate_id, &given.test_code) {
        Some(record) => {
            let id = record.id;
            drop(record);
            eligibility::update(state, &candidate_id, &given.test_code, input, act)?;
            id
        }
        // Loading a document again makes no second record of one that has closed since.
        None if is_there(state, &input.value) => return Ok(()),
        None => eligibility::create(state, input, act)?.0.id,
    };
    state.eligibility_mut(id)?.blocked = given.blocked;
    Ok(())
}

/// Whether the candidate has a record for the test with this client eligibility id.
fn is_there(state: &State, input: &EligibilityInput) -> bool {
    let is_it = |record: &Arc<Eligibility>| {
        record.test_code == input.test_code && record.client_eligibility_id == input.client_eligibility_id
    };
    input.client_eligibility_id.is_some()
        && state.candidate(&input.candidate.candidate_id).is_ok_and(|mut records| records.any(is_it))
}

/// A booking is made and brought to its state, without a notification.
fn lay_booking(state: &mut State, given: &GivenBooking, act: &Act<'_>) -> Result<(), Error> {
    let record = state
        .eligibilities
        .iter()
        .filter(|record| record.client_eligibility_id.as_ref() == Some(&given.eligibility))
        .last()
        .cloned()
        .ok_or_else(|| {
            fault("eligibility", "the client_eligibility_id of an eligibility", &format!("{:?}", given.eligibility))
        })?;
    let named = given.booking_code.as_ref().map(|code| code.parse::<Code>()).transpose();
    let named = named.map_err(|wrong| Error::Invalid(format!("booking_code: {wrong}")))?;
    let to = given.state.unwrap_or(BookingState::Booked);
    if let Some(known) = named.and_then(|code| state.bookings.get(&code)) {
        if known.psi_eligiblity_id != record.id {
            return Err(Error::Conflict(format!("booking_code: {} is another eligibility's", known.booking_code)));
        }
        let code = known.booking_code;
        return bring(state, code, to);
    }
    if let Some(code) = named
        && !act.registry.claim(code)
    {
        return Err(Error::Conflict(format!("booking_code: {code} is taken by another account of this server")));
    }
    let input = ScheduleInput {
        booking_on: given.booking_on,
        delivery_mode: given.delivery_mode,
        location_code: given.location_code.clone(),
        location_timezone: None,
    };
    let id = record.id;
    drop(record);
    let (made, _) = booking::schedule(state, id, input, act)?;
    let code = match named {
        Some(code) => rename(state, made.booking_code, code)?,
        None => made.booking_code,
    };
    bring(state, code, to)
}

/// Brings a booking to a state, where it is not in it already.
fn bring(state: &mut State, code: Code, to: BookingState) -> Result<(), Error> {
    let stands = state.booking(code)?.state;
    if stands == to {
        return Ok(());
    }
    let ended = match to {
        BookingState::Booked => Err(Error::BookingTransition { action: "take up", state: stands }),
        BookingState::Cancelled => booking::cancel(state, code),
        BookingState::Completed => booking::complete(state, code, None),
        BookingState::Absent => booking::absent(state, code),
        BookingState::Excused => booking::excuse(state, code),
    };
    ended.map(drop)
}

fn rename(state: &mut State, from: Code, to: Code) -> Result<Code, Error> {
    let made = state.bookings.remove(&from).ok_or_else(|| Error::UnknownBooking(from.to_string()))?;
    state.retired.push(from);
    let mut made = (*made).clone();
    made.booking_code = to;
    let record = state.eligibility_mut(made.psi_eligiblity_id)?;
    debug_assert_eq!(record.status, Status::Css1);
    record.booking = Some(to);
    state.bookings.insert(to, made);
    Ok(to)
}

/// The fixture's candidate, with invented values where it names none.
fn complete(state: &mut State, given: &GivenCandidate) -> Candidate {
    let is_complete = given.candidate_id.is_some() && given.first_name.is_some() && given.last_name.is_some();
    let made = if is_complete { Candidate::default() } else { person::candidate(state.ids.number(Kind::Person)) };
    let given = given.clone();
    Candidate {
        additional_attributes: given.additional_attributes.filter(|list| !list.is_empty()),
        address1: given.address1.or(made.address1),
        address2: given.address2.or(made.address2),
        candidate_id: given.candidate_id.unwrap_or(made.candidate_id),
        city: given.city.or(made.city),
        country: given.country.or(made.country),
        email: given.email.or(made.email),
        first_name: given.first_name.unwrap_or(made.first_name),
        home_phone: given.home_phone.or(made.home_phone),
        last_name: given.last_name.unwrap_or(made.last_name),
        middle_name: given.middle_name.or(made.middle_name),
        office_phone: given.office_phone.or(made.office_phone),
        postal_code: given.postal_code.or(made.postal_code),
        province_state: given.province_state.or(made.province_state),
        school_code: given.school_code.or(made.school_code),
        special_accommodations: given.special_accommodations.filter(|codes| !codes.is_empty()),
        suffix: given.suffix.or(made.suffix),
    }
}

fn fault(path: &str, expected: &str, sent: &str) -> Error {
    Error::Body(vec![Fault { path: path.to_owned(), expected: expected.to_owned(), sent: sent.to_owned() }])
}

/// The same error, with the place in the document.
fn at(path: &str, error: &Error) -> Error {
    match error {
        Error::Body(faults) => Error::Body(
            faults.iter().map(|fault| Fault { path: format!("{path}.{}", fault.path), ..fault.clone() }).collect(),
        ),
        Error::QueueFull { .. } => error.clone(),
        Error::Conflict(why) => Error::Conflict(format!("{path}: {why}")),
        other => Error::Invalid(format!("{path}: {other}")),
    }
}
