//! Which eligibilities of a candidate a partner asks for.

use crate::domain::contract::error::Error;
use crate::domain::record::eligibility::Eligibility;

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
