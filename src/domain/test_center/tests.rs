//! What searches find and refuse, and what changes of centers are told and refused.

use super::search::{self, CenterQuery};
use super::{close, put, reopen};
use crate::domain::contract::error::Error;
use crate::domain::contract::status::CenterStatus;
use crate::domain::record::clock::Clock;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::State;
use crate::domain::value::stamp::Timestamp;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("an instant")
}

fn state() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(now()), "");
    let home: Test =
        serde_json::from_str(r#"{ "test_code": "HOME1", "delivery_modes": ["ATLAS_REMOTE_PROCTORED"] }"#).expect("");
    state.tests.put("HOME1".to_owned(), home.into());
    state.tests.put("EXAM1".to_owned(), Test::named("EXAM1").into());
    state
}

/// A query by pairs of members and texts.
fn query(text: &str) -> CenterQuery {
    let mut query = CenterQuery::default();
    for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = Some(value.to_owned());
        match name {
            "country" => query.country = value,
            "province_state" => query.province_state = value,
            "city" => query.city = value,
            "postal_code" => query.postal_code = value,
            "near" => query.near = value,
            "radius" => query.radius = value.and_then(|text| text.parse().ok()),
            "unit" => query.unit = value,
            "test_code" => query.test_code = value,
            "delivery_mode" => query.delivery_mode = value,
            other => panic!("{other}"),
        }
    }
    query
}

#[test]
fn the_shipped_centers_are_found_by_place_distance_test_and_mode() {
    let state = state();
    for (text, expected) in [
        ("", 40),
        ("country=US", 15),
        ("country=usa&province_state=KS", 1),
        ("province_state=Kansas&city=atchison&postal_code=66002", 1),
        ("country=JP", 1),
        ("country=XX", 0),
        ("near=39.0997,-94.5786&radius=10", 1),
        ("near=39.0997,-94.5786&radius=50", 2),
        ("near=39.0997,-94.5786&radius=50&unit=KM", 1),
        ("near=39.0997,-94.5786&radius=50&province_state=KS", 1),
        ("near=0,0&radius=0", 0),
        ("test_code=EXAM1", 40),
        ("test_code=HOME1", 0),
        ("delivery_mode=SITE_PROCTORED", 40),
        ("delivery_mode=ATLAS_REMOTE_PROCTORED", 0),
    ] {
        assert_eq!(search::search(&state, &query(text)).expect(text).len(), expected, "{text}");
    }
    let near = search::search(&state, &query("near=39.0997,-94.5786&radius=50")).expect("centers");
    assert_eq!(near.iter().map(|one| one.center.city.as_str()).collect::<Vec<_>>(), ["Kansas City", "Atchison"]);
}

#[test]
fn what_does_not_fit_a_search_is_refused() {
    let state = state();
    for (text, told) in [
        ("near=here", "near: expected latitude,longitude in degrees like 39.1,-94.6, got \"here\""),
        ("near=91,0", "near: expected latitude,longitude in degrees like 39.1,-94.6, got \"91,0\""),
        ("radius=5", "near: expected latitude,longitude beside radius and unit, got nothing"),
        ("near=0,0&radius=-1", "radius: expected a number from 0 on, got -1"),
        ("near=0,0&radius=NaN", "radius: expected a number from 0 on, got NaN"),
        ("near=0,0&unit=mile", "unit: expected MI or KM, got \"mile\""),
        ("delivery_mode=HOME", "delivery_mode: expected SITE_PROCTORED or ATLAS_REMOTE_PROCTORED, got \"HOME\""),
    ] {
        let refused = search::search(&state, &query(text)).expect_err(text);
        assert_eq!(refused, Error::Invalid(told.to_owned()), "{text}");
    }
    let unknown = search::search(&state, &query("test_code=NONE")).expect_err("no test");
    assert_eq!(unknown, Error::UnknownTest("NONE".to_owned()));
    let days = |code: &str, days, test| search::availability(&state, code, days, test, now());
    let missing = Error::NotFound { kind: "test center", id: "NONE".to_owned() };
    assert_eq!(days("NONE", (None, None), None).expect_err("no center"), missing);
    assert!(days("MKC7Q4TX", (Some("x"), None), None).is_err());
    assert!(days("MKC7Q4TX", (None, None), Some("NONE")).is_err());
    let thirty = days("MKC7Q4TX", (None, None), Some("EXAM1")).expect("timeslots");
    assert_eq!((thirty.exam_length, thirty.dates.len()), (240, 26), "every day but Sundays, from today on");
}

fn center(state: &State, change: impl FnOnce(&mut TestCenter)) -> TestCenter {
    let mut center = TestCenter::clone(state.centers().get("MKC7Q4TX").expect("a center"));
    change(&mut center);
    center
}

#[test]
fn a_change_is_told_once_and_what_does_not_fit_changes_nothing() {
    let mut state = state();
    let same = center(&state, |_| {});
    assert!(put(&mut state, &same, now()).expect("the same").1.is_empty(), "nothing changed");
    assert!(state.test_centers.is_empty());
    for (what, wrong, told) in [
        ("zone", center(&state, |one| one.location_timezone = "Nowhere".to_owned()), "location_timezone"),
        ("latitude", center(&state, |one| one.latitude = 91.0), "latitude"),
        ("longitude", center(&state, |one| one.longitude = f64::NAN), "longitude"),
        ("day", center(&state, |one| one.opening_hours[0].day = "Monday".to_owned()), "opening_hours[0].day"),
        ("opens", center(&state, |one| one.opening_hours[1].opens = "8".to_owned()), "opening_hours[1].opens"),
        ("closes", center(&state, |one| one.opening_hours[2].closes = "07:59".to_owned()), "opening_hours[2].closes"),
        ("late", center(&state, |one| one.opening_hours[2].closes = "24:01".to_owned()), "opening_hours[2].closes"),
        ("code", center(&state, |one| one.location_code.clear()), "location_code"),
    ] {
        let Err(Error::Body(misfits)) = put(&mut state, &wrong, now()) else { panic!("{what} is taken") };
        assert_eq!(misfits.iter().map(|wrong| wrong.path.as_str()).collect::<Vec<_>>(), [told]);
    }
    assert!(state.test_centers.is_empty());
    let renamed = center(&state, |one| one.location_name = "Another name".to_owned());
    let added = center(&state, |one| one.location_code = "ADDED001".to_owned());
    for (one, reason) in [(renamed, "TEST_CENTER_UPDATED"), (added, "TEST_CENTER_ADDED")] {
        let (kept, notices) = put(&mut state, &one, now()).expect(reason);
        assert_eq!(kept.updated_datetime, Some(now()));
        let reasons: Vec<_> = notices.iter().map(|notice| serde_json::json!(notice.reason())).collect();
        assert_eq!(reasons, [reason]);
    }
    assert_eq!(state.test_centers.values().count(), 41, "the shipped ones stand beside it");
    close(&mut state, "ADDED001", false, now()).expect("it closes");
    assert!(close(&mut state, "ADDED001", false, now()).is_err(), "it is closed");
    let closed = TestCenter::clone(state.centers().get("ADDED001").expect("a center"));
    let (kept, _) =
        put(&mut state, &TestCenter { seats: 1, status: CenterStatus::Open, ..closed }, now()).expect("kept");
    assert_eq!((kept.seats, serde_json::json!(kept.status)), (1, serde_json::json!("TEMPORARILY_CLOSED")));
    reopen(&mut state, "ADDED001", now()).expect("it opens");
    assert!(reopen(&mut state, "ADDED001", now()).is_err(), "it is open");
    assert!(close(&mut state, "NONE", false, now()).is_err() && reopen(&mut state, "NONE", now()).is_err());
}

#[test]
fn a_center_that_is_closed_for_good_never_opens_again() {
    let mut state = state();
    for permanently in [false, true] {
        let ((center, _), notices) = close(&mut state, "MKC7Q4TX", permanently, now()).expect("it closes");
        let status = if permanently { CenterStatus::Closed } else { CenterStatus::TemporarilyClosed };
        assert_eq!((center.status, notices.len()), (status, 1));
        let again = close(&mut state, "MKC7Q4TX", permanently, now()).expect_err("it is");
        assert_eq!(again, Error::Conflict("test center MKC7Q4TX is closed already".to_owned()));
    }
    assert!(close(&mut state, "MKC7Q4TX", false, now()).is_err());
    let refused = reopen(&mut state, "MKC7Q4TX", now()).expect_err("for good");
    assert_eq!(refused, Error::Conflict("test center MKC7Q4TX is closed for good".to_owned()));
    let renamed = center(&state, |one| one.location_name = "Another name".to_owned());
    let (kept, _) = put(&mut state, &renamed, now()).expect("its record can still be changed");
    assert_eq!(kept.status, CenterStatus::Closed);
}
