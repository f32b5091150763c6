//! Bookings: looked at, and what the candidate and staff do with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::path::{BookingPath, InAccount};
use super::refusal::QueueFull;
use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{BookingState, Outcome};
use crate::domain::deed::BookingDeed;
use crate::domain::query::BookingQuery;
use crate::domain::record::booking::Booking;
use crate::domain::result::input::ResultInput;
use crate::domain::state::State;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::service::booking;

page::filter! {
    /// Which bookings are listed.
    pub struct BookingFilter {
        /// By candidate.
        pub candidate_id: Option<String>,
        /// By test.
        pub test_code: Option<String>,
        /// By state.
        pub state: Option<BookingState>,
    }
}

/// A result to finish the exam with; none where empty.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompleteInput {
    /// PASS, FAIL or NA.
    pub result: Option<Outcome>,
    /// The score.
    pub score: Option<Score>,
}

/// A score, as a string or a number.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Score {
    /// As a string.
    Text(String),
    /// As a number.
    Number(f64),
}

impl CompleteInput {
    fn result(self) -> Result<Option<ResultInput>, Error> {
        let score = match self.score {
            Some(Score::Text(text)) => Some(text),
            Some(Score::Number(number)) => Some(number.to_string()),
            None => None,
        };
        match (self.result, score) {
            (None, None) => Ok(None),
            (Some(Outcome::Na), None) => {
                Err(Error::Invalid("score: expected one beside the result NA, got nothing".to_owned()))
            }
            (Some(result), score) => Ok(Some(ResultInput::new(result, score.unwrap_or_default()))),
            (None, Some(_)) => {
                Err(Error::Invalid("result: expected PASS, FAIL or NA beside the score, got nothing".to_owned()))
            }
        }
    }
}

/// What an action may be refused with, beside what all operations are.
#[derive(Debug)]
pub struct RefusedBooking;

impl IntoResponses for RefusedBooking {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = QueueFull::responses();
        responses.insert("409".to_owned(), Response::new("The booking does not allow it.").into());
        responses
    }
}

async fn done(at: &InAccount<BookingPath>, deed: BookingDeed) -> Answer<Json<Arc<Booking>>> {
    let account = at.account()?;
    Ok(Json(booking::act(&at.sandbox, &account, &at.path.booking_code, &deed).await?))
}

/// List bookings, oldest first.
#[utoipa::path(get, path = "list_bookings")]
pub async fn list_bookings(at: InAccount, query: Query<BookingFilter>) -> Answer<Json<Page<Arc<Booking>>>> {
    let paging = query.paging();
    let after = paging.after()?;
    let wanted = BookingQuery {
        candidate_id: query.candidate_id.clone(),
        test_code: query.test_code.clone(),
        state: query.state,
        ..BookingQuery::default()
    };
    let rows = |state: &State, _| {
        let rows = state.bookings().after(after).filter(|(_, booking)| wanted.takes(booking));
        page::cut(&paging, rows, Arc::clone)
    };
    Ok(Json(at.look(rows).await??))
}

/// Get a booking.
#[utoipa::path(get, path = "get_booking")]
pub async fn get_booking(at: InAccount<BookingPath>) -> Answer<Json<Arc<Booking>>> {
    Ok(Json(booking::get(&at.sandbox, &*at.account()?, &at.path.booking_code).await?))
}

/// Move a booking as the candidate does.
///
/// A new booking code is issued; the old one is unknown afterwards.
#[utoipa::path(post, path = "reschedule_booking", responses(RefusedBooking))]
pub async fn reschedule_booking(
    at: InAccount<BookingPath>,
    input: Document<ScheduleInput>,
) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Reschedule(input.0)).await
}

/// Confirm a booking on hold: the partner is notified of it as of a new one.
#[utoipa::path(post, path = "confirm_booking", responses(RefusedBooking))]
pub async fn confirm_booking(at: InAccount<BookingPath>) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Confirm).await
}

/// End the hold of a booking: its seat is free again, and nobody is notified.
#[utoipa::path(post, path = "release_booking", responses((status = 409, description = "It is not on hold.")))]
pub async fn release_booking(at: InAccount<BookingPath>) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Release).await
}

/// Cancel a booking; the eligibility stays open. One on hold is released.
#[utoipa::path(post, path = "cancel_booking", responses(RefusedBooking))]
pub async fn cancel_booking(at: InAccount<BookingPath>) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Cancel).await
}

/// Finish the exam, with a result or without.
#[utoipa::path(post, path = "complete_booking", responses(RefusedBooking))]
pub async fn complete_booking(
    at: InAccount<BookingPath>,
    input: Document<CompleteInput>,
) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Complete(input.0.result()?)).await
}

/// Note that the candidate did not come.
#[utoipa::path(post, path = "mark_absent", responses(RefusedBooking))]
pub async fn mark_absent(at: InAccount<BookingPath>) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Absent).await
}

/// Excuse the absence, before or after it was noted.
#[utoipa::path(post, path = "excuse_absence", responses(RefusedBooking))]
pub async fn excuse_absence(at: InAccount<BookingPath>) -> Answer<Json<Arc<Booking>>> {
    done(&at, BookingDeed::Excuse).await
}
