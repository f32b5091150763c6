//! The members of a Booking Notification that a receiver acts on; it ignores all others.

use serde::Serialize;
use serde_json::Value;

use crate::domain::value::stamp::{self, Timestamp};

/// The documented reasons.
///
/// Source: contract §7. A sound receiver accepts other reasons as well: more may be added next year.
const REASONS: [&str; 6] =
    ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED", "EXAM_COMPLETED", "EXCUSED_ABSENT", "ABSENT"];

/// A Booking Notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookingNotification {
    /// The partner's identifier of the candidate.
    pub candidate_id: String,
    /// The test code; empty if it was not sent.
    pub exam_code: String,
    /// The partner's identifier of the eligibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<String>,
    /// The appointment.
    pub booking_code: String,
    /// When the exam starts.
    pub booking_on: String,
    /// What happened.
    pub change_reason: String,
    /// When it happened; a receiver orders events by this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<String>,
}

impl BookingNotification {
    /// Reads a body; unknown members are ignored.
    ///
    /// # Errors
    /// What is missing or wrong, with the member's name.
    pub fn read(body: &Value) -> Result<Self, String> {
        let Value::Object(members) = body else { return Err("the body is no JSON object".to_owned()) };
        let required = |name: &str| match members.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("{name}: expected a text")),
            None => Err(format!("{name} is missing")),
        };
        let optional = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => required(name).map(Some),
        };
        for name in ["candidate_fname", "candidate_lname"] {
            required(name)?;
        }
        let read = Self {
            candidate_id: required("candidate_id")?,
            exam_code: optional("exam_code")?.unwrap_or_default(),
            client_eligibility_id: optional("client_eligibility_id")?,
            booking_code: required("booking_code")?,
            booking_on: required("booking_on")?,
            change_reason: required("change_reason")?,
            effective_date: optional("effective_date")?,
        };
        if read.effective_date.is_some() && read.at().is_none() {
            return Err("effective_date: expected a date-time like 2026-03-01T09:00:00Z".to_owned());
        }
        Ok(read)
    }

    /// `effective_date`, to the millisecond.
    pub fn at(&self) -> Option<Timestamp> {
        self.effective_date.as_deref().and_then(stamp::millis::read)
    }

    /// Whether the reason is a documented one.
    pub fn has_known_reason(&self) -> bool {
        REASONS.contains(&self.change_reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body() -> Value {
        json!({ "booking_code": "B1", "booking_on": "2026-03-02T09:00:00Z", "candidate_fname": "Jo",
            "candidate_id": "C1", "candidate_lname": "Doe", "change_reason": "ABSENT", "more": [1] })
    }

    #[test]
    fn a_body_needs_its_required_members_and_may_have_others() {
        assert!(BookingNotification::read(&body()).is_ok_and(|read| read.has_known_reason() && read.at().is_none()));
        for name in
            ["booking_code", "booking_on", "candidate_fname", "candidate_id", "candidate_lname", "change_reason"]
        {
            let mut less = body();
            less.as_object_mut().expect("an object").remove(name);
            assert_eq!(BookingNotification::read(&less), Err(format!("{name} is missing")));
            less[name] = json!(5);
            assert_eq!(BookingNotification::read(&less), Err(format!("{name}: expected a text")));
        }
        assert!(BookingNotification::read(&json!([])).is_err());
    }

    #[test]
    fn what_cannot_be_put_in_order_is_refused() {
        let mut dated = body();
        dated["effective_date"] = json!("2026-03-01T09:00:00.250Z");
        assert_eq!(
            BookingNotification::read(&dated).ok().and_then(|read| read.at()).map(|at| at.timestamp_subsec_millis()),
            Some(250)
        );
        dated["effective_date"] = json!("yesterday");
        assert!(BookingNotification::read(&dated).is_err());
        dated["effective_date"] = Value::Null;
        assert!(BookingNotification::read(&dated).is_ok());
    }
}
