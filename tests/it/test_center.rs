//! The Test Center service: searches, one center, its free timeslots, in both generations.

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::{text, texts};
use crate::server::{Account, Answer, Server, send};

fn given() -> Value {
    let hours = |day: &str, opens: &str, closes: &str| json!({ "day": day, "opens": opens, "closes": closes });
    json!({
        "catalog": {
            "tests": [{ "test_code": "EXAM1", "exam_length": 90 }],
            "test_centers": [
                {
                    "location_code": "NIGHT001", "location_name": "A night hall", "city": "Boston",
                    "province_state": "MA", "country": "US", "postal_code": "02110", "latitude": 42.36,
                    "longitude": -71.06, "location_timezone": "America/New_York", "seats": 2,
                    "opening_hours": [hours("SUN", "00:00", "04:30")],
                },
                {
                    "location_code": "DAY00001", "location_name": "A day hall", "city": "Springfield",
                    "province_state": "MA", "country": "US", "latitude": 42.10, "longitude": -72.59,
                    "location_timezone": "America/New_York", "seats": 1,
                    "opening_hours": [hours("MON", "09:00", "12:00")],
                },
            ],
        },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    })
}

async fn get(account: &Account<'_>, rest: &str) -> Answer {
    let path = format!("/testCenterService/1.0.0/accounts/{}/test_centers{rest}", account.code);
    send(account.server.request(Method::GET, &path).bearer_auth(&account.token)).await
}

fn codes(page: &Value) -> Vec<String> {
    texts(page["items"].as_array().expect("items"), "location_code")
}

#[actix_web::test]
async fn centers_are_searched_by_place_and_distance_a_page_at_a_time() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let all = get(&account, "?country=USA&city=boston").await.expect(200);
    assert_eq!((codes(&all), &all["next_cursor"]), (vec!["NIGHT001".to_owned()], &Value::Null));
    let center = get(&account, "/NIGHT001").await.expect(200);
    assert_eq!(all["items"][0], center);
    assert_eq!((&center["seats"], &center["updated_datetime"]), (&json!(2), &Value::Null));
    let near = get(&account, "?near=42.1,-72.6&radius=150&unit=KM&limit=1").await.expect(200);
    assert_eq!(codes(&near), ["DAY00001"]);
    let rest = get(&account, "?near=42.1,-72.6&radius=150&unit=KM&limit=1&cursor=1").await.expect(200);
    assert_eq!(codes(&rest), ["NIGHT001"]);
    let found = &rest["items"][0];
    assert_eq!((&found["distance"], &found["distance_unit"]), (&json!(130.0), &json!("KM")));
    let second =
        send(server.request(Method::GET, "/testCenterService/2.0.0/test_centers/DAY00001").bearer_auth(&account.token));
    assert_eq!(second.await.expect(200)["location_name"], "A day hall");
    for query in ["?near=x", "?radius=1", "?radius=far", "?unit=KM", "?limit=0", "?colour=red", "?test_code=NONE"] {
        get(&account, query).await.refused(400);
    }
    get(&account, "/NONE").await.refused(404);
    get(&account, "/NONE/availability").await.refused(404);
    get(&account, "/DAY00001/availability?start_date=x").await.refused(400);
}

#[actix_web::test]
async fn a_center_has_the_timeslots_of_its_hours_that_have_a_seat() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let days = "?start_date=2026-03-02&end_date=2026-03-09&test_code=EXAM1";
    let before = get(&account, &format!("/DAY00001/availability{days}")).await.expect(200);
    let starts = |found: &Value| {
        let days = found["dates"].as_array().expect("days").iter();
        days.flat_map(|day| texts(day["timeslots"].as_array().expect("timeslots"), "start_time")).collect::<Vec<_>>()
    };
    // Summer time begins in between.
    let expected = ["2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z", "2026-03-09T13:00:00Z", "2026-03-09T14:00:00Z"];
    assert_eq!(starts(&before), expected);
    let id = account.eligible("C1", "EXAM1").await;
    let seat = json!({ "location_code": "DAY00001", "booking_on": "2026-03-02T14:00:00Z", "on_hold": true });
    let held = account.schedule_as(&id, seat).await.expect(200);
    let taken = get(&account, &format!("/DAY00001/availability{days}")).await.expect(200);
    assert_eq!(starts(&taken), expected[2..], "the exam has its seat to the end");
    account.booking(text(&held, "booking_code"), "release").await.expect(200);
    assert_eq!(get(&account, &format!("/DAY00001/availability{days}")).await.expect(200), before);
    // At one in the morning of 1 November there are two times one o'clock.
    let night = get(&account, "/NIGHT001/availability?start_date=2026-11-01&end_date=2026-11-01").await.expect(200);
    let twice = ["04", "05", "06", "07", "08"].map(|hour| format!("2026-11-01T{hour}:00:00Z"));
    assert_eq!(starts(&night), twice);
    assert_eq!((&night["exam_length"], &night["dates"][0]["date"]), (&json!(60), &json!("2026-11-01")));
    let spring = get(&account, "/NIGHT001/availability?start_date=2026-03-08&end_date=2026-03-08").await.expect(200);
    assert_eq!(starts(&spring), ["05", "06", "07"].map(|hour| format!("2026-03-08T{hour}:00:00Z")));
    let close = account.control(Method::POST, "/test_centers/DAY00001/close", Some(json!({})));
    close.await.expect(200);
    assert!(starts(&get(&account, &format!("/DAY00001/availability{days}")).await.expect(200)).is_empty());
}

#[actix_web::test]
async fn a_center_that_is_added_or_changed_is_told_of_and_may_cancel_what_it_has() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for service in ["test_center_notification", "booking_notification"] {
        let to = json!({ "url": "inbox:told" });
        account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(to)).await.expect(200);
    }
    let mut center = get(&account, "/DAY00001").await.expect(200);
    center["seats"] = json!(3);
    let put = async |code: &str, center: &Value| {
        account.control(Method::PUT, &format!("/test_centers/{code}"), Some(center.clone())).await
    };
    let changed = put("DAY00001", &center).await.expect(200);
    assert_eq!(changed["updated_datetime"], "2026-03-01T12:00:00.000Z");
    put("DAY00001", &center).await.expect(200);
    center["location_code"] = json!("ADDED001");
    put("DAY00001", &center).await.problem(400);
    put("ADDED001", &center).await.expect(200);
    center["location_timezone"] = json!("Mars/Olympus");
    let told = put("ADDED001", &center).await.problem(400);
    assert_eq!(told, "location_timezone: expected an IANA zone like America/Chicago, got \"Mars/Olympus\"");
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule_as(&id, json!({ "location_code": "ADDED001" })).await.expect(200);
    account.set(json!({ "on_close": "cancel" })).await;
    let close = account.control(Method::POST, "/test_centers/ADDED001/close", Some(json!({})));
    close.await.expect(200);
    account.wait("for=delivery&status=delivered&count=5").await;
    let rows = account.deliveries().await;
    let reasons =
        ["TEST_CENTER_UPDATED", "TEST_CENTER_ADDED", "BOOKING_CREATED", "TEST_CENTER_CLOSED", "BOOKING_CANCELLED"];
    assert_eq!(texts(&rows, "change_reason"), reasons);
    let body: Value = serde_json::from_str(text(&rows[3], "body")).expect("JSON");
    assert_eq!(body["affected_bookings"], json!([booking["booking_code"]]));
}
