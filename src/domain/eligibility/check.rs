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

/// Which records are meant where no `status` is named.
///
/// # Errors
/// [`Error::StatusFilter`], the documented 400, in `enforce`.
pub fn status_missing(state: &State) -> Result<Filter, Error> {
    if state.settings.lint == Mode::Enforce { Err(Error::StatusFilter) } else { Ok(Filter::All) }
}

/// Whether the portions are the test's, and there where needed.
pub fn portions(state: &State, test: Option<&Test>, codes: Option<&[String]>) -> Result<(), Error> {
    let Some(test) = test else { return Ok(()) };
    if state.settings.open_catalog && codes.is_some() {
        return Ok(());
    }
    let unknown = codes
        .unwrap_or_default()
        .iter()
        .find(|code| !test.portions.iter().any(|portion| portion.portion_code == **code));
    match unknown {
        Some(code) => Err(Error::UnknownPortion(code.clone())),
        None if codes.is_none() && test.portions.len() > 1 => Err(Error::UnknownPortion(String::new())),
        None => Ok(()),
    }
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

/// Whether the codes of the body are set up.
pub fn set_up(state: &State, input: &EligibilityInput) -> Result<(), Error> {
    let set_up = &state.set_up;
    if !state.settings.open_catalog {
        let not_set_up = |member, value: &str| Err(Error::NotSetUp { member, value: value.to_owned() });
        if let Some(school) = &input.candidate.school_code
            && !set_up.schools.contains(school.as_str())
        {
            return not_set_up("candidate.school_code", school);
        }
        for code in &input.candidate.special_accommodations {
            if !set_up.accommodations.contains(code) {
                return not_set_up("candidate.special_accommodations", code);
            }
        }
        for attribute in &input.candidate.additional_attributes {
            if !set_up.attribute_keys.contains(attribute.key.as_str()) {
                return not_set_up("candidate.additional_attributes", &attribute.key);
            }
        }
    }
    Ok(())
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
