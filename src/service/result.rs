//! Results: taken from test drivers, and fetched by partners.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::booking;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::booking::Booking;
use crate::domain::result::input::{EligibilityResultInput, ResultDataInput, ResultInput, RpNowInput};
use crate::domain::result::{self, notice};
use crate::domain::state::{Act, State};
use crate::store::account::Account;

/// Takes a result by its booking's code.
///
/// # Errors
/// See [`result::put`]; the lint in `enforce`.
pub async fn put(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    input: &Checked<ResultInput>,
) -> Result<(), Error> {
    take(sandbox, account, input, |state, input, act| result::put(state, code, input, act)).await
}

/// Takes a result by the partner's identifier of the eligibility.
///
/// # Errors
/// See [`result::put_by_eligibility`]; the lint in `enforce`.
pub async fn put_by_eligibility(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    client_eligibility_id: &str,
    input: &Checked<EligibilityResultInput>,
) -> Result<(), Error> {
    let rule = |state: &mut State, input: &EligibilityResultInput, act: &Act| {
        result::put_by_eligibility(state, client_eligibility_id, input, act)
    };
    take(sandbox, account, input, rule).await
}

/// Takes a result by its candidate.
///
/// # Errors
/// See [`result::put_by_candidate`]; the lint in `enforce`.
pub async fn put_by_candidate(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &Checked<ResultDataInput>,
) -> Result<(), Error> {
    take(sandbox, account, input, result::put_by_candidate).await
}

/// Takes a result that names its booking.
///
/// # Errors
/// Those of [`put`].
pub async fn put_by_rpnow(sandbox: &Sandbox, account: &Arc<Account>, input: &Checked<RpNowInput>) -> Result<(), Error> {
    let rule = |state: &mut State, input: &RpNowInput, act: &Act| {
        result::put(state, &input.booking_code, &input.result(), act)
    };
    take(sandbox, account, input, rule).await
}

async fn take<T>(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &Checked<T>,
    rule: impl Fn(&mut State, &T, &Act) -> Result<(Arc<Booking>, Notices), Error>,
) -> Result<(), Error> {
    let changed = sandbox.change(account, |state, act| {
        state.enforce(&input.findings)?;
        rule(state, &input.value, act)
    });
    changed.await.map(drop)
}

/// The result of a booking, as the document that partners fetch.
///
/// # Errors
/// Unknown code; no result yet.
pub async fn get(sandbox: &Sandbox, account: &Account, code: &str) -> Result<String, Error> {
    let found = sandbox.look(account, |state, _| {
        let booking = state.booking(booking::code(state, code)?)?;
        Ok((state.eligibility(booking.psi_eligiblity_id)?, booking))
    });
    let (record, booking) = found.await?;
    notice::document(&record, &booking)
        .ok_or_else(|| Error::NotFound { kind: "result of booking", id: code.to_owned() })
}
