//! The page behind `launch_url`: a person or a script finishes the test there.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::path::{BookingPath, InAccount};
use super::refusal::QueueFull;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{BookingState, Outcome};
use crate::domain::deed::BookingDeed;
use crate::domain::record::booking::Booking;
use crate::domain::result::input::ResultInput;
use crate::http::body::read_control;
use crate::http::error::ControlError;
use crate::http::operation::LATE;
use crate::service::booking;

/// The largest form that is read, in bytes.
const LIMIT: usize = 64 * 1024;

fn page(booking: &Booking, note: &str) -> String {
    let form = if booking.state == BookingState::Booked {
        "<form method=post><label>Score <input name=score value=80 required maxlength=40></label>\
         <p><button name=result value=PASS>Pass</button> <button name=result value=FAIL>Fail</button></form>"
    } else {
        ""
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Test {code}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;\
         padding:0 1rem}}button{{font:inherit;padding:.4rem 1.2rem}}input{{font:inherit;width:6rem}}\
         dt{{color:#666}}dd{{margin:0 0 .5rem}}</style>\
         <h1>{test}</h1><dl><dt>Candidate<dd>{candidate}<dt>Booking<dd>{code}<dt>State<dd>{state}</dl>{note}{form}\
         <p><small>A page of atlas-sandbox. No exam is taken here.</small>",
        test = escape(&booking.test_code),
        candidate = escape(&booking.candidate_id),
        code = booking.booking_code,
        state = booking.state,
    )
}

/// A text as it stands in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A page.
pub(super) fn html(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"))
        .body(body)
}

/// Show the page of a scheduled test.
#[utoipa::path(get, path = "get_launch_page", responses(
    (status = 200, description = "A page.", body = String, content_type = "text/html")
))]
pub async fn get_launch_page(at: InAccount<BookingPath>) -> Result<HttpResponse, ControlError> {
    let (found, note) = booking::launch(&at.sandbox, &*at.account()?, &at.path.booking_code).await?;
    let note = note.filter(|_| found.state == BookingState::Booked);
    let note = note.map(|note| format!("<p><strong>Not now:</strong> {}.", escape(&note))).unwrap_or_default();
    Ok(html(StatusCode::OK, page(&found, &note)))
}

/// The form of the page.
#[derive(ToSchema)]
#[allow(dead_code, reason = "documents the form; it is read leniently, field by field")]
struct Form {
    /// How the test ended.
    result: Outcome,
    /// The score, as it is told.
    score: Option<String>,
}

/// Finish the test: the form of the page, `result` and `score`.
#[utoipa::path(
    post,
    path = "finish_test",
    request_body(content = Form, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 400, description = "A field does not fit."),
        (status = 403, description = "The form is of another site."),
        (status = 408, description = LATE),
        (status = 409, description = "The test is finished already, or cannot be launched now."),
        (status = 413, description = "The form is over 64 KiB."),
        QueueFull
    )
)]
pub async fn finish_test(
    at: InAccount<BookingPath>,
    request: HttpRequest,
    form: Payload,
) -> Result<HttpResponse, ControlError> {
    let body = read_control(&request, &mut form.into_inner(), LIMIT).await?;
    let account = at.account()?;
    let (mut result, mut score) = (None, String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "result" => result = value.parse().ok(),
            "score" => score = value.into_owned(),
            _ => {}
        }
    }
    let result = result.ok_or_else(|| Error::Invalid("result: expected PASS, FAIL or NA".to_owned()))?;
    let deed = BookingDeed::Complete(Some(ResultInput::new(result, score)));
    let done = booking::finish(&at.sandbox, &account, &at.path.booking_code, &deed).await?;
    Ok(html(StatusCode::OK, page(&done, "<p><strong>The test is finished.</strong>")))
}
