//! What one happening may make of an account: no seat is taken twice, statuses go along the machine's paths, and the
//! notices are exactly those of what changed. All of it is counted anew from the records, and not from an index.

use std::fmt::Display;

use crate::domain::contract::reason::{CenterChange, ChangeReason, Reason};
use crate::domain::contract::service::OutService;
use crate::domain::contract::status::{BookingState, CenterStatus, SessionStatus, Status};
use crate::domain::record::booking::{Booking, Seat};
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::State;

/// What puts records as they are told, and notifies nobody.
const LOADS: &[&str] = &["load_fixture", "put_snapshot", "reset_account"];

/// What sends again, and changes nothing else.
const RESENDS: &[&str] = &["resend_delivery", "resend_error_queue"];

/// From where a status may go, and where it may begin.
type Paths = &'static [(&'static str, &'static [&'static str])];

/// Source: contract §2.3; a registration and its booking may be made in one call.
const OF_ELIGIBILITIES: Paths = &[
    ("", &["REG01", "REG02", "CSS1"]),
    ("REG01", &["REG02", "REG03"]),
    ("REG02", &["REG03", "CSS1"]),
    ("CSS1", &["CSS2", "CSS2 closed", "CSS5", "CSS8", "CSS9"]),
    ("CSS2", &["CSS1", "CSS2 closed"]),
    ("CSS8", &["CSS9"]),
];

const OF_BOOKINGS: Paths = &[
    ("", &["BOOKED", "ON_HOLD"]),
    ("ON_HOLD", &["BOOKED", "RELEASED"]),
    ("BOOKED", &["CANCELLED", "COMPLETED", "ABSENT", "EXCUSED"]),
    ("ABSENT", &["EXCUSED"]),
];

/// Source: services §8.
const OF_PAYMENTS: Paths = &[
    ("", &["PENDING", "AUTHORIZED", "CAPTURED", "DECLINED"]),
    ("PENDING", &["CAPTURED", "DECLINED", "EXPIRED"]),
    ("AUTHORIZED", &["CAPTURED", "DECLINED", "EXPIRED"]),
    ("CAPTURED", &["REFUNDED"]),
];

/// Source: services §10.
const OF_SESSIONS: Paths = &[
    ("", &["SCHEDULED"]),
    ("SCHEDULED", &["CHECK_IN", "CANCELLED"]),
    ("CHECK_IN", &["IN_PROGRESS", "CANCELLED"]),
    ("IN_PROGRESS", &["SUBMITTED"]),
    ("SUBMITTED", &["UNDER_REVIEW", "REVIEWED"]),
    ("UNDER_REVIEW", &["REVIEWED"]),
];

/// Source: services §5; without a delay it is published at once.
const OF_PUBLICATIONS: Paths = &[("", &["PENDING", "PUBLISHED"]), ("PENDING", &["PUBLISHED", "REJECTED"])];

/// Checks what a happening made of an account.
pub fn check(name: &str, before: &State, after: &State, at: &str) {
    agree(after, at);
    if name != "put_snapshot" {
        seats(before, after, at);
    }
    if LOADS.contains(&name) {
        return;
    }
    paths(before, after, at);
    if !RESENDS.contains(&name) {
        assert_eq!(told(before, after), to_tell(before, after), "{at}");
    }
}

/// An eligibility and its bookings say the same.
fn agree(state: &State, at: &str) {
    let of = |code| state.booking(code).ok();
    for record in state.eligibilities().iter() {
        let booked = record.booking.and_then(of).is_some_and(|booking| booking.state == BookingState::Booked);
        assert_eq!(booked, record.status == Status::Css1, "{at}: {record:?}");
        let held = record.hold.and_then(of).is_none_or(|booking| booking.state == BookingState::OnHold);
        assert!(held, "{at}: {record:?}");
    }
}

/// Seats are what the bookings take for the whole of their exams, and who takes a seat finds one that is free.
fn seats(before: &State, after: &State, at: &str) {
    let taken: Vec<_> = after.bookings().iter().filter_map(|booking| Some((booking, booking.seat()?))).collect();
    for (booking, seat) in &taken {
        let there = || taken.iter().map(|(_, other)| other).filter(|other| other.location_code == seat.location_code);
        let meet = |instant| there().filter(|other| other.start <= instant && instant < other.end).count();
        let starts = there().map(|other| other.start).filter(|start| seat.start < *start && *start < seat.end);
        let most = starts.chain([seat.start]).map(meet).max().unwrap_or_default();
        let Seat { location_code, start, end } = seat;
        assert_eq!(after.seats_taken(location_code, *start, *end) as usize, most, "{at}: {booking:?}");
        let had = before.bookings().get(&booking.booking_code).is_some_and(|old| old.seat().as_ref() == Some(seat));
        let seats = after.centers().get(*location_code).map_or(0, |center| center.seats);
        assert!(had || most <= seats as usize, "{at}: {most} of {seats} seats: {booking:?}");
    }
    for (code, invitation) in after.invitations.iter() {
        let came = |state: &State| state.bookings().iter().filter(|one| one.invited() == Some(code.as_str())).count();
        assert_eq!(after.invited(code) as usize, came(after), "{at}: {code}");
        let fits = came(after) <= invitation.max_seat as usize;
        assert!(fits || came(after) <= came(before), "{at}: {code} has {} seats taken", came(after));
    }
}

/// Every status came from one that leads to it.
fn paths(before: &State, after: &State, at: &str) {
    let status = |record: &Eligibility| match (record.status, record.closed) {
        (Status::Css2, true) => "CSS2 closed".to_owned(),
        (status, _) => status.to_string(),
    };
    for record in after.eligibilities().iter() {
        follow(OF_ELIGIBILITIES, before.eligibilities().get(&record.id).map(|old| status(old)), status(record), at);
    }
    for booking in after.bookings().iter() {
        follow(OF_BOOKINGS, before.bookings().get(&booking.booking_code).map(|old| old.state), booking.state, at);
    }
    for payment in after.payments().iter() {
        follow(OF_PAYMENTS, before.payments().get(&payment.payment_id).map(|old| old.status), payment.status, at);
    }
    for session in after.sessions.iter() {
        follow(OF_SESSIONS, before.sessions.get(&session.session_id).map(|old| old.status), session.status, at);
    }
    for one in after.publications().iter() {
        follow(OF_PUBLICATIONS, before.publications().get(&one.publication_id).map(|old| old.status), one.status, at);
    }
}

fn follow<S: Display>(paths: Paths, before: Option<S>, after: S, at: &str) {
    let (from, to) = (before.map_or_else(String::new, |old| old.to_string()), after.to_string());
    let leads = |(one, others): &(&str, &[&str])| *one == from && others.contains(&to.as_str());
    assert!(from == to || paths.iter().any(leads), "{at}: from {from:?} to {to:?}");
}

/// The deliveries that were made, by service and reason.
fn told(before: &State, after: &State) -> Vec<String> {
    let last = before.deliveries().rows().iter().next_back().map_or(0, |(number, _)| *number);
    let mut told: Vec<_> =
        after.deliveries().after(last).map(|(_, one)| line(one.service, one.change_reason)).collect();
    told.sort();
    told
}

/// The deliveries that what changed is to make.
fn to_tell(before: &State, after: &State) -> Vec<String> {
    let mut lines = Vec::new();
    let mut to_subscribed = |services: &[OutService], reason: Option<Reason>| {
        let known = services.iter().filter(|service| after.subscriptions.get(*service).is_some());
        lines.extend(known.map(|service| line(*service, reason)));
    };
    for center in after.centers().values() {
        if let Some(change) = change(before.centers().get(&center.location_code).map(|old| &**old), center) {
            to_subscribed(&[OutService::TestCenterNotification], Some(change.into()));
        }
    }
    for booking in after.bookings().iter() {
        let had = before.bookings().get(&booking.booking_code).and_then(|old| old.result.as_ref());
        if booking.result.is_some() && booking.result.as_ref() != had {
            to_subscribed(&[OutService::AssessmentResults, OutService::AssessmentResultsNotification], None);
        }
    }
    for session in after.sessions.iter().filter(|session| session.status == SessionStatus::Reviewed) {
        if before.sessions.get(&session.session_id).is_none_or(|old| old.status != SessionStatus::Reviewed) {
            to_subscribed(&[OutService::ProctoringResults, OutService::ProctoringResultsNotification], None);
        }
    }
    let reasons = after.bookings().iter().filter_map(|booking| reason(before, after, booking));
    lines.extend(reasons.map(|reason| line(OutService::BookingNotification, Some(reason.into()))));
    lines.sort();
    lines
}

fn line(service: OutService, reason: Option<Reason>) -> String {
    format!("{service} {reason:?}")
}

/// What is told of a center.
fn change(old: Option<&TestCenter>, new: &TestCenter) -> Option<CenterChange> {
    match old {
        None => Some(CenterChange::TestCenterAdded),
        Some(old) if old == new => None,
        Some(old) if old.status == new.status => Some(CenterChange::TestCenterUpdated),
        Some(_) if new.status == CenterStatus::Open => Some(CenterChange::TestCenterReopened),
        Some(_) => Some(CenterChange::TestCenterClosed),
    }
}

/// What is told of a booking.
fn reason(before: &State, after: &State, booking: &Booking) -> Option<ChangeReason> {
    let old = before.bookings().get(&booking.booking_code).map(|old| old.state);
    if old == Some(booking.state) {
        return None;
    }
    let is_moved = |old: &Booking| {
        old.psi_eligiblity_id == booking.psi_eligiblity_id && after.bookings().get(&old.booking_code).is_none()
    };
    match booking.state {
        BookingState::Booked if before.bookings().iter().any(|old| is_moved(old)) => {
            Some(ChangeReason::BookingRescheduled)
        }
        BookingState::Booked => Some(ChangeReason::BookingCreated),
        BookingState::Cancelled => Some(ChangeReason::BookingCancelled),
        BookingState::Completed => Some(ChangeReason::ExamCompleted),
        BookingState::Absent => Some(ChangeReason::Absent),
        BookingState::Excused => Some(ChangeReason::ExcusedAbsent),
        BookingState::OnHold | BookingState::Released => None,
    }
}
