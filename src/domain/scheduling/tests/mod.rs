//! What the Booking service books, moves and gives back.

mod refusal;
mod search;

use serde_json::{Value, json};

use super::book::{self, Booked, Manner};
use super::input::{BookingRequest, CandidateDetails, TestPortionData};
use super::invitation;
use crate::domain::booking;
use crate::domain::contract::body::{self, Checked, Read};
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{BookingState, Status};
use crate::domain::record::clock::Clock;
use crate::domain::record::invitation::Invitation;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::site::timeslot::Numbered;
use crate::domain::state::{Act, State};
use crate::domain::value::stamp::Timestamp;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn act() -> Act {
    let noon = instant("2026-03-01T12:00:00Z");
    Act::new(noon, noon)
}

/// One center with one seat, open on Mondays from nine to two; an event in the afternoon; three tests.
fn state() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(act().now), "");
    let portion = |code: &str| json!({ "portion_code": code, "portion_name": code, "exam_length": 60 });
    for test in [
        json!({ "test_code": "EXAM1", "exam_length": 120 }),
        json!({ "test_code": "HOME1", "delivery_modes": ["ATLAS_REMOTE_PROCTORED"] }),
        json!({ "test_code": "PARTS", "portions": [portion("P1"), portion("P2")] }),
    ] {
        let code = test["test_code"].as_str().expect("a code").to_owned();
        state.tests.put(code, made::<Test>(test).into());
    }
    for (code, status) in [("SITE0001", "OPEN"), ("SHUT0001", "CLOSED")] {
        let center = json!({
            "location_code": code, "location_name": "A hall", "city": "Atchison", "province_state": "KS",
            "country": "US", "postal_code": "66002", "latitude": 39.56, "longitude": -95.12,
            "location_timezone": "America/Chicago", "seats": 1, "status": status, "accessible": true,
            "opening_hours": [{ "day": "MON", "opens": "09:00", "closes": "14:00" }],
        });
        state.test_centers.put(code.to_owned(), made::<TestCenter>(center).into());
    }
    for (code, starts) in [("EVENT1", "2026-03-02T21:00:00Z"), ("OVER", "2026-03-01T11:00:00Z")] {
        let event = json!({
            "invitation_code": code, "test_code": "EXAM1", "location_code": "SITE0001", "starts": starts, "max_seat": 1,
        });
        state.invitations.put(code.to_owned(), made::<Invitation>(event).into());
    }
    state.commit();
    state
}

fn made<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a record")
}

fn read<T: Read>(body: &Value) -> Checked<T> {
    body::read(body.to_string().as_bytes()).expect("a body")
}

fn candidate(id: &str) -> Value {
    json!({
        "candidate_id": id, "candidate_name": { "first_name": "Jo", "last_name": "Doe" },
        "contact-info": { "country": "USA", "zip": "66002" },
    })
}

fn request(candidate_id: &str, test: &str) -> Checked<BookingRequest> {
    let details = candidate(candidate_id);
    read(&json!({ "client_id": "ACCT1", "test_id": test, "candidate_details": details }))
}

/// The identifier of the timeslot of a center at an instant.
fn slot(state: &State, location: &str, start: &str) -> String {
    Numbered::of(state.centers(), location).slot(instant(start)).to_string()
}

const NINE: &str = "2026-03-02T15:00:00Z";
const TEN: &str = "2026-03-02T16:00:00Z";
const NOON: &str = "2026-03-02T18:00:00Z";

fn create(state: &mut State, candidate_id: &str, start: &str, on_hold: bool) -> Result<Booked, Error> {
    let id = slot(state, "SITE0001", start);
    book::create(state, &request(candidate_id, "EXAM1"), &id, on_hold, &act())
}

fn portions(body: &Value) -> Checked<TestPortionData> {
    read(body)
}

fn exam() -> Checked<TestPortionData> {
    portions(&json!({ "test_id": "EXAM1" }))
}

#[test]
fn a_booking_is_made_moved_confirmed_and_cancelled() {
    let mut state = state();
    let (made, notices) = create(&mut state, "C1", NINE, false).expect("a booking");
    assert_eq!(notices.len(), 1);
    let manner = Manner { performed_by_user: Some("csr"), application_id: Some("app"), is_reschedule: false };
    let answer = json!(book::response(&mut state, &made, manner).expect("an answer"));
    for (member, expected) in [
        ("is_reschedule", json!(false)),
        ("is_confirmed", json!(true)),
        ("is_cancelled", json!(false)),
        ("timeslot_start_time", json!(NINE)),
        ("exam_length", json!(120)),
        ("booking_id", json!(made.booking_code)),
        ("booking_date", json!("2026-03-01T12:00:00Z")),
        ("timeslot_id", json!(slot(&state, "SITE0001", NINE))),
        ("application_id", json!("app")),
        ("csr_user_name", json!("csr")),
        ("location_id", json!("SITE0001")),
    ] {
        assert_eq!(answer[member], expected, "{member}");
    }
    let another = book::response(&mut state, &made, manner).expect("an answer");
    assert_ne!(json!(another.transaction_id), answer["transaction_id"]);
    let later = slot(&state, "SITE0001", NOON);
    let data = portions(&json!({ "test_id": "EXAM1", "test_portions": [] }));
    let code = made.booking_code.to_string();
    let (moved, _) = book::change_timeslot(&mut state, (&code, &later), &data, true, &act()).expect("a hold");
    assert_eq!((moved.state, moved.replaces), (BookingState::OnHold, Some(made.booking_code)));
    let (moved, _) = booking::confirm(&mut state, moved.booking_code, &act()).expect("a booking");
    assert_ne!(moved.booking_code, made.booking_code);
    let (cancelled, _) = book::delete(&mut state, moved.booking_code.as_str(), true).expect("cancelled");
    let record = state.eligibility(cancelled.psi_eligiblity_id).expect("a record");
    assert_eq!((record.status, record.closed), (Status::Css2, true));
    assert_eq!(record.candidate.country.as_deref(), Some("US"));
    assert!(state.taken_seats("SITE0001").is_none());
}

#[test]
fn a_candidate_with_extra_time_needs_a_longer_timeslot() {
    let mut state = state();
    let parts = |ext_time: Value| {
        let portion = |code: &str| json!({ "portion_code": code, "ext_time": ext_time });
        let mut body = json!({ "client_id": "ACCT1", "test_id": "PARTS", "candidate_details": candidate("C1") });
        body["test_portions"] = json!([portion("P1"), portion("P2")]);
        read::<BookingRequest>(&body)
    };
    let noon = slot(&state, "SITE0001", NOON);
    let refused = book::create(&mut state, &parts(json!("30")), &noon, false, &act()).expect_err("too long");
    let told = format!("timeslot {noon} at SITE0001 at 2026-03-02T18:00:00Z has no room for an exam of 180 minutes");
    assert_eq!(refused.to_string(), told);
    state.roll_back();
    let (made, _) = book::create(&mut state, &parts(json!(0)), &noon, false, &act()).expect("a booking");
    let answer = book::response(&mut state, &made, Manner::default()).expect("an answer");
    assert_eq!(answer.exam_length, 120);
}

#[test]
fn an_exam_has_its_seat_for_its_whole_length() {
    let mut state = state();
    let (early, _) = create(&mut state, "C1", TEN, false).expect("a booking");
    assert_eq!(early.exam_length, 120);
    state.commit();
    let lost = "lost the race: another booking took the last of its seats (1)";
    for (start, meets) in [(NINE, true), (TEN, true), ("2026-03-02T17:00:00Z", true), (NOON, false)] {
        let made = create(&mut state, start, start, true);
        assert_eq!(made.as_ref().is_err_and(|error| error.to_string().ends_with(lost)), meets, "{start}: {made:?}");
        state.roll_back();
    }
    // Who moves a booking may stay in a part of its own seat; a hold beside it may not.
    let nine = slot(&state, "SITE0001", NINE);
    let code = early.booking_code.to_string();
    let refused = book::change_timeslot(&mut state, (&code, &nine), &exam(), true, &act()).expect_err("its own seat");
    assert!(refused.to_string().ends_with(lost), "{refused}");
    state.roll_back();
    let (moved, _) = book::change_timeslot(&mut state, (&code, &nine), &exam(), false, &act()).expect("it moves");
    // The exam is as long as it was booked, whatever becomes of its test.
    state.tests.get_mut("EXAM1").expect("a test").exam_length = 240;
    let (ten, eleven, two) = (instant(TEN), instant("2026-03-02T17:00:00Z"), instant("2026-03-02T20:00:00Z"));
    assert_eq!(state.seats_taken("SITE0001", ten, eleven), 1);
    assert_eq!(state.seats_taken("SITE0001", eleven, two), 0);
    let answer = book::response(&mut state, &moved, Manner::default()).expect("an answer");
    assert_eq!(answer.exam_length, 120);
}

#[test]
fn the_time_that_a_candidate_gets_more_is_part_of_the_seat() {
    let mut state = state();
    let portion = |code: &str| json!({ "portion_code": code, "ext_time": 15 });
    let mut body = json!({ "client_id": "ACCT1", "test_id": "PARTS", "candidate_details": candidate("C1") });
    body["test_portions"] = json!([portion("P1"), portion("P2")]);
    let nine = slot(&state, "SITE0001", NINE);
    let (made, _) = book::create(&mut state, &read(&body), &nine, false, &act()).expect("a booking");
    assert_eq!((made.ext_time, made.exam_length), (30, 150));
    state.commit();
    create(&mut state, "C2", "2026-03-02T17:00:00Z", false).expect_err("the first exam ends at half past eleven");
    state.roll_back();
    create(&mut state, "C2", NOON, false).expect("a booking");
}

fn read_details(id: &str) -> CandidateDetails {
    read(&candidate(id)).value
}

#[test]
fn a_seat_of_an_event_is_given_back() {
    let mut state = state();
    for candidate_id in ["C1", "C2"] {
        let (made, notices) =
            invitation::accept(&mut state, "EVENT1", &read(&candidate(candidate_id)), &act()).expect("a seat");
        assert_eq!((made.invitation.as_deref(), notices.len(), state.invited("EVENT1")), (Some("EVENT1"), 1, 1));
        book::delete(&mut state, made.booking_code.as_str(), false).expect("cancelled");
        assert_eq!(state.invited("EVENT1"), 0);
    }
    let event = json!(invitation::event(&state, "EVENT1").expect("an event"));
    assert_eq!((&event["sessionStartTime"], &event["maxSeat"]), (&json!("15:00"), &json!(1)));
    assert_eq!(
        (&event["dateTime"], &event["endDate"]),
        (&json!("2026-03-02T21:00:00Z"), &json!("2026-03-02T23:00:00Z"))
    );
}
