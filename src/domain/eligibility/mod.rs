//! Eligibilities: who may take which test, when; the status machine of a record.

mod check;
pub mod input;
mod operation;
pub mod operations;

use crate::domain::contract::error::Error;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::value::id::EligibilityId;
use crate::domain::value::stamp::Stamp;

use serde::Serialize;
use utoipa::ToSchema;

pub use check::status_missing;
pub use operation::{approve, block, cancel, create, launch_info, of_candidate, of_test, replace_vouchers, update};

/// Which records `GET .../eligibilities` gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Open records in REG01, REG02, CSS1, CSS2.
    Active,
    /// The rest.
    Inactive,
    /// All.
    All,
}

impl Filter {
    /// Reads the `status` parameter.
    ///
    /// # Errors
    /// [`Error::StatusFilter`] for any other value.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "active" => Ok(Self::Active),
            "inactive" => Ok(Self::Inactive),
            "all" => Ok(Self::All),
            _ => Err(Error::StatusFilter),
        }
    }

    pub fn takes(self, record: &Eligibility) -> bool {
        match self {
            Self::Active => record.is_open(),
            Self::Inactive => !record.is_open(),
            Self::All => true,
        }
    }
}

/// What a test driver needs to start the test of a scheduled record.
///
/// Assumed: all members (contract §2.2, testLaunchInfo).
#[derive(Debug, Serialize, ToSchema)]
pub struct TestLaunchInfo {
    /// A page of the sandbox where a person or a script finishes the test.
    pub launch_url: String,
    /// The record.
    #[schema(value_type = String)]
    pub psi_eligibility_code: EligibilityId,
    /// The test.
    pub test_code: String,
    /// From when it can be launched, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub valid_from: Stamp,
    /// Until when it can be launched, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub valid_until: Stamp,
}
