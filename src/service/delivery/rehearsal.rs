//! What a delivery would send, to the byte.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::outbox::Job;
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::text::Text;

/// A delivery as it would be sent now, to the byte.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rehearsal {
    /// The delivery.
    #[schema(value_type = String)]
    pub id: Arc<str>,
    /// The method and URL.
    pub request_line: String,
    /// The headers, in the order they are sent; credentials are hidden.
    #[schema(value_type = Vec<Vec<String>>)]
    pub headers: Vec<(Text, Text)>,
    /// The body.
    #[schema(value_type = String)]
    pub body: Arc<str>,
}

/// Says what a job would send at this wall time; the delivery engine's, which use cases do not name.
pub type Rehearse = fn(&Job, Timestamp) -> Result<Rehearsal, String>;
