//! The one place where wall time is read.

use chrono::Utc;

use crate::domain::value::stamp::WallTime;

/// Wall time.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn wall() -> WallTime {
    Utc::now()
}
