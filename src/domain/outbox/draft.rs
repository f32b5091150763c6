//! A change becomes the rows of those it is told to, in the same step.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::{PAUSED, is_paused};
use crate::domain::contract::error::Error;
use crate::domain::contract::event::Event;
use crate::domain::contract::reason::{CenterChange, ChangeReason};
use crate::domain::contract::service::OutService;
use crate::domain::notification::test_center::{self};
use crate::domain::notification::{self, Shape, assessment};
use crate::domain::record::delivery::{Delivery, DeliveryStatus};
use crate::domain::record::fault::{Misdelivery, Mishap, Told};
use crate::domain::record::settings::EffectiveDates;
use crate::domain::record::subscription::{Format, Subscription};
use crate::domain::state::State;
use crate::domain::value::id::{BookingCode, Code, EligibilityId, Kind};
use crate::domain::value::stamp::{Stamp, Timestamp};
use crate::domain::value::text::Text;

/// When and by what call something happened.
#[derive(Debug, Clone)]
pub struct Occasion<'a> {
    /// The account's instant.
    pub now: Timestamp,
    /// The wall's instant.
    pub wall: Timestamp,
    /// The trace of the call.
    pub trace: Option<Arc<str>>,
    /// The server's own URL, for links back to it.
    pub base_url: &'a str,
}

/// What a row is made of.
struct Draft {
    id: Arc<str>,
    service: OutService,
    change_reason: Option<ChangeReason>,
    about: Option<About>,
    subject: Code,
    body: String,
}

/// The candidate's booking that a row is about.
struct About {
    booking_code: BookingCode,
    candidate_id: Text,
    eligibility: EligibilityId,
}

/// Turns an event into its delivery rows, in the same step as the change.
pub fn enqueue(state: &mut State, event: &Event, occasion: &Occasion<'_>) {
    match *event {
        Event::CenterChanged { ref location_code, change, ref affected_bookings } => {
            if state.subscriptions.contains_key(&OutService::TestCenterNotification) {
                let _row = tell_center(state, location_code, change, affected_bookings, occasion);
            }
        }
        Event::Booking { eligibility, booking, reason } => {
            // The change is made: what it is about exists.
            let _row = tell_booking(state, eligibility, booking, reason, occasion.now, occasion);
        }
        Event::ResultArrived { booking } => {
            for service in [OutService::AssessmentResults, OutService::AssessmentResultsNotification] {
                // Who never asked for results is not told that none were sent. Assumed.
                if state.subscriptions.contains_key(&service) {
                    let _row = tell_result(state, service, booking, occasion.now, occasion);
                }
            }
        }
        Event::EligibilityCreated { .. } | Event::EligibilityUpdated { .. } | Event::EligibilityCancelled { .. } => {}
    }
}

/// Tells of a delivery's change anew, from `due` on: as its records stand now, under a new identifier.
///
/// # Errors
/// The booking is known no more.
pub(super) fn tell_anew(
    state: &mut State,
    delivery: &Delivery,
    due: Timestamp,
    occasion: &Occasion<'_>,
) -> Result<u64, Error> {
    let told = match (delivery.service, delivery.change_reason, delivery.booking_code, delivery.psi_eligiblity_id) {
        (OutService::BookingNotification, Some(reason), Some(booking), Some(eligibility)) => {
            tell_booking(state, eligibility, booking, reason, due, occasion)
        }
        (service, _, Some(booking), _) => tell_result(state, service, booking, due, occasion),
        _ => None,
    };
    told.ok_or_else(|| gone(delivery))
}

/// Whether it could be told anew.
///
/// # Errors
/// The booking is known no more.
pub(super) fn check_anew(state: &State, delivery: &Delivery) -> Result<(), Error> {
    match delivery.booking_code.map(|code| state.booking(code)) {
        Some(Ok(_)) => Ok(()),
        _ => Err(gone(delivery)),
    }
}

fn gone(delivery: &Delivery) -> Error {
    let why = delivery
        .booking_code
        .map_or_else(|| "is of no booking".to_owned(), |code| format!("is of booking {code}, which is known no more"));
    Error::Conflict(format!("as: delivery {} {why}: send it as recorded", delivery.id))
}

fn tell_booking(
    state: &mut State,
    eligibility: EligibilityId,
    code: BookingCode,
    reason: ChangeReason,
    due: Timestamp,
    occasion: &Occasion<'_>,
) -> Option<u64> {
    let shape = state.subscriptions.get(&OutService::BookingNotification).map_or_else(Shape::default, shape);
    let (record, booking) = (state.eligibility(eligibility).ok()?, state.booking(code).ok()?);
    let mut effective = shape.timestamps.cut(occasion.now);
    if let (EffectiveDates::Increasing, Some(previous)) = (state.settings.effective_dates, record.effective) {
        effective = effective.max(shape.timestamps.cut(previous) + shape.timestamps.unit());
    }
    let body = notification::body(&state.catalog, &record, &booking, reason, effective, shape);
    let candidate_id = record.candidate.candidate_id.clone();
    drop(record);
    state.eligibility_mut(eligibility).ok()?.effective = Some(effective);
    let draft = Draft {
        id: new_id(state),
        service: OutService::BookingNotification,
        change_reason: Some(reason),
        about: Some(About { booking_code: code, candidate_id, eligibility }),
        subject: eligibility,
        body,
    };
    Some(add(state, draft, due, occasion))
}

fn tell_result(
    state: &mut State,
    service: OutService,
    code: BookingCode,
    due: Timestamp,
    occasion: &Occasion<'_>,
) -> Option<u64> {
    let booking = state.booking(code).ok()?;
    let record = state.eligibility(booking.psi_eligiblity_id).ok()?;
    let id = new_id(state);
    let subscription = state.subscriptions.get(&service);
    let timestamps = subscription.map(|found| found.timestamps).unwrap_or_default();
    let format = subscription.map(|found| found.format).unwrap_or_default();
    let test_name = state.catalog.tests.get(&record.test_code).map(|test| test.test_name.as_str());
    let told = assessment::Told {
        id: &id,
        account: &state.code,
        base_url: occasion.base_url,
        record: &record,
        booking: &booking,
        test_name,
        effective: timestamps.cut(occasion.now),
        timestamps,
    };
    let body = match (service, format) {
        (OutService::AssessmentResults, Format::Xapi) => assessment::statement(&told),
        (OutService::AssessmentResults, Format::Json) => assessment::document(&record, &booking),
        _ => assessment::notification(&told),
    }?;
    let draft = Draft {
        id,
        service,
        change_reason: None,
        about: Some(About {
            booking_code: code,
            candidate_id: record.candidate.candidate_id.clone(),
            eligibility: record.id,
        }),
        subject: record.id,
        body,
    };
    Some(add(state, draft, due, occasion))
}

fn tell_center(
    state: &mut State,
    location_code: &str,
    change: CenterChange,
    affected_bookings: &[BookingCode],
    occasion: &Occasion<'_>,
) -> Option<u64> {
    let service = OutService::TestCenterNotification;
    let timestamps = state.subscriptions.get(&service).map(|found| found.timestamps).unwrap_or_default();
    let center = state.catalog.centers().get(location_code)?;
    let effective = Stamp(timestamps.cut(occasion.now), timestamps);
    let body = test_center::body(center, change, affected_bookings, effective)?;
    let draft =
        Draft { id: new_id(state), service, change_reason: None, about: None, subject: Code::of(location_code), body };
    Some(add(state, draft, occasion.now, occasion))
}

fn shape(subscription: &Arc<Subscription>) -> Shape {
    Shape { timestamps: subscription.timestamps, structured_address: subscription.structured_address }
}

/// The next identifier of a delivery.
fn new_id(state: &mut State) -> Arc<str> {
    format!("msg_{:016x}{:08x}", state.ids.number(Kind::Delivery), state.ids.number(Kind::Delivery) >> 32).into()
}

/// Makes the row, as its subscription stands and as a fault has it.
fn add(state: &mut State, draft: Draft, due: Timestamp, occasion: &Occasion<'_>) -> u64 {
    let (status, why) = match state.subscriptions.get(&draft.service) {
        None => {
            (DeliveryStatus::Discarded, Some(format!("not sent: the account has no {} subscription", draft.service)))
        }
        Some(subscription) if !subscription.enabled => {
            (DeliveryStatus::Discarded, Some(format!("not sent: the {} subscription is disabled", draft.service)))
        }
        Some(_) => (DeliveryStatus::Pending, None),
    };
    let (booking_code, candidate_id, psi_eligiblity_id) = match draft.about {
        Some(about) => (Some(about.booking_code), Some(about.candidate_id), Some(about.eligibility)),
        None => (None, None, None),
    };
    let row = state.outbox.rows.insert(
        Arc::clone(&draft.id),
        Delivery {
            id: draft.id,
            service: draft.service,
            status,
            change_reason: draft.change_reason,
            booking_code,
            candidate_id,
            psi_eligiblity_id,
            created: occasion.now,
            due,
            attempts: 0,
            last_status: None,
            reason: why.map(Cow::Owned),
            fault: None,
            held: false,
            body: draft.body.into(),
            traceparent: occasion.trace.clone(),
            subject: draft.subject,
            ticket: 0,
            round: 0,
            copies: 0,
            is_taken: false,
            history: VecDeque::new(),
        },
    );
    if status == DeliveryStatus::Pending {
        set_out(state, row, occasion);
    }
    row
}

/// A row sets out: it meets the first fault that takes it, and joins its lane where that lets it.
pub(super) fn set_out(state: &mut State, row: u64, occasion: &Occasion<'_>) {
    let Some(delivery) = state.outbox.rows.row(row) else { return };
    let (service, subject) = (delivery.service, delivery.subject);
    let told = Told {
        service,
        change_reason: delivery.change_reason,
        candidate: delivery.candidate_id.as_deref(),
        booking_code: delivery.booking_code.as_ref().map(Code::as_str),
        now: occasion.now,
        wall: occasion.wall,
    };
    let mishap = state.faults.meet_notification(&told);
    let effect = mishap.as_ref().map(|mishap| mishap.effect).unwrap_or_default();
    let is_paused = is_paused(state, service);
    let Some(delivery) = state.outbox.rows.row_mut(row) else { return };
    delivery.copies = effect.duplicate.unwrap_or(0);
    if let Some(later) = effect.delay.and_then(|delay| delivery.due.checked_add_signed(delay.chrono())) {
        delivery.due = later;
    }
    let is_held = effect.hold || effect.reorder.is_some();
    delivery.held = is_held;
    if let Some(mishap) = mishap {
        delivery.reason = Some(Cow::Owned(in_words(&mishap)));
        delivery.fault = Some(Box::new(mishap));
    }
    if effect.drop {
        delivery.status = DeliveryStatus::Discarded;
    } else if is_held {
        delivery.status = DeliveryStatus::Paused;
        state.outbox.queues.entry(service).or_default().hold(row, subject, effect.reorder);
    } else {
        if is_paused {
            delivery.status = DeliveryStatus::Paused;
            delivery.reason = Some(Cow::Borrowed(PAUSED));
        } else {
            delivery.status = DeliveryStatus::Pending;
        }
        state.outbox.join_lane(row, false);
    }
}

/// What a fault does to a notification before it is sent.
fn in_words(mishap: &Mishap) -> String {
    let Misdelivery { drop, hold, reorder, delay, duplicate, .. } = mishap.effect;
    let mut words = Vec::new();
    if drop {
        words.push("not sent: it is lost".to_owned());
    }
    if hold {
        words.push("it is held until a flush".to_owned());
    }
    if let Some(count) = reorder {
        words.push(format!("it waits until {count} overtook it"));
    }
    if let Some(delay) = delay {
        words.push(format!("it is sent {delay} late"));
    }
    if let Some(count) = duplicate {
        words.push(format!("it is sent {count} times more"));
    }
    if words.is_empty() {
        words.push("it goes wrong when it is sent".to_owned());
    }
    format!("fault {}: {}", mishap.fault, words.join(", "))
}
