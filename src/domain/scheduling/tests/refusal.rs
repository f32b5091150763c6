//! What the Booking service refuses: unknown, in another state, over a limit, past, taken, repeated, of a wrong form.

use serde_json::{Value, json};

use super::super::book::{self, Booked};
use super::super::input::{BookingRequest, TestPortionData};
use super::super::invitation;
use super::{
    NINE, TEN, act, candidate, create, exam, instant, made, portions, read, read_details, request, slot, state,
};
use crate::domain::booking::{self, input::ScheduleInput};
use crate::domain::contract::body::{self, Checked};
use crate::domain::contract::error::Error;
use crate::domain::contract::status::Status;
use crate::domain::state::{Act, State};

/// A registration in a status.
fn in_status(state: &mut State, status: &str) -> String {
    let id = book::register(state, book::registration(&read_details("R1"), "EXAM1"), &act()).expect("a record");
    let status: Status = made(json!(status));
    state.change_eligibility(id, |record| record.status = status).expect("a record");
    id.to_string()
}

/// Books nine o'clock for a registration in a status.
fn register(state: &mut State, status: &str, data: &Checked<TestPortionData>) -> Result<Booked, Error> {
    let (id, slot) = (in_status(state, status), slot(state, "SITE0001", NINE));
    book::book_registration(state, (&id, &slot), data, false, &act())
}

/// What it is, what is done, and how the reason of the refusal ends.
type Case = (&'static str, fn(&mut State) -> Result<Booked, Error>, &'static str);

const CASES: &[Case] = &[
    (
        "an identifier that is none",
        |state| book::create(state, &request("C1", "EXAM1"), "x", false, &act()),
        "timeslot_id: expected one of a search, got \"x\"",
    ),
    (
        "a timeslot of no center",
        |state| book::create(state, &request("C1", "EXAM1"), "ZZZZZZZZ", false, &act()),
        "timeslot_id: expected one of a search, got \"ZZZZZZZZ\"",
    ),
    (
        "a start outside of the hours",
        |state| create(state, "C1", "2026-03-02T14:00:00Z", false),
        "has no room for an exam of 120 minutes",
    ),
    (
        "a start between two timeslots",
        |state| create(state, "C1", "2026-03-02T15:30:00Z", false),
        "has no room for an exam of 120 minutes",
    ),
    ("a start that has passed", |state| create(state, "C1", "2026-02-23T15:00:00Z", false), "has begun"),
    (
        "a center that is closed",
        |state| {
            let id = slot(state, "SHUT0001", NINE);
            book::create(state, &request("C1", "EXAM1"), &id, false, &act())
        },
        "the test center is closed",
    ),
    (
        "a test that is not known",
        |state| {
            let id = slot(state, "SITE0001", NINE);
            book::create(state, &request("C1", "NONE"), &id, false, &act())
        },
        "there is no test \"NONE\"",
    ),
    (
        "a test at home",
        |state| {
            let id = slot(state, "SITE0001", NINE);
            book::create(state, &request("C1", "HOME1"), &id, false, &act())
        },
        "the exam is not offered in this delivery mode",
    ),
    (
        "a test of portions without one",
        |state| {
            let id = slot(state, "SITE0001", NINE);
            book::create(state, &request("C1", "PARTS"), &id, false, &act())
        },
        "the test has no portion \"\"",
    ),
    (
        "a seat that is taken",
        |state| {
            create(state, "C9", NINE, false)?;
            create(state, "C1", NINE, false)
        },
        "lost the race: another booking took the last of its seats (1)",
    ),
    (
        "a seat that is on hold",
        |state| {
            create(state, "C9", NINE, true)?;
            create(state, "C1", NINE, true)
        },
        "lost the race: another booking took the last of its seats (1)",
    ),
    (
        "a candidate who has a registration",
        |state| {
            create(state, "C1", NINE, false)?;
            create(state, "C1", TEN, false)
        },
        "an open eligibility for this candidate and test exists",
    ),
    (
        "dates that end before",
        |state| {
            let id = slot(state, "SITE0001", NINE);
            let mut late = request("C1", "EXAM1");
            late.value.eligibility_end_date = Some(instant("2026-03-02T00:00:00Z"));
            book::create(state, &late, &id, false, &act())
        },
        "is outside of the eligibility's dates",
    ),
    (
        "a program with approval",
        |state| {
            state.settings.edit().approval = true;
            create(state, "C1", NINE, false)
        },
        "cannot schedule an eligibility in status REG01",
    ),
    (
        "a registration that is unknown",
        |state| {
            let id = slot(state, "SITE0001", NINE);
            book::book_registration(state, ("NOSUCH00", &id), &exam(), false, &act())
        },
        "there is no eligibility \"NOSUCH00\"",
    ),
    (
        "a registration that is pending",
        |state| register(state, "REG01", &exam()),
        "cannot schedule an eligibility in status REG01",
    ),
    (
        "a registration that is scheduled",
        |state| register(state, "CSS1", &exam()),
        "cannot schedule an eligibility in status CSS1",
    ),
    (
        "a registration that is over",
        |state| register(state, "CSS5", &exam()),
        "cannot schedule an eligibility in status CSS5",
    ),
    (
        "another test than its own",
        |state| register(state, "REG02", &portions(&json!({ "test_id": "HOME1" }))),
        "test_id cannot be changed by an update: expected \"EXAM1\", got \"HOME1\"",
    ),
    (
        "a portion that is not its own",
        |state| {
            register(
                state,
                "REG02",
                &portions(&json!({ "test_id": "EXAM1", "test_portions": [{ "portion_code": "P9" }] })),
            )
        },
        "the test has no portion \"P9\"",
    ),
    (
        "a booking that is unknown",
        |state| {
            let id = slot(state, "SITE0001", NINE);
            book::change_timeslot(state, ("NOSUCH00", &id), &exam(), false, &act())
        },
        "there is no booking \"NOSUCH00\"",
    ),
    (
        "a booking that is on hold",
        |state| {
            let held = create(state, "C1", NINE, true)?.0;
            let id = slot(state, "SITE0001", TEN);
            book::change_timeslot(state, (held.booking_code.as_str(), &id), &exam(), false, &act())
        },
        "cannot reschedule a booking in state ON_HOLD",
    ),
    (
        "a confirmation of a booking",
        |state| {
            let code = create(state, "C1", NINE, false)?.0.booking_code;
            booking::confirm(state, code, &act())
        },
        "cannot confirm a booking in state BOOKED",
    ),
    (
        "a confirmation too late",
        |state| {
            let code = create(state, "C1", NINE, true)?.0.booking_code;
            let late = instant("2026-03-01T12:15:00Z");
            booking::confirm(state, code, &Act::new(late, late))
        },
        "ended at 2026-03-01T12:15:00Z",
    ),
    (
        "a cancellation of what is cancelled",
        |state| {
            let code = create(state, "C1", NINE, false)?.0.booking_code;
            book::delete(state, code.as_str(), false)?;
            book::delete(state, code.as_str(), false)
        },
        "cannot cancel a booking in state CANCELLED",
    ),
    (
        "a location that is unknown",
        |state| book::create_web_delivery(state, &request("C1", "HOME1"), "NONE", instant(NINE), &act()),
        "there is no location \"NONE\"",
    ),
    (
        "an exam at home in the past",
        |state| book::create_web_delivery(state, &request("C1", "HOME1"), "SITE0001", act().now, &act()),
        "booking_datetime: expected an instant after the account's 2026-03-01T12:00:00Z, got 2026-03-01T12:00:00Z",
    ),
    (
        "an invitation that is unknown",
        |state| invitation::accept(state, "NONE", &read(&candidate("C1")), &act()),
        "there is no invitation \"NONE\"",
    ),
    (
        "an event that is over",
        |state| invitation::accept(state, "OVER", &read(&candidate("C1")), &act()),
        "the event of invitation OVER began at 2026-03-01T11:00:00Z",
    ),
    (
        "an event that is full",
        |state| {
            invitation::accept(state, "EVENT1", &read(&candidate("C9")), &act())?;
            invitation::accept(state, "EVENT1", &read(&candidate("C1")), &act())
        },
        "all 1 seats of invitation EVENT1 are taken",
    ),
    (
        "an identifier beside a start",
        |state| {
            let id = create(state, "C1", NINE, true)?.0.psi_eligiblity_id;
            let held = state.eligibility(id)?.hold;
            let held = held.ok_or(Error::Duplicate)?;
            booking::release(state, held)?;
            let input = ScheduleInput {
                timeslot_id: Some(slot(state, "SITE0001", TEN)),
                booking_on: Some(instant(TEN)),
                ..ScheduleInput::default()
            };
            booking::schedule(state, id, &input, &act())
        },
        "booking_on: expected none beside timeslot_id, which says it",
    ),
];

#[test]
fn what_is_refused_is_refused_with_its_reason_and_changes_nothing() {
    for (what, refused, told) in CASES {
        let mut state = state();
        let before = state.clone();
        let error = refused(&mut state).expect_err(what);
        assert!(error.to_string().ends_with(told), "{what}: {error}");
        state.roll_back();
        assert!(state == before, "{what} changed something");
    }
}

#[test]
fn a_body_that_does_not_fit_is_told_member_by_member() {
    let misfits = |body: Value| match body::read::<BookingRequest>(body.to_string().as_bytes()) {
        Err(Error::Body(misfits)) => misfits.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{body}: {other:?}"),
    };
    let missing = "expected a string that is not empty, got nothing";
    assert_eq!(
        misfits(json!({})),
        [
            format!("client_id: {missing}"),
            format!("test_id: {missing}"),
            "candidate_details: expected an object, got nothing".to_owned()
        ]
    );
    let mut body = json!({ "client_id": "", "test_id": "a b", "candidate_details": { "candidate_name": {} } });
    body["test_portions"] = json!([{ "ext_time": "soon" }, { "portion_code": "P", "ext_time": 1441 }]);
    body["eligibility_start_date"] = json!("2026-03-02");
    body["eligibility_end_date"] = json!("2026-03-01");
    let told = misfits(body).join("\n");
    for expected in [
        "client_id: expected a string that is not empty, got \"\"",
        "test_id: expected at most 50 letters, digits or hyphens, got \"a b\"",
        "test_portions[0].ext_time: expected minutes from 0 to 1440, got \"soon\"",
        "test_portions[0].portion_code: expected a string that is not empty, got nothing",
        "test_portions[1].ext_time: expected minutes from 0 to 1440, got the number 1441",
        "candidate_details.candidate_id: expected a string that is not empty, got nothing",
        "candidate_details.candidate_name.first_name: expected a string that is not empty, got nothing",
        "eligibility_end_date: expected a date that is not before eligibility_start_date, got \"2026-03-01\"",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
