//! Payments: what partners do with them, and what the payment provider decides.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::deed::PaymentDeed;
use crate::domain::payment::input::{NewPayment, NewRefund};
use crate::domain::payment::{self, once::once};
use crate::domain::record::payment::PaymentView;
use crate::store::account::Account;

/// A request as it is told from others under one `Idempotency-Key`.
fn request(operation: &str, id: &str, body: &impl serde::Serialize) -> Result<String, Error> {
    let body = serde_json::to_string(body).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{operation} {id} {body}"))
}

/// Pays for a booking on hold; gives the payment as JSON.
///
/// # Errors
/// See [`payment::create`] and [`once`].
pub async fn create(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    key: Option<&str>,
    input: &Checked<NewPayment>,
) -> Result<String, Error> {
    let request = request("create", "", &input.value)?;
    sandbox.change(account, |state, act| once(state, key, &request, |state| payment::create(state, input, act))).await
}

/// Captures a payment; gives it as JSON.
///
/// # Errors
/// See [`payment::capture`] and [`once`].
pub async fn capture(sandbox: &Sandbox, account: &Arc<Account>, key: Option<&str>, id: &str) -> Result<String, Error> {
    let request = request("capture", id, &())?;
    sandbox.change(account, |state, act| once(state, key, &request, |state| payment::capture(state, id, act))).await
}

/// Gives money back; gives the payment as JSON.
///
/// # Errors
/// See [`payment::refund`] and [`once`]; the lint in `enforce`.
pub async fn refund(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    key: Option<&str>,
    id: &str,
    input: &Checked<NewRefund>,
) -> Result<String, Error> {
    let request = request("refund", id, &input.value)?;
    let changed = sandbox.change(account, |state, act| {
        state.enforce(&input.findings)?;
        once(state, key, &request, |state| payment::refund(state, id, input.value.amount, act))
    });
    changed.await
}

/// The payment with this identifier.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(sandbox: &Sandbox, account: &Account, id: &str) -> Result<PaymentView, Error> {
    sandbox.look(account, |state, _| Ok(payment::find(state, id)?.view())).await
}

/// Something happens to a payment.
///
/// # Errors
/// See [`PaymentDeed::apply`].
pub async fn act(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: &str,
    deed: &PaymentDeed,
) -> Result<PaymentView, Error> {
    let changed = sandbox.change(account, |state, act| {
        let (payment, notices) = deed.apply(state, id, act)?;
        Ok((payment.view(), notices))
    });
    changed.await
}
