//! The notifications of a result: an xAPI statement, our flat document, and the small notification of either.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::service::OutService;
use crate::domain::contract::status::Outcome;
use crate::domain::contract::xapi;
use crate::domain::outbox::notice::{About, Notice, NoticeBody, Occasion};
use crate::domain::record::booking::Booking;
use crate::domain::record::delivery::{Delivery, Lane};
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::result::{CategoryScore, ExamResult, ResultDetails};
use crate::domain::record::subscription::Format;
use crate::domain::state::State;
use crate::domain::value::id::{AccountCode, BookingCode, EligibilityId};
use crate::domain::value::stamp::{Resolution, Stamp, Timestamp};

/// The home page of the partner's candidates, as the `account` of an xAPI actor needs one. Assumed.
const HOME_PAGE: &str = "https://atlas.example/candidates";
/// The verbs of a result.
///
/// Source: the ADL verb registry of xAPI.
const VERBS: &str = "http://adlnet.gov/expapi/verbs/";
/// Under which the extensions of a statement stand. Assumed.
const EXTENSIONS: &str = "https://atlas.example/xapi/";

/// A result arrived, or took the place of an earlier one.
#[derive(Debug)]
pub struct ResultNotice {
    service: OutService,
    booking: BookingCode,
}

/// The result of one booking, and when it is reported.
#[derive(Debug, Clone, Copy)]
struct ReportedResult<'a> {
    /// The delivery.
    id: &'a str,
    /// The account.
    account: &'a AccountCode,
    /// What links back to the server begin with.
    base_url: &'a str,
    /// The eligibility.
    record: &'a Eligibility,
    /// The booking, with its result.
    booking: &'a Booking,
    /// The name of the test, where it is set up.
    test_name: Option<&'a str>,
    /// When it is reported, at the resolution that is sent.
    effective: Timestamp,
    /// The resolution.
    timestamps: Resolution,
}

impl ResultNotice {
    /// The services that report a result.
    const SERVICES: [OutService; 2] = [OutService::AssessmentResults, OutService::AssessmentResultsNotification];

    /// The notices of a result, one for each service.
    pub fn of(booking: BookingCode) -> impl Iterator<Item = Box<dyn Notice>> {
        Self::SERVICES.into_iter().map(move |service| Box::new(Self { service, booking }) as Box<dyn Notice>)
    }

    /// The notice that a delivery was made of, to be written anew. `None` if it was another service's.
    pub fn again(delivery: &Delivery) -> Option<Box<dyn Notice>> {
        let service = delivery.service;
        let booking = delivery.booking_code.filter(|_| Self::SERVICES.contains(&service))?;
        Some(Box::new(Self { service, booking }))
    }
}

/// A partner without a subscription to results does not learn that none were sent. Assumed.
impl Notice for ResultNotice {
    fn service(&self) -> OutService {
        self.service
    }

    fn write(&self, state: &mut State, id: &str, occasion: &Occasion<'_>) -> Option<NoticeBody> {
        let booking = state.booking(self.booking).ok()?;
        let record = state.eligibility(booking.psi_eligiblity_id).ok()?;
        let subscription = state.subscriptions.get(&self.service);
        let timestamps = subscription.map(|found| found.timestamps).unwrap_or_default();
        let format = subscription.map(|found| found.format).unwrap_or_default();
        let reported = ReportedResult {
            id,
            account: &state.code,
            base_url: &occasion.base_url,
            record: &record,
            booking: &booking,
            test_name: state.tests.get(&record.test_code).map(|test| test.test_name.as_str()),
            effective: timestamps.cut(occasion.now),
            timestamps,
        };
        let body = match (self.service, format) {
            (OutService::AssessmentResults, Format::Xapi) => statement(&reported),
            (OutService::AssessmentResults, Format::Json) => document(&record, &booking),
            _ => notification(&reported),
        }?;
        let about = About {
            booking_code: Some(self.booking),
            candidate_id: Some(record.candidate.candidate_id.clone()),
            eligibility: Some(record.id),
        };
        Some(NoticeBody { lane: Lane::Eligibility(record.id), about, body })
    }
}

/// The Assessment Results Notification: a result is there, and where.
///
/// Assumed: the shape (services §13, 14).
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentResultsNotification<'a> {
    /// The booking.
    #[schema(value_type = String)]
    pub booking_code: BookingCode,
    /// The partner's identifier of the candidate.
    pub candidate_id: &'a str,
    /// The partner's identifier of the eligibility, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<&'a str>,
    /// The test.
    pub test_code: &'a str,
    /// How it ended.
    pub result: Outcome,
    /// When it arrived, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
    /// Where the whole document is, for callers with a token.
    pub results_url: String,
}

/// The whole result as a flat document; `format: json` of a subscription, and what `results_url` answers.
///
/// Assumed: the shape (services §13, 14).
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentResultDocument<'a> {
    /// The booking.
    #[schema(value_type = String)]
    pub booking_code: BookingCode,
    /// The partner's identifier of the candidate.
    pub candidate_id: &'a str,
    /// The partner's identifier of the eligibility, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<&'a str>,
    /// Atlas' identifier of the eligibility.
    #[schema(value_type = String)]
    pub psi_eligiblity_id: EligibilityId,
    /// The test.
    pub test_code: &'a str,
    /// How it ended.
    pub result: Outcome,
    /// The score as the test driver sent it.
    pub score: &'a str,
    /// The driver's identifier of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_id: Option<&'a str>,
    /// What the overall score is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_score_label: Option<&'a str>,
    /// The overall score, per cent, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_score_pct: Option<&'a str>,
    /// The overall score on the test's scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_score_scaled: Option<i64>,
    /// How many categories the test has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_total_count: Option<i64>,
    /// The scores of its categories; left out where there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    pub category_scores: &'a [CategoryScore],
    /// When it arrived, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
}

/// The whole result as an xAPI 1.0.3 statement.
///
/// Observed: that a statement is sent. Assumed: the extensions' names.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement<'a> {
    /// The statement, also the `statementId` of the URL.
    pub id: String,
    /// The candidate.
    pub actor: Actor<'a>,
    /// `passed`, `failed` or `completed`.
    pub verb: Verb,
    /// The test.
    pub object: Activity,
    /// Score and success.
    pub result: Scored,
    /// The attempt and Atlas' identifiers.
    pub context: Context,
    /// When it arrived, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Stamp,
}

/// The candidate, by account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Actor<'a> {
    /// `Agent`.
    pub object_type: &'static str,
    /// The account.
    pub account: ActorAccount<'a>,
}

/// An account of an actor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActorAccount<'a> {
    /// Whose names these are.
    pub home_page: &'static str,
    /// `candidate_id`.
    pub name: &'a str,
}

/// What the candidate did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verb {
    /// Its IRI.
    pub id: String,
    /// Its name by language.
    #[schema(value_type = Object)]
    pub display: serde_json::Value,
}

/// What it was done to: the test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// `Activity`.
    pub object_type: &'static str,
    /// Its IRI.
    pub id: String,
    /// What it is called.
    #[schema(value_type = Object)]
    pub definition: serde_json::Value,
}

/// How it ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scored {
    /// The score, where it is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<XapiScore>,
    /// True for PASS, false for FAIL; left out for NA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// The exam was taken to its end.
    pub completion: bool,
}

/// A score out of 100.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Score)]
pub struct XapiScore {
    /// From 0 to 1; left out where the score is not of 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaled: Option<f64>,
    /// As it was sent.
    pub raw: f64,
    /// The least, where the score is of 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The most, where the score is of 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// The attempt, and Atlas' identifiers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Context {
    /// A UUID of the eligibility, the same in all its statements.
    pub registration: String,
    /// `client_eligibility_id`, `psi_eligiblity_id` and `booking_code`, by IRI.
    #[schema(value_type = Object)]
    pub extensions: serde_json::Value,
}

/// The body of an Assessment Results Notification; `None` while there is no result.
fn notification(reported: &ReportedResult<'_>) -> Option<String> {
    let result = reported.booking.result.as_ref()?;
    let (account, code) = (reported.account, reported.booking.booking_code);
    let body = AssessmentResultsNotification {
        booking_code: code,
        candidate_id: &reported.record.candidate.candidate_id,
        client_eligibility_id: reported.record.client_eligibility_id.as_deref(),
        test_code: &reported.record.test_code,
        result: result.result,
        effective_date: Stamp(reported.effective, reported.timestamps),
        results_url: format!("{}/assessmentResultService/1.0.0/accounts/{account}/results/{code}", reported.base_url),
    };
    serde_json::to_string(&body).ok()
}

/// The flat document; `None` while there is no result.
pub fn document(record: &Eligibility, booking: &Booking) -> Option<String> {
    let ExamResult { result, score, received, details } = booking.result.as_ref()?;
    let details = details.as_deref();
    let text = |member: fn(&ResultDetails) -> &Option<String>| details.and_then(|details| member(details).as_deref());
    let body = AssessmentResultDocument {
        booking_code: booking.booking_code,
        candidate_id: &record.candidate.candidate_id,
        client_eligibility_id: record.client_eligibility_id.as_deref(),
        psi_eligiblity_id: record.id,
        test_code: &record.test_code,
        result: *result,
        score,
        result_id: text(|details| &details.result_id),
        overall_score_label: text(|details| &details.overall_score_label),
        overall_score_pct: text(|details| &details.overall_score_pct),
        overall_score_scaled: details.and_then(|details| details.overall_score_scaled),
        category_total_count: details.and_then(|details| details.category_total_count),
        category_scores: details.map_or(&[], |details| &details.category_scores),
        effective_date: Stamp::seconds(*received),
    };
    serde_json::to_string(&body).ok()
}

/// The xAPI statement; `None` while there is no result.
fn statement(reported: &ReportedResult<'_>) -> Option<String> {
    let ExamResult { result, score, .. } = reported.booking.result.as_ref()?;
    let (record, code) = (reported.record, reported.booking.booking_code);
    let verb = match result {
        Outcome::Pass => "passed",
        Outcome::Fail => "failed",
        Outcome::Na => "completed",
    };
    let mut extensions = serde_json::Map::new();
    let mut extend = |name: &str, value: &str| extensions.insert(format!("{EXTENSIONS}{name}"), value.into());
    if let Some(id) = record.client_eligibility_id.as_deref() {
        extend("client_eligibility_id", id);
    }
    extend("psi_eligiblity_id", record.id.as_str());
    extend("booking_code", code.as_str());
    let body = Statement {
        id: xapi::statement_id(reported.id),
        actor: Actor {
            object_type: "Agent",
            account: ActorAccount { home_page: HOME_PAGE, name: &record.candidate.candidate_id },
        },
        verb: Verb { id: format!("{VERBS}{verb}"), display: serde_json::json!({ "en": verb }) },
        object: Activity {
            object_type: "Activity",
            id: format!("{EXTENSIONS}tests/{}", record.test_code),
            definition: serde_json::json!({
                "name": { "en": reported.test_name.unwrap_or(&record.test_code) },
                "type": "http://adlnet.gov/expapi/activities/assessment",
            }),
        },
        result: Scored {
            score: score.parse().ok().filter(|raw: &f64| raw.is_finite()).map(XapiScore::of),
            success: match result {
                Outcome::Pass => Some(true),
                Outcome::Fail => Some(false),
                Outcome::Na => None,
            },
            completion: true,
        },
        context: Context {
            registration: xapi::uuid_of(record.id.as_str()),
            extensions: serde_json::Value::Object(extensions),
        },
        timestamp: Stamp(reported.effective, reported.timestamps),
    };
    serde_json::to_string(&body).ok()
}

impl XapiScore {
    fn of(raw: f64) -> Self {
        let is_percent = (0.0..=100.0).contains(&raw);
        let only = |number| is_percent.then_some(number);
        Self { scaled: only(raw / 100.0), raw, min: only(0.0), max: only(100.0) }
    }
}
