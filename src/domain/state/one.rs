//! A value of which an account has one, and which remembers what it was before the present change.

use std::ops::Deref;

/// A value of which an account has one; read as itself, changed by [`SingleRow::edit`].
#[derive(Debug, Clone, Default)]
pub struct SingleRow<T> {
    value: T,
    before: Option<Box<T>>,
}

impl<T> Deref for SingleRow<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for SingleRow<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Clone> SingleRow<T> {
    /// A value that no change touched.
    pub fn new(value: T) -> Self {
        Self { value, before: None }
    }

    /// Mutable access.
    pub fn edit(&mut self) -> &mut T {
        if self.before.is_none() {
            self.before = Some(Box::new(self.value.clone()));
        }
        &mut self.value
    }

    /// Whether the present change touched it.
    pub fn is_touched(&self) -> bool {
        self.before.is_some()
    }

    #[cfg(test)]
    pub(super) fn leave_out_a_before_image(&mut self) {
        self.before = None;
    }

    pub(super) fn commit(&mut self) {
        self.before = None;
    }

    pub(super) fn roll_back(&mut self) {
        if let Some(before) = self.before.take() {
            self.value = *before;
        }
    }
}
