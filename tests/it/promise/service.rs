//! The operations of services that publish, book, sell and watch, each to each status.

use reqwest::Method;
use serde_json::{Value, json};

use super::vendor::{Caller, UNKNOWN, Who};

impl Caller<'_> {
    /// A read in an account that is not there.
    async fn astray(&mut self, name: &str, parts: &[(&str, &str)]) {
        let (method, template, _) = self.operation(name);
        let parts = parts.iter().chain(&[("account_code", "NOSUCH00")]);
        let path = parts.fold(template.to_owned(), |path, (part, value)| path.replace(&format!("{{{part}}}"), value));
        let request = self.able.server.request(method, &path).bearer_auth(&self.able.token);
        self.send(name, 400, request).await;
    }

    /// A list of no records at all is asked for.
    async fn wrong_limit(&mut self, name: &str) {
        let (method, template, _) = self.operation(name);
        let path = format!("{}?limit=0", template.replace("{account_code}", &self.able.code));
        let request = self.able.server.request(method, &path).bearer_auth(&self.able.token);
        self.send(name, 400, request).await;
    }

    pub async fn centers(&mut self) {
        let page = self.call("search_test_centers", 200, &[]).await;
        self.astray("search_test_centers", &[]).await;
        let code = page["items"][0]["location_code"].as_str().expect("a code").to_owned();
        for name in ["find_test_center", "get_availability"] {
            self.call(name, 200, &[("location_code", &code)]).await;
            self.call(name, 404, &[("location_code", "NOSUCH00")]).await;
            self.astray(name, &[("location_code", &code)]).await;
        }
    }

    /// A call of the Booking service, whose query the document names.
    async fn asked(
        &mut self,
        name: &str,
        status: u16,
        parts: &[(&str, &str)],
        query: &str,
        body: Option<Value>,
    ) -> Value {
        let (method, template, _) = self.operation(name);
        let path =
            parts.iter().fold(template.to_owned(), |path, (part, value)| path.replace(&format!("{{{part}}}"), value));
        let request = self.able.server.request(method, &format!("{path}?{query}")).bearer_auth(&self.able.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        self.send(name, status, request).await
    }

    pub async fn bookings(&mut self) {
        let days = "start_date=2099-03-02&end_date=2099-03-08&exam_length=240";
        let (test, site) = (("test_id", "EXAM1"), ("location_id", "MKC7Q4TX"));
        self.asked("list_locations", 200, &[test], &format!("{days}&country=USA"), None).await;
        self.asked("list_locations", 400, &[test], days, None).await;
        let found = self.asked("list_timeslots", 200, &[test, site], days, None).await;
        self.asked("list_timeslots", 400, &[test, site], "", None).await;
        self.asked("list_timeslots", 404, &[test, ("location_id", "NOSUCH00")], days, None).await;
        for (status, test_id) in [(200, "EXAM1"), (400, "NONE")] {
            let parts = [("test_id", test_id), ("country_code", "USA")];
            self.asked("list_test_locations", status, &parts, "", None).await;
        }
        self.asked("suggest_geo_locations", 200, &[("country", "USA")], "query=66", None).await;
        self.asked("suggest_geo_locations", 400, &[("country", "USA")], "query=6", None).await;
        let timeslot =
            |at: usize| found["data"]["dates"][0]["timeslots"][at]["timeslot_id"].as_str().expect("an identifier");
        let candidate =
            |id: &str| json!({ "candidate_id": id, "candidate_name": { "first_name": "Jo", "last_name": "Doe" } });
        let code = self.able.code.clone();
        let request = |id: &str| json!({ "client_id": code, "test_id": "EXAM1", "candidate_details": candidate(id) });
        let data = || Some(json!({ "test_id": "EXAM1" }));
        let (user, hold) = ("performed_by_user=csr", "performed_by_user=csr&booking_on_hold=true");
        let first = format!("timeslot_id={}&{hold}", timeslot(0));
        let held = self.asked("create_booking", 200, &[], &first, Some(request("B1"))).await;
        self.asked("create_booking", 400, &[], &first, Some(request("B1"))).await;
        let id = |booking: &Value| booking["booking_id"].as_str().expect("an identifier").to_owned();
        for status in [200, 400] {
            self.asked("confirm_hold", status, &[("booking_id", &id(&held))], user, Some(json!({}))).await;
        }
        let change = [("booking_id", &*id(&held)), ("timeslot_id", timeslot(1))];
        let moved = self.asked("change_timeslot", 200, &change, user, data()).await;
        self.asked("change_timeslot", 400, &change, user, data()).await;
        for status in [200, 400] {
            self.asked("delete_booking", status, &[("booking_id", &id(&moved["data"]))], user, None).await;
        }
        let regn = held["atlas_regn_id"].as_str().expect("an identifier");
        let again = [("timeslot_id", timeslot(0)), ("regn_id", regn)];
        for status in [200, 400] {
            self.asked("book_registration", status, &again, user, data()).await;
        }
    }

    /// Exams at home, and events.
    pub async fn invitations(&mut self) {
        let candidate =
            |id: &str| json!({ "candidate_id": id, "candidate_name": { "first_name": "Jo", "last_name": "Doe" } });
        let code = self.able.code.clone();
        let request = |id: &str| json!({ "client_id": code, "test_id": "EXAM1", "candidate_details": candidate(id) });
        let (site, user) = (("location_id", "MKC7Q4TX"), "performed_by_user=csr");
        let at = "booking_datetime=2099-03-05T20:00:00Z";
        for (status, site, id) in [(200, site, "B2"), (400, site, "B2"), (404, ("location_id", "NOSUCH00"), "B3")] {
            self.asked("create_web_delivery", status, &[site], at, Some(request(id))).await;
        }
        let event = json!({ "catalog": { "invitations": [{
            "invitation_code": "EVENT1", "test_code": "EXAM1", "location_code": "MKC7Q4TX",
            "starts": "2099-03-07T15:00:00Z", "max_seat": 1,
        }] } });
        self.able.control(Method::POST, "/fixtures", Some(event)).await.expect(200);
        for (status, code) in [(200, "EVENT1"), (404, "NOSUCH00")] {
            self.asked("get_invitation", status, &[("invitation_code", code)], "", None).await;
            let body = Some(candidate("B4"));
            self.asked("accept_invitation", status, &[("invitation_code", code)], user, body).await;
        }
        let full = Some(candidate("B5"));
        self.asked("accept_invitation", 400, &[("invitation_code", "EVENT1")], user, full).await;
        // An invitation whose test is known no more.
        self.able.set(json!({ "open_catalog": true })).await;
        let event = json!({ "catalog": { "invitations": [{
            "invitation_code": "EVENT2", "test_code": "FORGOTTEN", "location_code": "MKC7Q4TX",
            "starts": "2099-03-07T15:00:00Z", "max_seat": 1,
        }] } });
        self.able.control(Method::POST, "/fixtures", Some(event)).await.expect(200);
        self.able.set(json!({ "open_catalog": false })).await;
        self.asked("get_invitation", 400, &[("invitation_code", "EVENT2")], "", None).await;
    }

    pub async fn vouchers(&mut self) {
        let new = json!({ "voucher_code": "V1", "discount_type": "PERCENT", "discount": "10" });
        let (known, unknown) = ([("voucher_code", "V1")], [("voucher_code", "NONE")]);
        self.put("create_vouchers", 201, &[], &new).await;
        self.put("create_vouchers", 400, &[], &new).await;
        self.put("create_vouchers", 201, &[], &json!({ "count": 2, "discount_type": "PERCENT", "discount": "10" }))
            .await;
        self.call("list_vouchers", 200, &[]).await;
        let path = format!("/voucherService/1.0.0/accounts/{}/vouchers?limit=0", self.able.code);
        let wrong = self.able.server.request(Method::GET, &path).bearer_auth(&self.able.token);
        self.send("list_vouchers", 400, wrong).await;
        let elsewhere = |name, caller: &Self| {
            let (method, path, _) = caller.operation(name);
            let path = path.replace("{account_code}", "NOACCOUNT").replace("{voucher_code}", "V1");
            caller.able.server.request(method, &path).bearer_auth(&caller.able.token)
        };
        let change = json!({ "status": "DISABLED" });
        for name in ["get_voucher", "update_voucher", "delete_voucher"] {
            let request = elsewhere(name, self).json(&change);
            self.send(name, 400, request).await;
            let request = self.request(name, Who::Able, &unknown).json(&change);
            self.send(name, 404, request).await;
        }
        self.call("get_voucher", 200, &known).await;
        self.put("update_voucher", 204, &known, &change).await;
        self.call("delete_voucher", 204, &known).await;
    }

    pub async fn payments(&mut self) {
        let mut held = Vec::new();
        for candidate in ["P1", "P2"] {
            let id = self.able.eligible(candidate, "EXAM1").await;
            let booking = self.able.schedule_as(&id, json!({ "on_hold": true })).await.expect(200);
            held.push(booking["booking_code"].as_str().expect("a code").to_owned());
        }
        let price =
            |code: &str| json!({ "booking_code": code, "amount": "10.00", "currency": "USD", "capture": "manual" });
        let made = self.put("create_payment", 201, &[], &price(&held[0])).await;
        self.put("create_payment", 400, &[], &price(&held[0])).await;
        let id = made["payment_id"].as_str().expect("an identifier");
        let (known, unknown) = ([("payment_id", id)], [("payment_id", "NOSUCH00")]);
        self.put("create_refund", 400, &known, &json!({})).await;
        self.call("get_payment", 200, &known).await;
        self.call("capture_payment", 200, &known).await;
        self.call("capture_payment", 400, &known).await;
        self.put("create_refund", 201, &known, &json!({ "amount": "1.00" })).await;
        self.call("get_payment", 404, &unknown).await;
        self.call("capture_payment", 404, &unknown).await;
        self.put("create_refund", 404, &unknown, &json!({})).await;
        let path = format!("/paymentService/1.0.0/accounts/NOACCOUNT/payments/{id}");
        let elsewhere = self.able.server.request(Method::GET, &path).bearer_auth(&self.able.token);
        self.send("get_payment", 400, elsewhere).await;
        self.call("list_booking_payments", 200, &[("booking_code", &held[0])]).await;
        self.call("list_booking_payments", 400, &[("booking_code", "NOSUCH00")]).await;
    }

    pub async fn sessions(&mut self) {
        let code = self.able.booked("C5").await["booking_code"].as_str().expect("a code").to_owned();
        let url = "https://exam.example/start";
        let made = self.put("create_session", 201, &[], &json!({ "booking_code": code, "exam_url": url })).await;
        self.put("create_session", 400, &[], &json!({ "booking_code": code, "exam_url": url })).await;
        let unlinked = json!({ "candidate_id": "C5", "test_code": "HOME1", "exam_url": url });
        self.put("create_session", 404, &[], &unlinked).await;
        self.call("list_sessions", 200, &[]).await;
        self.wrong_limit("list_sessions").await;
        let known = [("session_id", made["session_id"].as_str().expect("an identifier"))];
        let unknown = [("session_id", "NOSUCH00")];
        let started = json!({ "event": "started" });
        self.call("get_session", 200, &known).await;
        self.call("get_session_results", 404, &known).await;
        for name in ["get_session", "get_session_results"] {
            self.astray(name, &[("session_id", "NOSUCH00")]).await;
        }
        self.put("report_session_event", 400, &known, &started).await;
        self.put("report_session_event", 404, &unknown, &started).await;
        for name in ["get_session", "cancel_session"] {
            self.call(name, 404, &unknown).await;
        }
        let path = format!("/proctoring/sessions/{}/check_in", known[0].1);
        self.able.control(Method::POST, &path, None).await.expect(200);
        self.put("report_session_event", 201, &known, &started).await;
        self.call("cancel_session", 400, &known).await;
        self.put("report_session_event", 201, &known, &json!({ "event": "submitted" })).await;
        let path = format!("/proctoring/sessions/{}/review", known[0].1);
        let clean = json!({ "review_status": "CLEAN" });
        self.able.control(Method::POST, &path, Some(clean)).await.expect(200);
        self.call("get_session_results", 200, &known).await;
        let of_other = json!({ "booking_code": self.able.booked("C6").await["booking_code"], "exam_url": url });
        let other = self.put("create_session", 201, &[], &of_other).await;
        let other = other["session_id"].as_str().expect("an identifier").to_owned();
        self.call("cancel_session", 204, &[("session_id", &other)]).await;
    }

    pub async fn publications(&mut self) {
        let new = ("test_code", "NEW1");
        self.put("put_test", 201, &[new], &json!({})).await;
        self.put("put_test", 204, &[new], &json!({ "exam_length": 60 })).await;
        self.put("put_test", 400, &[new], &json!({ "exam_length": 0 })).await;
        self.call("list_test_records", 200, &[]).await;
        self.wrong_limit("list_test_records").await;
        for name in ["get_test_record", "publish_test", "retire_test"] {
            self.call(name, 400, &[UNKNOWN]).await;
        }
        self.call("get_test_record", 200, &[new]).await;
        let made = self.call("publish_test", 202, &[new]).await;
        let id = made["publication_id"].as_str().expect("an identifier").to_owned();
        self.call("get_publication", 200, &[new, ("publication_id", &id)]).await;
        self.call("get_publication", 404, &[new, ("publication_id", "NOSUCH00")]).await;
        self.call("get_publication", 400, &[UNKNOWN, ("publication_id", &id)]).await;
        self.call("retire_test", 204, &[new]).await;
    }
}
