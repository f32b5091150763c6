//! Secrets in the headers that a fault matches: hidden, found again, filled in.

use super::FaultInput;
use crate::domain::value::hidden::{MASK, is_secret};

impl FaultInput {
    /// Hides the values of headers that carry secrets.
    pub fn hide(&mut self) {
        self.secrets_mut().for_each(|value| MASK.clone_into(value));
    }

    /// The headers that it matches whose values are hidden, and have to be filled in.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        let header = self.r#match.header.iter();
        header.filter(|(name, value)| is_secret(name) && *value == MASK).map(|(name, _)| name.as_str())
    }

    /// Fills in what is hidden here from one that is known.
    pub fn reveal(&mut self, known: &Self) {
        for (name, value) in &mut self.r#match.header {
            if is_secret(name)
                && value == MASK
                && let Some(secret) = known.r#match.header.get(name)
            {
                value.clone_from(secret);
            }
        }
    }

    fn secrets_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.r#match.header.iter_mut().filter(|(name, _)| is_secret(name)).map(|(_, value)| value)
    }
}
