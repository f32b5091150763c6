//! The account's settings: how its gateway, program and lint behave.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::lint::Mode;
use crate::domain::contract::service::InService;
use crate::domain::contract::status::OnClose;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::Timestamp;

/// Which release of the gateway product answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, strum::EnumString)]
#[strum(parse_err_ty = String, parse_err_fn = expected)]
pub enum Profile {
    /// API Manager 2.x.
    #[default]
    #[serde(rename = "wso2-2")]
    #[strum(serialize = "wso2-2")]
    Wso2,
    /// API Manager 1.10, whose manual the vendor's guide links to.
    #[serde(rename = "wso2-1.10")]
    #[strum(serialize = "wso2-1.10")]
    Wso2V1,
}

fn expected(text: &str) -> String {
    format!("expected wso2-2 or wso2-1.10, got {text:?}")
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

/// What becomes of a call whose source address is not on the allow list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unlisted {
    /// It is answered with the gateway's fault 900805.
    #[default]
    Refuse,
    /// Its connection is closed without an answer, as a firewall does.
    Drop,
}

/// What the launch page does outside of the time in which a test can be launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LaunchWindow {
    /// It says so, and finishes the test all the same.
    #[default]
    Warn,
    /// It refuses.
    Enforce,
}

/// What entering a running session again does.
///
/// Assumed: after a neighbour product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reentry {
    /// The exam goes on.
    #[default]
    Resumes,
    /// The exam is submitted.
    Submits,
}

/// Writes [`Settings`] and [`SettingsInput`] from one list: a setting with its doc, its type and, where it is not the
/// type's own, its default.
///
/// Written out, not derived by `struct-patch`: that would repeat the serde attributes of the input at each setting.
macro_rules! settings {
    ($($(#[$both:meta])* $name:ident: $type:ty $(= $default:expr)?
        $(, shown $(#[$shown:meta])+, given $(#[$given:meta])+)?;)+) => {
        /// The settings of an account.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, default)]
        #[allow(missing_docs, reason = "each has its doc in the list")]
        pub struct Settings {
            $($(#[$both])* $($(#[$shown])+)? pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: settings!(@default $($default)?),)+ }
            }
        }

        /// Some of the settings; what is absent stays as it is.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, default)]
        #[allow(missing_docs, reason = "each has its doc in the list")]
        pub struct SettingsInput {
            $(
                $(#[$both])* $($(#[$given])+)?
                #[schema(nullable = false)]
                #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
                pub $name: Option<$type>,
            )+
        }

        impl Settings {
            /// Takes over what is given.
            pub fn update(&mut self, given: &SettingsInput) {
                $(if let Some(value) = &given.$name {
                    self.$name.clone_from(value);
                })+
            }
        }
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
}

settings! {
    /// Which release of the gateway product answers.
    profile: Profile;
    /// What the field lint does.
    lint: Mode;
    /// What a call without a valid token is answered with.
    unauthorized: Unauthorized;
    /// New records are REG01 until staff approve them.
    approval: bool;
    /// Records with accommodations are REG01 until staff approve them.
    accommodation_review: bool;
    /// The program knows excused absences.
    excused_absence: bool = true;
    /// Any test, portion, school, accommodation or attribute key is accepted, with a lint finding.
    open_catalog: bool;
    /// What becomes of a call whose source address is not on the allow list.
    allow_list: Unlisted;
    /// Which clock token life reads.
    tokens: Timekeeper;
    /// Which clock `webhook-timestamp` reads.
    signature_time: Timekeeper;
    /// Which clock throttling windows read.
    throttling: Timekeeper;
    /// How `effective_date` is made.
    effective_dates: EffectiveDates;
    /// How long before its start a test can be launched.
    launch_opens: Span = Span::seconds(30 * 60),
        shown #[schema(value_type = String, example = "30m")],
        given #[schema(value_type = Option<String>, example = "30m")];
    /// How long after its start a test can be launched.
    launch_closes: Span = Span::seconds(15 * 60),
        shown #[schema(value_type = String, example = "15m")],
        given #[schema(value_type = Option<String>, example = "15m")];
    /// What the launch page does outside of that time.
    launch_window: LaunchWindow;
    /// A booking whose test nobody finished by the end of that time is marked as absent, on the account's clock.
    auto_absent: bool;
    /// What entering a running proctored session again does.
    reentry: Reentry;
    /// How long a booking on hold keeps its seat.
    hold_minutes: u32 = 15;
    /// What becomes of the bookings at a test center that closes, where it is not told.
    on_close: OnClose;
    /// How long a test publication takes.
    publication_delay: Span,
        shown #[schema(value_type = String, example = "5m")],
        given #[schema(value_type = Option<String>, example = "5m")];
    /// The most deliveries the account may hold.
    max_deliveries: usize = 1_000_000;
    blocked_services: Vec<InService>,
        shown #[doc = "Services whose API is blocked: 700700."],
        given #[doc = "Services whose API is blocked."];
    scopes: BTreeMap<InService, String>,
        shown
            #[doc = "The scope that calls of a service need in their token, else 900910; none where absent."]
            #[schema(value_type = std::collections::BTreeMap<String, String>)],
        given
            #[doc = "The scope that calls of a service need."]
            #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)];
}

impl Settings {
    /// From when until when the test of a booking can be launched that starts at an instant.
    ///
    /// Assumed: from the public rules of one program for exams at home (contract §2.2).
    pub fn launch_window(&self, start: Timestamp) -> (Timestamp, Timestamp) {
        let far = |at: Option<Timestamp>, end| at.unwrap_or(end);
        (
            far(start.checked_sub_signed(self.launch_opens.chrono()), Timestamp::MIN_UTC),
            far(start.checked_add_signed(self.launch_closes.chrono()), Timestamp::MAX_UTC),
        )
    }
}

/// A setting that is named has a value: null is none.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
