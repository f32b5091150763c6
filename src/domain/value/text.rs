//! Short texts.

/// A short text, kept inside its record where it has at most 24 bytes: a record is one allocation instead of twenty.
pub type Text = compact_str::CompactString;
