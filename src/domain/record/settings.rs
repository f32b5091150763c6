//! The account's settings: how its gateway, program and lint behave.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::lint::Mode;
use crate::domain::contract::service::InService;
use crate::domain::value::span::Span;

/// Which release of the gateway product answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub enum Profile {
    /// API Manager 2.x.
    #[default]
    #[serde(rename = "wso2-2")]
    Wso2,
    /// API Manager 1.10, whose manual the vendor's guide links to.
    #[serde(rename = "wso2-1.10")]
    Wso2V1,
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "wso2-2" => Ok(Self::Wso2),
            "wso2-1.10" => Ok(Self::Wso2V1),
            other => Err(format!("expected wso2-2 or wso2-1.10, got {other:?}")),
        }
    }
}

/// What a call without a valid token is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unauthorized {
    /// The gateway's fault.
    #[default]
    Fault,
    /// The Error Model that the service pages list.
    ErrorModel,
}

/// Which clock a rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Timekeeper {
    /// The machine's.
    #[default]
    Wall,
    /// The account's.
    Clock,
}

/// How `effective_date` is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EffectiveDates {
    /// Strictly increasing per eligibility, so that a receiver can put events in order.
    #[default]
    Increasing,
    /// The instant of the change, whatever went before.
    Exact,
}

/// The settings of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which release of the gateway product answers.
    pub profile: Profile,
    /// What the field lint does.
    pub lint: Mode,
    /// What a call without a valid token is answered with.
    pub unauthorized: Unauthorized,
    /// New records are REG01 until staff approve them.
    pub approval: bool,
    /// Records with accommodations are REG01 until staff approve them.
    pub accommodation_review: bool,
    /// The program knows excused absences.
    pub excused_absence: bool,
    /// Any test, portion, school, accommodation or attribute key is accepted, with a lint finding.
    pub open_catalog: bool,
    /// Which clock token life reads.
    pub tokens: Timekeeper,
    /// Which clock `webhook-timestamp` reads.
    pub signature_time: Timekeeper,
    /// Which clock throttling windows read.
    pub throttling: Timekeeper,
    /// How `effective_date` is made.
    pub effective_dates: EffectiveDates,
    /// How long a booking on hold keeps its seat.
    pub hold_minutes: u32,
    /// How long a test publication takes.
    #[schema(value_type = String, example = "5m")]
    pub publication_delay: Span,
    /// The most deliveries the account may hold.
    pub max_deliveries: usize,
    /// Services whose API is blocked: 700700.
    pub blocked_services: Vec<InService>,
    /// The scope that calls of a service need in their token, else 900910; none where absent.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub scopes: BTreeMap<InService, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            lint: Mode::default(),
            unauthorized: Unauthorized::default(),
            approval: false,
            accommodation_review: false,
            excused_absence: true,
            open_catalog: false,
            tokens: Timekeeper::default(),
            signature_time: Timekeeper::default(),
            throttling: Timekeeper::default(),
            effective_dates: EffectiveDates::default(),
            hold_minutes: 15,
            publication_delay: Span::seconds(0),
            max_deliveries: 1_000_000,
            blocked_services: Vec::new(),
            scopes: BTreeMap::new(),
        }
    }
}

/// Some of the settings; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsInput {
    /// Which release of the gateway product answers.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// What the field lint does.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub lint: Option<Mode>,
    /// What a call without a valid token is answered with.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub unauthorized: Option<Unauthorized>,
    /// New records are REG01 until staff approve them.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub approval: Option<bool>,
    /// Records with accommodations are REG01 until staff approve them.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub accommodation_review: Option<bool>,
    /// The program knows excused absences.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub excused_absence: Option<bool>,
    /// Any test, portion, school, accommodation or attribute key is accepted, with a lint finding.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub open_catalog: Option<bool>,
    /// Which clock token life reads.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Timekeeper>,
    /// Which clock `webhook-timestamp` reads.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub signature_time: Option<Timekeeper>,
    /// Which clock throttling windows read.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub throttling: Option<Timekeeper>,
    /// How `effective_date` is made.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub effective_dates: Option<EffectiveDates>,
    /// How long a booking on hold keeps its seat.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub hold_minutes: Option<u32>,
    /// How long a test publication takes.
    #[schema(value_type = Option<String>, example = "5m")]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub publication_delay: Option<Span>,
    /// The most deliveries the account may hold.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub max_deliveries: Option<usize>,
    /// Services whose API is blocked.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub blocked_services: Option<Vec<InService>>,
    /// The scope that calls of a service need.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeMap<InService, String>>,
}

/// A setting that is named has a value: null is none.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Settings {
    /// Takes over what is given.
    pub fn update(&mut self, given: &SettingsInput) {
        if let Some(value) = given.profile {
            self.profile = value;
        }
        if let Some(value) = given.lint {
            self.lint = value;
        }
        if let Some(value) = given.unauthorized {
            self.unauthorized = value;
        }
        if let Some(value) = given.approval {
            self.approval = value;
        }
        if let Some(value) = given.accommodation_review {
            self.accommodation_review = value;
        }
        if let Some(value) = given.excused_absence {
            self.excused_absence = value;
        }
        if let Some(value) = given.open_catalog {
            self.open_catalog = value;
        }
        if let Some(value) = given.tokens {
            self.tokens = value;
        }
        if let Some(value) = given.signature_time {
            self.signature_time = value;
        }
        if let Some(value) = given.throttling {
            self.throttling = value;
        }
        if let Some(value) = given.effective_dates {
            self.effective_dates = value;
        }
        if let Some(value) = given.hold_minutes {
            self.hold_minutes = value;
        }
        if let Some(value) = given.publication_delay {
            self.publication_delay = value;
        }
        if let Some(value) = given.max_deliveries {
            self.max_deliveries = value;
        }
        if let Some(value) = &given.blocked_services {
            self.blocked_services.clone_from(value);
        }
        if let Some(value) = &given.scopes {
            self.scopes.clone_from(value);
        }
    }
}
