//! Eligibilities: who may take which test, when.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::status::{DeliveryMode, Status};
use crate::domain::record::Record;
use crate::domain::record::candidate::Candidate;
use crate::domain::value::id::{BookingCode, EligibilityId};
use crate::domain::value::stamp::{Stamp, Timestamp};

/// An eligibility as the account keeps it; partners see a [`View`] of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eligibility {
    /// `psi_eligiblity_id`.
    pub id: EligibilityId,
    /// The candidate as of the last update.
    pub candidate: Arc<Candidate>,
    /// The partner's identifier, echoed to the letter.
    pub client_eligibility_id: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The last date to schedule on.
    pub end: Option<Timestamp>,
    /// The first date to schedule on.
    pub start: Option<Timestamp>,
    /// The portions to take; none of a test without portions.
    pub portion_codes: Vec<String>,
    /// How the candidate registered.
    pub registration_mode: Option<String>,
    /// The test.
    pub test_code: String,
    /// Attached vouchers.
    pub voucher_codes: Vec<String>,
    /// The delivery mode that was asked for.
    pub delivery_mode: Option<DeliveryMode>,
    /// Where the record stands.
    pub status: Status,
    /// Closed by cancelling the eligibility: tells an open CSS2 from a closed one.
    pub closed: bool,
    /// Blocked by staff.
    pub blocked: bool,
    /// Accommodations wait for their review.
    pub accommodation_pending: bool,
    /// The latest booking.
    pub booking: Option<BookingCode>,
    /// The booking that is on hold.
    #[serde(default)]
    pub hold: Option<BookingCode>,
    /// The effective date that was sent last: each is later than the one before.
    pub effective: Option<Timestamp>,
    /// The record as it was written out last; a change forgets it.
    #[serde(skip)]
    pub written: WrittenText,
}

/// A record's JSON with the status message it was written with: all else in a view changes with the record alone.
#[derive(Debug, Clone, Default)]
pub struct WrittenText(OnceLock<(Option<String>, Box<str>)>);

/// It is made from the record, so it does not count when two records are compared.
impl PartialEq for WrittenText {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Record for Eligibility {
    type Id = EligibilityId;

    fn id(&self) -> EligibilityId {
        self.id
    }
}

impl Eligibility {
    /// Whether another eligibility for the candidate and test is refused while this one stands.
    ///
    /// Assumed: contract §2.1, "Open".
    pub fn is_open(&self) -> bool {
        match self.status {
            Status::Reg01 | Status::Reg02 | Status::Css1 => true,
            Status::Css2 => !self.closed,
            Status::Reg03 | Status::Css5 | Status::Css8 | Status::Css9 => false,
        }
    }

    /// Why the candidate cannot schedule at `now`; `None` if they can.
    pub fn obstacle(&self, now: Timestamp) -> Option<String> {
        if self.closed {
            return Some("The eligibility has been cancelled.".to_owned());
        }
        let by_status = match self.status {
            Status::Reg01 if self.accommodation_pending => "The special accommodations are pending approval.",
            Status::Reg01 => "The registration is pending approval.",
            Status::Reg02 | Status::Css2 => "",
            Status::Reg03 => "The eligibility has been cancelled.",
            Status::Css1 => "The candidate is already scheduled for the test.",
            Status::Css5 => "The candidate has completed the test.",
            Status::Css8 => "The candidate was absent for the test.",
            Status::Css9 => "The candidate's absence from the test was excused.",
        };
        if !by_status.is_empty() {
            return Some(by_status.to_owned());
        }
        if self.blocked {
            return Some("The candidate is blocked.".to_owned());
        }
        match (self.start, self.end) {
            (Some(start), _) if now < start => {
                Some(format!("The scheduling window opens on {}.", Stamp::seconds(start)))
            }
            (_, Some(end)) if now > end => Some(format!("The scheduling window closed on {}.", Stamp::seconds(end))),
            _ => None,
        }
    }

    /// Writes the record as partners see it at `now`; written out once for each change.
    pub fn write(&self, now: Timestamp, to: &mut Vec<u8>) {
        let message = self.obstacle(now);
        if let Some((kept, text)) = self.written.0.get()
            && *kept == message
        {
            to.extend_from_slice(text.as_bytes());
            return;
        }
        let text = serde_json::to_string(&self.view(now)).unwrap_or_default();
        to.extend_from_slice(text.as_bytes());
        // Another reader may have been first, with another message.
        let _first = self.written.0.set((message, text.into()));
    }

    /// The record as partners see it at `now`.
    pub fn view(&self, now: Timestamp) -> View<'_> {
        let message = self.obstacle(now);
        View {
            candidate: &self.candidate,
            client_eligibility_id: self.client_eligibility_id.as_deref(),
            created_datetime: Stamp::seconds(self.created),
            eligibility_end_date: self.end.map(Stamp::seconds),
            eligible_to_schedule: message.is_none(),
            eligibility_status_message: message,
            portion_codes: &self.portion_codes,
            psi_eligiblity_id: self.id,
            schedule_start_date: self.start.map(Stamp::seconds),
            status: self.status,
            test_code: &self.test_code,
        }
    }
}

/// An eligibility as it is answered at an instant.
///
/// Source: the Existing Eligiblity Model page; `psi_eligiblity_id` is the wire name (sic).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExistingEligibility)]
pub struct View<'a> {
    /// The candidate.
    pub candidate: &'a Candidate,
    /// The partner's identifier.
    #[schema(required = true)]
    pub client_eligibility_id: Option<&'a str>,
    /// When it was made, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub created_datetime: Stamp,
    /// The last date to schedule on, UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub eligibility_end_date: Option<Stamp>,
    /// Why the candidate cannot schedule; null whenever they can.
    #[schema(required = true)]
    pub eligibility_status_message: Option<String>,
    /// Whether the candidate can schedule now.
    pub eligible_to_schedule: bool,
    /// The portions to take; empty for a test without portions.
    pub portion_codes: &'a [String],
    /// Atlas' identifier; this spelling is the wire name.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub psi_eligiblity_id: EligibilityId,
    /// The first date to schedule on, UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub schedule_start_date: Option<Stamp>,
    /// Where the record stands.
    pub status: Status,
    /// The test.
    pub test_code: &'a str,
}
