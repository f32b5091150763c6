//! The publications of an account, and when those that are pending take effect.

use std::sync::Arc;

use super::State;
use super::table::Numbered;
use crate::domain::contract::error::Error;
use crate::domain::record::publication::Publication;
use crate::domain::value::id::PublicationId;

impl State {
    /// The publications.
    pub fn publications(&self) -> &Numbered<Publication> {
        &self.tables.publications
    }

    /// The publication with this identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for text that is no identifier at all.
    pub fn publication(&self, id: &str) -> Result<&Arc<Publication>, Error> {
        let found = id.parse().ok().and_then(|id: PublicationId| self.publications().get(&id));
        found.ok_or_else(|| Error::NotFound { kind: "publication", id: id.to_owned() })
    }

    /// The publication that takes effect first.
    pub fn first_pending(&self) -> Option<&Arc<Publication>> {
        self.index.publications.first().and_then(|(_, row)| self.publications().row(*row))
    }

    /// Adds a publication, or puts it in the place of the one with its identifier.
    pub fn put_publication(&mut self, publication: Publication) {
        let id = publication.publication_id;
        let before = self.publications().get(&id).cloned();
        let row = self.publications().number(&id);
        let row = match (row, self.tables.publications.get_mut(&id)) {
            (Some(row), Some(known)) => {
                *known = publication;
                row
            }
            _ => self.tables.publications.insert(publication),
        };
        let after = self.publications().row(row).cloned();
        self.index.publication(row, before.as_deref(), after.as_deref());
    }
}
