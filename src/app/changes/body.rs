//! Drawn bodies: most of them fit, some do not.

use chrono::Duration;
use serde_json::{Value, json};

use super::world::World;
use crate::domain::value::stamp::Stamp;
use crate::service::clock;

impl World {
    /// A body for an operation of the control face.
    pub fn control_body(&mut self, name: &str) -> Value {
        match name {
            "create_user" => json!({ "username": self.username() }),
            "put_user" => json!({ "password": "p1" }),
            "create_application" => self.new_application(),
            "put_application" => {
                let name = self.application(false);
                self.known_application(&name)
            }
            "create_keys" | "put_keys" => self.key_set(),
            "create_application_subscription" | "put_application_subscription" => {
                json!({ "tier": self.draw.of(&["Gold", "Unlimited"]), "state": self.draw.of(&["BLOCKED", "UNBLOCKED"]) })
            }
            "patch_settings" => self.settings(),
            "put_faults" => json!({ "faults": [self.fault(), self.fault()] }),
            "add_fault" => self.fault(),
            "load_fixture" => self.fixture(),
            "put_invitation" => self.invitation(),
            "create_place" => self.place(),
            "put_test_center" => self.center(),
            "close_test_center" => self.closing(),
            "schedule_eligibility" | "reschedule_booking" => self.schedule(),
            "complete_booking" => self.completion(),
            "refund_payment" => self.refund(),
            "put_clock" | "put_clocks" => self.clock_input(),
            "put_subscription" => self.subscription(),
            "decide_publication" => {
                json!({ "decision": self.draw.of(&["approve", "reject"]), "messages": ["seen"] })
            }
            "review_session" => self.draw.of(&[
                json!({ "review_status": "CLEAN" }),
                json!({ "review_status": "RULES_VIOLATION", "simulated": false, "overall_comment": "A phone.",
                    "comments": [{ "source": "WEBCAM", "comment": "A phone", "event_start": 5, "event_finish": 9 }] }),
                json!({ "review_status": "CLEAN",
                    "comments": [{ "source": "DESKTOP", "comment": "x", "event_start": 5, "event_finish": 4 }] }),
            ]),
            "flush_subscription" => self.draw.of(&[
                json!({}),
                json!({ "order": "reversed" }),
                json!({ "order": "shuffled" }),
                json!({ "ids": ["nothing"] }),
            ]),
            "resend_delivery" => self.draw.of(&[json!({}), json!({ "as": "now" })]),
            "resend_error_queue" => self.draw.of(&[
                json!({}),
                json!({ "as": "now", "rate": 0.5 }),
                json!({ "rate": -1 }),
                json!({ "dry_run": true }),
                json!({ "dry_run": true, "as": "now" }),
            ]),
            "discard_error_queue" => self.draw.of(&[json!({}), json!({ "rate": 1 }), json!({ "dry_run": true })]),
            "finish_test" => self.draw.of(&[json!("result=PASS&score=80"), json!("score=80")]),
            "create_account" => self.draw.of(&[json!({}), json!({ "account": { "account_code": self.account.code } })]),
            "tell_permutations" => json!({
                "events": self.draw.of(&[json!(["schedule", "cancel"]), json!(["schedule", "excuse"]), json!(["cancel"])]),
                "url": "http://localhost", "timeout": "0s",
            }),
            _ => Value::Null,
        }
    }

    /// A body for an operation of the vendor's face.
    pub fn vendor_body(&mut self, name: &str) -> Value {
        match name {
            "create_eligibility" | "update_eligibility" => self.eligibility(),
            "issue_token" => self.grant(),
            "revoke_token" => match self.draw.of_last(&self.issued.clone(), 3) {
                Some((access, refresh)) if !self.draw.one_in(4) => {
                    json!(format!("token={}", refresh.filter(|_| self.draw.one_in(2)).unwrap_or(access)))
                }
                _ => json!(self.draw.of(&["token=unknown", "nothing=1"])),
            },
            _ => self.service_body(name),
        }
    }

    fn new_application(&mut self) -> Value {
        let owner = self.draw.of(&["u1", "u1", "u2", "nobody"]);
        let mut body = json!({ "name": self.application(true), "owner": owner });
        if self.draw.one_in(5) {
            body["consumer_key"] = json!(self.key());
        }
        body
    }

    fn known_application(&mut self, name: &str) -> Value {
        json!({ "name": name, "owner": self.draw.of(&["u1", "u1", "u2", "nobody"]) })
    }

    fn key_set(&mut self) -> Value {
        let mut body = json!({ "key_type": self.draw.of(&["PRODUCTION", "SANDBOX"]) });
        if self.draw.one_in(4) {
            body["consumer_key"] = json!(self.key());
        }
        body
    }

    fn settings(&mut self) -> Value {
        let (yes, few) = (self.draw.one_in(2), [0, 3, 20][self.draw.below(3)]);
        self.draw.of(&[
            json!({ "approval": yes }),
            json!({ "approval": true }),
            json!({ "reentry": if yes { "submits" } else { "resumes" } }),
            json!({ "publication_delay": if yes { "30m" } else { "0s" } }),
            json!({ "approval": false }),
            json!({ "excused_absence": yes }),
            json!({ "open_catalog": yes }),
            json!({ "auto_absent": yes, "launch_closes": "1m" }),
            json!({ "tokens": if yes { "clock" } else { "wall" } }),
            json!({ "effective_dates": if yes { "exact" } else { "increasing" } }),
            json!({ "max_deliveries": few }),
            json!({ "max_deliveries": 1_000_000 }),
            json!({ "max_deliveries": 1_000_000 }),
            json!({ "approval": "perhaps" }),
        ])
    }

    fn fault(&mut self) -> Value {
        let effect = self.draw.of(&[
            json!({ "notification": { "drop": true } }),
            json!({ "notification": { "delay": "30s" } }),
            json!({ "notification": { "duplicate": 2 } }),
            json!({ "notification": { "reorder": 2 } }),
            json!({ "notification": { "hold": true } }),
            json!({ "notification": { "hold": true, "duplicate": 1 } }),
            json!({ "notification": { "flapping": { "up": 1, "down": 1 } } }),
            json!({ "status": 503 }),
            json!({ "status": 503, "applied": true }),
            json!({ "token": "revoked" }),
            json!({ "expires_in": 5 }),
            json!({ "status": 7 }),
        ]);
        let mut fault = json!({ "effect": effect, "times": 3 });
        if self.draw.one_in(2) {
            fault["id"] = json!(format!("f{}", self.draw.below(4)));
        }
        fault
    }

    fn fixture(&mut self) -> Value {
        let client = format!("e{}", self.draw.below(6));
        let mut given = json!({
            "account": { "users": [{ "username": self.username(), "password": "p1" }] },
            "catalog": { "vouchers": [{ "voucher_code": format!("V{}", self.draw.below(4)) }] },
            "eligibilities": [{
                "test_code": "HOME1", "client_eligibility_id": client, "candidate": { "candidate_id": self.candidate() },
            }],
        });
        match self.draw.below(8) {
            0 => {
                given["bookings"] = json!([
                    { "eligibility": client, "status": self.draw.of(&["SCHEDULED", "SUBMITTED", "SUBMITTED"]) },
                ]);
            }
            1 => given["bookings"] = json!([{ "eligibility": client }, { "eligibility": "nobody" }]),
            2 => given["catalog"]["tests"] = json!([{ "test_code": format!("X{}", self.draw.below(4)) }]),
            3 => given["catalog"]["accommodations"] = json!([format!("ACC{}", self.draw.below(4))]),
            6 => {
                let status = self.draw.of(&["SCHEDULED", "SUBMITTED", "SUBMITTED"]);
                given["proctoring_sessions"] = json!([{ "eligibility": client, "status": status }]);
            }
            5 => {
                given["publications"] = json!([{
                    "test": { "test_code": format!("X{}", self.draw.below(4)) },
                    "status": self.draw.of(&["PENDING", "PENDING", "PUBLISHED"]), "effective": "2030-01-01",
                }]);
            }
            4 => given["account"]["static_tokens"] = json!([format!("{}-{}", self.token(), self.draw.below(5))]),
            _ => given["faults"] = json!([self.fault()]),
        }
        self.add_to_fixture(&mut given);
        given
    }

    /// A center, which the path names, too.
    fn center(&mut self) -> Value {
        let code = format!("L{}", self.draw.below(3));
        self.center = Some(code.clone());
        let zone = self.draw.of(&["America/Chicago", "Europe/Oslo", "Europe/Oslo", "Nowhere"]);
        json!({
            "location_code": code, "location_name": "A hall", "city": "Chicago", "country": "US",
            "location_timezone": zone, "seats": 1 + self.draw.below(2),
        })
    }

    fn place(&mut self) -> Value {
        let latitude = self.draw.of(&[1, 91]);
        json!({ "zip": "10001", "city": "Here", "country": "US", "longitude": 2, "latitude": latitude })
    }

    fn invitation(&mut self) -> Value {
        json!({
            "invitation_code": self.draw.of(&["I0", "I1"]), "test_code": self.draw.of(&["EXAM1", "EXAM1", "NONE"]),
            "location_code": "MKC7Q4TX", "starts": "2099-01-05T15:00:00Z", "max_seat": self.draw.below(4),
        })
    }

    fn schedule(&mut self) -> Value {
        let timeslot = self.timeslot();
        let start = self.draw.of(&["15:00:00", "16:30:00", "18:59:59.999"]);
        let ext_time = self.draw.of(&[0, 90]);
        self.draw.of(&[
            json!({ "timeslot_id": timeslot }),
            json!({}),
            json!({}),
            json!({ "on_hold": true }),
            json!({ "on_hold": true }),
            json!({ "location_code": "NOPE" }),
            json!({ "location_code": "L0", "booking_on": format!("2027-01-04T{start}Z"), "ext_time": ext_time }),
            json!({ "location_code": "L1", "booking_on": format!("2027-01-04T{start}Z") }),
            json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED" }),
            json!({ "booking_on": "2020-01-01T00:00:00Z" }),
        ])
    }

    fn closing(&mut self) -> Value {
        let told = self.draw.of(&["keep", "cancel"]);
        self.draw.of(&[json!({ "on_close": told }), json!({}), json!({ "permanently": true })])
    }

    fn completion(&mut self) -> Value {
        self.draw.of(&[
            json!({}),
            json!({ "result": "PASS", "score": 80 }),
            json!({ "result": "FAIL" }),
            json!({ "score": 1 }),
        ])
    }

    fn clock_input(&mut self) -> Value {
        let now = self.account.look(|state| state.clock.now(clock::wall()));
        let minutes = i64::try_from(self.draw.below(90)).expect("a small number");
        let later = Stamp::millis(now + Duration::minutes(minutes)).to_string();
        let earlier = Stamp::millis(now - Duration::minutes(minutes + 1)).to_string();
        self.draw.of(&[
            json!({ "action": "advance", "duration": format!("{minutes}m") }),
            json!({ "action": "advance", "instant": earlier }),
            json!({ "action": "advance" }),
            json!({ "action": "set", "instant": later }),
            json!({ "action": "set", "instant": earlier }),
            json!({ "action": "freeze" }),
            json!({ "action": "freeze", "instant": later }),
            json!({ "action": "freeze", "instant": earlier }),
            json!({ "action": "resume" }),
            json!({ "action": "scale", "factor": 2 }),
            json!({ "action": "scale", "factor": -1 }),
        ])
    }

    fn subscription(&mut self) -> Value {
        json!({
            "url": self.draw.of(&["http://localhost", "http://localhost/b?key=s3cret&a=1", "inbox:one"]),
            "auth": self.draw.of(&[json!({ "type": "none" }), json!({ "type": "bearer", "token": "s3cret" })]),
            "concurrency": self.draw.of(&[4, 4, 1, 0]),
            "paused": self.draw.one_in(8),
            "enabled": !self.draw.one_in(10),
            "retry": self.draw.of(&["automatic", "manual"]),
            "retry_schedule": ["1m", "2m"],
            "signing": { "type": self.draw.of(&["standard-webhooks", "standard-webhooks", "none"]) },
        })
    }

    fn eligibility(&mut self) -> Value {
        let mut body = json!({
            "candidate": { "candidate_id": self.candidate(), "first_name": "Ann", "last_name": format!("B{}", self.draw.below(9)) },
            "test_code": self.test(),
        });
        if self.draw.one_in(3) {
            body["client_eligibility_id"] = json!(format!("r{}", self.draw.below(4)));
        }
        if self.draw.one_in(6) {
            body["candidate"]["school_code"] = json!("ELSEWHERE");
        }
        match self.draw.below(10) {
            0 => body["voucher_codes"] = json!([self.draw.of(&["SAVE10", "V0", "V1", "V2", "V3"])]),
            1 => body["voucher_codes"] = json!(["NOPE"]),
            2 => body["eligibility_end_date"] = json!("2027-03-01T12:00:00Z"),
            3 => body["test_code"] = json!(7),
            4 => body["schedule_start_date"] = json!("2026-12-01T12:00:00Z"),
            5 => body["eligibility_end_date"] = json!("2026-01-01T12:00:00Z"),
            6 => body["delivery_mode"] = json!("ATLAS_REMOTE_PROCTORED"),
            7 => body["voucher_codes"] = Value::Null,
            _ => {}
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.named = Some((text(&body["candidate"]["candidate_id"]), text(&body["test_code"])));
        if body["test_code"] == "EXAM2" && self.draw.one_in(2) {
            body["portion_codes"] = json!(["EXAM2-P1"]);
        }
        body
    }

    fn grant(&mut self) -> Value {
        let refresh = self.draw.of_last(&self.issued.clone(), 3).and_then(|(_, refresh)| refresh);
        json!(self.draw.of(&[
            "grant_type=password&username=u1&password=p1".to_owned(),
            "grant_type=password&username=u2&password=p1&scope=other".to_owned(),
            "grant_type=password&username=u1&password=wrong".to_owned(),
            "grant_type=client_credentials".to_owned(),
            "grant_type=client_credentials&validity_period=1".to_owned(),
            format!("grant_type=refresh_token&refresh_token={}", refresh.unwrap_or_else(|| "unknown".to_owned())),
        ]))
    }
}
