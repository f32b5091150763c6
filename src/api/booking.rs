//! The Booking service: registrations and bookings in one call, invitations. Its account is that of the token.

use crate::http::query::Query;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::contract::error::Error;
use crate::domain::scheduling::answer::{BookingResponse, TestingEvent, WrappedBooking};
use crate::domain::scheduling::input::{BookingRequest, CandidateCustomFields, CandidateDetails, TestPortionData};
use crate::domain::scheduling::operations::{
    AcceptInvitation, BookRegistration, ChangeTimeslot, ConfirmHold, CreateBooking, CreateWebDelivery, DeleteBooking,
    GetInvitation,
};
use crate::domain::value::stamp;
use crate::gateway::caller::Caller;
use crate::http::answer::Json;
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::path::parts;
use crate::service::scheduling;

super::handler::handlers![
    create_booking,
    book_registration,
    confirm_hold,
    change_timeslot,
    delete_booking,
    create_web_delivery,
    get_invitation,
    accept_invitation,
];

parts! {
    /// A timeslot for a registration.
    RegistrationPath {
        /// The timeslot, as a search told it.
        timeslot_id,
        /// The registration: a `psi_eligiblity_id`.
        regn_id,
    }
}

parts! {
    /// A booking.
    BookingPath {
        /// The booking: a `booking_code`.
        booking_id,
    }
}

parts! {
    /// A timeslot for a booking.
    ChangePath {
        /// The booking: a `booking_code`.
        booking_id,
        /// The timeslot, as a search told it.
        timeslot_id,
    }
}

parts! {
    /// A location whose zone counts.
    WebPath {
        /// The location.
        location_id,
    }
}

parts! {
    /// An invitation.
    InvitationPath {
        /// The invitation.
        invitation_code,
    }
}

/// Which timeslot is booked, and by whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingParams {
    /// The timeslot, as a search told it.
    timeslot_id: String,
    /// Who performs it.
    performed_by_user: String,
    /// The seat is kept for a while, and the booking waits for its confirmation; false where absent.
    booking_on_hold: Option<bool>,
}

/// By whom it is booked, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MannerParams {
    /// Who performs it.
    performed_by_user: String,
    /// The seat is kept for a while, and the booking waits for its confirmation; false where absent.
    booking_on_hold: Option<bool>,
}

/// By whom it is done.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserParams {
    /// Who performs it.
    performed_by_user: String,
}

/// By whom it is cancelled, and what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteParams {
    /// Who performs it.
    performed_by_user: String,
    /// The registration is cancelled, too; false where absent.
    cancel_atlas_regn: Option<bool>,
}

/// When the exam at home starts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebParams {
    /// When the exam starts, UTC.
    #[param(format = DateTime)]
    booking_datetime: String,
}

/// Make a registration and its booking of a timeslot.
#[utoipa::path(post, path = "create_booking", responses((status = 200, description = "The booking.")))]
pub async fn create_booking(
    caller: Caller<CreateBooking>,
    query: Query<BookingParams>,
    body: Body<BookingRequest>,
) -> Result<Json<BookingResponse>, Refused> {
    let manner = (query.performed_by_user.as_str(), query.booking_on_hold.unwrap_or_default());
    let made = scheduling::create(&caller.sandbox, &caller.account, &body.0, &query.timeslot_id, manner).await;
    Ok(Json(caller.map_refusal(made)?))
}

/// Book a timeslot for a registration, which is approved or whose booking was cancelled.
#[utoipa::path(post, path = "book_registration", responses((status = 200, description = "The booking.")))]
pub async fn book_registration(
    caller: Caller<BookRegistration, RegistrationPath>,
    query: Query<MannerParams>,
    body: Body<TestPortionData>,
) -> Result<Json<WrappedBooking>, Refused> {
    let of = (caller.path.regn_id.as_str(), caller.path.timeslot_id.as_str());
    let manner = (query.performed_by_user.as_str(), query.booking_on_hold.unwrap_or_default());
    let made = scheduling::book_registration(&caller.sandbox, &caller.account, of, &body.0, manner).await;
    Ok(Json(caller.map_refusal(made)?.into()))
}

/// Move a booking to a timeslot; it gets a new identifier.
#[utoipa::path(put, path = "change_timeslot", responses((status = 200, description = "The booking.")))]
pub async fn change_timeslot(
    caller: Caller<ChangeTimeslot, ChangePath>,
    query: Query<MannerParams>,
    body: Body<TestPortionData>,
) -> Result<Json<WrappedBooking>, Refused> {
    let of = (caller.path.booking_id.as_str(), caller.path.timeslot_id.as_str());
    let manner = (query.performed_by_user.as_str(), query.booking_on_hold.unwrap_or_default());
    let moved = scheduling::change_timeslot(&caller.sandbox, &caller.account, of, &body.0, manner).await;
    Ok(Json(caller.map_refusal(moved)?.into()))
}

/// Confirm a booking on hold.
#[utoipa::path(put, path = "confirm_hold", responses((status = 200, description = "The booking.")))]
pub async fn confirm_hold(
    caller: Caller<ConfirmHold, BookingPath>,
    query: Query<UserParams>,
    body: Body<CandidateCustomFields>,
) -> Result<Json<BookingResponse>, Refused> {
    let (id, user) = (&caller.path.booking_id, &query.performed_by_user);
    let confirmed = scheduling::confirm(&caller.sandbox, &caller.account, id, user, &body.0.findings).await;
    Ok(Json(caller.map_refusal(confirmed)?))
}

/// Cancel a booking, perhaps with its registration. One on hold is released.
#[utoipa::path(delete, path = "delete_booking", responses((status = 200, description = "The booking.")))]
pub async fn delete_booking(
    caller: Caller<DeleteBooking, BookingPath>,
    query: Query<DeleteParams>,
) -> Result<Json<BookingResponse>, Refused> {
    let manner = (query.performed_by_user.as_str(), query.cancel_atlas_regn.unwrap_or_default());
    let cancelled = scheduling::delete(&caller.sandbox, &caller.account, &caller.path.booking_id, manner).await;
    Ok(Json(caller.map_refusal(cancelled)?))
}

/// Make a registration and a booking at home, in the zone of a location.
#[utoipa::path(post, path = "create_web_delivery", responses(
    (status = 200, description = "The booking."),
    (status = 404, description = "There is no such location."),
))]
pub async fn create_web_delivery(
    caller: Caller<CreateWebDelivery, WebPath>,
    query: Query<WebParams>,
    body: Body<BookingRequest>,
) -> Result<Json<BookingResponse>, Refused> {
    let text = &query.booking_datetime;
    let start = stamp::parse(text).map(|(at, _)| at);
    let unread =
        || Error::Invalid(format!("booking_datetime: expected an instant like 2026-03-01T09:00:00Z, got {text:?}"));
    let start = caller.map_refusal(start.ok_or_else(unread))?;
    let (sandbox, account, location_id) = (&caller.sandbox, &caller.account, &caller.path.location_id);
    let made = scheduling::create_web_delivery(sandbox, account, &body.0, location_id, start).await;
    Ok(Json(caller.map_refusal(made)?))
}

/// Get the event of an invitation.
#[utoipa::path(get, path = "get_invitation", responses(
    (status = 200, description = "The event."),
    (status = 404, description = "There is no such invitation."),
))]
pub async fn get_invitation(caller: Caller<GetInvitation, InvitationPath>) -> Result<Json<TestingEvent>, Refused> {
    let found = scheduling::event(&caller.sandbox, &caller.account, &caller.path.invitation_code).await;
    Ok(Json(caller.map_refusal(found)?))
}

/// Take a seat of an invitation's event: a registration and its booking are made.
#[utoipa::path(post, path = "accept_invitation", responses(
    (status = 200, description = "The booking."),
    (status = 404, description = "There is no such invitation."),
))]
pub async fn accept_invitation(
    caller: Caller<AcceptInvitation, InvitationPath>,
    query: Query<UserParams>,
    body: Body<CandidateDetails>,
) -> Result<Json<BookingResponse>, Refused> {
    let (code, user) = (&caller.path.invitation_code, &query.performed_by_user);
    let made = scheduling::accept(&caller.sandbox, &caller.account, code, &body.0, user).await;
    Ok(Json(caller.map_refusal(made)?))
}
