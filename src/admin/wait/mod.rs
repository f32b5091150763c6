//! Waiting for something to happen, instead of sleeping.

mod watch;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::path::InAccount;
use super::request::{RequestFilter, RequestView};
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::Reason;
use crate::domain::due;
use crate::domain::query::{
    BookingQuery, DeliveryQuery, EligibilityQuery, PaymentQuery, PublicationQuery, SessionQuery,
};
use crate::domain::record::booking::Booking;
use crate::domain::record::delivery::DeliveryView;
use crate::domain::record::eligibility::View;
use crate::domain::record::payment::PaymentView;
use crate::domain::record::publication::Publication;
use crate::domain::record::session::Session;
use crate::domain::value::document::listed;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};
use crate::http::answer;
use crate::http::connection::caller_left;
use crate::http::error::{ControlError, problem};
use crate::http::query::Query;
use crate::service::wait;
use crate::store::feed::Heard;
use crate::store::journal::JournalEntry;
use watch::{Idle, Takes, Watch};

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
    /// A publication of a test.
    Publication,
    /// A proctored session.
    Session,
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
    #[param(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Any: by candidate (of a request: a segment of its path, or a string in its body).
    pub candidate_id: Option<String>,
    /// Delivery, booking, payment, session: by booking.
    pub booking_code: Option<String>,
    /// Delivery: by what happened.
    pub change_reason: Option<Reason>,
    /// Delivery: `delivered`; eligibility: `CSS1`; booking: `BOOKED`; payment: `CAPTURED`; publication:
    /// `PUBLISHED`; session: `REVIEWED`; request: `201`.
    pub status: Option<String>,
    /// Delivery: by how many attempts were made.
    pub attempts: Option<u32>,
    /// Eligibility: by identifier.
    pub psi_eligiblity_id: Option<String>,
    /// Eligibility: by the partner's identifier.
    pub client_eligibility_id: Option<String>,
    /// Eligibility, booking, publication, session: by test.
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
    Publication(Publication),
    Session(Session),
    Idle(Idle),
}

impl WaitFor {
    /// Refuses a filter that the thing does not have: without it, the wait would take what was not meant.
    fn check(&self) -> Result<(), Error> {
        use Thing::{Booking, Delivery, Eligibility, Idle, Payment, Publication, Request, Session};
        let filters: [(&str, bool, &[Thing]); 12] = [
            (
                "count",
                self.count.is_some(),
                &[Request, Delivery, Booking, Eligibility, Payment, Publication, Session, Idle],
            ),
            ("candidate_id", self.candidate_id.is_some(), &[Request, Delivery, Booking, Eligibility, Session]),
            ("booking_code", self.booking_code.is_some(), &[Delivery, Booking, Payment, Session]),
            ("change_reason", self.change_reason.is_some(), &[Delivery]),
            (
                "status",
                self.status.is_some(),
                &[Request, Delivery, Booking, Eligibility, Payment, Publication, Session],
            ),
            ("attempts", self.attempts.is_some(), &[Delivery]),
            ("psi_eligiblity_id", self.psi_eligiblity_id.is_some(), &[Eligibility]),
            ("client_eligibility_id", self.client_eligibility_id.is_some(), &[Eligibility]),
            ("test_code", self.test_code.is_some(), &[Booking, Eligibility, Publication, Session]),
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
            Thing::Publication => Watch::Publications(PublicationQuery {
                status: status.map(|text| read("status", text)).transpose()?,
                test_code: self.test_code,
                since: self.since,
            }),
            Thing::Session => Watch::Sessions(SessionQuery {
                status: status.map(|text| read("status", text)).transpose()?,
                booking_code: self.booking_code,
                candidate_id: self.candidate_id,
                test_code: self.test_code,
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
