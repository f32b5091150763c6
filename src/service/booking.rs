//! Bookings: what the candidate does, what staff note, and results from test drivers.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::booking::input::ScheduleInput;
use crate::domain::booking::{self};
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Mode;
use crate::domain::notification::assessment;
use crate::domain::record::booking::Booking;
use crate::domain::record::result::ExamResult;
use crate::domain::result::input::ResultInput;
use crate::domain::result::{self};
use crate::domain::value::id::EligibilityId;
use crate::store::account::Account;

/// The candidate books.
///
/// # Errors
/// See [`booking::schedule`].
pub fn schedule(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: EligibilityId,
    input: ScheduleInput,
) -> Result<Booking, Error> {
    sandbox.change(account, |state, act| booking::schedule(state, id, input, act)).map(|changed| changed.value)
}

/// What is done to a booking by its code.
#[derive(Debug, Clone)]
pub enum Action {
    /// The candidate moves it.
    Reschedule(ScheduleInput),
    /// It is cancelled.
    Cancel,
    /// The exam was taken, perhaps with a result.
    Complete(Option<ResultInput>),
    /// The candidate did not come.
    Absent,
    /// The absence is excused.
    Excuse,
}

/// Does it.
///
/// # Errors
/// Unknown code; a booking or a program that does not allow it; no room for the notification.
pub fn act(sandbox: &Sandbox, account: &Arc<Account>, code: &str, action: Action) -> Result<Booking, Error> {
    sandbox
        .change(account, |state, act| {
            let code = booking::code(state, code)?;
            match action {
                Action::Reschedule(input) => booking::reschedule(state, code, input, act),
                Action::Cancel => booking::cancel(state, code),
                Action::Complete(input) => {
                    let result =
                        input.map(|input| ExamResult { result: input.result, score: input.score, received: act.now });
                    booking::complete(state, code, result)
                }
                Action::Absent => booking::absent(state, code),
                Action::Excuse => booking::excuse(state, code),
            }
        })
        .map(|changed| changed.value)
}

/// Takes a result from a test driver.
///
/// # Errors
/// See [`result::put`]; the lint in `enforce`.
pub fn put_result(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    input: Checked<ResultInput>,
) -> Result<(), Error> {
    sandbox
        .change(account, |state, act| {
            if state.settings.lint == Mode::Enforce && !input.findings.is_empty() {
                return Err(Error::Lint(input.findings));
            }
            result::put(state, code, input.value, act)
        })
        .map(drop)
}

/// The result of a booking, as the document that partners fetch.
///
/// # Errors
/// Unknown code; no result yet.
pub fn result(account: &Account, code: &str) -> Result<String, Error> {
    let state = account.lock();
    let booking = state.booking(booking::code(&state, code)?)?;
    let record = state.eligibility(booking.psi_eligiblity_id)?;
    drop(state);
    assessment::document(&record, &booking)
        .ok_or_else(|| Error::NotFound { kind: "result of booking", id: code.to_owned() })
}
