//! Reads a notification's body: which of the six outgoing services sent it, and the members worth showing.
//!
//! All services may share one URL, and no header names the service. The body's members tell it; the first rule that
//! fits counts:
//!
//! | members | service |
//! |---|---|
//! | `booking_on` | Booking Notification, whatever other members it has |
//! | `actor` and `verb` | Assessment Results, an xAPI statement |
//! | a `change_reason` that starts with `TEST_CENTER_` | Test Center Notification |
//! | `review_status` and `results_url` | Proctoring Results Notification |
//! | `review_status` | Proctoring Results |
//! | `result` and `results_url` | Assessment Results Notification |
//! | `result`, `score` and `test_code` | Assessment Results, the flat document |
//! | anything else | Booking Notification with a member missing |

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::booking::BookingNotification;
pub use crate::domain::contract::service::OutService;

/// A notification of any service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// The service that sent it.
    pub service: OutService,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
}

/// The content of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// A Booking Notification: the new state of a record.
    Booking(BookingNotification),
    /// A notification of another service, which changes no record: some of its text members, by name.
    Other(BTreeMap<&'static str, String>),
}

impl From<BookingNotification> for Notification {
    fn from(booking: BookingNotification) -> Self {
        Self { service: OutService::BookingNotification, content: Content::Booking(booking) }
    }
}

impl Notification {
    /// Reads a body; unknown members are ignored.
    ///
    /// # Errors
    /// What is missing or wrong, with the member's name.
    pub fn read(body: &Value) -> Result<Self, String> {
        let Value::Object(members) = body else { return Err("the body is no JSON object".to_owned()) };
        let service = service_of(members);
        let content = match service {
            OutService::BookingNotification => Content::Booking(BookingNotification::read(body)?),
            OutService::AssessmentResults if members.contains_key("actor") => Content::Other(statement(body)?),
            _ => Content::Other(texts(members, service)?),
        };
        Ok(Self { service, content })
    }

    /// The candidate it is about; `None` for a Test Center Notification.
    pub fn candidate_id(&self) -> Option<&str> {
        match &self.content {
            Content::Booking(booking) => Some(&booking.candidate_id),
            Content::Other(members) => members.get("candidate_id").map(String::as_str),
        }
    }
}

/// The service that sends bodies with these members.
fn service_of(members: &Map<String, Value>) -> OutService {
    let has = |name: &str| members.contains_key(name);
    let change = members.get("change_reason").and_then(Value::as_str).unwrap_or_default();
    if has("booking_on") {
        OutService::BookingNotification
    } else if has("actor") && has("verb") {
        OutService::AssessmentResults
    } else if change.starts_with("TEST_CENTER_") {
        OutService::TestCenterNotification
    } else if has("review_status") && has("results_url") {
        OutService::ProctoringResultsNotification
    } else if has("review_status") {
        OutService::ProctoringResults
    } else if has("result") && has("results_url") {
        OutService::AssessmentResultsNotification
    } else if has("result") && has("score") && has("test_code") {
        OutService::AssessmentResults
    } else {
        OutService::BookingNotification
    }
}

/// The members that identify a body of a service; each must be present as a text.
fn required(service: OutService) -> &'static [&'static str] {
    match service {
        OutService::BookingNotification => &[],
        OutService::TestCenterNotification => &["location_code", "change_reason"],
        OutService::ProctoringResults => &["session_id", "candidate_id", "review_status"],
        OutService::ProctoringResultsNotification => &["session_id", "candidate_id", "review_status", "results_url"],
        OutService::AssessmentResults => &["booking_code", "candidate_id", "test_code", "result"],
        OutService::AssessmentResultsNotification => {
            &["booking_code", "candidate_id", "test_code", "result", "results_url"]
        }
    }
}

/// The members that are shown as well, if they are texts. Not a test center's `status`: that is also a member of the
/// call's report.
const OPTIONAL: [&str; 5] = ["booking_code", "client_eligibility_id", "effective_date", "location_name", "score"];

/// The members of a flat body to show.
fn texts(members: &Map<String, Value>, service: OutService) -> Result<BTreeMap<&'static str, String>, String> {
    let mut shown = BTreeMap::new();
    for &name in required(service) {
        match members.get(name) {
            Some(Value::String(text)) => shown.insert(name, text.clone()),
            Some(_) => return Err(format!("{name}: expected a text")),
            None => return Err(format!("{name} is missing")),
        };
    }
    for name in OPTIONAL {
        if let Some(Value::String(text)) = members.get(name) {
            shown.insert(name, text.clone());
        }
    }
    Ok(shown)
}

/// The members of an xAPI statement to show, by the names that the other services use for them.
fn statement(body: &Value) -> Result<BTreeMap<&'static str, String>, String> {
    let mut shown = BTreeMap::new();
    for (name, pointer) in [("statement_id", "/id"), ("candidate_id", "/actor/account/name"), ("verb", "/verb/id")] {
        let text = body.pointer(pointer).and_then(Value::as_str);
        let text = text.ok_or_else(|| format!("{}: expected a text", pointer[1..].replace('/', ".")))?;
        shown.insert(name, text.to_owned());
    }
    if let Some(Value::String(at)) = body.get("timestamp") {
        shown.insert("effective_date", at.clone());
    }
    let extensions = body.pointer("/context/extensions").and_then(Value::as_object);
    for (iri, value) in extensions.into_iter().flatten() {
        // An extension's name is an IRI; its last part is what the other services call it.
        let name =
            ["booking_code", "client_eligibility_id"].into_iter().find(|&name| iri.ends_with(&format!("/{name}")));
        if let (Some(name), Value::String(text)) = (name, value) {
            shown.insert(name, text.clone());
        }
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn booking() -> Value {
        json!({ "booking_code": "B1", "booking_on": "2026-03-02T09:00:00Z", "candidate_fname": "Jo",
            "candidate_id": "C1", "candidate_lname": "Doe", "change_reason": "ABSENT" })
    }

    #[test]
    fn each_service_is_told_by_its_members_and_needs_those_that_identify_it() {
        let url = "http://h/results";
        let bodies = [
            json!({ "location_code": "L1", "change_reason": "TEST_CENTER_CLOSED", "affected_bookings": ["B1"] }),
            json!({ "session_id": "S1", "candidate_id": "C1", "review_status": "CLEAN", "comments": [] }),
            json!({ "session_id": "S1", "candidate_id": "C1", "review_status": "CLEAN", "results_url": url }),
            json!({ "booking_code": "B1", "candidate_id": "C1", "test_code": "T1", "result": "PASS", "score": "1" }),
            json!({ "booking_code": "B1", "candidate_id": "C1", "test_code": "T1", "result": "PASS", "results_url": url }),
        ];
        for (body, service) in bodies.iter().zip(OutService::ALL.iter().copied().skip(1)) {
            let notification = Notification::read(body).expect("understood");
            assert_eq!(notification.service, service, "{body}");
            assert_eq!(notification.candidate_id().is_none(), service == OutService::TestCenterNotification);
            let first = required(service)[0];
            let mut less = body.clone();
            less.as_object_mut().expect("an object").remove(first);
            assert_eq!(Notification::read(&less), Err(format!("{first} is missing")));
            less[first] = json!(5);
            assert_eq!(Notification::read(&less), Err(format!("{first}: expected a text")));
        }
    }

    #[test]
    fn a_statement_is_shown_under_the_names_of_the_others() {
        let mut body = json!({
            "id": "U1", "actor": { "account": { "name": "C1" } }, "verb": { "id": "http://v/passed" },
            "result": { "success": true }, "timestamp": "2026-03-01T12:00:00Z",
            "context": { "extensions": { "https://x/booking_code": "B1", "https://x/other": "O", "booking_code": 5 } },
        });
        let notification = Notification::read(&body).expect("understood");
        assert_eq!(
            serde_json::to_value(&notification).expect("JSON"),
            json!({ "service": "assessment_results", "statement_id": "U1", "candidate_id": "C1",
                "verb": "http://v/passed", "effective_date": "2026-03-01T12:00:00Z", "booking_code": "B1" })
        );
        body["actor"] = json!({ "mbox": "mailto:jo@h" });
        assert_eq!(Notification::read(&body), Err("actor.account.name: expected a text".to_owned()));
    }

    #[test]
    fn anything_else_is_a_booking_notification_with_whatever_it_lacks() {
        // What a booking notification gets next year does not make it another.
        let mut more = booking();
        for (name, value) in [("change_reason", "TEST_CENTER_GONE"), ("results_url", "u"), ("result", "PASS")] {
            more[name] = json!(value);
        }
        let notification = Notification::read(&more).expect("understood");
        assert_eq!((notification.service, notification.candidate_id()), (OutService::BookingNotification, Some("C1")));
        let mut less = booking();
        less.as_object_mut().expect("an object").remove("booking_on");
        for (body, wrong) in [
            (less, "booking_on is missing"),
            (json!({ "result": "PASS" }), "candidate_fname is missing"),
            (json!({ "change_reason": 5 }), "candidate_fname is missing"),
            (json!([]), "the body is no JSON object"),
        ] {
            assert_eq!(Notification::read(&body), Err(wrong.to_owned()), "{body}");
        }
    }
}
