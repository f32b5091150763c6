//! The Test Center Notification: a site was added, changed, closed or opened again.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::reason::{CenterChange, Reason};
use crate::domain::contract::service::OutService;
use crate::domain::contract::status::CenterStatus;
use crate::domain::outbox::notice::{About, Notice, NoticeBody, Occasion};
use crate::domain::record::delivery::Lane;
use crate::domain::record::test_center::TestCenter;
use crate::domain::state::State;
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Stamp;

/// The body of a Test Center Notification; a member without a value is left out.
///
/// Assumed: the shape (services §4).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "location_code": "MKC7Q4TX", "location_name": "Kansas City Riverbend Testing Center",
    "change_reason": "TEST_CENTER_CLOSED", "effective_date": "2026-03-01T09:00:00Z", "status": "TEMPORARILY_CLOSED",
    "address1": "4180 Cottonbluff Parkway", "address2": "Suite 210", "city": "Kansas City", "province_state": "MO",
    "country": "US", "postal_code": "64111", "location_timezone": "America/Chicago",
    "affected_bookings": ["2QKMO5G8"]
}))]
pub struct TestCenterNotification<'a> {
    /// The site.
    pub location_code: &'a str,
    /// Its name.
    pub location_name: &'a str,
    /// What happened.
    pub change_reason: CenterChange,
    /// When it happened, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
    /// Whether it takes bookings now.
    pub status: CenterStatus,
    /// First address line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address1: Option<&'a str>,
    /// Second address line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address2: Option<&'a str>,
    /// Third address line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address3: Option<&'a str>,
    /// City.
    pub city: &'a str,
    /// Province or state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub province_state: Option<&'a str>,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<&'a str>,
    /// IANA zone.
    pub location_timezone: &'a str,
    /// The bookings there that are still to be sat; only when it closes.
    #[schema(value_type = Vec<String>)]
    pub affected_bookings: &'a [BookingCode],
}

/// A test center changed.
#[derive(Debug)]
pub struct CenterNotice {
    /// The center.
    pub location_code: String,
    /// What happened to it.
    pub change: CenterChange,
    /// The bookings there that were still to be sat.
    pub affected_bookings: Vec<BookingCode>,
}

impl Notice for CenterNotice {
    fn service(&self) -> OutService {
        OutService::TestCenterNotification
    }

    fn reason(&self) -> Option<Reason> {
        Some(self.change.into())
    }

    fn write(&self, state: &mut State, _: &str, occasion: &Occasion<'_>) -> Option<NoticeBody> {
        let timestamps = state.subscriptions.get(&self.service()).map(|found| found.timestamps).unwrap_or_default();
        let center = state.centers().get(&self.location_code)?;
        let effective = Stamp(timestamps.cut(occasion.now), timestamps);
        let body = body(center, self.change, &self.affected_bookings, effective)?;
        let lane = Lane::Center(Box::new(self.location_code.as_str().into()));
        Some(NoticeBody { lane, about: About::default(), body })
    }
}

fn body(
    center: &TestCenter,
    change: CenterChange,
    affected_bookings: &[BookingCode],
    effective_date: Stamp,
) -> Option<String> {
    let body = TestCenterNotification {
        location_code: &center.location_code,
        location_name: &center.location_name,
        change_reason: change,
        effective_date,
        status: center.status,
        address1: center.address1.as_deref(),
        address2: center.address2.as_deref(),
        address3: center.address3.as_deref(),
        city: &center.city,
        province_state: center.province_state.as_deref(),
        country: &center.country,
        postal_code: center.postal_code.as_deref(),
        location_timezone: &center.location_timezone,
        affected_bookings,
    };
    serde_json::to_string(&body).ok()
}
