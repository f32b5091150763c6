//! Waiting for something to happen, instead of sleeping.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::path::InAccount;
use super::request::{self, RequestFilter};
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::ChangeReason;
use crate::domain::contract::status::{BookingState, Status};
use crate::domain::record::delivery::DeliveryStatus;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer::{self};
use crate::http::error::{ControlError, problem};
use crate::service::delivery::Filter;
use crate::service::{Account, wait};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Thing {
    /// A call by the partner.
    Request,
    /// A notification.
    Delivery,
    /// A booking.
    Booking,
    /// An eligibility.
    Eligibility,
}

/// What is waited for, how long, and which of them; a filter that does not fit the thing is ignored.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitFor {
    /// The thing.
    pub r#for: Thing,
    /// How long: `5s` where absent, at most `5m`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "5s")]
    pub timeout: Option<Span>,
    /// How many must have happened; 1 where absent.
    pub count: Option<usize>,
    /// What already happened since this instant counts; all that the account remembers where absent.
    #[serde(default, with = "stamp::optional")]
    #[param(value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// Any: by candidate (of a request: a segment of its path, or a string in its body).
    pub candidate_id: Option<String>,
    /// Delivery, booking: by booking.
    pub booking_code: Option<String>,
    /// Delivery: by what happened.
    pub change_reason: Option<ChangeReason>,
    /// Delivery: `delivered`; eligibility: `CSS1`; booking: `BOOKED`; request: `201`.
    pub status: Option<String>,
    /// Eligibility: by identifier.
    pub psi_eligiblity_id: Option<String>,
    /// Eligibility: by the partner's identifier.
    pub client_eligibility_id: Option<String>,
    /// Eligibility, booking: by test.
    pub test_code: Option<String>,
    /// Request: by operation.
    pub operation: Option<String>,
    /// Request: by method.
    pub method: Option<String>,
    /// Request: a part of path and query.
    pub path: Option<String>,
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, ControlError> {
    serde_json::from_value(Value::String(text.to_owned()))
        .map_err(|error| Error::Invalid(format!("{name}: {error}")).into())
}

type Look = Box<dyn Fn(&Account) -> Matches>;

/// How many match, and the newest of them.
#[derive(Debug, Default)]
struct Matches {
    count: usize,
    newest: Option<Value>,
}

/// Counts the matches, and writes the newest one out.
fn matches<T>(rows: impl Iterator<Item = T>, show: impl FnOnce(T) -> Value) -> Matches {
    let (mut count, mut newest) = (0, None);
    for row in rows {
        count += 1;
        newest = Some(row);
    }
    Matches { count, newest: newest.map(show) }
}

fn to_value(thing: &impl serde::Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or(Value::Null)
}

fn fits(wanted: Option<&String>, value: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| value == Some(wanted))
}

impl WaitFor {
    fn look(self) -> Result<Look, ControlError> {
        match self.r#for {
            Thing::Request => self.look_for_requests(),
            Thing::Delivery => self.look_for_deliveries(),
            Thing::Booking => self.look_for_bookings(),
            Thing::Eligibility => self.look_for_eligibilities(),
        }
    }

    fn look_for_requests(self) -> Result<Look, ControlError> {
        let status = self.status.as_deref().map(str::parse).transpose();
        let status = status.map_err(|_| Error::Invalid("status: expected a number like 201".to_owned()))?;
        let filter = RequestFilter {
            method: self.method,
            path: self.path,
            operation: self.operation,
            status,
            since: self.since,
            ..RequestFilter::default()
        };
        let candidate = self.candidate_id.map(|id| (serde_json::Value::from(id.as_str()).to_string(), id));
        Ok(Box::new(move |account| {
            // As a whole: a part of an account code may look like a candidate.
            let names = |entry: &crate::store::journal::Entry| {
                candidate.as_ref().is_none_or(|(quoted, id)| {
                    let mut segments = entry.target.split(['/', '?']);
                    segments.any(|segment| percent_decode_str(segment).decode_utf8_lossy() == *id)
                        || String::from_utf8_lossy(entry.request.body()).contains(quoted)
                })
            };
            let entries = account.journal.entries();
            let rows = entries.iter().filter(|entry| filter.takes(entry) && names(entry));
            matches(rows, |entry| to_value(&request::shown(entry)))
        }))
    }

    fn look_for_deliveries(self) -> Result<Look, ControlError> {
        let status: Option<DeliveryStatus> = self.status.as_deref().map(|text| read("status", text)).transpose()?;
        let filter = Filter {
            status,
            change_reason: self.change_reason,
            booking_code: self.booking_code,
            candidate_id: self.candidate_id,
            since: self.since,
            ..Filter::default()
        };
        // Without a status, a delivery counts once an attempt has ended it.
        let ended =
            |status| !matches!(status, DeliveryStatus::Pending | DeliveryStatus::Sending | DeliveryStatus::Paused);
        Ok(Box::new(move |account| {
            let state = account.lock();
            let rows = state.outbox.rows.iter();
            matches(rows.filter(|row| filter.takes(row) && (status.is_some() || ended(row.status))), to_value)
        }))
    }

    fn look_for_bookings(self) -> Result<Look, ControlError> {
        let status: Option<BookingState> = self.status.as_deref().map(|text| read("status", text)).transpose()?;
        Ok(Box::new(move |account| {
            let state = account.lock();
            let rows = state.bookings.iter().filter(|booking| {
                status.is_none_or(|status| status == booking.state)
                    && fits(self.candidate_id.as_ref(), Some(&booking.candidate_id))
                    && fits(self.booking_code.as_ref(), Some(booking.booking_code.as_str()))
                    && fits(self.test_code.as_ref(), Some(&booking.test_code))
                    && self.since.is_none_or(|since| booking.created >= since)
            });
            matches(rows, to_value)
        }))
    }

    fn look_for_eligibilities(self) -> Result<Look, ControlError> {
        let status: Option<Status> = self.status.as_deref().map(|text| read("status", text)).transpose()?;
        Ok(Box::new(move |account| {
            let wall = crate::service::clock::wall();
            let state = account.lock();
            let now = state.clock.now(wall);
            let rows = state.eligibilities.iter().filter(|record| {
                status.is_none_or(|status| status == record.status)
                    && fits(self.candidate_id.as_ref(), Some(&record.candidate.candidate_id))
                    && fits(self.psi_eligiblity_id.as_ref(), Some(record.id.as_str()))
                    && fits(self.client_eligibility_id.as_ref(), record.client_eligibility_id.as_deref())
                    && fits(self.test_code.as_ref(), Some(&record.test_code))
                    && self.since.is_none_or(|since| record.created >= since)
            });
            matches(rows, |record| to_value(&record.view(now)))
        }))
    }
}

/// Wait until something has happened.
///
/// A long poll: answers the newest match as soon as there are enough. What already happened counts.
#[utoipa::path(get, path = "wait_for", responses(
    (status = 200, description = "The newest match.", body = Object),
    (status = 408, description = "It did not happen in time.")
))]
pub async fn wait_for(at: InAccount, query: Query<WaitFor>) -> Result<HttpResponse, ControlError> {
    let account = at.account()?;
    let query = query.into_inner();
    let timeout = query.timeout.unwrap_or(Span::seconds(5));
    let (count, thing) = (query.count.unwrap_or(1).max(1), query.r#for);
    let look = query.look()?;
    let found = wait::until(&account, timeout.0, || {
        let matches = look(&account);
        (matches.count >= count).then_some(matches.newest)
    });
    if let Some(found) = found.await {
        return Ok(answer::ok(&found));
    }
    if account.is_closed() {
        return Err(Error::UnknownAccount(account.code.to_string()).into());
    }
    let seen = look(&account).count;
    let detail = format!("no such {thing:?} within {timeout}: {seen} of {count} happened").to_lowercase();
    Ok(problem(StatusCode::REQUEST_TIMEOUT, detail))
}
