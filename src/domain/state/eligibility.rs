//! The eligibilities of an account, and the candidates that they name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::State;
use super::table::Numbered;
use crate::domain::contract::error::Error;
use crate::domain::record::candidate::Candidate;
use crate::domain::record::eligibility::{Eligibility, WrittenText};
use crate::domain::value::id::EligibilityId;

impl State {
    /// The eligibilities.
    pub fn eligibilities(&self) -> &Numbered<Eligibility> {
        &self.tables.eligibilities
    }

    /// The records of a candidate, oldest first.
    ///
    /// # Errors
    /// [`Error::UnknownCandidate`] if no eligibility of the account ever named the candidate.
    pub fn candidate(&self, candidate_id: &str) -> Result<impl DoubleEndedIterator<Item = &Arc<Eligibility>>, Error> {
        let rows = self.index.by_candidate.get(candidate_id);
        let rows = rows.ok_or_else(|| Error::UnknownCandidate(candidate_id.to_owned()))?;
        Ok(rows.iter().filter_map(|row| self.tables.eligibilities.row(*row)))
    }

    /// The records under an identifier of the partner's, oldest first: it may come again once its record is over.
    pub fn under_client_id(&self, client_eligibility_id: &str) -> impl Iterator<Item = &Arc<Eligibility>> {
        let rows = self.index.by_client_id.get(client_eligibility_id).into_iter().flatten();
        rows.filter_map(|row| self.tables.eligibilities.row(*row))
    }

    /// Checks that an eligibility of the account ever named the candidate.
    ///
    /// # Errors
    /// [`Error::UnknownCandidate`].
    pub fn check_candidate(&self, candidate_id: &str) -> Result<(), Error> {
        self.candidate(candidate_id).map(drop)
    }

    /// The candidates by identifier, as their newest record has them.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        let newest: BTreeMap<_, _> = self
            .eligibilities()
            .iter()
            .map(|record| (record.candidate.candidate_id.as_str(), &*record.candidate))
            .collect();
        newest.into_values()
    }

    /// The open record of a candidate and test.
    pub fn open_eligibility(&self, candidate_id: &str, test_code: &str) -> Option<Arc<Eligibility>> {
        self.candidate(candidate_id).ok()?.find(|record| record.test_code == test_code && record.is_open()).cloned()
    }

    /// The record with this identifier.
    ///
    /// # Errors
    /// [`Error::UnknownEligibility`].
    pub fn eligibility(&self, id: EligibilityId) -> Result<Arc<Eligibility>, Error> {
        self.eligibilities().get(&id).cloned().ok_or_else(|| Error::UnknownEligibility(id.to_string()))
    }

    /// Adds a record.
    pub fn add_eligibility(&mut self, record: Eligibility) -> Result<Arc<Eligibility>, Error> {
        let id = record.id;
        let row = self.tables.eligibilities.insert(record);
        self.index.eligibility(row, None, self.tables.eligibilities.row(row).map(|record| &**record));
        self.eligibility(id)
    }

    /// Changes the record with this identifier.
    ///
    /// # Errors
    /// [`Error::UnknownEligibility`].
    pub fn change_eligibility(
        &mut self,
        id: EligibilityId,
        edit: impl FnOnce(&mut Eligibility),
    ) -> Result<Arc<Eligibility>, Error> {
        let record = self.tables.eligibilities.get_mut(&id);
        let record = record.ok_or_else(|| Error::UnknownEligibility(id.to_string()))?;
        record.written = WrittenText::default();
        edit(record);
        self.eligibility(id)
    }
}
