//! What starts the test of a scheduled eligibility.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::contract::status::Status;
use crate::domain::record::booking::Booking;
use crate::domain::record::settings::LaunchWindow;
use crate::domain::state::State;
use crate::domain::value::id::EligibilityId;
use crate::domain::value::stamp::{Stamp, Timestamp};

/// What a test driver needs to start the test of a scheduled record.
///
/// Assumed: all members (contract §2.2, testLaunchInfo).
#[derive(Debug, Serialize, ToSchema)]
pub struct TestLaunchInfo {
    /// A page of the sandbox where a person or a script finishes the test.
    pub launch_url: String,
    /// The record.
    #[schema(value_type = String)]
    pub psi_eligibility_code: EligibilityId,
    /// The test.
    pub test_code: String,
    /// From when it can be launched, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub valid_from: Stamp,
    /// Until when it can be launched, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub valid_until: Stamp,
}

/// What there is to say of launching a booking's test at `now`; `None` within its time.
pub fn launch_note(state: &State, booking: &Booking, now: Timestamp) -> Option<String> {
    let (from, until) = state.settings.launch_window(booking.booking_on);
    let [from, until, now] = [from, until, now].map(Stamp::seconds);
    let is_within = from.0 <= now.0 && now.0 <= until.0;
    (!is_within).then(|| format!("the test can be launched from {from} to {until}; the account's clock shows {now}"))
}

/// Whether a booking's test may be launched at `now`.
///
/// # Errors
/// It may not, and the account's `launch_window` is `enforce`.
pub fn check_launch(state: &State, booking: &Booking, now: Timestamp) -> Result<(), Error> {
    match launch_note(state, booking, now) {
        Some(note) if state.settings.launch_window == LaunchWindow::Enforce => Err(Error::Conflict(note)),
        _ => Ok(()),
    }
}

/// What a test driver needs to start the test; `base_url` is the server's own.
///
/// # Errors
/// Unknown code; a record that is not scheduled.
pub fn launch_info(state: &State, code: &str, base_url: &str) -> Result<TestLaunchInfo, Error> {
    let unknown = || Error::UnknownEligibility(code.to_owned());
    let id: EligibilityId = code.parse().map_err(|_| unknown())?;
    let record = state.eligibilities().get(&id).ok_or_else(unknown)?;
    let scheduled: Option<&Arc<Booking>> =
        record.booking.filter(|_| record.status == Status::Css1).and_then(|code| state.bookings().get(&code));
    let booking = scheduled.ok_or(Error::NotScheduled(record.status))?;
    let (from, until) = state.settings.launch_window(booking.booking_on);
    Ok(TestLaunchInfo {
        launch_url: format!("{base_url}/_sandbox/launch/{}/{}", state.code, booking.booking_code),
        psi_eligibility_code: id,
        test_code: record.test_code.clone(),
        valid_from: Stamp::seconds(from),
        valid_until: Stamp::seconds(until),
    })
}
