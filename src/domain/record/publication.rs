//! Publications: how a draft of a test becomes the test that eligibilities name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::Display;
use utoipa::ToSchema;

use crate::domain::record::Record;
use crate::domain::record::test::Test;
use crate::domain::value::id::PublicationId;
use crate::domain::value::stamp::{self, Timestamp};

/// A draft on its way to become the test that eligibilities name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Publication {
    /// Its identifier.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub publication_id: PublicationId,
    /// The test as it was when it was handed in.
    #[schema(value_type = Test)]
    pub test: Arc<Test>,
    /// Where it stands.
    pub status: PublicationStatus,
    /// What the vendor's staff say of it.
    pub messages: Vec<String>,
    /// When it was handed in.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// When it takes effect, or took; when it was rejected.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub effective: Timestamp,
}

/// Where a publication stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum PublicationStatus {
    /// It takes effect later.
    Pending,
    /// Eligibilities name the test as it is in it.
    Published,
    /// The vendor's staff refused it; its messages say why.
    Rejected,
}

impl Record for Publication {
    type Id = PublicationId;

    fn id(&self) -> PublicationId {
        self.publication_id
    }
}

impl Publication {
    /// When it takes effect, while that is still to come.
    pub fn due(&self) -> Option<Timestamp> {
        (self.status == PublicationStatus::Pending).then_some(self.effective)
    }
}
