//! Which deliveries keep a long answer: an index over them, so that all together are bounded.

use std::collections::BTreeMap;

/// The long answers of an account's deliveries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LongAnswers {
    by_row: BTreeMap<u64, usize>,
    bytes: usize,
}

impl LongAnswers {
    /// Follows a delivery: how many bytes of its answer are more than a short one has.
    pub fn follow(&mut self, row: u64, bytes: usize) {
        let before = if bytes > 0 { self.by_row.insert(row, bytes) } else { self.by_row.remove(&row) };
        self.bytes = self.bytes + bytes - before.unwrap_or(0);
    }

    /// How many bytes they hold.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The oldest delivery that has one.
    pub fn oldest(&self) -> Option<u64> {
        self.by_row.first_key_value().map(|(row, _)| *row)
    }
}
