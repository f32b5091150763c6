//! The Booking Notification: what the partner learns of a booking.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::reason::{ChangeReason, Reason};
use crate::domain::contract::service::OutService;
use crate::domain::contract::status::DeliveryMode;
use crate::domain::outbox::notice::{About, Notice, NoticeBody, Occasion};
use crate::domain::record::booking::Booking;
use crate::domain::record::delivery::{Delivery, Lane};
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::settings::EffectiveDates;
use crate::domain::record::subscription::{EmptyMembers, Subscription};
use crate::domain::state::State;
use crate::domain::value::id::{BookingCode, EligibilityId};
use crate::domain::value::stamp::{Resolution, Stamp, Timestamp};

/// The body of a Booking Notification; a member without a value is left out.
///
/// Source: the Booking Notification page; the members in the order it prints.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationRequest<'a> {
    /// The appointment.
    #[schema(value_type = String)]
    pub booking_code: BookingCode,
    /// When the exam starts, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub booking_on: Stamp,
    /// First name.
    pub candidate_fname: &'a str,
    /// The partner's identifier of the candidate.
    pub candidate_id: &'a str,
    /// Last name.
    pub candidate_lname: &'a str,
    /// Middle name; empty when there is none, or left out then with `empty_members: omit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_mname: Option<&'a str>,
    /// What happened.
    pub change_reason: ChangeReason,
    /// The partner's identifier of the eligibility, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<&'a str>,
    /// On site or at home.
    pub delivery_mode: DeliveryMode,
    /// When it happened, UTC: the timestamp to put events in order by.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
    /// The test code.
    pub exam_code: &'a str,
    /// The portions of the test, where it has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub exam_portions: Vec<ExamPortion<'a>>,
    /// The site's address; on site only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_address: Option<String>,
    /// The site's code; on site only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_code: Option<&'a str>,
    /// The site's name; on site only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_name: Option<&'a str>,
    /// IANA: the site's zone, or the one the candidate chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_timezone: Option<&'a str>,
    /// First address line; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_1: Option<&'a str>,
    /// Second address line; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_2: Option<&'a str>,
    /// Third address line; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_3: Option<&'a str>,
    /// City; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'a str>,
    /// Province or state; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'a str>,
    /// ISO 3166-1 alpha-2; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<&'a str>,
    /// Postal code; with `structured_address` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<&'a str>,
}

/// A portion of the exam.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamPortion<'a> {
    /// The partner's code of the portion.
    pub portion_code: &'a str,
    /// Its name.
    pub portion_name: &'a str,
}

/// The receiver's answer.
///
/// Observed: receivers answer the booking code; the sandbox judges by the status alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationResponse {
    /// The appointment.
    pub booking_code: String,
}

/// A booking changed.
#[derive(Debug)]
pub struct BookingNotice {
    /// The eligibility.
    pub eligibility: EligibilityId,
    /// The booking.
    pub booking: BookingCode,
    /// What happened to it.
    pub reason: ChangeReason,
}

impl BookingNotice {
    /// The notice of a change of a booking.
    pub fn of(booking: &Booking, reason: ChangeReason) -> Box<dyn Notice> {
        Box::new(Self { eligibility: booking.psi_eligiblity_id, booking: booking.booking_code, reason })
    }

    /// The notice that a delivery was made of, to be written anew. `None` if it was another service's.
    pub fn again(delivery: &Delivery) -> Option<Box<dyn Notice>> {
        match (delivery.change_reason, delivery.booking_code, delivery.psi_eligiblity_id) {
            (Some(Reason::Booking(reason)), Some(booking), Some(eligibility)) => {
                Some(Box::new(Self { eligibility, booking, reason }))
            }
            _ => None,
        }
    }
}

impl Notice for BookingNotice {
    fn service(&self) -> OutService {
        OutService::BookingNotification
    }

    fn reason(&self) -> Option<Reason> {
        Some(self.reason.into())
    }

    fn is_kept_unsent(&self) -> bool {
        true
    }

    fn write(&self, state: &mut State, _: &str, occasion: &Occasion<'_>) -> Option<NoticeBody> {
        let shape = state.subscriptions.get(&self.service()).map_or_else(Shape::default, |found| Shape::of(found));
        let (record, booking) = (state.eligibility(self.eligibility).ok()?, state.booking(self.booking).ok()?);
        let mut effective = shape.timestamps.cut(occasion.now);
        if let (EffectiveDates::Increasing, Some(previous)) = (state.settings.effective_dates, record.effective) {
            effective = effective.max(shape.timestamps.cut(previous) + shape.timestamps.unit());
        }
        let body = body(state, &record, &booking, self.reason, effective, shape);
        let candidate_id = Some(record.candidate.candidate_id.clone());
        drop(record);
        state.change_eligibility(self.eligibility, |record| record.effective = Some(effective)).ok()?;
        Some(NoticeBody {
            lane: Lane::Eligibility(self.eligibility),
            about: About { booking_code: Some(self.booking), candidate_id, eligibility: Some(self.eligibility) },
            body,
        })
    }
}

/// How a subscription wants the body.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    /// The resolution of the two instants.
    timestamps: Resolution,
    /// The address in parts as well.
    structured_address: bool,
    /// A middle name that is not there is left out, not sent as an empty text.
    omits_empty: bool,
}

impl Shape {
    fn of(subscription: &Subscription) -> Self {
        Self {
            timestamps: subscription.timestamps,
            structured_address: subscription.structured_address,
            omits_empty: subscription.empty_members == EmptyMembers::Omit,
        }
    }
}

fn body(
    state: &State,
    record: &Eligibility,
    booking: &Booking,
    reason: ChangeReason,
    effective: Timestamp,
    shape: Shape,
) -> String {
    let center = booking.location_code.as_ref().and_then(|code| state.center_of_booking(code));
    // Assumed: a real receiver reads the address in parts (contract §7).
    let parts = center.filter(|_| shape.structured_address);
    let request = NotificationRequest {
        booking_code: booking.booking_code,
        booking_on: Stamp(booking.booking_on, shape.timestamps),
        candidate_fname: &record.candidate.first_name,
        candidate_id: &record.candidate.candidate_id,
        candidate_lname: &record.candidate.last_name,
        candidate_mname: record.candidate.middle_name.as_deref().or_else(|| (!shape.omits_empty).then_some("")),
        change_reason: reason,
        client_eligibility_id: record.client_eligibility_id.as_deref(),
        delivery_mode: booking.delivery_mode,
        effective_date: Stamp(effective, shape.timestamps),
        exam_code: &record.test_code,
        exam_portions: portions(state, record),
        location_address: center.map(|center| center.address()),
        location_code: booking.location_code.as_deref(),
        location_name: center.map(|center| center.location_name.as_str()),
        location_timezone: Some(&booking.location_timezone),
        address_1: parts.and_then(|center| center.address1.as_deref()),
        address_2: parts.and_then(|center| center.address2.as_deref()),
        address_3: parts.and_then(|center| center.address3.as_deref()),
        city: parts.map(|center| center.city.as_str()),
        state: parts.and_then(|center| center.province_state.as_deref()),
        country: parts.map(|center| center.country.as_str()),
        postal_code: parts.and_then(|center| center.postal_code.as_deref()),
    };
    serde_json::to_string(&request).unwrap_or_default()
}

/// The portions to take.
fn portions<'a>(state: &'a State, record: &'a Eligibility) -> Vec<ExamPortion<'a>> {
    let known = state.tests.get(&record.test_code).map(|test| test.portions.as_slice()).unwrap_or_default();
    known
        .iter()
        .filter(|portion| record.portion_codes.contains(&portion.portion_code))
        .map(|portion| ExamPortion { portion_code: &portion.portion_code, portion_name: &portion.portion_name })
        .collect()
}
