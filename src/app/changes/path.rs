//! Calls by the name of their operation: the path is the route table's, its parts are drawn from what the account has.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::list::{Refusal, refusal};
use super::world::World;
use crate::admin;
use crate::domain::contract::service::{InService, OutService};
use crate::domain::contract::status::{SessionStatus, Status};
use crate::domain::operations;
use crate::domain::record::payment::{Payment, PaymentStatus};
use crate::domain::site::timeslot::{self, Numbered};
use crate::domain::state::State;
use crate::domain::value::stamp::Timestamp;
use crate::service::clock;

/// Once in so many draws a part of a path names nothing.
const UNKNOWN: usize = 8;

/// A call that was drawn.
pub struct Drawn {
    pub request: TestRequest,
    /// It names an account that is not there.
    pub is_astray: bool,
}

/// The method and path of an operation of either face.
fn place(name: &str) -> (Method, &'static str) {
    let row = admin::rows().into_iter().find(|row| row.name == name).map(|row| (row.method, row.path));
    let operation = || operations::named(name).map(|operation| (operation.method, operation.path));
    let (method, path) = row.or_else(operation).unwrap_or_else(|| panic!("no operation {name}"));
    (Method::from_bytes(method.as_bytes()).expect("a method"), path)
}

/// Whether the operation is one of the vendor's.
pub fn is_vendors(name: &str) -> bool {
    operations::named(name).is_some()
}

impl World {
    /// Draws a call of an operation, with a body: text is a form.
    pub fn request(&mut self, name: &str, body: &Value) -> Drawn {
        let (method, path) = place(name);
        let named = self.named.take().filter(|_| name == "update_eligibility" && !self.draw.one_in(4));
        let mut is_astray = false;
        let mut drawn = String::new();
        for segment in path.split('/').skip(1) {
            let part = segment.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            let text = match (part, &named) {
                (Some("candidate_id"), Some((candidate, _))) => candidate.clone(),
                (Some("test_code"), Some((_, test))) if !test.is_empty() => test.clone(),
                (Some(part), _) => self.part(name, part, &mut is_astray),
                (None, _) => segment.to_owned(),
            };
            drawn = format!("{drawn}/{text}");
        }
        drawn.push_str(&self.query(name));
        let mut request = TestRequest::with_uri(&drawn).method(method);
        request = match body {
            Value::String(form) => {
                request.insert_header(("Content-Type", "application/x-www-form-urlencoded")).set_payload(form.clone())
            }
            Value::Null => request,
            body => request.insert_header(("Content-Type", "application/json")).set_payload(body.to_string()),
        };
        if name == "issue_token" || name == "revoke_token" {
            let secret = if self.draw.one_in(UNKNOWN) { "wrong" } else { "S1" };
            let basic = STANDARD.encode(format!("{}:{secret}", self.key()));
            request = request.insert_header(("Authorization", format!("Basic {basic}")));
        } else if is_vendors(name) {
            request = request.insert_header(("Authorization", format!("Bearer {}", self.bearer())));
            if self.draw.one_in(4) {
                request = request.insert_header(("Idempotency-Key", format!("k{}", self.draw.below(20))));
            }
        }
        Drawn { request, is_astray }
    }

    /// The query of an operation that needs one.
    fn query(&mut self, name: &str) -> String {
        let hold = self.draw.one_in(2);
        match name {
            "create_booking" => {
                let timeslot = self.timeslot();
                format!("?timeslot_id={timeslot}&performed_by_user=u&booking_on_hold={hold}")
            }
            "book_registration" | "change_timeslot" => format!("?performed_by_user=u&booking_on_hold={hold}"),
            "delete_booking" => format!("?performed_by_user=u&cancel_atlas_regn={hold}"),
            "confirm_hold" | "accept_invitation" => "?performed_by_user=u".to_owned(),
            "create_web_delivery" => format!("?booking_datetime={}", self.draw.of(&["2099-01-05", "2020-01-01"])),
            _ => String::new(),
        }
    }

    /// One of the next timeslots of one of the first centers.
    pub fn timeslot(&mut self) -> String {
        let (center, which) = (self.draw.below(3), self.draw.below(6));
        let found = self.account.look(|state| {
            let now = state.clock.now(clock::wall());
            let center = state.centers().values().nth(center)?;
            let days = timeslot::around(center, now, 14)?;
            let slot = timeslot::all(state, center, days, 240, now).nth(which)?;
            Some(Numbered::of(state.centers(), &center.location_code).slot(slot.start))
        });
        found.map_or_else(|| "ZZZZZZZZ".to_owned(), |id| id.to_string())
    }

    fn bearer(&mut self) -> String {
        match self.draw.below(20) {
            0 => "none of ours".to_owned(),
            1..5 => self.draw.of_last(&self.issued.clone(), 3).map_or_else(|| self.token(), |(access, _)| access),
            _ => self.token(),
        }
    }

    fn part(&mut self, operation: &str, part: &str, is_astray: &mut bool) -> String {
        if part == "account_code" {
            return self.account_code(operation, is_astray);
        }
        if self.draw.one_in(UNKNOWN) {
            return if matches!(part, "booking_code" | "psi_eligiblity_id") { "ZZZZZZZZ" } else { "nothing" }
                .to_owned();
        }
        match part {
            "psi_eligiblity_id" if operation == "approve_eligibility" => self.one_of(3, |state| {
                let pending = state.eligibilities().iter().filter(|one| one.status == Status::Reg01);
                pending.map(|one| one.id.to_string()).collect()
            }),
            "psi_eligiblity_id" => {
                self.one_of(10, |state| state.eligibilities().iter().map(|one| one.id.to_string()).collect())
            }
            "booking_id" if operation == "confirm_hold" => self.part("confirm_booking", "booking_code", is_astray),
            "booking_id" => self.part(operation, "booking_code", is_astray),
            "regn_id" => self.part(operation, "psi_eligiblity_id", is_astray),
            "location_id" => self.part(operation, "location_code", is_astray),
            "timeslot_id" => self.timeslot(),
            "invitation_code" if operation == "put_invitation" => self.draw.of(&["I0", "I1"]).to_owned(),
            "invitation_code" => {
                self.one_of(3, |state| state.invitations.values().map(|one| one.invitation_code.clone()).collect())
            }
            "booking_code" if operation == "confirm_booking" || operation == "release_booking" => self
                .one_of(3, |state| {
                    state.eligibilities().iter().filter_map(|one| one.hold).map(|code| code.to_string()).collect()
                }),
            "booking_code" => {
                self.one_of(10, |state| state.bookings().iter().map(|one| one.booking_code.to_string()).collect())
            }
            "id" if operation.ends_with("fault") => {
                self.one_of(10, |state| state.faults.active(Timestamp::UNIX_EPOCH).map(|one| one.id.clone()).collect())
            }
            "id" => self.one_of(20, |state| state.deliveries().iter().map(|one| one.id.to_string()).collect()),
            "service" if operation.contains("application") => self.draw.of(&InService::ALL[..2]).name().to_owned(),
            "service" if self.draw.one_in(4) => self.draw.of(OutService::ALL).to_string(),
            "service" => OutService::BookingNotification.to_string(),
            "username" => self.username(),
            "name" => self.application(operation != "put_application"),
            "location_code" if self.center.is_some() => self.center.take().unwrap_or_default(),
            "location_code" => {
                self.one_of(3, |state| state.centers().values().map(|one| one.location_code.clone()).collect())
            }
            "candidate_id" => self.candidate(),
            // Tests that nobody needs are published and retired.
            "test_code" if matches!(operation, "put_test" | "publish_test" | "retire_test") => {
                self.draw.of(&["X0", "X1", "X2", "X3", "EXAM2", "EXAM1"]).to_owned()
            }
            "test_code" => self.test(),
            _ => self.service_part(operation, part),
        }
    }

    fn service_part(&mut self, operation: &str, part: &str) -> String {
        match part {
            "payment_id" => self.one_of(6, |state| {
                let fits = |one: &&Arc<Payment>| match operation {
                    "capture_payment" => one.status == PaymentStatus::Authorized,
                    "create_refund" | "refund_payment" => one.status == PaymentStatus::Captured,
                    _ => true,
                };
                state.payments().iter().filter(fits).map(|one| one.payment_id.to_string()).collect()
            }),
            "voucher_code" => self.one_of(10, |state| state.vouchers.iter().map(|(code, _)| code.clone()).collect()),
            "eligibility_code" => self.one_of(6, |state| {
                state.eligibilities().iter().filter_map(|one| one.client_eligibility_id.clone()).collect()
            }),
            "session_id" => {
                let fit: &[SessionStatus] = match operation {
                    "review_session" => &[SessionStatus::Submitted, SessionStatus::UnderReview],
                    "begin_session_review" => &[SessionStatus::Submitted],
                    "report_session_event" => &[SessionStatus::CheckIn, SessionStatus::InProgress],
                    _ => &[SessionStatus::Scheduled, SessionStatus::CheckIn, SessionStatus::InProgress],
                };
                let takes = |status| fit.contains(&status) || operation == "enter_session";
                self.one_of(4, |state| {
                    let sessions = state.sessions.iter().filter(|one| takes(one.status));
                    sessions.map(|one| one.session_id.to_string()).collect()
                })
            }
            "publication_id" => self.one_of(2, |state| {
                let pending = state.publications().iter().filter(|one| one.due().is_some());
                pending.map(|one| one.publication_id.to_string()).collect()
            }),
            other => panic!("{operation}: no draw for {{{other}}}"),
        }
    }

    fn account_code(&mut self, operation: &str, is_astray: &mut bool) -> String {
        if operation == "delete_account" {
            return self.others.pop().unwrap_or_else(|| "NOTHING".to_owned());
        }
        *is_astray = self.draw.one_in(if refusal(operation) == Refusal::UnknownAccount { 2 } else { 40 });
        if *is_astray { "NOTHING".to_owned() } else { self.account.code.to_string() }
    }

    /// One of the last that the account has.
    pub fn one_of(&mut self, last: usize, all: impl Fn(&State) -> Vec<String>) -> String {
        let all = self.account.look(all);
        self.draw.of_last(&all, last).unwrap_or_else(|| "nothing".to_owned())
    }

    /// A user; the first owns the first application.
    pub fn username(&mut self) -> String {
        format!("u{}", 1 + self.draw.below(4))
    }

    /// An application, which may or may not be another one than the first, that calls are made with.
    pub fn application(&mut self, is_other: bool) -> String {
        format!("A{}", 1 + usize::from(is_other) + self.draw.below(2))
    }

    /// A candidate.
    pub fn candidate(&mut self) -> String {
        format!("c{}", self.draw.below(8))
    }

    /// A test.
    pub fn test(&mut self) -> String {
        self.draw.of(&["EXAM1", "EXAM1", "EXAM1", "HOME1", "EXAM2"]).to_owned()
    }
}
