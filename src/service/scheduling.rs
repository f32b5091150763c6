//! The Booking service: registrations and bookings, searches, invitations.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::booking;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::invitation::Invitation;
use crate::domain::record::place::Place;
use crate::domain::scheduling::answer::{BookingResponse, GeoLocations, Locations, TestingEvent, Timeslots};
use crate::domain::scheduling::book::{self, Booked, Manner};
use crate::domain::scheduling::input::{BookingRequest, CandidateDetails, TestPortionData};
use crate::domain::scheduling::invitation::{self, InvitationView};
use crate::domain::scheduling::search::{self, LocationQuery, Span};
use crate::domain::site::distance::Point;
use crate::domain::state::{Act, State};
use crate::domain::value::stamp::Timestamp;
use crate::store::account::Account;

/// Changes an account by a rule, and answers the booking.
async fn answer(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    manner: Manner<'_>,
    mut rule: impl FnMut(&mut State, &Act) -> Result<Booked, Error>,
) -> Result<BookingResponse, Error> {
    let changed = sandbox.change(account, |state, act| {
        let (booking, notices) = rule(state, act)?;
        Ok((book::response(state, &booking, manner)?, notices))
    });
    changed.await
}

/// The account is that of the token: another one's code is refused, as in a path.
fn check_client(sandbox: &Sandbox, account: &Account, client_id: &str) -> Result<(), Error> {
    if client_id == account.code.as_str() {
        return Ok(());
    }
    sandbox.account(client_id)?;
    Err(Error::Forbidden)
}

/// Makes a registration and its booking of a timeslot.
///
/// # Errors
/// A foreign `client_id`; see [`book::create`].
pub async fn create(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    request: &Checked<BookingRequest>,
    timeslot_id: &str,
    (performed_by_user, on_hold): (&str, bool),
) -> Result<BookingResponse, Error> {
    check_client(sandbox, account, &request.value.client_id)?;
    let manner = Manner {
        performed_by_user: Some(performed_by_user),
        application_id: request.value.application_id.as_deref(),
        is_reschedule: false,
    };
    answer(sandbox, account, manner, |state, act| book::create(state, request, timeslot_id, on_hold, act)).await
}

/// Makes a registration and its booking at home.
///
/// # Errors
/// A foreign `client_id`; see [`book::create_web_delivery`].
pub async fn create_web_delivery(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    request: &Checked<BookingRequest>,
    location_id: &str,
    start: Timestamp,
) -> Result<BookingResponse, Error> {
    check_client(sandbox, account, &request.value.client_id)?;
    let application_id = request.value.application_id.as_deref();
    let manner = Manner { application_id, ..Manner::default() };
    answer(sandbox, account, manner, |state, act| book::create_web_delivery(state, request, location_id, start, act))
        .await
}

/// Books a timeslot for a registration: its identifier, and the timeslot's.
///
/// # Errors
/// See [`book::book_registration`].
pub async fn book_registration(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    of: (&str, &str),
    data: &Checked<TestPortionData>,
    (performed_by_user, on_hold): (&str, bool),
) -> Result<BookingResponse, Error> {
    let manner = Manner { performed_by_user: Some(performed_by_user), ..Manner::default() };
    answer(sandbox, account, manner, |state, act| book::book_registration(state, of, data, on_hold, act)).await
}

/// Moves a booking to a timeslot: the identifiers of both.
///
/// # Errors
/// See [`book::change_timeslot`].
pub async fn change_timeslot(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    of: (&str, &str),
    data: &Checked<TestPortionData>,
    (performed_by_user, on_hold): (&str, bool),
) -> Result<BookingResponse, Error> {
    let manner = Manner { performed_by_user: Some(performed_by_user), is_reschedule: true, ..Manner::default() };
    answer(sandbox, account, manner, |state, act| book::change_timeslot(state, of, data, on_hold, act)).await
}

/// Confirms a booking on hold.
///
/// # Errors
/// See [`booking::confirm`]; the lint in `enforce`.
pub async fn confirm(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    booking_id: &str,
    performed_by_user: &str,
    findings: &[Finding],
) -> Result<BookingResponse, Error> {
    let manner = Manner { performed_by_user: Some(performed_by_user), ..Manner::default() };
    answer(sandbox, account, manner, |state, act| {
        book::enforce(state, findings)?;
        booking::confirm(state, booking::code(state, booking_id)?, act)
    })
    .await
}

/// Cancels a booking, perhaps with its registration.
///
/// # Errors
/// See [`book::delete`].
pub async fn delete(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    booking_id: &str,
    (performed_by_user, cancels_registration): (&str, bool),
) -> Result<BookingResponse, Error> {
    let manner = Manner { performed_by_user: Some(performed_by_user), ..Manner::default() };
    answer(sandbox, account, manner, |state, _| book::delete(state, booking_id, cancels_registration)).await
}

/// The locations that are meant; `None` if nobody knows the place.
///
/// # Errors
/// See [`search::locations`].
pub async fn locations(
    sandbox: &Sandbox,
    account: &Account,
    query: &LocationQuery<'_>,
) -> Result<Option<Locations>, Error> {
    sandbox.look(account, |state, now| search::locations(state, query, now)).await
}

/// The free timeslots of a location: the identifiers of the test and the location.
///
/// # Errors
/// See [`search::timeslots`].
pub async fn timeslots(
    sandbox: &Sandbox,
    account: &Account,
    of: (&str, &str),
    span: Span,
    is_descending: bool,
) -> Result<Timeslots, Error> {
    sandbox.look(account, |state, now| search::timeslots(state, of, span, is_descending, now)).await
}

/// The places whose postal code or city begins so.
///
/// # Errors
/// See [`search::suggest`].
pub async fn suggest(
    sandbox: &Sandbox,
    account: &Account,
    (country, query): (&str, &str),
    (most, is_descending): (usize, bool),
) -> Result<GeoLocations, Error> {
    sandbox.look(account, |state, _| search::suggest(state, country, query, most, is_descending)).await
}

/// The event of an invitation.
///
/// # Errors
/// See [`invitation::event`].
pub async fn event(sandbox: &Sandbox, account: &Account, code: &str) -> Result<TestingEvent, Error> {
    sandbox.look(account, |state, _| invitation::event(state, code)).await
}

/// A candidate takes a seat of an event.
///
/// # Errors
/// See [`invitation::accept`].
pub async fn accept(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    code: &str,
    details: &Checked<CandidateDetails>,
    performed_by_user: &str,
) -> Result<BookingResponse, Error> {
    let manner = Manner { performed_by_user: Some(performed_by_user), ..Manner::default() };
    answer(sandbox, account, manner, |state, act| invitation::accept(state, code, details, act)).await
}

/// Makes an invitation, or changes it.
///
/// # Errors
/// See [`invitation::put`].
pub async fn put_invitation(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &Invitation,
) -> Result<InvitationView, Error> {
    let changed = sandbox.change(account, |state, _| Ok((invitation::put(state, input)?, Notices::new())));
    changed.await
}

/// Adds a place that searches may name, in the place of one with its name.
///
/// # Errors
/// Coordinates that are nowhere on the globe.
pub async fn put_place(sandbox: &Sandbox, account: &Arc<Account>, place: &Place) -> Result<Place, Error> {
    if Point::new(place.latitude, place.longitude).is_none() {
        let sent = format!("{}, {}", place.latitude, place.longitude);
        return Err(Error::Invalid(format!("latitude: expected degrees of the globe, got {sent}")));
    }
    let changed = sandbox.change(account, |state, _| {
        state.places.put(place.name(), Arc::new(place.clone()));
        Ok((place.clone(), Notices::new()))
    });
    changed.await
}
