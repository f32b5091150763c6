//! The operations of the services that partners call, with the role each needs.

use crate::domain::contract::service::InService;

/// One operation of the vendor's face. The same cause is worded by operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST A/candidates`.
    CreateEligibility,
    /// `DELETE A/candidates/{candidate_id}/tests/{test_code}`.
    CancelEligibility,
    /// `PUT A/candidates/{candidate_id}/tests/{test_code}`.
    UpdateEligibility,
    /// `GET A/candidates/{candidate_id}/eligibilities`.
    ListEligibilitiesByStatus,
    /// `GET A/candidates/{candidate_id}/tests/{test_code}`.
    ListEligibilitiesByTest,
    /// `GET A/candidates/{candidate_id}`.
    ListEligibilities,
    /// `PUT A/candidates/{candidate_id}/tests/{test_code}/vouchers`.
    ReplaceVouchers,
    /// `GET /eligibilities/{psi_eligibility_code}/testLaunchInfo`.
    GetTestLaunchInfo,
    /// `PUT /bookings/{booking_code}/results`.
    PutBookingResult,
    /// `GET A/results/{booking_code}`.
    GetResult,
    /// `GET /ping` of Getting Started.
    Ping,
    /// `GET /whoami` of Getting Started.
    WhoAmI,
    /// `POST /token`.
    IssueToken,
    /// `POST /revoke`.
    RevokeToken,
}

impl Operation {
    /// All of them, the most called first: routes are tried in this order.
    pub const ALL: [Self; 14] = [
        Self::ListEligibilities,
        Self::CreateEligibility,
        Self::ListEligibilitiesByTest,
        Self::ListEligibilitiesByStatus,
        Self::UpdateEligibility,
        Self::CancelEligibility,
        Self::ReplaceVouchers,
        Self::GetTestLaunchInfo,
        Self::PutBookingResult,
        Self::GetResult,
        Self::Ping,
        Self::WhoAmI,
        Self::IssueToken,
        Self::RevokeToken,
    ];

    /// The method and the canonical path: the one place where a vendor path is written.
    pub fn route(self) -> (&'static str, &'static str) {
        match self {
            Self::CreateEligibility => ("POST", "/eligibilityService/1.0.0/accounts/{account_code}/candidates"),
            Self::ListEligibilities => {
                ("GET", "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}")
            }
            Self::ListEligibilitiesByStatus => {
                ("GET", "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/eligibilities")
            }
            Self::ListEligibilitiesByTest => {
                ("GET", "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}")
            }
            Self::UpdateEligibility => {
                ("PUT", "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}")
            }
            Self::CancelEligibility => (
                "DELETE",
                "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}",
            ),
            Self::ReplaceVouchers => (
                "PUT",
                "/eligibilityService/1.0.0/accounts/{account_code}/candidates/{candidate_id}/tests/{test_code}/vouchers",
            ),
            Self::GetTestLaunchInfo => {
                ("GET", "/eligibilityService/1.0.0/eligibilities/{psi_eligibility_code}/testLaunchInfo")
            }
            Self::PutBookingResult => ("PUT", "/assessmentResultService/1.0.0/bookings/{booking_code}/results"),
            Self::GetResult => ("GET", "/assessmentResultService/1.0.0/accounts/{account_code}/results/{booking_code}"),
            Self::Ping => ("GET", "/gettingStartedService/1.0.0/ping"),
            Self::WhoAmI => ("GET", "/gettingStartedService/1.0.0/whoami"),
            Self::IssueToken => ("POST", "/token"),
            Self::RevokeToken => ("POST", "/revoke"),
        }
    }

    /// The `operationId`, which is the handler's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateEligibility => "create_eligibility",
            Self::CancelEligibility => "cancel_eligibility",
            Self::UpdateEligibility => "update_eligibility",
            Self::ListEligibilitiesByStatus => "list_eligibilities_by_status",
            Self::ListEligibilitiesByTest => "list_eligibilities_by_test",
            Self::ListEligibilities => "list_eligibilities",
            Self::ReplaceVouchers => "replace_vouchers",
            Self::GetTestLaunchInfo => "get_test_launch_info",
            Self::PutBookingResult => "put_booking_result",
            Self::GetResult => "get_result",
            Self::Ping => "ping",
            Self::WhoAmI => "whoami",
            Self::IssueToken => "issue_token",
            Self::RevokeToken => "revoke_token",
        }
    }

    /// The service it belongs to; none for the Token API.
    pub fn service(self) -> Option<InService> {
        match self {
            Self::CreateEligibility
            | Self::CancelEligibility
            | Self::UpdateEligibility
            | Self::ListEligibilitiesByStatus
            | Self::ListEligibilitiesByTest
            | Self::ListEligibilities
            | Self::ReplaceVouchers
            | Self::GetTestLaunchInfo => Some(InService::Eligibility),
            Self::PutBookingResult | Self::GetResult => Some(InService::AssessmentResult),
            Self::Ping | Self::WhoAmI => Some(InService::GettingStarted),
            Self::IssueToken | Self::RevokeToken => None,
        }
    }

    /// The name of its service in metrics and the journal.
    pub fn service_name(self) -> &'static str {
        self.service().map_or("token", InService::name)
    }
}
