//! The services of the Atlas API table: those that partners call, those that call partners, and the roles.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// A service that partners call.
///
/// Source: the Atlas API table of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The name in paths of the control API and in fixtures.
    pub fn name(self) -> &'static str {
        self.into()
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
        self.row().0
    }

    /// The version the gateway serves it under.
    pub fn version(self) -> &'static str {
        self.row().1
    }

    /// The role its callers need.
    pub fn role(self) -> Option<Role> {
        self.row().2
    }

    /// Whether someone with these roles may call it, and sees it in the API Store.
    ///
    /// Source: the Store shows only the services that a user's roles allow. Decided: Getting Started asks none.
    pub fn is_open_to(self, roles: &[Role]) -> bool {
        self.role().is_none_or(|role| roles.contains(&role))
    }

    /// Its row in the vendor's table: context, version, role.
    fn row(self) -> (&'static str, &'static str, Option<Role>) {
        match self {
            Self::GettingStarted => ("/gettingStartedService", "1.0.0", None),
            Self::Eligibility => ("/eligibilityService", "1.0.0", Some(Role::PsiEligibility)),
            Self::TestCenter => ("/testCenterService", "1.0.0", Some(Role::PsiTestCenter)),
            Self::TestPublication => ("/testPublicationService", "1.0.0", Some(Role::PsiTestPublication)),
            Self::Booking => ("/bookingService", "1.0.9", Some(Role::PsiBooking)),
            Self::Payment => ("/paymentService", "1.0.0", Some(Role::PsiPayment)),
            Self::Voucher => ("/voucherService", "1.0.0", Some(Role::PsiVoucher)),
            Self::Proctoring => ("/proctoringService", "1.0.0", Some(Role::PsiProctoring)),
            Self::AssessmentResult => ("/assessmentResultService", "1.0.0", Some(Role::PsiAssessmentResult)),
        }
    }
}

/// What a user may do.
///
/// Source: the Atlas API table. Assumed: `psiAssessmentResult`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema, VariantArray)]
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
    pub const ALL: &[Self] = Self::VARIANTS;
}

/// A service that calls the partner.
///
/// Source: the Atlas API table of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The name in paths of the control API and in fixtures.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_the_one_that_serde_writes_and_reads_back() {
        for service in InService::ALL {
            assert_eq!(json!(service), service.name());
            assert_eq!((service.to_string().as_str(), service.name().parse()), (service.name(), Ok(*service)));
        }
        for service in OutService::ALL {
            assert_eq!(json!(service), service.name());
            assert_eq!((service.to_string().as_str(), service.name().parse()), (service.name(), Ok(*service)));
        }
        assert!("Booking".parse::<InService>().is_err() && "".parse::<OutService>().is_err());
    }
}
