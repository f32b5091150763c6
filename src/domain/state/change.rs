//! What one change of an account did, as everything that follows an account reads it.

use serde::{Deserialize, Serialize};

pub use super::tables::ChangedRow;
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::{self, Timestamp};

/// The rows that one change touched, as they are after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeSet {
    /// The account.
    pub account: AccountCode,
    /// Which life of the account it belongs to: every reset begins a new one.
    pub epoch: u64,
    /// 1 for the first change of the epoch.
    pub seq: u64,
    /// When it happened, on the account's clock.
    #[serde(with = "stamp::millis")]
    pub at: Timestamp,
    /// The rows.
    pub rows: Vec<ChangedRow>,
}
