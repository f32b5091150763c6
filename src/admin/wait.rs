//! Waiting for something to happen, instead of sleeping.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::path::InAccount;
use super::request::{self, RequestFilter, RequestView};
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::Reason;
use crate::domain::due;
use crate::domain::query::{BookingQuery, DeliveryQuery, EligibilityQuery, PaymentQuery};
use crate::domain::record::booking::Booking;
use crate::domain::record::delivery::{Delivery, DeliveryStatus, DeliveryView};
use crate::domain::record::eligibility::View;
use crate::domain::record::payment::PaymentView;
use crate::domain::state::State;
use crate::domain::state::change::ChangedRow;
use crate::domain::value::document::listed;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer;
use crate::http::connection::caller_left;
use crate::http::error::{ControlError, problem};
use crate::http::query::Query;
use crate::service::{Account, Sandbox, wait};
use crate::store::feed::{Happening, Heard};
use crate::store::journal::JournalEntry;

/// Whether a call is one that is waited for.
type Takes = Box<dyn Fn(&JournalEntry) -> bool>;

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
    /// A payment.
    Payment,
    /// That no notification is due or under way.
    Idle,
}

/// What is waited for, how long, and which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitFor {
    /// The thing.
    pub r#for: Thing,
    /// How long: `5s` where absent; more than `5m` is refused.
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
    /// Delivery, booking, payment: by booking.
    pub booking_code: Option<String>,
    /// Delivery: by what happened.
    pub change_reason: Option<Reason>,
    /// Delivery: `delivered`; eligibility: `CSS1`; booking: `BOOKED`; payment: `CAPTURED`; request: `201`.
    pub status: Option<String>,
    /// Delivery: by how many attempts were made.
    pub attempts: Option<u32>,
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

/// What is watched, and which of them count.
enum Watch {
    Requests(Takes),
    Deliveries { query: DeliveryQuery, with_open: bool },
    Bookings(BookingQuery),
    Eligibilities(EligibilityQuery),
    Payments(PaymentQuery),
    Idle,
}

/// What happened: the newest of what was waited for.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "documents the answer, which is written as it is found")]
enum Happened {
    Request(RequestView),
    Delivery(DeliveryView),
    Booking(Booking),
    Eligibility(View<'static>),
    Payment(PaymentView),
    Idle(Idle),
}

/// That nothing is due or under way.
#[derive(Debug, Serialize, ToSchema)]
struct Idle {
    /// The account's present instant.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// How many deliveries wait for a later instant, or are held back.
    open: usize,
}

impl WaitFor {
    /// Refuses a filter that the thing does not have: without it, the wait would take what was not meant.
    fn check(&self) -> Result<(), Error> {
        use Thing::{Booking, Delivery, Eligibility, Idle, Payment, Request};
        let filters: [(&str, bool, &[Thing]); 12] = [
            ("count", self.count.is_some(), &[Request, Delivery, Booking, Eligibility, Payment, Idle]),
            ("candidate_id", self.candidate_id.is_some(), &[Request, Delivery, Booking, Eligibility]),
            ("booking_code", self.booking_code.is_some(), &[Delivery, Booking, Payment]),
            ("change_reason", self.change_reason.is_some(), &[Delivery]),
            ("status", self.status.is_some(), &[Request, Delivery, Booking, Eligibility, Payment]),
            ("attempts", self.attempts.is_some(), &[Delivery]),
            ("psi_eligiblity_id", self.psi_eligiblity_id.is_some(), &[Eligibility]),
            ("client_eligibility_id", self.client_eligibility_id.is_some(), &[Eligibility]),
            ("test_code", self.test_code.is_some(), &[Booking, Eligibility]),
            ("operation", self.operation.is_some(), &[Request]),
            ("method", self.method.is_some(), &[Request]),
            ("path", self.path.is_some(), &[Request]),
        ];
        let Some((name, ..)) = filters.iter().find(|(_, is_given, of)| *is_given && !of.contains(&self.r#for)) else {
            return Ok(());
        };
        let fitting: Vec<_> =
            filters.iter().filter(|(.., of)| of.contains(&self.r#for)).map(|(name, ..)| *name).collect();
        let thing = format!("{:?}", self.r#for).to_lowercase();
        Err(Error::Invalid(format!("{name}: expected a filter of for={thing} ({})", listed(&fitting))))
    }

    fn watch(self) -> Result<Watch, ControlError> {
        self.check()?;
        let status = self.status.as_deref();
        Ok(match self.r#for {
            Thing::Request => Watch::Requests(self.requests()?),
            Thing::Delivery => Watch::Deliveries {
                query: DeliveryQuery {
                    status: status.map(|text| read("status", text)).transpose()?,
                    change_reason: self.change_reason,
                    booking_code: self.booking_code,
                    candidate_id: self.candidate_id,
                    attempts: self.attempts,
                    since: self.since,
                    ..DeliveryQuery::default()
                },
                with_open: self.status.is_some() || self.attempts.is_some(),
            },
            Thing::Booking => Watch::Bookings(BookingQuery {
                state: status.map(|text| read("status", text)).transpose()?,
                booking_code: self.booking_code,
                candidate_id: self.candidate_id,
                test_code: self.test_code,
                since: self.since,
            }),
            Thing::Payment => Watch::Payments(PaymentQuery {
                status: status.map(|text| read("status", text)).transpose()?,
                booking_code: self.booking_code,
                since: self.since,
            }),
            Thing::Idle => Watch::Idle,
            Thing::Eligibility => Watch::Eligibilities(EligibilityQuery {
                status: status.map(|text| read("status", text)).transpose()?,
                psi_eligiblity_id: self.psi_eligiblity_id,
                client_eligibility_id: self.client_eligibility_id,
                candidate_id: self.candidate_id,
                test_code: self.test_code,
                since: self.since,
            }),
        })
    }

    fn requests(self) -> Result<Takes, ControlError> {
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
        // As a whole: a part of an account code may look like a candidate.
        let names = move |entry: &JournalEntry| {
            candidate.as_ref().is_none_or(|(quoted, id)| {
                let mut segments = entry.target.split(['/', '?']);
                segments.any(|segment| percent_decode_str(segment).decode_utf8().is_ok_and(|segment| segment == *id))
                    || String::from_utf8_lossy(entry.request.body()).contains(quoted)
            })
        };
        Ok(Box::new(move |entry| filter.takes(entry) && names(entry)))
    }
}

impl Watch {
    /// Those that count already, by number.
    async fn scan(&self, sandbox: &Sandbox, account: &Account) -> BTreeSet<u64> {
        let look = |state: &State, now| match self {
            Self::Requests(_) => BTreeSet::new(),
            Self::Idle => due::is_settled(state, now).then_some(0).into_iter().collect(),
            Self::Deliveries { .. } => numbers(state.deliveries().after(0), |row| self.takes_delivery(row)),
            Self::Bookings(query) => numbers(state.bookings().after(0), |row| query.takes(row)),
            Self::Eligibilities(query) => numbers(state.eligibilities().after(0), |row| query.takes(row)),
            Self::Payments(query) => numbers(state.payments().after(0), |row| query.takes(row)),
        };
        match self {
            Self::Requests(takes) => {
                account.journal.entries().iter().filter(|entry| takes(entry)).map(|entry| entry.id).collect()
            }
            _ => sandbox.look(account, look).await,
        }
    }

    /// Without a status or a count of attempts, a delivery counts once an attempt has ended it.
    fn takes_delivery(&self, delivery: &Delivery) -> bool {
        use DeliveryStatus::{Paused, Pending, Sending};
        let Self::Deliveries { query, with_open } = self else { return false };
        query.takes(delivery) && (*with_open || !matches!(delivery.status, Pending | Sending | Paused))
    }

    /// Counts what happened; false if all must be looked at again.
    fn follow(&self, counted: &mut BTreeSet<u64>, happening: &Happening) -> bool {
        let rows = match happening {
            Happening::Change(set) => &set.rows,
            Happening::Request(entry) => {
                if let Self::Requests(takes) = self
                    && takes(entry)
                {
                    counted.insert(entry.id);
                }
                return true;
            }
            Happening::Reset(_) => return false,
        };
        if let Self::Idle = self {
            return false;
        }
        for row in rows {
            let (number, counts) = match (self, row) {
                (Self::Deliveries { .. }, ChangedRow::Deliveries { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| self.takes_delivery(row)))
                }
                (Self::Bookings(query), ChangedRow::Bookings { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                (Self::Eligibilities(query), ChangedRow::Eligibilities { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                (Self::Payments(query), ChangedRow::Payments { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                _ => continue,
            };
            if counts {
                counted.insert(number);
            } else {
                counted.remove(&number);
            }
        }
        true
    }

    /// The one with this number, written out.
    async fn show(&self, sandbox: &Sandbox, account: &Account, number: u64) -> Value {
        if let Self::Requests(_) = self {
            let entries = account.journal.entries();
            return entries
                .iter()
                .find(|entry| entry.id == number)
                .map_or(Value::Null, |entry| to_value(&request::shown(entry)));
        }
        let look = |state: &State, now| match self {
            Self::Requests(_) => None,
            Self::Idle => Some(to_value(&Idle { now, open: due::open(state) })),
            Self::Deliveries { .. } => state.deliveries().row(number).map(|row| to_value(&DeliveryView::from(&**row))),
            Self::Bookings(_) => state.bookings().row(number).map(to_value),
            Self::Eligibilities(_) => state.eligibilities().row(number).map(|row| to_value(&row.view(now))),
            Self::Payments(_) => state.payments().row(number).map(|row| to_value(&row.view())),
        };
        sandbox.look(account, look).await.unwrap_or(Value::Null)
    }
}

fn numbers<'a, T: 'a>(rows: impl Iterator<Item = (u64, &'a Arc<T>)>, takes: impl Fn(&T) -> bool) -> BTreeSet<u64> {
    rows.filter(|(_, row)| takes(row)).map(|(number, _)| number).collect()
}

fn to_value(thing: &impl serde::Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or(Value::Null)
}

/// Wait until something has happened.
///
/// A long poll: answers the newest match as soon as there are enough. What already happened counts.
#[utoipa::path(get, path = "wait_for", responses(
    (status = 200, description = "The newest match.", body = Happened),
    (status = 408, description = "It did not happen in time."),
    (status = 503, description = "The server stops.")
))]
pub async fn wait_for(
    at: InAccount,
    request: HttpRequest,
    query: Query<WaitFor>,
) -> Result<HttpResponse, ControlError> {
    let account = at.account()?;
    let Query(query) = query;
    let timeout = query.timeout.unwrap_or(Span::seconds(5));
    if timeout.0 > wait::LONGEST {
        return Err(Error::Invalid(format!("timeout: expected {} at most, got {timeout}", Span(wait::LONGEST))).into());
    }
    let thing = query.r#for;
    let count = if thing == Thing::Idle { 1 } else { query.count.unwrap_or(1).max(1) };
    let watch = query.watch()?;
    let deadline = tokio::time::Instant::now() + timeout.0;
    let is_over = || account.is_closed() || at.sandbox.is_stopping();
    // Before the first look, so that nothing in between is missed.
    let mut listener = account.feed.listen();
    let mut counted = watch.scan(&at.sandbox, &account).await;
    loop {
        if let Some(newest) = counted.last().filter(|_| counted.len() >= count) {
            return Ok(answer::ok(&watch.show(&at.sandbox, &account, *newest).await));
        }
        let heard = tokio::select! {
            heard = tokio::time::timeout_at(deadline, listener.hear_or(is_over)) => heard,
            // What nobody waits for need not keep a connection.
            () = caller_left(&request) => {
                return Ok(problem(StatusCode::REQUEST_TIMEOUT, "the caller closed the connection".to_owned()));
            }
        };
        let is_followed = match heard {
            Ok(Some(Heard::Happening(happening))) => watch.follow(&mut counted, &happening),
            Ok(Some(Heard::Lost(_))) => false,
            Ok(None) if at.sandbox.is_stopping() => {
                return Ok(problem(StatusCode::SERVICE_UNAVAILABLE, "the server stops".to_owned()));
            }
            Ok(None) => return Err(Error::UnknownAccount(account.code.to_string()).into()),
            Err(_) => break,
        };
        if !is_followed {
            counted = watch.scan(&at.sandbox, &account).await;
        }
    }
    if thing == Thing::Idle {
        let open = at.sandbox.look(&account, |state, _| due::open(state)).await;
        let detail = format!("not idle within {timeout}: {open} deliveries are due, under way or to come");
        return Ok(problem(StatusCode::REQUEST_TIMEOUT, detail));
    }
    let seen = counted.len();
    let detail = format!("no such {thing:?} within {timeout}: {seen} of {count} happened").to_lowercase();
    Ok(problem(StatusCode::REQUEST_TIMEOUT, detail))
}
