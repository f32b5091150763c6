//! The `given` document: an account as a fixture describes it. What is absent is made up.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::account::{Application, User};
use super::booking::BookingState;
use super::candidate::{Attribute, Text};
use super::catalog::{DeliveryMode, Test, Voucher};
use super::fault::FaultInput;
use super::id::AccountCode;
use super::settings::SettingsInput;
use super::span::Span;
use super::stamp::{self, Instant};
use super::subscription::{OutService, Subscription};
use super::test_center::TestCenter;

/// An account as a fixture describes it; also the body of `POST /_sandbox/accounts`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Who may call, and how the account behaves.
    pub account: GivenAccount,
    /// What is set up.
    pub catalog: GivenCatalog,
    /// Eligibilities that exist from the start.
    pub eligibilities: Vec<GivenEligibility>,
    /// Bookings that exist from the start.
    pub bookings: Vec<GivenBooking>,
    /// Where notifications go.
    pub subscriptions: GivenSubscriptions,
    /// Which calls go wrong, and how; in place of all faults that are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<FaultInput>>,
    /// Where the clock stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<GivenClock>,
    /// The seed of identifiers and generated people; the server's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// Who may call, and how the account behaves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivenAccount {
    /// Made up where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{1,40}$", example = "ACCT1")]
    pub account_code: Option<AccountCode>,
    /// How the account behaves; what is absent stays as it is, in a new account as the server was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsInput>,
    /// One with all roles where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<User>>,
    /// One that is subscribed to every service where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applications: Option<Vec<Application>>,
    /// Tokens that never expire; one where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub static_tokens: Option<Vec<String>>,
    /// CIDR blocks that may connect; everyone where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["10.0.0.0/8"]))]
    pub allow_ip: Option<Vec<ipnet::IpNet>>,
    /// Signs every subscription that has no secret of its own; made up where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// Deletes the account after this wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "10m")]
    pub ttl: Option<Span>,
}

/// What is set up for an account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivenCatalog {
    /// Tests that eligibilities may name; those of the demo account where absent in a new account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<Vec<Test>>,
    /// Test centers; the shipped ones where absent or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_centers: Option<Vec<TestCenter>>,
    /// Accommodation codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accommodations: Option<Vec<String>>,
    /// School codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schools: Option<Vec<String>>,
    /// Keys of additional attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_keys: Option<Vec<String>>,
    /// Vouchers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouchers: Option<Vec<Voucher>>,
}

/// An eligibility that exists from the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivenEligibility {
    /// The candidate; what is absent is made up from the seed.
    pub candidate: GivenCandidate,
    /// The test.
    pub test_code: String,
    /// The partner's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_eligibility_id: Option<String>,
    /// The last date to schedule on.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub eligibility_end_date: Option<Instant>,
    /// The first date to schedule on.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub schedule_start_date: Option<Instant>,
    /// The portions to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portion_codes: Option<Vec<String>>,
    /// How the candidate registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_mode: Option<String>,
    /// Attached vouchers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_codes: Option<Vec<String>>,
    /// The delivery mode that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_mode: Option<DeliveryMode>,
    /// Staff have blocked it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
}

/// A candidate of a fixture; what is absent is made up from the seed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the members of domain::candidate::Candidate, documented there")]
pub struct GivenCandidate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_attributes: Option<Vec<Attribute>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address1: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address2: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub candidate_id: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub city: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub country: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub first_name: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub home_phone: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub last_name: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub middle_name: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub office_phone: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub postal_code: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub province_state: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub school_code: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special_accommodations: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub suffix: Option<Text>,
}

/// A booking that exists from the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenBooking {
    /// The `client_eligibility_id` of its eligibility.
    pub eligibility: String,
    /// When the exam starts; the next free session where absent.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub booking_on: Option<Instant>,
    /// On site or at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_mode: Option<DeliveryMode>,
    /// The test center.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_code: Option<String>,
    /// Made up where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Z0-9]{8}$")]
    pub booking_code: Option<String>,
    /// BOOKED where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<BookingState>,
}

/// Where notifications go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivenSubscriptions {
    /// The Booking Notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_notification: Option<Subscription>,
    /// The Test Center Notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_center_notification: Option<Subscription>,
    /// The Proctoring Results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proctoring_results: Option<Subscription>,
    /// The Proctoring Results Notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proctoring_results_notification: Option<Subscription>,
    /// The Assessment Results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment_results: Option<Subscription>,
    /// The Assessment Results Notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment_results_notification: Option<Subscription>,
}

impl GivenSubscriptions {
    /// Those that are given, by service.
    pub fn iter(&self) -> impl Iterator<Item = (OutService, &Subscription)> {
        let of = |service| match service {
            OutService::BookingNotification => &self.booking_notification,
            OutService::TestCenterNotification => &self.test_center_notification,
            OutService::ProctoringResults => &self.proctoring_results,
            OutService::ProctoringResultsNotification => &self.proctoring_results_notification,
            OutService::AssessmentResults => &self.assessment_results,
            OutService::AssessmentResultsNotification => &self.assessment_results_notification,
        };
        OutService::ALL.into_iter().filter_map(move |service| of(service).as_ref().map(|found| (service, found)))
    }

    /// Those that are given, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Subscription> {
        let all = [
            &mut self.booking_notification,
            &mut self.test_center_notification,
            &mut self.proctoring_results,
            &mut self.proctoring_results_notification,
            &mut self.assessment_results,
            &mut self.assessment_results_notification,
        ];
        all.into_iter().filter_map(Option::as_mut)
    }
}

/// Where the clock stands at the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivenClock {
    /// The instant; wall time where absent.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub instant: Option<Instant>,
    /// Whether it stands still.
    pub frozen: bool,
}

/// How many records a fixture brought in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Tests.
    pub tests: usize,
    /// Test centers.
    pub test_centers: usize,
    /// Eligibilities.
    pub eligibilities: usize,
    /// Bookings.
    pub bookings: usize,
    /// Users.
    pub users: usize,
    /// Applications.
    pub applications: usize,
    /// Subscriptions.
    pub subscriptions: usize,
}
