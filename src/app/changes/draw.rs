//! Drawn numbers and choices: the same seed draws the same.

use crate::domain::value::chance::mix;

/// A source of draws.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The source of a seed.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(1)))
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mix(self.0) >> 33).expect("31 bits") % limit.max(1)
    }

    /// True once in so many draws.
    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    /// One of these.
    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// One of the last ones, or none where there is none.
    pub fn of_last<T: Clone>(&mut self, all: &[T], last: usize) -> Option<T> {
        let all = &all[all.len().saturating_sub(last)..];
        (!all.is_empty()).then(|| self.of(all))
    }
}
