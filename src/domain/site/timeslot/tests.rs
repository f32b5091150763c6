//! Timeslots by opening hours, over changes of the clocks, and the identifiers that stand for them.

use super::*;
use crate::domain::record::booking::Booking;
use crate::domain::record::clock::Clock;
use crate::domain::record::test_center::OpeningHours;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn center(code: &str, zone: &str, hours: &[(&str, &str, &str)], seats: u32) -> TestCenter {
    let hour = |(day, opens, closes): &(&str, &str, &str)| OpeningHours {
        day: (*day).to_owned(),
        opens: (*opens).to_owned(),
        closes: (*closes).to_owned(),
    };
    let mut center: TestCenter = serde_json::from_value(serde_json::json!({
        "location_code": code, "location_name": code, "city": "Town", "country": "US", "location_timezone": zone,
        "seats": seats,
    }))
    .expect("a center");
    center.opening_hours = hours.iter().map(hour).collect();
    center
}

fn state() -> State {
    let now = instant("2026-01-01T00:00:00Z");
    State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(now), "")
}

/// The starts of a center over days, before all of which it is.
fn starts(center: &TestCenter, first: &str, last: &str, minutes: u32) -> Vec<String> {
    let window = Window::read(first, last).expect("days");
    let slots = all(&state(), center, window, minutes, instant("2026-01-01T00:00:00Z")).collect::<Vec<_>>();
    slots.iter().map(|slot| stamp::Stamp::seconds(slot.start).to_string()).collect()
}

#[test]
fn an_exam_begins_on_the_hour_from_the_opening_and_ends_by_the_closing() {
    let oslo = center("A", "Europe/Oslo", &[("MON", "08:02", "12:00"), ("MON", "13:00", "15:00")], 1);
    // 08:05, 09:05, 10:05 and 13:00 there; nothing on a Tuesday.
    let expected = ["2026-03-02T07:05:00Z", "2026-03-02T08:05:00Z", "2026-03-02T09:05:00Z", "2026-03-02T12:00:00Z"];
    assert_eq!(starts(&oslo, "2026-03-02", "2026-03-03", 110), expected);
    assert_eq!(starts(&oslo, "2026-03-02", "2026-03-03", 235).len(), 1);
    assert_eq!(starts(&oslo, "2026-03-02", "2026-03-03", 236).len(), 0);
    let plain = center("A", "UTC", &[], 1);
    assert_eq!(starts(&plain, "2026-03-01", "2026-03-01", 60).len(), 8, "nine to five where no hours are told");
    let closed = TestCenter { status: CenterStatus::TemporarilyClosed, ..plain };
    assert!(starts(&closed, "2026-03-01", "2026-03-01", 60).is_empty());
}

#[test]
fn an_hour_that_is_skipped_has_no_timeslot_and_one_that_comes_twice_has_two() {
    let night = [("SUN", "00:00", "05:00"), ("SAT", "22:00", "24:00")];
    for (zone, day, expected) in [
        ("America/New_York", "2026-03-08", ["05:00", "06:00", "07:00", "08:00"].as_slice()),
        ("America/New_York", "2026-11-01", &["04:00", "05:00", "06:00", "07:00", "08:00", "09:00"]),
        ("America/New_York", "2026-11-08", &["05:00", "06:00", "07:00", "08:00", "09:00"]),
        ("Europe/Berlin", "2026-03-29", &["23:00", "00:00", "01:00", "02:00"]),
        ("Europe/Berlin", "2026-10-25", &["22:00", "23:00", "00:00", "01:00", "02:00", "03:00"]),
        ("Australia/Lord_Howe", "2026-04-05", &["13:00", "14:00", "15:30", "16:30", "17:30"]),
        ("Asia/Kathmandu", "2026-04-05", &["18:15", "19:15", "20:15", "21:15", "22:15"]),
    ] {
        let found = starts(&center("A", zone, &night, 1), day, day, 30);
        let found: Vec<_> = found.iter().map(|text| &text[11..16]).collect();
        assert_eq!(found, expected, "{zone} {day}");
    }
    // An exam that begins in the first of two equal hours has an hour more until the closing.
    let new_york = center("A", "America/New_York", &[("SUN", "00:00", "02:00")], 1);
    assert_eq!(starts(&new_york, "2026-11-01", "2026-11-01", 120), ["2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z"]);
    let late = center("A", "UTC", &night, 1);
    assert_eq!(starts(&late, "2026-03-07", "2026-03-07", 60), ["2026-03-07T22:00:00Z", "2026-03-07T23:00:00Z"]);
}

#[test]
fn a_timeslot_has_as_many_seats_as_nobody_has_taken() {
    let center = center("A", "UTC", &[("MON", "09:00", "11:00")], 2);
    let mut state = state();
    let booking = |code: &str, on: &str, state: &str| -> Booking {
        serde_json::from_value(serde_json::json!({
            "booking_code": code, "psi_eligiblity_id": "PSI00001", "candidate_id": "C1", "test_code": "T",
            "booking_on": on, "delivery_mode": "SITE_PROCTORED", "location_code": "A", "location_timezone": "UTC",
            "exam_length": 60,
            "state": state, "created": on, "voucher_codes": [], "result": null,
        }))
        .expect("a booking")
    };
    for (code, state_of) in [("BOOK0001", "BOOKED"), ("BOOK0002", "ON_HOLD"), ("BOOK0003", "RELEASED")] {
        state.add_booking(booking(code, "2026-03-02T09:00:00Z", state_of)).expect("a booking");
    }
    let window = Window::read("2026-03-02", "2026-03-02").expect("days");
    let now = instant("2026-03-01T00:00:00Z");
    assert_eq!(all(&state, &center, window, 60, now).map(|slot| slot.free).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(free(&state, &center, window, 60, now).count(), 1);
    assert_eq!(all(&state, &center, window, 120, now).map(|slot| slot.free).collect::<Vec<_>>(), [0]);
    let now = instant("2026-03-02T10:00:00Z");
    assert_eq!(free(&state, &center, window, 60, now).count(), 0, "what has begun is over");
}

#[test]
fn an_identifier_stands_for_its_center_and_start_alone() {
    let centers: Table<String, TestCenter> = (0..5000)
        .map(|number| format!("CENTER{number}"))
        .map(|code| (code.clone(), center(&code, "UTC", &[], 1)))
        .collect();
    let now = instant("2026-03-01T09:00:00Z");
    let mut known = std::collections::BTreeSet::new();
    for code in ["CENTER0", "CENTER4999", "CENTER77", "CENTER1234"] {
        let number = Numbered::of(&centers, code);
        for minutes in [-2_000_000, -5, 0, 5, 60, 525_600, 2_000_000] {
            let start = now + Duration::minutes(minutes);
            let id = number.slot(start);
            let (center, found) = named(&centers, id, now).expect("a timeslot");
            assert_eq!((center.location_code.as_str(), found), (code, start), "{id}");
            assert!(known.insert(id), "{id} twice");
        }
    }
    let numbers: std::collections::BTreeSet<_> =
        centers.iter().map(|(code, _)| Numbered::of(&centers, code).0).collect();
    assert_eq!(numbers.len(), 5000, "no two centers have a number in common");
    assert!(named(&centers, "ZZZZZZZZ".parse().expect("a code"), now).is_none());
}

#[test]
fn no_timeslot_is_told_whose_identifier_means_another() {
    let (state, center) = (state(), center("A", "UTC", &[("MON", "09:00", "11:00")], 1));
    let now = instant("2026-03-01T09:00:00Z");
    let count = |first: &str, last: &str| {
        let window = Window::read(first, last).expect("days");
        free(&state, &center, window, 60, now).count()
    };
    // Nearly five years ahead, and further.
    assert_eq!(count("2031-01-01", "2031-01-31"), 8);
    assert_eq!(count("2032-01-01", "2032-01-31"), 0);
}

#[test]
fn days_that_do_not_fit_are_refused() {
    for (first, last, told) in [
        ("today", "2026-03-01", "start_date: expected a date like 2026-03-01, got \"today\""),
        ("2026-03-01", "", "end_date: expected a date like 2026-03-01, got \"\""),
        ("2026-03-02", "2026-03-01", "end_date: expected none before start_date 2026-03-02, got 2026-03-01"),
        ("2026-03-01", "2027-03-02", "end_date: expected at most 366 days, got 367"),
    ] {
        assert_eq!(Window::read(first, last), Err(Error::Invalid(told.to_owned())));
    }
    assert!(Window::read("2026-03-01T10:00:00Z", "2027-03-01").is_ok());
}
