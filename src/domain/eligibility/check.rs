//! What an eligibility's body must fit: the catalog, the record that stands, the lint.

use std::sync::Arc;

use super::filter::Filter;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::{Finding, Mode, Rule};
use crate::domain::contract::status::{DeliveryMode, Status};
use crate::domain::eligibility::input::EligibilityInput;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::test::Test;
use crate::domain::state::{Act, State};
use crate::domain::voucher;

/// Which records are meant where no `status` is named.
///
/// # Errors
/// [`Error::StatusFilter`], the documented 400, in `enforce`.
pub fn status_missing(state: &State) -> Result<Filter, Error> {
    if state.settings.lint == Mode::Enforce { Err(Error::StatusFilter) } else { Ok(Filter::All) }
}

/// All that the account says against a new record; an operation is refused with the first.
pub fn of_new(state: &State, input: &EligibilityInput, act: &Act) -> Vec<Error> {
    let test = match state.test(&input.test_code) {
        Ok(test) => test,
        Err(unknown) => return std::iter::once(unknown).chain(set_up(state, input)).collect(),
    };
    let test = test.as_deref();
    let mut wrong = portions(state, test, input.portion_codes.as_deref());
    wrong.extend(mode(test, input.delivery_mode).err());
    wrong.extend(set_up(state, input));
    let voucher = |code| voucher::check(state, [code], &input.test_code, act.now).err();
    wrong.extend(input.voucher_codes.iter().flatten().filter_map(voucher));
    wrong.extend(attempts(state, test, &input.candidate.candidate_id).err());
    wrong
}

/// The same of a record that was made earlier.
pub fn of_earlier(state: &State, input: &EligibilityInput) -> Vec<Error> {
    let mut wrong: Vec<_> = state.test(&input.test_code).err().into_iter().collect();
    wrong.extend(set_up(state, input));
    wrong.extend(input.voucher_codes.iter().flatten().filter_map(|code| voucher::set_up(state, code).err()));
    wrong
}

/// What an operation is refused with.
pub fn first(wrong: Vec<Error>) -> Result<(), Error> {
    wrong.into_iter().next().map_or(Ok(()), Err)
}

/// The portions that are not the test's, or that there are none where some are needed.
pub fn portions(state: &State, test: Option<&Test>, codes: Option<&[String]>) -> Vec<Error> {
    let Some(test) = test else { return Vec::new() };
    if state.settings.open_catalog && codes.is_some() {
        return Vec::new();
    }
    if codes.is_none() && test.portions.len() > 1 {
        return vec![Error::UnknownPortion(String::new())];
    }
    let is_known = |code: &&String| test.portions.iter().any(|portion| portion.portion_code == **code);
    let unknown = codes.unwrap_or_default().iter().filter(|code| !is_known(code));
    unknown.map(|code| Error::UnknownPortion(code.clone())).collect()
}

/// Whether the candidate may take the test once more.
///
/// Assumed: an attempt is an exam that was taken or missed.
pub fn attempts(state: &State, test: Option<&Test>, candidate_id: &str) -> Result<(), Error> {
    let Some((test, most)) = test.and_then(|test| Some((test, test.max_attempts?))) else { return Ok(()) };
    let is_attempt = |record: &&Arc<Eligibility>| {
        record.test_code == test.test_code && matches!(record.status, Status::Css5 | Status::Css8)
    };
    let had = state.candidate(candidate_id).map_or(0, |records| records.filter(is_attempt).count());
    if had < most as usize {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "the candidate has had {had} attempts at test {:?}, which allows {most}",
        test.test_code
    )))
}

/// Whether the exam is offered in the delivery mode.
pub fn mode(test: Option<&Test>, mode: Option<DeliveryMode>) -> Result<(), Error> {
    match (test, mode) {
        (Some(test), Some(mode)) if !test.delivery_modes.contains(&mode) => Err(Error::DeliveryModeNotAllowed),
        _ => Ok(()),
    }
}

/// Source: an update may not change the test, the accommodations, the candidate id or the client eligibility id.
pub fn unchanged(record: &Eligibility, test_code: &str, input: &EligibilityInput) -> Result<(), Error> {
    let listed = |codes: &[String]| codes.join(",");
    let changed =
        |member, kept: &str, sent: &str| Err(Error::Immutable { member, kept: kept.to_owned(), sent: sent.to_owned() });
    if input.candidate.candidate_id != record.candidate.candidate_id {
        return changed("candidate.candidate_id", &record.candidate.candidate_id, &input.candidate.candidate_id);
    }
    if input.test_code != test_code {
        return changed("test_code", test_code, &input.test_code);
    }
    if let Some(sent) = &input.client_eligibility_id
        && record.client_eligibility_id.as_ref() != Some(sent)
    {
        return changed("client_eligibility_id", record.client_eligibility_id.as_deref().unwrap_or_default(), sent);
    }
    let sent = &input.candidate.special_accommodations;
    if !sent.is_empty() {
        let kept = &record.candidate.special_accommodations;
        if sent != kept {
            return changed("candidate.special_accommodations", &listed(kept), &listed(sent));
        }
    }
    Ok(())
}

/// The codes of the body that are not set up.
pub fn set_up(state: &State, input: &EligibilityInput) -> Vec<Error> {
    if state.settings.open_catalog {
        return Vec::new();
    }
    let (set_up, candidate) = (&state.set_up, &input.candidate);
    let schools = candidate.school_code.as_deref().into_iter();
    let keys = candidate.additional_attributes.iter().map(|attribute| attribute.key.as_str());
    let accommodations = candidate.special_accommodations.iter().map(String::as_str);
    let unknown = |member, value: &str| Error::NotSetUp { member, value: value.to_owned() };
    schools
        .filter(|code| !set_up.schools.contains(*code))
        .map(|code| unknown("candidate.school_code", code))
        .chain(
            accommodations
                .filter(|code| !set_up.accommodations.contains(*code))
                .map(|code| unknown("candidate.special_accommodations", code)),
        )
        .chain(
            keys.filter(|key| !set_up.attribute_keys.contains(*key))
                .map(|key| unknown("candidate.additional_attributes", key)),
        )
        .collect()
}

/// The nulls of an update that keep a value, which is what stands in the record.
pub fn kept_by_null(record: &Eligibility, nulls: &[String]) -> Vec<Finding> {
    let stands = |pointer: &str| match pointer.strip_prefix("/candidate/") {
        Some(name) => record.candidate.has(name),
        None => match pointer {
            "/client_eligibility_id" => record.client_eligibility_id.is_some(),
            "/delivery_mode" => record.delivery_mode.is_some(),
            "/eligibility_end_date" => record.end.is_some(),
            "/portion_codes" => !record.portion_codes.is_empty(),
            "/registration_mode" => record.registration_mode.is_some(),
            "/schedule_start_date" => record.start.is_some(),
            "/voucher_codes" => !record.voucher_codes.is_empty(),
            _ => false,
        },
    };
    let kept = nulls.iter().filter(|pointer| stands(pointer));
    kept.map(|pointer| Finding::new(Rule::NullKept, pointer.clone(), "null".to_owned())).collect()
}

/// With `open_catalog`, notes what production would have refused.
pub fn note_open_catalog(state: &State, input: &EligibilityInput, act: &Act) {
    if !state.settings.open_catalog {
        return;
    }
    let set_up = &state.set_up;
    let note = |pointer: String, value: &str| {
        act.found.borrow_mut().push(Finding::new(Rule::NotSetUp, pointer, format!("{value:?}")));
    };
    match state.tests.get(&input.test_code) {
        None => note("/test_code".to_owned(), &input.test_code),
        Some(test) => {
            for (index, code) in input.portion_codes.iter().flatten().enumerate() {
                if !test.portions.iter().any(|portion| portion.portion_code == *code) {
                    note(format!("/portion_codes/{index}"), code);
                }
            }
        }
    }
    if let Some(school) = input.candidate.school_code.as_ref().filter(|code| !set_up.schools.contains(code.as_str())) {
        note("/candidate/school_code".to_owned(), school);
    }
    for (index, code) in input.candidate.special_accommodations.iter().enumerate() {
        if !set_up.accommodations.contains(code) {
            note(format!("/candidate/special_accommodations/{index}"), code);
        }
    }
    for (index, attribute) in input.candidate.additional_attributes.iter().enumerate() {
        if !set_up.attribute_keys.contains(attribute.key.as_str()) {
            note(format!("/candidate/additional_attributes/{index}/key"), &attribute.key);
        }
    }
}
