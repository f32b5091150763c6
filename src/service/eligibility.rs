//! Eligibilities: what partners and staff do with them.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::deed::EligibilityDeed;
use crate::domain::eligibility::input::{EligibilityInput, VoucherCodes};
use crate::domain::eligibility::{self, Filter, TestLaunchInfo};
use crate::domain::outbox::notice::Notices;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::state::State;
use crate::domain::value::id::EligibilityId;
use crate::domain::value::stamp::Timestamp;
use crate::store::account::Account;

/// Records as they stood at an instant.
#[derive(Debug)]
pub struct FoundEligibilities {
    /// The records.
    pub records: Vec<Arc<Eligibility>>,
    /// When they were looked at.
    pub now: Timestamp,
}

/// Makes an eligibility; what the lint finds by the state is added to `found`.
///
/// # Errors
/// See [`eligibility::create`].
pub async fn create(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &Checked<EligibilityInput>,
    found: &mut Vec<Finding>,
) -> Result<(Arc<Eligibility>, Timestamp), Error> {
    let changed = sandbox.change_linted(account, found, |state, act| {
        let record = eligibility::create(state, input, act)?;
        Ok(((record, act.now), Notices::new()))
    });
    changed.await
}

/// Changes the open record of a candidate and test; what the lint finds by the state is added to `found`.
///
/// # Errors
/// See [`eligibility::update`].
pub async fn update(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    candidate_id: &str,
    test_code: &str,
    input: &Checked<EligibilityInput>,
    found: &mut Vec<Finding>,
) -> Result<(), Error> {
    let changed = sandbox.change_linted(account, found, |state, act| {
        eligibility::update(state, candidate_id, test_code, input, act).map(|()| ((), Notices::new()))
    });
    changed.await
}

/// Cancels the open record of a candidate and test.
///
/// # Errors
/// See [`eligibility::cancel`].
pub async fn cancel(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    candidate_id: &str,
    test_code: &str,
) -> Result<(), Error> {
    sandbox.change(account, |state, _| eligibility::cancel(state, candidate_id, test_code)).await
}

/// The records of a candidate.
///
/// # Errors
/// See [`eligibility::of_candidate`].
pub async fn of_candidate(
    sandbox: &Sandbox,
    account: &Account,
    candidate_id: &str,
) -> Result<FoundEligibilities, Error> {
    let look = |state: &State, now| {
        let records = eligibility::of_candidate(state, candidate_id, Filter::All)?;
        Ok(FoundEligibilities { records, now })
    };
    sandbox.look(account, look).await
}

/// The records of a candidate by status; all where none is named.
///
/// # Errors
/// Another status; see [`eligibility::of_candidate`].
pub async fn by_status(
    sandbox: &Sandbox,
    account: &Account,
    candidate_id: &str,
    status: Option<&str>,
) -> Result<FoundEligibilities, Error> {
    let filter = status.map(Filter::parse).transpose();
    let look = |state: &State, now| {
        let filter = filter.clone()?;
        state.check_candidate(candidate_id)?;
        let filter = match filter {
            Some(filter) => filter,
            None => eligibility::status_missing(state)?,
        };
        let records = eligibility::of_candidate(state, candidate_id, filter)?;
        Ok(FoundEligibilities { records, now })
    };
    sandbox.look(account, look).await
}

/// The records of a candidate for a test.
///
/// # Errors
/// See [`eligibility::of_test`].
pub async fn of_test(
    sandbox: &Sandbox,
    account: &Account,
    candidate_id: &str,
    test_code: &str,
) -> Result<FoundEligibilities, Error> {
    let look = |state: &State, now| {
        let records = eligibility::of_test(state, candidate_id, test_code)?;
        Ok(FoundEligibilities { records, now })
    };
    sandbox.look(account, look).await
}

/// Replaces the attached vouchers.
///
/// # Errors
/// See [`eligibility::replace_vouchers`].
pub async fn replace_vouchers(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    candidate_id: &str,
    test_code: &str,
    codes: &Checked<VoucherCodes>,
) -> Result<(), Error> {
    let changed = sandbox.change(account, |state, act| {
        eligibility::replace_vouchers(state, candidate_id, test_code, codes, act).map(|()| ((), Notices::new()))
    });
    changed.await
}

/// What a test driver needs to start the test; `base_url` is the one its caller used.
///
/// # Errors
/// See [`eligibility::launch_info`].
pub async fn launch_info(
    sandbox: &Sandbox,
    account: &Account,
    code: &str,
    base_url: &str,
) -> Result<TestLaunchInfo, Error> {
    sandbox.look(account, |state, _| eligibility::launch_info(state, code, base_url)).await
}

/// Something happens to an eligibility.
///
/// # Errors
/// Unknown code; a record that does not allow it.
pub async fn act(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: EligibilityId,
    deed: &EligibilityDeed,
) -> Result<FoundEligibilities, Error> {
    let changed = sandbox.change(account, |state, act| {
        let record = deed.apply(state, id)?;
        Ok((FoundEligibilities { records: vec![record], now: act.now }, Notices::new()))
    });
    changed.await
}

/// The record with this identifier.
///
/// # Errors
/// [`Error::UnknownEligibility`].
pub async fn get(sandbox: &Sandbox, account: &Account, id: EligibilityId) -> Result<FoundEligibilities, Error> {
    let look = |state: &State, now| Ok(FoundEligibilities { records: vec![state.eligibility(id)?], now });
    sandbox.look(account, look).await
}
