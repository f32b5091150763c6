//! Invitations: the event of a code, and a seat of it.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::answer::TestingEvent;
use super::book::{self, Booked};
use super::input::CandidateDetails;
use crate::domain::booking::{self, input::ScheduleInput, venue};
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::DeliveryMode;
use crate::domain::record::invitation::Invitation;
use crate::domain::site::timeslot::Numbered;
use crate::domain::state::{Act, State};
use crate::domain::value::chance::mix;
use crate::domain::value::misfit::Misfit;
use crate::domain::value::stamp::Stamp;

/// An invitation with the seats that are taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationView {
    /// The invitation.
    #[serde(flatten)]
    #[schema(value_type = Invitation)]
    pub invitation: Arc<Invitation>,
    /// How many of its seats are taken.
    pub seats_taken: u32,
}

/// An invitation with the seats that are taken.
pub fn view(state: &State, invitation: Arc<Invitation>) -> InvitationView {
    InvitationView { seats_taken: state.invited(&invitation.invitation_code), invitation }
}

/// Makes an invitation, or changes it; candidates who came keep their bookings.
///
/// # Errors
/// A test or a center that is not known; fewer seats than are taken.
pub fn put(state: &mut State, invitation: &Invitation) -> Result<InvitationView, Error> {
    let (code, mut misfits) = (&invitation.invitation_code, Vec::new());
    let mut check = |member: &str, is_known: bool, expected: &str, sent: &str| {
        if !is_known {
            let (path, expected, sent) = (member.to_owned(), expected.to_owned(), format!("{sent:?}"));
            misfits.push(Misfit { path, expected, sent });
        }
    };
    let (test, center) = (&invitation.test_code, &invitation.location_code);
    check("test_code", state.test(test).is_ok(), "one of the account's tests", test);
    check("location_code", state.centers().get(center).is_some(), "one of the account's test centers", center);
    if !misfits.is_empty() {
        return Err(Error::Body(misfits));
    }
    let taken = state.invited(code);
    if invitation.max_seat < taken {
        let sent = invitation.max_seat;
        return Err(Error::Conflict(format!("max_seat: expected {taken} or more, as so many are taken, got {sent}")));
    }
    state.invitations.put(code.clone(), Arc::new(invitation.clone()));
    Ok(view(state, Arc::new(invitation.clone())))
}

/// The invitation with this code.
///
/// # Errors
/// There is none.
pub fn invitation(state: &State, code: &str) -> Result<Arc<Invitation>, Error> {
    let missing = || Error::NotFound { kind: "invitation", id: code.to_owned() };
    state.invitations.get(code).cloned().ok_or_else(missing)
}

/// The event of an invitation.
///
/// # Errors
/// There is none with this code; its test or its center is not there any more.
pub fn event(state: &State, code: &str) -> Result<TestingEvent, Error> {
    let invitation = invitation(state, code)?;
    let location_code = &invitation.location_code;
    let missing = || Error::NotFound { kind: "location", id: location_code.clone() };
    let center = state.centers().get(location_code).ok_or_else(missing)?;
    let test = state.test(&invitation.test_code)?;
    let test_name = test.as_ref().map_or(&invitation.test_code, |test| &test.test_name);
    let portions: Vec<_> = test.iter().flat_map(|test| &test.portions).collect();
    let minutes = venue::length(test.as_deref(), &[], 0);
    let local = center.zone().clock(invitation.starts).unwrap_or_default();
    Ok(TestingEvent {
        event_name: if invitation.event_name.is_empty() { test_name.clone() } else { invitation.event_name.clone() },
        event_type: "TEST".to_owned(),
        event_type_desc: "Testing event".to_owned(),
        test_code: invitation.test_code.clone(),
        test_name: test_name.clone(),
        account_name: state.code.to_string(),
        trainer_name: invitation.trainer_name.clone(),
        invitation_code: invitation.invitation_code.clone(),
        session_start_time: local,
        time_zone: center.location_timezone.clone(),
        timeslot_id: Numbered::of(state.centers(), location_code).slot(invitation.starts).to_string(),
        location: center.location_name.clone(),
        test_id: number(&invitation.test_code),
        account_id: number(state.code.as_str()),
        trainer: 0,
        ato_id: 0,
        user_id: 0,
        daily_schedule_id: number(&invitation.invitation_code),
        acq_regn_id: 0,
        max_seat: invitation.max_seat,
        minus_offset_minutes: minutes_of(state.settings.launch_opens),
        plus_offset_minutes: minutes_of(state.settings.launch_closes),
        portion_id: (1..).take(portions.len()).collect(),
        enable_self_checkin: false,
        date_time: Stamp::seconds(invitation.starts),
        end_date: Stamp::seconds(invitation.starts + chrono::Duration::minutes(i64::from(minutes))),
    })
}

/// A candidate takes a seat of an event: a registration and its booking are made.
///
/// # Errors
/// No such invitation; an event that has begun, or whose seats are taken; what a registration or a booking is refused
/// with.
pub fn accept(state: &mut State, code: &str, details: &Checked<CandidateDetails>, act: &Act) -> Result<Booked, Error> {
    book::enforce(state, &details.findings)?;
    let invitation = invitation(state, code)?;
    if invitation.starts <= act.now {
        let began = Stamp::seconds(invitation.starts);
        return Err(Error::Conflict(format!("the event of invitation {code} began at {began}")));
    }
    if state.invited(code) >= invitation.max_seat {
        return Err(Error::Conflict(format!("all {} seats of invitation {code} are taken", invitation.max_seat)));
    }
    let mut registration = book::registration(&details.value, &invitation.test_code);
    let test = state.test(&invitation.test_code)?;
    let portions = test.iter().flat_map(|test| &test.portions).map(|portion| portion.portion_code.clone());
    registration.portion_codes = Some(portions.collect::<Vec<_>>()).filter(|codes| !codes.is_empty());
    let id = book::register(state, registration, act)?;
    let input = ScheduleInput {
        booking_on: Some(invitation.starts),
        delivery_mode: Some(DeliveryMode::SiteProctored),
        location_code: Some(invitation.location_code.clone()),
        ..ScheduleInput::default()
    };
    let (booked, notices) = booking::schedule(state, id, &input, act)?;
    let invited = state.change_booking(booked.booking_code, |booking| booking.invitation = Some(code.to_owned()))?;
    Ok((invited, notices))
}

fn minutes_of(span: crate::domain::value::span::Span) -> u32 {
    u32::try_from(span.0.as_secs() / 60).unwrap_or(u32::MAX)
}

/// A number for a text, the same always.
fn number(text: &str) -> u32 {
    let mixed = text.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
    u32::try_from(mixed % 1_000_000).unwrap_or_default()
}
