//! What the searches of the Booking service find.

use serde_json::json;

use super::super::search::{self, LocationQuery, Span};
use super::{NINE, act, create, made, slot, state};
use crate::domain::record::place::Place;
use crate::domain::site::distance::Unit;
use crate::domain::site::search::PlaceQuery;
use crate::domain::value::id::Code;

fn query(place: PlaceQuery<'_>, span: Option<Span>) -> LocationQuery<'_> {
    LocationQuery {
        test_id: "EXAM1",
        place,
        span,
        is_ada: false,
        most: 15,
        show_dates: span.is_some(),
        radius: 100.0,
        unit: Unit::MI,
        calculate_distance: true,
        is_descending: false,
    }
}

#[test]
fn locations_are_found_around_a_place_with_their_first_free_date() {
    let mut state = state();
    let place = json!({ "zip": "64106", "city": "Kansas City", "state": "MO", "country": "US", "latitude": 39.1, "longitude": -94.57 });
    state.places.put("x".to_owned(), made::<Place>(place).into());
    let span = Span::read("2026-03-01", "2026-03-31", 120, 0).expect("days");
    let around = PlaceQuery { country: Some("USA"), postal_code: Some("64106"), ..PlaceQuery::default() };
    let found = search::locations(&state, &query(around, Some(span)), act().now).expect("fits").expect("known");
    let found = json!(found);
    assert_eq!(found["locations"].as_array().map(Vec::len), Some(1), "the closed one is left out");
    assert_eq!(found["locations"][0]["distance"], json!(43.3));
    assert_eq!(found["locations"][0]["first_available_date"], json!("2026-03-02"));
    assert_eq!(found["dates"].as_array().map(Vec::len), Some(5), "the Mondays of March");
    create(&mut state, "C1", NINE, false).expect("a booking");
    // Until eleven the seat is taken, and at two it closes.
    for (minutes, starts) in [(60, [17, 18, 19].as_slice()), (120, &[17, 18]), (150, &[17])] {
        let span = Span { minutes, ..span };
        let slots = search::timeslots(&state, ("EXAM1", "SITE0001"), span, false, act().now).expect("timeslots");
        let told: Vec<Code> = slots.dates[0].timeslots.iter().map(|slot| slot.timeslot_id).collect();
        let free = |hour: &u32| slot(&state, "SITE0001", &format!("2026-03-02T{hour}:00:00Z"));
        assert_eq!(
            told.iter().map(ToString::to_string).collect::<Vec<_>>(),
            starts.iter().map(free).collect::<Vec<_>>()
        );
    }
    let unknown = PlaceQuery { postal_code: Some("00000"), ..around };
    assert!(search::locations(&state, &query(unknown, None), act().now).expect("fits").is_none());
    let elsewhere = PlaceQuery { country: Some("CAN"), ..PlaceQuery::default() };
    let none = search::locations(&state, &query(elsewhere, None), act().now).expect("fits").expect("all of it");
    assert!(none.locations.is_empty());
    let names = search::suggest(&state, "USA", "atch", 10, false).expect("places").geo_locations;
    assert_eq!(names, ["66002,Atchison,KS,USA"]);
    assert_eq!(
        search::suggest(&state, "US", "64", 10, false).expect("places").geo_locations,
        ["64106,Kansas City,MO,USA"]
    );
    assert!(
        search::suggest(&state, "US", " 6 ", 10, false).is_err()
            && search::suggest(&state, "US", "66", 0, false).is_err()
    );
    assert!(
        Span::read("2026-03-01", "2026-03-02", 0, 0).is_err()
            && Span::read("2026-03-01", "2026-03-02", 60, 1441).is_err()
    );
    let far = LocationQuery { radius: -1.0, ..query(around, None) };
    assert!(search::locations(&state, &far, act().now).is_err());
}
