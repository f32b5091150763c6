//! The Booking service 1.0.9 over HTTP: a partner finds a timeslot and books it, on hold or at once, moves and cancels.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::action::{text, texts};
use crate::server::{Account, Answer, Server, send};

fn given() -> Value {
    let center = |code: &str, city: &str, zip: &str, latitude: f64, longitude: f64, day: &str| {
        json!({
            "location_code": code, "location_name": format!("{city} hall"), "city": city, "province_state": "KS",
            "country": "US", "postal_code": zip, "latitude": latitude, "longitude": longitude,
            "location_timezone": "America/Chicago", "seats": 1, "accessible": day == "MON",
            "opening_hours": [{ "day": day, "opens": "09:00", "closes": "13:00" }],
        })
    };
    json!({
        "account": { "settings": { "hold_minutes": 10 } },
        "catalog": {
            "tests": [{ "test_code": "EXAM1", "exam_length": 120 }],
            "test_centers": [
                center("ATCHISON", "Atchison", "66002", 39.56, -95.12, "MON"),
                center("LAWRENCE", "Lawrence", "66044", 38.97, -95.24, "TUE"),
            ],
            "places": [{
                "zip": "66006", "city": "Baldwin City", "state": "KS", "country": "US", "latitude": 38.78,
                "longitude": -95.19,
            }],
            "invitations": [{
                "invitation_code": "OPEN-DAY", "test_code": "EXAM1", "location_code": "LAWRENCE",
                "starts": "2026-03-07T15:00:00Z", "max_seat": 1, "event_name": "Open day",
            }],
        },
        "subscriptions": { "booking_notification": { "url": "inbox:partner" } },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    })
}

async fn call(account: &Account<'_>, method: Method, rest: &str, body: Option<Value>) -> Answer {
    let request = account.server.request(method, &format!("/atlasApi/1.0.9{rest}")).bearer_auth(&account.token);
    send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

async fn get(account: &Account<'_>, rest: &str) -> Answer {
    call(account, Method::GET, rest, None).await
}

fn candidate(id: &str) -> Value {
    json!({
        "candidate_id": id, "candidate_name": { "first_name": "Jo", "last_name": "Doe" },
        "contact-info": { "city": "Atchison", "state": "KS", "zip": "66002", "country": "USA" },
    })
}

fn request(account: &Account<'_>, id: &str) -> Value {
    json!({
        "client_id": account.code, "application_id": "portal", "test_id": "EXAM1",
        "test_portions": [], "candidate_details": candidate(id), "custom_fields": { "cohort": "A" },
    })
}

const MARCH: &str = "start_date=2026-03-01&end_date=2026-03-15&exam_length=120";

/// The identifiers of a location's free timeslots.
async fn timeslots(account: &Account<'_>, location: &str, more: &str) -> Vec<String> {
    let found = get(account, &format!("/tests/EXAM1/locations/{location}/timeslots?{MARCH}{more}")).await.expect(200);
    assert_eq!((&found["error_code"], &found["error_message"]), (&json!(""), &json!("")));
    let dates = found["data"]["dates"].as_array().expect("dates").iter();
    dates.flat_map(|date| texts(date["timeslots"].as_array().expect("timeslots"), "timeslot_id")).collect()
}

async fn book(account: &Account<'_>, id: &str, timeslot: &str, more: &str) -> Answer {
    let path = format!("/bookings?timeslot_id={timeslot}&performed_by_user=csr{more}");
    call(account, Method::POST, &path, Some(request(account, id))).await
}

#[actix_web::test]
async fn a_partner_finds_a_timeslot_and_books_it_on_hold() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let names = get(&account, "/autocomplete/geo_locations/USA?query=660").await.expect(200);
    let expected = ["66002,Atchison,KS,USA", "66006,Baldwin City,KS,USA", "66044,Lawrence,KS,USA"];
    assert_eq!(names["geo_locations"], json!(expected));
    let near = get(&account, &format!("/tests/EXAM1/locations?{MARCH}&country=USA&zip=66006&show_dates=true")).await;
    let near = near.expect(200);
    let locations = near["locations"].as_array().expect("locations");
    assert_eq!(texts(locations, "location_id"), ["LAWRENCE", "ATCHISON"]);
    assert_eq!(texts(locations, "first_available_date"), ["2026-03-03", "2026-03-02"]);
    assert_eq!(locations[0]["distance"], json!(13.4));
    assert_eq!(near["dates"][0], json!({ "date": "2026-03-02", "locations": ["ATCHISON"] }));
    let ada = get(&account, &format!("/tests/EXAM1/locations?{MARCH}&country=US&is_ada=true")).await.expect(200);
    assert_eq!(texts(ada["locations"].as_array().expect("locations"), "location_id"), ["ATCHISON"]);
    // The clocks go forward on 8 March: nine o'clock is an hour earlier.
    let slots = timeslots(&account, "ATCHISON", "").await;
    assert_eq!(slots.len(), 6);
    assert_eq!(timeslots(&account, "ATCHISON", "&ext_time=60").await.len(), 4, "an exam of three hours");
    let held = book(&account, "C1", &slots[0], "&booking_on_hold=true").await.expect(200);
    for (member, expected) in [
        ("is_confirmed", json!(false)),
        ("timeslot_start_time", json!("2026-03-02T15:00:00Z")),
        ("exam_length", json!(120)),
        ("timeslot_id", json!(slots[0])),
        ("application_id", json!("portal")),
        ("csr_user_name", json!("csr")),
        ("location_id", json!("ATCHISON")),
    ] {
        assert_eq!(held[member], expected, "{member}");
    }
    // Of nine, ten and eleven, ten overlaps the two hours from nine on.
    assert_eq!(timeslots(&account, "ATCHISON", "").await, slots[2..]);
    assert!(account.deliveries().await.is_empty());
    let confirm = format!("/bookings/confirm/{}?performed_by_user=csr", text(&held, "booking_id"));
    let confirmed = call(&account, Method::PUT, &confirm, Some(json!({}))).await.expect(200);
    assert_eq!(confirmed["is_confirmed"], true);
    call(&account, Method::PUT, &confirm, Some(json!({}))).await.refused(400);
    let change = format!("/bookings/{}/{}?performed_by_user=csr", text(&held, "booking_id"), slots[3]);
    let moved = call(&account, Method::PUT, &change, Some(json!({ "test_id": "EXAM1" }))).await.expect(200);
    let moved = &moved["data"];
    assert_eq!(
        (&moved["is_reschedule"], &moved["timeslot_start_time"]),
        (&json!(true), &json!("2026-03-09T14:00:00Z"))
    );
    assert_ne!(moved["booking_id"], held["booking_id"]);
    let cancel = format!("/bookings/{}?performed_by_user=csr", text(moved, "booking_id"));
    assert_eq!(call(&account, Method::DELETE, &cancel, None).await.expect(200)["is_cancelled"], true);
    let again = format!("/bookings/{}/registrations/{}?performed_by_user=csr", slots[1], text(&held, "atlas_regn_id"));
    let again = call(&account, Method::POST, &again, Some(json!({ "test_id": "EXAM1" }))).await.expect(200);
    assert_eq!(again["data"]["is_confirmed"], true);
    account.wait("for=delivery&status=delivered&count=4").await;
    let told = ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_CREATED"];
    assert_eq!(texts(&account.deliveries().await, "change_reason"), told);
}

#[actix_web::test]
async fn of_many_who_want_one_seat_one_gets_it_and_a_hold_that_ends_gives_it_back() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let slots = timeslots(&account, "ATCHISON", "").await;
    let candidates: Vec<_> = (0..8).map(|number| format!("C{number}")).collect();
    let answers = join_all(candidates.iter().map(|id| book(&account, id, &slots[0], "&booking_on_hold=true"))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((won, account.items("/bookings").await.len(), account.items("/eligibilities").await.len()), (1, 1, 1));
    let lost = answers.iter().find(|answer| answer.status != 200).expect("a refusal").refused(400);
    let expected = format!(
        "timeslot {} at ATCHISON at 2026-03-02T15:00:00Z lost the race: another booking took the last of its seats (1)",
        slots[0]
    );
    assert_eq!(lost, expected);
    // The candidate simulator says the same of the same choice.
    let id = account.eligible("S1", "EXAM1").await;
    assert_eq!(account.schedule_as(&id, json!({ "timeslot_id": slots[0] })).await.problem(409), expected);
    account.advance("10m").await;
    let booked = account.schedule_as(&id, json!({ "timeslot_id": slots[0] })).await.expect(200);
    assert_eq!((text(&booked, "location_code"), text(&booked, "state")), ("ATCHISON", "BOOKED"));
}

#[actix_web::test]
async fn an_exam_at_home_and_a_seat_of_an_event_are_booked() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let home = "/webdeliveries/LAWRENCE?booking_datetime=2026-03-05T20:00:00Z";
    let made = call(&account, Method::POST, home, Some(request(&account, "C1"))).await.expect(200);
    assert_eq!((&made["location_id"], &made["timeslot_id"]), (&Value::Null, &Value::Null));
    let booking = account.control(Method::GET, &format!("/bookings/{}", text(&made, "booking_id")), None).await;
    let booking = booking.expect(200);
    let how = (text(&booking, "delivery_mode"), text(&booking, "location_timezone"));
    assert_eq!(how, ("ATLAS_REMOTE_PROCTORED", "America/Chicago"));
    let event = get(&account, "/invitations/OPEN-DAY").await.expect(200);
    assert_eq!((text(&event, "eventName"), text(&event, "sessionStartTime")), ("Open day", "09:00"));
    let seat = "/invitations/OPEN-DAY?performed_by_user=csr";
    let taken = call(&account, Method::POST, seat, Some(candidate("C2"))).await.expect(200);
    assert_eq!((&taken["location_id"], &taken["timeslot_start_time"]), (&json!("LAWRENCE"), &event["dateTime"]));
    let full = call(&account, Method::POST, seat, Some(candidate("C3"))).await.refused(400);
    assert_eq!(full, "all 1 seats of invitation OPEN-DAY are taken");
    let exported = account.control(Method::GET, "/fixture", None).await.expect(200);
    assert_eq!(exported["bookings"][1]["invitation"], "OPEN-DAY");
}

#[actix_web::test]
async fn the_account_is_that_of_the_token_and_what_is_unknown_is_refused() {
    let server = Server::shared();
    let (account, other) = (server.account(given()).await, server.account(json!({})).await);
    let slots = timeslots(&account, "ATCHISON", "").await;
    let path = format!("/bookings?timeslot_id={}&performed_by_user=csr", slots[0]);
    for (client_id, status) in [(other.code.as_str(), 403), ("NOSUCH00", 400)] {
        let mut foreign = request(&account, "C1");
        foreign["client_id"] = json!(client_id);
        call(&account, Method::POST, &path, Some(foreign.clone())).await.refused(status);
        let home = "/webdeliveries/LAWRENCE?booking_datetime=2026-03-05T20:00:00Z";
        call(&account, Method::POST, home, Some(foreign)).await.refused(status);
    }
    for (path, status) in [
        ("/tests/NONE/locations?start_date=2026-03-01&end_date=2026-03-02&exam_length=60&country=US", 400),
        ("/tests/EXAM1/locations?start_date=2026-03-01&end_date=2026-03-02&exam_length=60", 400),
        ("/tests/EXAM1/locations?start_date=2026-03-02&end_date=2026-03-01&exam_length=60&country=US", 400),
        ("/tests/EXAM1/locations?start_date=2026-03-01&end_date=2026-03-02&exam_length=0&country=US", 400),
        ("/tests/EXAM1/locations?start_date=2026-03-01&end_date=2026-03-02&exam_length=60&country=US&sort=up", 400),
        (
            "/tests/EXAM1/locations?start_date=2026-03-01&end_date=2026-03-02&exam_length=60&country=US&search_radius_unit=M",
            400,
        ),
        ("/tests/EXAM1/locations/NONE/timeslots?start_date=2026-03-01&end_date=2026-03-02&exam_length=60", 404),
        ("/testconfig/NONE/locations/USA", 400),
        ("/autocomplete/geo_locations/USA?query=6", 400),
        ("/invitations/NONE", 404),
    ] {
        get(&account, path).await.refused(status);
    }
    let nowhere = get(&account, &format!("/tests/EXAM1/locations?{MARCH}&country=USA&zip=00000")).await.expect(200);
    assert_eq!(nowhere["locations"], json!([]));
    let seen = account.items("/requests/find").await;
    let rules: Vec<_> = seen.iter().flat_map(|call| call["lint"].as_array().cloned().unwrap_or_default()).collect();
    assert!(rules.iter().any(|finding| finding["rule"] == "BOOK-PLACE-UNKNOWN"), "{rules:?}");
    let all = get(&account, "/testconfig/EXAM1/locations/USA?subdivision_code=KS&no_of_locations=1").await.expect(200);
    assert_eq!(texts(all["locations"].as_array().expect("locations"), "location_id"), ["ATCHISON"]);
    let around = get(&account, "/testconfig/EXAM1/locations/USA?zip=66006").await.expect(200);
    assert_eq!(texts(around["locations"].as_array().expect("locations"), "location_id"), ["LAWRENCE", "ATCHISON"]);
}
