//! The services of the Atlas API table: those that partners call, those that call partners, and the roles.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A service that partners call.
///
/// Source: the Atlas API table of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InService {
    /// Connectivity check.
    GettingStarted,
    /// Who may take which test, when.
    Eligibility,
    /// Test centers.
    TestCenter,
    /// Tests and portions.
    TestPublication,
    /// Bookings for another system's candidates.
    Booking,
    /// Payments of bookings on hold.
    Payment,
    /// Vouchers.
    Voucher,
    /// Proctoring sessions.
    Proctoring,
    /// Results from external test drivers.
    AssessmentResult,
}

impl InService {
    /// All of them, in the order of the vendor's table.
    pub const ALL: [Self; 9] = [
        Self::GettingStarted,
        Self::Eligibility,
        Self::TestCenter,
        Self::TestPublication,
        Self::Booking,
        Self::Payment,
        Self::Voucher,
        Self::Proctoring,
        Self::AssessmentResult,
    ];

    /// The name in paths of the control API and in fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Self::GettingStarted => "getting_started",
            Self::Eligibility => "eligibility",
            Self::TestCenter => "test_center",
            Self::TestPublication => "test_publication",
            Self::Booking => "booking",
            Self::Payment => "payment",
            Self::Voucher => "voucher",
            Self::Proctoring => "proctoring",
            Self::AssessmentResult => "assessment_result",
        }
    }

    /// The name as the vendor's table has it.
    pub fn title(self) -> &'static str {
        match self {
            Self::GettingStarted => "Getting Started",
            Self::Eligibility => "Eligibility",
            Self::TestCenter => "Test Center",
            Self::TestPublication => "Test Publication",
            Self::Booking => "Booking",
            Self::Payment => "Payment",
            Self::Voucher => "Voucher",
            Self::Proctoring => "Proctoring",
            Self::AssessmentResult => "Assessment Result",
        }
    }

    /// The context the gateway serves it under.
    pub fn context(self) -> &'static str {
        match self {
            Self::GettingStarted => "/gettingStartedService",
            Self::Eligibility => "/eligibilityService",
            Self::TestCenter => "/testCenterService",
            Self::TestPublication => "/testPublicationService",
            Self::Booking => "/bookingService",
            Self::Payment => "/paymentService",
            Self::Voucher => "/voucherService",
            Self::Proctoring => "/proctoringService",
            Self::AssessmentResult => "/assessmentResultService",
        }
    }

    /// The version the gateway serves it under.
    pub fn version(self) -> &'static str {
        match self {
            Self::Booking => "1.0.9",
            _ => "1.0.0",
        }
    }

    /// The role its callers need.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::GettingStarted => None,
            Self::Eligibility => Some(Role::PsiEligibility),
            Self::TestCenter => Some(Role::PsiTestCenter),
            Self::TestPublication => Some(Role::PsiTestPublication),
            Self::Booking => Some(Role::PsiBooking),
            Self::Payment => Some(Role::PsiPayment),
            Self::Voucher => Some(Role::PsiVoucher),
            Self::Proctoring => Some(Role::PsiProctoring),
            Self::AssessmentResult => Some(Role::PsiAssessmentResult),
        }
    }
}

impl fmt::Display for InService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a user may do.
///
/// Source: the Atlas API table. Assumed: `psiAssessmentResult`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::enum_variant_names, reason = "the vendor's names")]
pub enum Role {
    /// Getting Started; enforced nowhere.
    PsiGettingStarted,
    /// Eligibility.
    PsiEligibility,
    /// Test Center.
    PsiTestCenter,
    /// Test Publication.
    PsiTestPublication,
    /// Booking.
    PsiBooking,
    /// Payment.
    PsiPayment,
    /// Voucher.
    PsiVoucher,
    /// Proctoring.
    PsiProctoring,
    /// Assessment Result.
    PsiAssessmentResult,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::PsiGettingStarted,
        Self::PsiEligibility,
        Self::PsiTestCenter,
        Self::PsiTestPublication,
        Self::PsiBooking,
        Self::PsiPayment,
        Self::PsiVoucher,
        Self::PsiProctoring,
        Self::PsiAssessmentResult,
    ];
}

/// A service that calls the partner.
///
/// Source: the Atlas API table of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutService {
    /// A candidate booked, moved, cancelled, took or missed an exam.
    BookingNotification,
    /// A test center was added, changed, closed or opened again.
    TestCenterNotification,
    /// The whole review of a proctored session.
    ProctoringResults,
    /// A review ended.
    ProctoringResultsNotification,
    /// The whole result of an exam.
    AssessmentResults,
    /// A result arrived.
    AssessmentResultsNotification,
}

impl OutService {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::BookingNotification,
        Self::TestCenterNotification,
        Self::ProctoringResults,
        Self::ProctoringResultsNotification,
        Self::AssessmentResults,
        Self::AssessmentResultsNotification,
    ];

    /// The name in paths of the control API and in fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Self::BookingNotification => "booking_notification",
            Self::TestCenterNotification => "test_center_notification",
            Self::ProctoringResults => "proctoring_results",
            Self::ProctoringResultsNotification => "proctoring_results_notification",
            Self::AssessmentResults => "assessment_results",
            Self::AssessmentResultsNotification => "assessment_results_notification",
        }
    }
}

impl fmt::Display for OutService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for OutService {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|service| service.name() == text).ok_or(())
    }
}
