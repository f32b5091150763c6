//! What an account itself is: its seed, its signing secret, who may connect.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The account's own values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// The seed of identifiers and generated people.
    pub seed: u64,
    /// Signs every subscription that has no secret of its own.
    pub signing_secret: String,
    /// Who may connect; everyone if empty.
    pub allow_ip: Vec<IpNet>,
}

impl AccountRecord {
    /// The values of a new account.
    pub fn new(seed: u64, signing_secret: &str) -> Self {
        Self { seed, signing_secret: signing_secret.to_owned(), allow_ip: Vec::new() }
    }
}

/// The codes that must be set up before an eligibility may name them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUpCodes {
    /// Accommodation codes.
    pub accommodations: BTreeSet<String>,
    /// School codes.
    pub schools: BTreeSet<String>,
    /// Keys of additional attributes.
    pub attribute_keys: BTreeSet<String>,
}
