//! Tests as partners write and publish them: drafts, publications, and what has become of both.

pub mod input;
pub mod operations;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::publication::{Publication, PublicationStatus};
use crate::domain::record::test::Test;
use crate::domain::state::{Act, State};
use crate::domain::value::id::{Kind, PublicationId};
use crate::domain::value::misfit::Misfit;
use crate::domain::value::stamp::{Stamp, Timestamp, whole_millis};
use input::TestInput;

/// A test as partners see it.
///
/// Assumed: the shape (services §5).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TestRecord {
    /// The test: the draft if there is one, else as it is published.
    #[serde(flatten)]
    #[schema(value_type = Test)]
    pub test: Arc<Test>,
    /// Whether eligibilities can name it so.
    pub status: TestStatus,
}

/// Whether eligibilities can name a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TestStatus {
    /// Not yet: it was never published.
    Draft,
    /// They can, as it was published; this draft is newer.
    Changed,
    /// They can.
    Published,
}

/// A publication as partners see it.
///
/// Assumed: the shape (services §5).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicationRecord {
    /// Its identifier.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub publication_id: PublicationId,
    /// The test.
    pub test_code: String,
    /// Where it stands.
    pub status: PublicationStatus,
    /// What the vendor's staff say of it.
    pub messages: Vec<String>,
    /// When it was handed in, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub created_datetime: Stamp,
    /// When it takes effect, or took; when it was rejected, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub effective_date: Stamp,
}

impl From<&Publication> for PublicationRecord {
    fn from(publication: &Publication) -> Self {
        Self {
            publication_id: publication.publication_id,
            test_code: publication.test.test_code.clone(),
            status: publication.status,
            messages: publication.messages.clone(),
            created_datetime: Stamp::seconds(publication.created),
            effective_date: Stamp::seconds(publication.effective),
        }
    }
}

/// What the vendor's staff do with a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It takes effect now.
    Approve,
    /// It never does.
    Reject,
}

/// Writes the draft of a test; true if there was no such test.
///
/// # Errors
/// A code that is not the path's; members that do not fit; the lint in `enforce`.
pub fn put(state: &mut State, test_code: &str, input: &Checked<TestInput>) -> Result<(TestRecord, bool), Error> {
    state.enforce(&input.findings)?;
    let test = input.value.test(test_code);
    let mut misfits = test.misfits();
    if let Some(sent) = input.value.test_code.as_ref().filter(|sent| *sent != test_code) {
        let expected = format!("the code of the path, {test_code:?}, or none");
        misfits.push(Misfit { path: "test_code".to_owned(), expected, sent: format!("{sent:?}") });
    }
    if !misfits.is_empty() {
        return Err(Error::Body(misfits));
    }
    let is_new = get(state, test_code).is_err();
    if state.tests.get(test_code).is_some_and(|published| **published == test) {
        // It is as it was published again.
        state.drafts.remove(test_code);
    } else {
        state.drafts.put(test_code.to_owned(), Arc::new(test));
    }
    Ok((get(state, test_code)?, is_new))
}

/// A test.
///
/// # Errors
/// [`Error::UnknownTest`].
pub fn get(state: &State, test_code: &str) -> Result<TestRecord, Error> {
    let (draft, published) = (state.drafts.get(test_code), state.tests.get(test_code));
    let status = match (draft, published) {
        (Some(_), None) => TestStatus::Draft,
        (Some(_), Some(_)) => TestStatus::Changed,
        (None, _) => TestStatus::Published,
    };
    let test = draft.or(published).ok_or_else(|| Error::UnknownTest(test_code.to_owned()))?;
    Ok(TestRecord { test: Arc::clone(test), status })
}

/// Some tests after a code, by code; and whether there are more.
pub fn list(state: &State, after: Option<&str>, limit: usize) -> (Vec<TestRecord>, bool) {
    let from = || (after.map_or(Bound::Unbounded, |code| Bound::Excluded(code.to_owned())), Bound::Unbounded);
    let codes = state.tests.range(from()).chain(state.drafts.range(from())).map(|(code, _)| code);
    let codes: BTreeSet<_> = codes.collect();
    let records = codes.iter().take(limit).filter_map(|code| get(state, code).ok()).collect();
    (records, codes.len() > limit)
}

/// Hands a draft in: it takes effect after the account's `publication_delay`.
///
/// # Errors
/// Unknown test; one without a draft; one that is handed in already.
pub fn publish(state: &mut State, test_code: &str, act: &Act) -> Result<Arc<Publication>, Error> {
    let record = get(state, test_code)?;
    if record.status == TestStatus::Published {
        return Err(Error::Conflict(format!("test {test_code:?} has no draft: it is published as it is")));
    }
    if let Some(pending) = pending(state, test_code) {
        let id = pending.publication_id;
        return Err(Error::Conflict(format!("publication {id} of test {test_code:?} is pending")));
    }
    let delay = state.settings.publication_delay.chrono();
    let effective = act.now.checked_add_signed(delay).map_or(act.now, whole_millis);
    let publication = Publication {
        publication_id: state.new_code(Kind::Publication),
        test: record.test,
        status: PublicationStatus::Pending,
        messages: Vec::new(),
        created: act.now,
        effective,
    };
    let id = publication.publication_id;
    state.put_publication(publication);
    if effective <= act.now {
        take_effect(state, id, act.now)?;
    }
    known(state, id)
}

/// A publication of a test.
///
/// # Errors
/// Unknown test or publication; another test's.
pub fn of_test(state: &State, test_code: &str, id: &str) -> Result<Arc<Publication>, Error> {
    // It may have been retired since, or be known by its publications alone.
    let unknown = || get(state, test_code).err();
    match state.publication(id) {
        Ok(found) if found.test.test_code == test_code => Ok(Arc::clone(found)),
        _ => Err(unknown().unwrap_or(Error::NotFound { kind: "publication", id: id.to_owned() })),
    }
}

/// Retires a test: eligibilities cannot name it any more.
///
/// # Errors
/// Unknown test; open eligibilities that name it.
pub fn retire(state: &mut State, test_code: &str, act: &Act) -> Result<(), Error> {
    get(state, test_code)?;
    let names_it = |record: &&Arc<Eligibility>| record.is_open() && record.test_code == test_code;
    let open = state.eligibilities().iter().filter(names_it).count();
    if open > 0 {
        let some = if open == 1 { "an open eligibility names" } else { "open eligibilities name" };
        return Err(Error::Conflict(format!("cannot retire test {test_code:?}: {some} it ({open})")));
    }
    if let Some(id) = pending(state, test_code).map(|publication| publication.publication_id) {
        reject(state, id, vec!["The test was retired.".to_owned()], act.now)?;
    }
    state.drafts.remove(test_code);
    state.tests.remove(test_code);
    Ok(())
}

/// The vendor's staff decide on a publication before it takes effect.
///
/// # Errors
/// Unknown publication; one that was decided on.
pub fn decide(
    state: &mut State,
    id: &str,
    decision: Decision,
    messages: &[String],
    act: &Act,
) -> Result<Arc<Publication>, Error> {
    let publication = state.publication(id)?;
    let (id, status) = (publication.publication_id, publication.status);
    if status != PublicationStatus::Pending {
        return Err(Error::Conflict(format!("publication {id} is {status}: only a PENDING one is decided on")));
    }
    match decision {
        Decision::Approve => {
            take_effect(state, id, act.now)?;
            change(state, id, |publication| publication.messages = messages.to_vec())?;
        }
        Decision::Reject => reject(state, id, messages.to_vec(), act.now)?,
    }
    known(state, id)
}

/// A publication takes effect: its test is the one that eligibilities name.
///
/// # Errors
/// Unknown publication.
pub fn take_effect(state: &mut State, id: PublicationId, now: Timestamp) -> Result<(), Error> {
    let test = Arc::clone(&known(state, id)?.test);
    let code = test.test_code.clone();
    // A draft that was written since stays one.
    if state.drafts.get(&code) == Some(&test) {
        state.drafts.remove(&code);
    }
    state.tests.put(code, test);
    change(state, id, |publication| {
        (publication.status, publication.effective) = (PublicationStatus::Published, now);
    })
}

fn reject(state: &mut State, id: PublicationId, messages: Vec<String>, now: Timestamp) -> Result<(), Error> {
    change(state, id, |publication| {
        (publication.status, publication.effective) = (PublicationStatus::Rejected, now);
        publication.messages = messages;
    })
}

fn change(state: &mut State, id: PublicationId, edit: impl FnOnce(&mut Publication)) -> Result<(), Error> {
    let mut publication = Publication::clone(&*known(state, id)?);
    edit(&mut publication);
    state.put_publication(publication);
    Ok(())
}

fn known(state: &State, id: PublicationId) -> Result<Arc<Publication>, Error> {
    state.publication(id.as_str()).cloned()
}

/// The publication of a test that is pending.
fn pending<'s>(state: &'s State, test_code: &str) -> Option<&'s Arc<Publication>> {
    let all = state.publications().iter();
    { all }.find(|one| one.status == PublicationStatus::Pending && one.test.test_code == test_code)
}
