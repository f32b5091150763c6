//! The write models of the eligibility and result services, read from a body with all its faults.

use std::sync::Arc;

use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::contract::body::{BodyValue, Read};
use crate::domain::contract::json::JsonValue;
use crate::domain::contract::lint::Rule;
use crate::domain::contract::status::DeliveryMode;
use crate::domain::record::candidate::Candidate;
use crate::domain::value::stamp::Timestamp;

/// The registration modes of the documentation.
const REGISTRATION_MODES: [&str; 11] = [
    "Online",
    "Phone",
    "Walkin",
    "Import",
    "Mail",
    "Email",
    "Fax",
    "IVR",
    "ExpressMail",
    "VoiceResponse",
    "Application",
];

/// What create and update take.
///
/// Source: the Eligibility Model of the update page. Assumed: `delivery_mode`, which the model lacks and the
/// page's error texts name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Eligibility)]
pub struct EligibilityInput {
    /// The candidate.
    #[schema(value_type = Candidate)]
    pub candidate: Arc<Candidate>,
    /// The partner's identifier of the eligibility, echoed in notifications.
    #[schema(required = false, pattern = "^[A-Za-z0-9._-]{1,20}$")]
    pub client_eligibility_id: Option<String>,
    /// Hidden member: the delivery mode of the exam.
    #[schema(required = false)]
    pub delivery_mode: Option<DeliveryMode>,
    /// The last date to schedule on, UTC.
    #[serde(with = "crate::domain::value::stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub eligibility_end_date: Option<Timestamp>,
    /// The portions of a multi-portion test.
    #[schema(required = false)]
    pub portion_codes: Option<Vec<String>>,
    /// Online, Phone, Walkin, Import, Mail, Email, Fax, IVR, `ExpressMail`, `VoiceResponse`, Application.
    #[schema(required = false)]
    pub registration_mode: Option<String>,
    /// The first date to schedule on, UTC.
    #[serde(with = "crate::domain::value::stamp::optional")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub schedule_start_date: Option<Timestamp>,
    /// The test.
    #[schema(max_length = 50, pattern = "^[A-Za-z0-9_-]{1,50}$")]
    pub test_code: String,
    /// Voucher codes to attach.
    #[schema(required = false)]
    pub voucher_codes: Option<Vec<String>>,
}

/// The members of [`EligibilityInput`].
const MEMBERS: [&str; 9] = [
    "candidate",
    "client_eligibility_id",
    "delivery_mode",
    "eligibility_end_date",
    "portion_codes",
    "registration_mode",
    "schedule_start_date",
    "test_code",
    "voucher_codes",
];

impl Read for EligibilityInput {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        let mut input = Self::default();
        let [mut has_candidate, mut has_test] = [false; 2];
        let is_object = value.each_member(|name, member| match name {
            "candidate" => (input.candidate, has_candidate) = (Arc::new(Candidate::read(member)), true),
            "client_eligibility_id" => input.client_eligibility_id = client_id(member),
            "delivery_mode" => input.delivery_mode = delivery_mode(member),
            "eligibility_end_date" => input.eligibility_end_date = member.instant(),
            "portion_codes" => input.portion_codes = member.strings().filter(|codes| !codes.is_empty()),
            "registration_mode" => input.registration_mode = registration_mode(member),
            "schedule_start_date" => input.schedule_start_date = member.instant(),
            "test_code" => (input.test_code, has_test) = (test_code(member), true),
            "voucher_codes" => input.voucher_codes = member.strings(),
            _ => member.unknown(&MEMBERS),
        });
        if is_object && !has_candidate {
            value.missing("candidate", "an object");
        }
        if is_object && !has_test {
            value.missing("test_code", "a string that is not empty");
        }
        if let (Some(start), Some(end)) = (input.schedule_start_date, input.eligibility_end_date)
            && end < start
        {
            value.at("eligibility_end_date", |member| member.misfit("a date that is not before schedule_start_date"));
        }
        input
    }
}

fn client_id(member: &BodyValue<'_, '_>) -> Option<String> {
    let text = member.text()?;
    let fits = text.len() <= 20 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !fits {
        member.misfit("at most 20 letters, digits, '.', '_' or '-'");
    }
    Some(text.to_owned())
}

fn test_code(member: &BodyValue<'_, '_>) -> String {
    let text: String = member.required();
    if text.len() > 50 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        member.misfit("at most 50 letters, digits or hyphens");
    } else if text.contains('_') {
        member.finding(Rule::TestCodeUnderscore);
    }
    text
}

fn registration_mode(member: &BodyValue<'_, '_>) -> Option<String> {
    let text = member.text()?;
    if !REGISTRATION_MODES.contains(&text) {
        member.finding(Rule::RegistrationMode);
    }
    Some(text.to_owned())
}

fn delivery_mode(member: &BodyValue<'_, '_>) -> Option<DeliveryMode> {
    let mode = member.text()?.parse();
    if mode.is_err() {
        member.misfit("SITE_PROCTORED or ATLAS_REMOTE_PROCTORED");
    }
    mode.ok()
}

/// The voucher codes that replace what is attached: a bare array.
#[derive(Debug, Clone, Default)]
pub struct VoucherCodes(pub Vec<String>);

impl PartialSchema for VoucherCodes {
    fn schema() -> RefOr<Schema> {
        Vec::<String>::schema()
    }
}

impl ToSchema for VoucherCodes {}

impl Read for VoucherCodes {
    fn read(value: &BodyValue<'_, '_>) -> Self {
        if matches!(value.json(), JsonValue::List(_)) {
            Self(value.strings().unwrap_or_default())
        } else {
            value.misfit("an array of voucher codes");
            Self::default()
        }
    }
}
