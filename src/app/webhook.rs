//! The `webhooks` of the vendor's document: what each outgoing service sends, and what its answers mean.
//!
//! utoipa has no words for a webhook, so each is annotated as a path, which `openapi::atlas` moves. What all have in
//! common, the headers and the answers, is written once.

use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::domain::booking::notice::{NotificationRequest, NotificationResponse};
use crate::domain::proctoring::notice::{ProctoringResults, ProctoringResultsNotification};
use crate::domain::result::notice::{AssessmentResultDocument, AssessmentResultsNotification, Statement};
use crate::domain::test_center::notice::TestCenterNotification;

/// A candidate booked, moved, cancelled, took or missed an exam.
///
/// Put the events of a candidate and exam in order by `effective_date`; drop what you have seen by `webhook-id`.
#[utoipa::path(
    put,
    path = "bookingNotification",
    operation_id = "booking_notification",
    tag = "Booking Notification",
    request_body = NotificationRequest<'static>,
    responses((status = 200, description = "Delivered: 200 and no other status.", body = NotificationResponse)),
    extensions(("x-fidelity" = json!("documented")))
)]
#[allow(dead_code, clippy::unused_async, reason = "only its annotation is used")]
async fn booking_notification() {}

/// A test center was added, changed, closed or opened again.
///
/// The sandbox sends the last two, from `POST .../test_centers/{location_code}/close` and `/reopen`.
#[utoipa::path(
    put,
    path = "testCenterNotification",
    operation_id = "test_center_notification",
    tag = "Test Center Notification",
    request_body = TestCenterNotification<'static>,
    responses((status = 200, description = "Delivered: 200 and no other status.")),
    extensions(("x-fidelity" = json!("assumed")))
)]
#[allow(dead_code, clippy::unused_async, reason = "only its annotation is used")]
async fn test_center_notification() {}

/// The whole review of a proctored session.
#[utoipa::path(
    put,
    path = "proctoringResults",
    operation_id = "proctoring_results",
    tag = "Proctoring Results",
    request_body = ProctoringResults<'static>,
    responses((status = 200, description = "Delivered: 200 and no other status.")),
    extensions(("x-fidelity" = json!("assumed")))
)]
#[allow(dead_code, clippy::unused_async, reason = "only its annotation is used")]
async fn proctoring_results() {}

/// The review of a proctored session ended; the whole of it is at `results_url`.
#[utoipa::path(
    put,
    path = "proctoringResultsNotification",
    operation_id = "proctoring_results_notification",
    tag = "Proctoring Results Notification",
    request_body = ProctoringResultsNotification<'static>,
    responses((status = 200, description = "Delivered: 200 and no other status.")),
    extensions(("x-fidelity" = json!("assumed")))
)]
#[allow(dead_code, clippy::unused_async, reason = "only its annotation is used")]
async fn proctoring_results_notification() {}

/// The whole result of an exam, as an xAPI statement.
///
/// Put to `{url}/statements?statementId={id}`, with `X-Experience-API-Version: 1.0.3`. A subscription with
/// `format: json` gets an `AssessmentResultDocument` at its URL instead.
#[utoipa::path(
    put,
    path = "assessmentResults",
    operation_id = "assessment_results",
    tag = "Assessment Results",
    request_body = Statement<'static>,
    params(
        ("statementId" = String, Query, description = "The statement's `id`; of xAPI alone."),
        ("X-Experience-API-Version" = String, Header, description = "`1.0.3`; of xAPI alone."),
    ),
    responses(
        (status = 200, description = "Delivered."),
        (status = 204, description = "Delivered, of xAPI: the store has kept the statement. A failure with `format: json`."),
    ),
    extensions(("x-fidelity" = json!("observed")))
)]
#[allow(dead_code, clippy::unused_async, reason = "only its annotation is used")]
async fn assessment_results() {}

/// A result arrived, or took the place of an earlier one; the whole of it is at `results_url`.
#[utoipa::path(
    put,
    path = "assessmentResultsNotification",
    operation_id = "assessment_results_notification",
    tag = "Assessment Results Notification",
    request_body = AssessmentResultsNotification<'static>,
    responses((status = 200, description = "Delivered: 200 and no other status.")),
    extensions(("x-fidelity" = json!("assumed")))
)]
#[allow(dead_code, clippy::unused_async, reason = "only its annotation is used")]
async fn assessment_results_notification() {}

#[derive(OpenApi)]
#[openapi(
    paths(
        booking_notification,
        test_center_notification,
        proctoring_results,
        proctoring_results_notification,
        assessment_results,
        assessment_results_notification
    ),
    components(schemas(AssessmentResultDocument<'static>))
)]
struct Webhooks;

/// The webhooks as the `paths` of a document, with its schemas.
pub fn documented() -> Value {
    let mut document = serde_json::to_value(Webhooks::openapi()).unwrap_or_default();
    let mut schemas = document["components"]["schemas"].take();
    let items = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.map(|item| &mut item["put"]) {
        let mut parameters = headers();
        if let Some(own) = operation["parameters"].as_array() {
            parameters.extend(own.iter().cloned());
        }
        operation["parameters"] = parameters.into();
        // An example of a shape is one of its body; those that are sent get a recorded one.
        let content = &mut operation["requestBody"]["content"]["application/json"];
        let name = content["schema"]["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        let example = name.and_then(|name| schemas.get_mut(name)?.as_object_mut()?.remove("example"));
        if let Some(example) = example {
            content["example"] = example;
        }
        for (status, meaning) in ANSWERS {
            if operation["responses"].get(status).is_none() {
                operation["responses"][status] = json!({ "description": meaning });
            }
        }
    }
    document["components"]["schemas"] = schemas;
    document
}

/// The headers that every service sends. Assumed: Atlas is not known to sign.
fn headers() -> Vec<Value> {
    let text = |name: &str, is_required: bool, words: &str| {
        json!({ "name": name, "in": "header", "description": words, "required": is_required,
            "schema": { "type": "string" } })
    };
    let mut timestamp = text(
        "webhook-timestamp",
        false,
        "When the attempt was made, in seconds since 1970; refuse one that is over 5 minutes off. Not with `http-message-signatures`.",
    );
    timestamp["schema"] = json!({ "type": "integer", "format": "int64" });
    vec![
        text(
            "webhook-id",
            false,
            "The same on every attempt and every copy; use it to drop duplicates. Not with `signing: none`.",
        ),
        timestamp,
        text(
            "webhook-signature",
            false,
            "Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, or `v1a,` and an ed25519 signature of the same; two of them, separated by a blank, while a secret is rotated. Assumed: Atlas is not known to sign.",
        ),
        text("content-digest", false, "With `http-message-signatures`: `sha-256=:...:` of the body (RFC 9530)."),
        text(
            "signature-input",
            false,
            "With `http-message-signatures`: what is covered: `@method`, `@target-uri`, `content-type`, `content-digest`, `webhook-id`, and the parameters `created`, `keyid`, `alg` (RFC 9421).",
        ),
        text("signature", false, "With `http-message-signatures`: the signature under the same label (RFC 9421)."),
        text(
            "authorization",
            false,
            "As the subscription's `auth` says: Basic, or Bearer with a fixed token or one of your own token endpoint.",
        ),
        text("traceparent", false, "The trace of the call that caused it, where it had one (W3C Trace Context)."),
    ]
}

/// What the answers of a receiver mean; a service's own words go before these.
const ANSWERS: [(&str, &str); 9] = [
    ("2XX", "Any other 2xx is a failure like 4XX, unless the subscription says `success: 2xx`: then it is delivered."),
    ("3XX", "A failure: redirects are never followed. It goes to the error queue."),
    ("400", "No matching candidate or exam on your side, or a body you do not take: straight to the error queue."),
    (
        "401",
        "The signature or the credentials do not fit: straight to the error queue. With `auth: oauth2` a new token is fetched once, and the call made again.",
    ),
    (
        "429",
        "Too many: with `Retry-After` and `retry: automatic` it is tried again, no sooner than that; else the error queue.",
    ),
    ("4XX", "A failure: straight to the error queue."),
    (
        "500",
        "Something is down on your side: with `retry: automatic` it is tried again on the schedule, then the error queue.",
    ),
    ("503", "As 429."),
    ("5XX", "A failure: straight to the error queue. A timeout or no connection is like 500."),
];
