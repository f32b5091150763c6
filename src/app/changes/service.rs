//! Bodies for the operations of services that book, sell, watch and tell results, and what fixtures have of them.

use serde_json::{Value, json};

use super::world::World;
use crate::domain::contract::status::BookingState;

impl World {
    /// A body for an operation of these services.
    pub fn service_body(&mut self, name: &str) -> Value {
        match name {
            "create_booking" | "create_web_delivery" => self.booking_request(),
            "book_registration" | "change_timeslot" => {
                json!({ "test_id": self.draw.of(&["EXAM1", "EXAM1", "EXAM1", "HOME1"]), "test_portions": [] })
            }
            "confirm_hold" => self.draw.of(&[json!({}), json!({}), json!([])]),
            "accept_invitation" => self.candidate_details(),
            "replace_vouchers" => {
                self.draw.of(&[json!(["SAVE10"]), json!([]), json!(["NOPE"]), json!(["V0"]), json!(["V1", "V2"])])
            }
            "create_payment" => self.payment(),
            "create_refund" => self.refund(),
            "create_vouchers" => self.voucher(),
            "update_voucher" => self.draw.of(&[
                json!({ "status": "DISABLED" }),
                json!({ "status": "ACTIVE" }),
                json!({ "max_redemptions": 1 }),
                json!({ "max_redemptions": 3 }),
                json!({ "valid_until": "2026-04-01T00:00:00Z" }),
                json!({ "valid_until": "2026-01-01T00:00:00Z" }),
                json!({}),
            ]),
            _ => self.exam_body(name),
        }
    }

    fn exam_body(&mut self, name: &str) -> Value {
        match name {
            "put_booking_result" => self.draw.of(&[
                json!({ "result": "PASS", "score": "80" }),
                json!({ "result": "NA", "score": 0 }),
                json!({}),
            ]),
            "put_eligibility_result" => self.draw.of(&[
                json!({ "result": "PASS", "score": 80.50 }),
                json!({ "score": 80 }),
                json!({}),
                json!({ "result": "NA" }),
            ]),
            "put_candidate_result" => {
                let candidate = self.candidate();
                self.draw.of(&[
                    json!({ "candidate_id": candidate, "result": "FAIL", "overall_score_scaled": 12, "result_id": "R1",
                        "category_scores": [{ "category_name": "One", "category_order": 1, "category_score_pct": 40.0 }] }),
                    json!({ "candidate_id": candidate, "overall_score_pct": "90" }),
                    json!({ "candidate_id": candidate, "result": "NA" }),
                ])
            }
            "post_rpnow_result" => {
                let code =
                    self.one_of(10, |state| state.bookings().iter().map(|one| one.booking_code.to_string()).collect());
                self.draw.of(&[
                    json!({ "result": "PASS", "score": 1, "booking_code": code }),
                    json!({ "booking_code": code }),
                ])
            }
            "put_test" => self.test_draft(),
            "create_session" => self.session(),
            "report_session_event" => {
                json!({ "event": self.draw.of(&["started", "started", "paused", "resumed", "submitted", "submitted", "left"]) })
            }
            _ => Value::Null,
        }
    }

    fn booking_request(&mut self) -> Value {
        let client_id = if self.draw.one_in(10) { "NOTHING".to_owned() } else { self.account.code.to_string() };
        json!({
            "client_id": client_id, "application_id": "portal", "test_id": self.draw.of(&["EXAM1", "EXAM1", "HOME1"]),
            "candidate_details": self.candidate_details(),
        })
    }

    fn candidate_details(&mut self) -> Value {
        json!({
            "candidate_id": self.candidate(), "candidate_name": { "first_name": "Ann", "last_name": "B" },
            "contact-info": { "country": "USA", "state": "IL" },
        })
    }

    /// A payment, most often for the last booking on hold.
    fn payment(&mut self) -> Value {
        let held = self.account.look(|state| {
            let on_hold = state.bookings().iter().filter(|booking| booking.state == BookingState::OnHold);
            on_hold.map(|booking| booking.booking_code.to_string()).collect::<Vec<_>>()
        });
        let code = self.draw.of_last(&held, 3).unwrap_or_else(|| "ZZZZZZZZ".to_owned());
        let amount = self.draw.of(&["100.00", "100.00", "20.5", "9.02", "9.03", "9.04", "1.005"]);
        let mut body =
            json!({ "booking_code": code, "amount": amount, "currency": self.draw.of(&["USD", "USD", "EUR", "JPY"]) });
        match self.draw.below(4) {
            0 => body["voucher_codes"] = json!([self.draw.of(&["SAVE10", "V0", "V1", "V2"])]),
            1 | 2 => body["capture"] = json!("manual"),
            _ => {}
        }
        body
    }

    pub fn refund(&mut self) -> Value {
        self.draw.of(&[json!({}), json!({}), json!({ "amount": "1.00" }), json!({ "amount": "1000" })])
    }

    fn voucher(&mut self) -> Value {
        let mut body = json!({ "discount_type": "PERCENT", "discount": self.draw.of(&["10", "50", "100", "0"]) });
        match self.draw.below(4) {
            0 => body["count"] = json!(1 + self.draw.below(3)),
            1 => body["prefix"] = json!("P"),
            _ => body["voucher_code"] = json!(format!("V{}", self.draw.below(4))),
        }
        match self.draw.below(5) {
            0 => body["max_redemptions"] = json!(1),
            1 => body["test_codes"] = json!([self.test()]),
            2 => body["valid_from"] = json!("2026-03-01T13:00:00Z"),
            3 => body["currency"] = json!("EUR"),
            _ => {}
        }
        body
    }

    fn session(&mut self) -> Value {
        let code = self.one_of(3, |state| {
            let booked = state.bookings().iter().filter(|one| one.awaited().is_some());
            booked.map(|one| one.booking_code.to_string()).collect()
        });
        let (candidate, test) = (self.candidate(), self.test());
        let mut body = self.draw.of(&[
            json!({ "booking_code": code, "duration": 60, "rules": { "calculator": true, "factor": 1.50 } }),
            json!({ "booking_code": code }),
            json!({ "candidate_id": candidate, "test_code": test }),
            json!({ "candidate_id": candidate }),
        ]);
        body["exam_url"] = json!("https://exam.example/start?a=1");
        body
    }

    fn test_draft(&mut self) -> Value {
        self.draw.of(&[
            json!({}),
            json!({ "exam_length": 60, "max_attempts": 1, "excused_absence": false }),
            json!({ "price": "10.00", "currency": "EUR", "schedule_end_date": "2028-01-01" }),
            json!({ "portions": [{ "portion_code": "ONE" }, { "portion_code": "TWO", "exam_length": 30 }] }),
            json!({ "portions": [{ "portion_code": "ONE" }, { "portion_code": "ONE" }] }),
        ])
    }

    /// What a fixture may have besides.
    pub fn add_to_fixture(&mut self, given: &mut Value) {
        if self.draw.one_in(4) {
            let portion = |code: &str| json!({ "portion_code": code, "portion_name": code });
            given["catalog"]["tests"] = self.draw.of(&[
                json!([{ "test_code": "EXAM2", "portions": [portion("EXAM2-P1"), portion("EXAM2-P2")] }]),
                json!([{ "test_code": "EXAM2", "portions": [portion("ONE")] }]),
                json!([{ "test_code": "EXAM1", "portions": [portion("ONE")] }]),
                json!([{ "test_code": "EXAM1", "delivery_modes": ["SITE_PROCTORED"] }]),
                json!([{ "test_code": "EXAM1", "requires_approval": true }]),
                json!([{ "test_code": "EXAM1" }]),
            ]);
        }
        if self.draw.one_in(3) {
            let code = format!("I{}", self.draw.below(2));
            given["catalog"]["invitations"] = json!([{
                "invitation_code": code, "test_code": "EXAM1", "location_code": "MKC7Q4TX",
                "starts": "2099-01-05T15:00:00Z", "max_seat": 1 + self.draw.below(3),
            }]);
            given["catalog"]["places"] = json!([{
                "zip": format!("1000{}", self.draw.below(3)), "city": "Here", "country": "US", "latitude": 1, "longitude": 2,
            }]);
        }
        if self.draw.one_in(6) {
            let booking =
                self.account.look(|state| state.bookings().iter().next().map(|one| one.booking_code.to_string()));
            given["payments"] = json!([{
                "booking_code": booking.unwrap_or_default(), "amount": "10.00", "currency": "USD",
                "status": self.draw.of(&["CAPTURED", "REFUNDED", "PENDING", "EXPIRED"]),
            }]);
        }
        if self.draw.one_in(6) {
            given["catalog"]["test_centers"] = json!([{
                "location_code": format!("L{}", self.draw.below(3)), "location_name": "A hall", "city": "Chicago",
                "country": "USA", "latitude": 41.9, "longitude": -87.6, "location_timezone": self.draw.of(&["America/Chicago", "Europe/Oslo"]), "seats": 1 + self.draw.below(2),
            }]);
        }
    }
}
