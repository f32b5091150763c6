//! All that one account owns: tables of records, and the indexes over them. Changed only under the account's one lock.

mod answers;
mod booking;
pub mod change;
mod delivery;
mod eligibility;
mod index;
mod one;
mod payment;
mod publication;
pub mod queue;
pub mod seat;
mod session;
pub mod shipped;
pub mod table;
pub mod tables;
mod token;
mod voucher;

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::domain::contract::error::Error;
use crate::domain::contract::lint::{Finding, Mode};
use crate::domain::record::application::Application;
use crate::domain::record::clock::Clock;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::record::user::User;
use crate::domain::value::id::{AccountCode, Code, Kind};
use crate::domain::value::stamp::{Timestamp, WallTime};
use change::ChangeSet;
use index::{Indexes, Touched};
use table::Table;
use tables::{First, Tables};

/// What an operation gets from outside.
#[derive(Debug)]
pub struct Act {
    /// The account's instant, in whole milliseconds.
    pub now: Timestamp,
    /// The machine's instant, in whole milliseconds.
    pub wall: WallTime,
    /// Lint findings that depend on the state.
    pub found: RefCell<Vec<Finding>>,
}

impl Act {
    /// An operation at an instant.
    pub fn new(now: Timestamp, wall: WallTime) -> Self {
        Self { now, wall, found: RefCell::default() }
    }
}

/// The state of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The account.
    pub code: AccountCode,
    /// Rises with every reset, so that attempts under way in an earlier life change nothing.
    pub epoch: u64,
    /// How many changes of this epoch were made.
    seq: u64,
    tables: Tables,
    index: Indexes,
}

impl Deref for State {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

/// Tables without an index are changed directly; for the others there are functions here.
impl DerefMut for State {
    fn deref_mut(&mut self) -> &mut Tables {
        &mut self.tables
    }
}

impl State {
    /// An account with nothing in it.
    pub fn new(code: AccountCode, seed: u64, clock: Clock, signing_secret: &str) -> Self {
        let tables = Tables::new(&First { code: &code, seed, clock, signing_secret });
        Self { code, epoch: 0, seq: 0, tables, index: Indexes::default() }
    }

    // Changes as a whole.

    /// The present change stands; false if it touched nothing.
    pub fn commit(&mut self) -> bool {
        let is_touched = self.tables.is_touched();
        if is_touched {
            self.tables.commit();
            self.seq += 1;
        }
        is_touched
    }

    /// Nothing of the present change stands.
    pub fn roll_back(&mut self) {
        if !self.tables.is_touched() {
            return;
        }
        let touched = Touched::of(&self.tables);
        self.index.forget_touched(&self.tables);
        self.tables.roll_back();
        self.index.put_back(&self.tables, &touched);
    }

    /// The present change, as others read it once it is committed.
    pub fn change_set(&self, at: Timestamp) -> ChangeSet {
        ChangeSet { account: self.code.clone(), epoch: self.epoch, seq: self.seq + 1, at, rows: self.tables.touched() }
    }

    /// All rows, as one change set.
    pub fn whole(&self, at: Timestamp) -> ChangeSet {
        ChangeSet { account: self.code.clone(), epoch: self.epoch, seq: self.seq, at, rows: self.tables.all() }
    }

    /// The state that change sets lead to: all of an account's, or one of [`State::whole`] and those after it.
    ///
    /// `None` if there is none to begin with.
    pub fn restore(sets: impl IntoIterator<Item = ChangeSet>) -> Option<Self> {
        let mut state: Option<Self> = None;
        for set in sets {
            let kept = state.take().filter(|state| state.epoch == set.epoch);
            let mut now =
                kept.unwrap_or_else(|| Self::new(set.account.clone(), 0, Clock::wall(Timestamp::UNIX_EPOCH), ""));
            (now.epoch, now.seq) = (set.epoch, set.seq);
            for row in set.rows {
                now.tables.restore(row);
            }
            now.tables.commit();
            state = Some(now);
        }
        state.map(|state| Self { index: Indexes::of(&state.tables), ..state })
    }

    /// The number of the last change.
    #[cfg(test)]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether the present change may have made something due, or let it go.
    pub fn touches_what_is_due(&self) -> bool {
        self.tables.deliveries.rows().is_touched()
            || self.tables.subscriptions.is_touched()
            || self.tables.clock.is_touched()
            || self.tables.settings.is_touched()
            || (self.settings.auto_absent || !self.index.holds.is_empty()) && self.tables.bookings.rows().is_touched()
            || self.tables.publications.rows().is_touched()
    }

    // Who may call.

    /// The user with this name.
    pub fn user(&self, username: &str) -> Option<&Arc<User>> {
        self.users.get(&username.to_owned())
    }

    /// The first user.
    pub fn first_user(&self) -> Option<&Arc<User>> {
        self.users.iter().next()
    }

    /// The application with this consumer key.
    pub fn application(&self, consumer_key: &str) -> Option<&Arc<Application>> {
        self.applications.iter().find(|application| application.key_type(consumer_key).is_some())
    }

    /// The first application.
    pub fn first_application(&self) -> Option<&Arc<Application>> {
        self.applications.iter().next()
    }

    // The catalog.

    /// Refuses lint findings in `enforce`.
    ///
    /// # Errors
    /// [`Error::Lint`].
    pub fn enforce(&self, findings: &[Finding]) -> Result<(), Error> {
        if self.settings.lint == Mode::Enforce && !findings.is_empty() {
            return Err(Error::Lint(findings.to_vec()));
        }
        Ok(())
    }

    /// The test; `None` if `open_catalog` admits an unknown one.
    ///
    /// # Errors
    /// [`Error::UnknownTest`].
    pub fn test(&self, test_code: &str) -> Result<Option<Arc<Test>>, Error> {
        match self.tests.get(test_code) {
            Some(test) => Ok(Some(Arc::clone(test))),
            None if self.settings.open_catalog => Ok(None),
            None => Err(Error::UnknownTest(test_code.to_owned())),
        }
    }

    /// The account's test centers, by code.
    pub fn centers(&self) -> &Table<String, TestCenter> {
        if self.test_centers.is_empty() { shipped::centers() } else { &self.test_centers }
    }

    /// The test center of a booking, which may be older than the account's own centers: then it is a shipped one.
    pub fn center_of_booking(&self, location_code: &str) -> Option<&Arc<TestCenter>> {
        self.test_centers.get(location_code).or_else(|| shipped::centers().get(location_code))
    }

    // Identifiers.

    /// A new identifier, which no record of the account has.
    pub fn new_code(&mut self, kind: Kind) -> Code {
        loop {
            let code = self.ids.edit().code(kind);
            if self.is_free(code) {
                return code;
            }
        }
    }

    /// Whether no record of the account has this identifier, nor had it.
    pub fn is_free(&self, code: Code) -> bool {
        self.eligibilities().get(&code).is_none()
            && self.bookings().get(&code).is_none()
            && self.payments().get(&code).is_none()
            && self.publications().get(&code).is_none()
            && self.sessions.get(&code).is_none()
            && self.retired.get(&code).is_none()
    }

    /// Begins a life of the account: what it holds is where it starts from.
    pub fn begin_epoch(&mut self, epoch: u64) {
        self.tables.commit();
        (self.epoch, self.seq) = (epoch, 0);
    }
}
