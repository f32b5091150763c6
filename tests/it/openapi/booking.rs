//! What the Booking service answers, recorded: a timeslot is found, held, confirmed, moved and given back.

use reqwest::Method;
use serde_json::{Value, json};

use super::Recorder;
use crate::server::{Account, Answer, Server, send};

/// Calls the service and keeps what was sent and answered.
struct Caller<'a> {
    server: &'a Server,
    account: &'a Account<'a>,
    recorder: &'a mut Recorder,
}

impl Caller<'_> {
    async fn call(&mut self, name: &str, method: Method, rest: &str, body: Value) -> Answer {
        let request = self.server.request(method, &format!("/bookingService/1.0.9{rest}"));
        let request = request.bearer_auth(&self.account.token);
        if body.is_null() {
            return send(request).await;
        }
        self.recorder.keep(name, "request", body.clone());
        send(request.json(&body)).await
    }

    async fn get(&mut self, name: &str, rest: &str) -> Value {
        let answer = self.call(name, Method::GET, rest, Value::Null).await;
        self.recorder.answer(name, &answer, 200)
    }

    async fn send(&mut self, name: &str, method: Method, rest: &str, body: Value) -> Value {
        let answer = self.call(name, method, rest, body).await;
        self.recorder.answer(name, &answer, 200)
    }
}

fn candidate(id: &str) -> Value {
    json!({
        "candidate_id": id, "candidate_name": { "last_name": "Doe", "first_name": "Ann" },
        "contact-info": {
            "address1": "7 Elm Street", "city": "Atchison", "state": "KS", "zip": "66002", "country": "USA",
            "phone": "+1 913 555 0107", "email": "ann.doe@example.org",
        },
    })
}

fn request(id: &str) -> Value {
    json!({
        "client_id": "ACCT1", "application_id": "portal", "test_id": "EXAM1", "test_portions": [],
        "eligibility_start_date": "2026-03-01T00:00:00Z", "eligibility_end_date": "2026-12-31T00:00:00Z",
        "candidate_details": candidate(id), "custom_fields": {},
    })
}

/// Records all twelve operations.
pub async fn record(server: &Server, account: &Account<'_>, recorder: &mut Recorder) {
    let event = json!({ "catalog": { "invitations": [{
        "invitation_code": "OPENDAY1", "test_code": "EXAM1", "location_code": "ATC2H9LB",
        "starts": "2026-03-21T15:00:00Z", "max_seat": 4, "event_name": "Open day",
    }] } });
    account.control(Method::POST, "/fixtures", Some(event)).await.expect(200);
    let mut caller = Caller { server, account, recorder };
    let days = "start_date=2026-03-09&end_date=2026-03-10&exam_length=240";
    let near = format!("/tests/EXAM1/locations?{days}&country=USA&zip=66002&max_no_of_locations=2&show_dates=true");
    caller.get("list_locations", &near).await;
    let found = caller.get("list_timeslots", &format!("/tests/EXAM1/locations/ATC2H9LB/timeslots?{days}")).await;
    let timeslot =
        |day: usize| found["data"]["dates"][day]["timeslots"][0]["timeslot_id"].as_str().expect("a timeslot");
    caller.get("list_test_locations", "/testconfig/EXAM1/locations/USA?subdivision_code=KS").await;
    caller.get("suggest_geo_locations", "/autocomplete/geo_locations/USA?query=660").await;
    let by = "performed_by_user=csr";
    let book = format!("/bookings?timeslot_id={}&{by}&booking_on_hold=true", timeslot(0));
    let held = caller.send("create_booking", Method::POST, &book, request("C-3001")).await;
    let again = caller.call("create_booking", Method::POST, &book, request("C-3001")).await;
    caller.recorder.answer("create_booking", &again, 400);
    let id = |booking: &Value| booking["booking_id"].as_str().expect("an identifier").to_owned();
    let confirm = format!("/bookings/confirm/{}?{by}", id(&held));
    caller.send("confirm_hold", Method::PUT, &confirm, json!({})).await;
    let change = format!("/bookings/{}/{}?{by}", id(&held), timeslot(1));
    let data = json!({ "test_id": "EXAM1", "test_portions": [] });
    let moved = caller.send("change_timeslot", Method::PUT, &change, data.clone()).await;
    let cancel = format!("/bookings/{}?{by}", id(&moved["data"]));
    caller.send("delete_booking", Method::DELETE, &cancel, Value::Null).await;
    let regn = held["atlas_regn_id"].as_str().expect("an identifier");
    let register = format!("/bookings/{}/registrations/{regn}?{by}", timeslot(0));
    caller.send("book_registration", Method::POST, &register, data).await;
    let home = "/webdeliveries/ATC2H9LB?booking_datetime=2026-03-12T20:00:00Z";
    caller.send("create_web_delivery", Method::POST, home, request("C-3002")).await;
    caller.get("get_invitation", "/invitations/OPENDAY1").await;
    let seat = format!("/invitations/OPENDAY1?{by}");
    caller.send("accept_invitation", Method::POST, &seat, candidate("C-3003")).await;
}
