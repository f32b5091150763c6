//! Eligibilities: what partners and staff do with them.

use std::sync::Arc;

use super::{Changed, Sandbox};
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::eligibility::input::EligibilityInput;
use crate::domain::eligibility::{self, Filter, TestLaunchInfo};
use crate::domain::record::eligibility::Eligibility;
use crate::domain::value::id::EligibilityId;
use crate::domain::value::stamp::Timestamp;
use crate::store::account::Account;

/// Records as they stood at an instant.
#[derive(Debug)]
pub struct Found {
    /// The records.
    pub records: Vec<Arc<Eligibility>>,
    /// When they were looked at.
    pub now: Timestamp,
}

/// Makes an eligibility.
///
/// # Errors
/// See [`eligibility::create`].
pub fn create(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: Checked<EligibilityInput>,
) -> Result<Changed<(Arc<Eligibility>, Timestamp)>, Error> {
    sandbox.change(account, |state, act| {
        let (record, events) = eligibility::create(state, input, act)?;
        Ok(((record, act.now), events))
    })
}

/// Changes the open record of a candidate and test.
///
/// # Errors
/// See [`eligibility::update`].
pub fn update(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    candidate_id: &str,
    test_code: &str,
    input: Checked<EligibilityInput>,
) -> Result<Changed<()>, Error> {
    sandbox.change(account, |state, act| eligibility::update(state, candidate_id, test_code, input, act))
}

/// Cancels the open record of a candidate and test.
///
/// # Errors
/// See [`eligibility::cancel`].
pub fn cancel(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    candidate_id: &str,
    test_code: &str,
) -> Result<Changed<()>, Error> {
    sandbox.change(account, |state, _| eligibility::cancel(state, candidate_id, test_code))
}

/// The records of a candidate.
///
/// # Errors
/// See [`eligibility::of_candidate`].
pub fn of_candidate(sandbox: &Sandbox, account: &Account, candidate_id: &str) -> Result<Found, Error> {
    sandbox.look(account, |state, now| {
        let records = eligibility::of_candidate(state, candidate_id, Filter::All)?;
        Ok(Found { records, now })
    })
}

/// The records of a candidate by status; a missing `status` is a finding.
///
/// # Errors
/// Another status; see [`eligibility::of_candidate`].
pub fn by_status(
    sandbox: &Sandbox,
    account: &Account,
    candidate_id: &str,
    status: Option<&str>,
) -> Result<(Found, Option<Finding>), Error> {
    let filter = status.map(Filter::parse).transpose();
    sandbox.look(account, |state, now| {
        let filter = filter?;
        state.knows(candidate_id)?;
        let (filter, finding) = match filter {
            Some(filter) => (filter, None),
            None => (Filter::All, Some(eligibility::status_missing(state)?)),
        };
        let records = eligibility::of_candidate(state, candidate_id, filter)?;
        Ok((Found { records, now }, finding))
    })
}

/// The records of a candidate for a test.
///
/// # Errors
/// See [`eligibility::of_test`].
pub fn of_test(sandbox: &Sandbox, account: &Account, candidate_id: &str, test_code: &str) -> Result<Found, Error> {
    sandbox.look(account, |state, now| {
        let records = eligibility::of_test(state, candidate_id, test_code)?;
        Ok(Found { records, now })
    })
}

/// Replaces the attached vouchers.
///
/// # Errors
/// See [`eligibility::replace_vouchers`].
pub fn replace_vouchers(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    candidate_id: &str,
    test_code: &str,
    codes: Vec<String>,
) -> Result<Changed<()>, Error> {
    sandbox.change(account, |state, _| eligibility::replace_vouchers(state, candidate_id, test_code, codes))
}

/// What a test driver needs to start the test; `base_url` is the one its caller used.
///
/// # Errors
/// See [`eligibility::launch_info`].
pub fn launch_info(sandbox: &Sandbox, account: &Account, code: &str, base_url: &str) -> Result<TestLaunchInfo, Error> {
    sandbox.look(account, |state, _| eligibility::launch_info(state, code, base_url))
}

/// Approves a pending registration.
///
/// # Errors
/// See [`eligibility::approve`].
pub fn approve(sandbox: &Sandbox, account: &Arc<Account>, id: EligibilityId) -> Result<Found, Error> {
    changed(sandbox.change(account, |state, act| {
        let (record, events) = eligibility::approve(state, id)?;
        Ok((Found { records: vec![record], now: act.now }, events))
    }))
}

/// Blocks a record, or lifts the block.
///
/// # Errors
/// See [`eligibility::block`].
pub fn block(sandbox: &Sandbox, account: &Arc<Account>, id: EligibilityId, blocked: bool) -> Result<Found, Error> {
    changed(sandbox.change(account, |state, act| {
        let (record, events) = eligibility::block(state, id, blocked)?;
        Ok((Found { records: vec![record], now: act.now }, events))
    }))
}

fn changed<T>(change: Result<Changed<T>, Error>) -> Result<T, Error> {
    change.map(|changed| changed.value)
}
