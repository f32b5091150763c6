//! Which records are meant: one query a record, for lists, waits and all else that asks for some.

use super::contract::reason::Reason;
use super::contract::service::OutService;
use super::contract::status::{BookingState, SessionStatus, Status};
use super::record::booking::Booking;
use super::record::delivery::{Delivery, DeliveryStatus};
use super::record::eligibility::Eligibility;
use super::record::payment::{Payment, PaymentStatus};
use super::record::publication::{Publication, PublicationStatus};
use super::record::session::Session;
use super::value::id::BookingCode;
use super::value::stamp::Timestamp;

/// Which deliveries are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// By identifier.
    pub id: Option<String>,
    /// By service.
    pub service: Option<OutService>,
    /// By status.
    pub status: Option<DeliveryStatus>,
    /// By what happened.
    pub change_reason: Option<Reason>,
    /// By booking.
    pub booking_code: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// By how many attempts were made.
    pub attempts: Option<u32>,
    /// Created at this instant or later.
    pub since: Option<Timestamp>,
    /// Created before this instant.
    pub until: Option<Timestamp>,
}

/// Which bookings are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct BookingQuery {
    /// By code.
    pub booking_code: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// By test.
    pub test_code: Option<String>,
    /// By state.
    pub state: Option<BookingState>,
    /// Made at this instant or later.
    pub since: Option<Timestamp>,
}

/// Which eligibilities are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct EligibilityQuery {
    /// By identifier.
    pub psi_eligiblity_id: Option<String>,
    /// By the partner's identifier.
    pub client_eligibility_id: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// By test.
    pub test_code: Option<String>,
    /// By status.
    pub status: Option<Status>,
    /// Made at this instant or later.
    pub since: Option<Timestamp>,
}

/// Which payments are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct PaymentQuery {
    /// By booking.
    pub booking_code: Option<String>,
    /// By status.
    pub status: Option<PaymentStatus>,
    /// Made at this instant or later.
    pub since: Option<Timestamp>,
}

/// Which publications are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct PublicationQuery {
    /// By test.
    pub test_code: Option<String>,
    /// By status.
    pub status: Option<PublicationStatus>,
    /// Handed in at this instant or later.
    pub since: Option<Timestamp>,
}

/// Which proctored sessions are meant; all if empty.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    /// By booking.
    pub booking_code: Option<String>,
    /// By candidate.
    pub candidate_id: Option<String>,
    /// By test.
    pub test_code: Option<String>,
    /// By status.
    pub status: Option<SessionStatus>,
    /// Made at this instant or later.
    pub since: Option<Timestamp>,
}

impl DeliveryQuery {
    /// Whether a delivery is meant.
    pub fn takes(&self, delivery: &Delivery) -> bool {
        fits(self.id.as_ref(), Some(&delivery.id))
            && self.service.is_none_or(|service| service == delivery.service)
            && self.status.is_none_or(|status| status == delivery.status)
            && self.change_reason.is_none_or(|reason| Some(reason) == delivery.change_reason)
            && fits(self.booking_code.as_ref(), delivery.booking_code.as_ref().map(BookingCode::as_str))
            && fits(self.candidate_id.as_ref(), delivery.candidate_id.as_deref())
            && self.attempts.is_none_or(|attempts| attempts == delivery.attempts)
            && self.since.is_none_or(|since| delivery.created >= since)
            && self.until.is_none_or(|until| delivery.created < until)
    }
}

impl BookingQuery {
    /// Whether a booking is meant.
    pub fn takes(&self, booking: &Booking) -> bool {
        fits(self.booking_code.as_ref(), Some(booking.booking_code.as_str()))
            && fits(self.candidate_id.as_ref(), Some(&booking.candidate_id))
            && fits(self.test_code.as_ref(), Some(&booking.test_code))
            && self.state.is_none_or(|state| state == booking.state)
            && self.since.is_none_or(|since| booking.created >= since)
    }
}

impl EligibilityQuery {
    /// Whether an eligibility is meant.
    pub fn takes(&self, record: &Eligibility) -> bool {
        fits(self.psi_eligiblity_id.as_ref(), Some(record.id.as_str()))
            && fits(self.client_eligibility_id.as_ref(), record.client_eligibility_id.as_deref())
            && fits(self.candidate_id.as_ref(), Some(&record.candidate.candidate_id))
            && fits(self.test_code.as_ref(), Some(&record.test_code))
            && self.status.is_none_or(|status| status == record.status)
            && self.since.is_none_or(|since| record.created >= since)
    }
}

impl PaymentQuery {
    /// Whether a payment is meant.
    pub fn takes(&self, payment: &Payment) -> bool {
        fits(self.booking_code.as_ref(), Some(payment.booking_code.as_str()))
            && self.status.is_none_or(|status| status == payment.status)
            && self.since.is_none_or(|since| payment.created >= since)
    }
}

impl PublicationQuery {
    /// Whether a publication is meant.
    pub fn takes(&self, publication: &Publication) -> bool {
        fits(self.test_code.as_ref(), Some(&publication.test.test_code))
            && self.status.is_none_or(|status| status == publication.status)
            && self.since.is_none_or(|since| publication.created >= since)
    }
}

impl SessionQuery {
    /// Whether a session is meant.
    pub fn takes(&self, session: &Session) -> bool {
        fits(self.booking_code.as_ref(), session.booking_code.as_ref().map(BookingCode::as_str))
            && fits(self.candidate_id.as_ref(), Some(&session.candidate_id))
            && fits(self.test_code.as_ref(), Some(&session.test_code))
            && self.status.is_none_or(|status| status == session.status)
            && self.since.is_none_or(|since| session.created >= since)
    }
}

fn fits(wanted: Option<&String>, value: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| value == Some(wanted))
}
