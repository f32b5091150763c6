//! All that one account owns: tables of records, and the indexes over them. Changed only under the account's one lock.

pub mod change;
mod index;
pub mod queue;
mod shipped;
pub mod table;
pub mod tables;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::contract::service::OutService;
use crate::domain::record::account::{AccountRecord, SetUpCodes};
use crate::domain::record::application::Application;
use crate::domain::record::booking::{Booking, Retired};
use crate::domain::record::candidate::Candidate;
use crate::domain::record::clock::Clock;
use crate::domain::record::delivery::{Delivery, Lane};
use crate::domain::record::eligibility::{Eligibility, WrittenText};
use crate::domain::record::fault::Faults;
use crate::domain::record::settings::Settings;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::record::token::{EndCause, EndedToken, Holder, Token};
use crate::domain::record::user::User;
use crate::domain::value::hash::Hash;
use crate::domain::value::id::{AccountCode, BookingCode, Code, EligibilityId, Ids, Kind};
use crate::domain::value::stamp::{Timestamp, WallTime};
use change::ChangeSet;
use index::{Indexes, Touched};
use queue::{QueuePosition, Queues};
use table::{Numbered, SingleRow, Table};
use tables::Tables;

/// How many ended tokens an account remembers, the newest.
const ENDED_TOKENS_KEPT: usize = 1000;

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
    pub fn new(code: AccountCode, seed: u64, clock: Clock, signing_secret: String) -> Self {
        let tables = Tables {
            account: SingleRow::new(AccountRecord { seed, signing_secret, allow_ip: Vec::new() }),
            clock: SingleRow::new(clock),
            settings: SingleRow::new(Settings::default()),
            ids: SingleRow::new(Ids::new(seed, &code)),
            faults: SingleRow::new(Faults::new(seed, &code)),
            set_up: SingleRow::new(SetUpCodes::default()),
            users: Numbered::default(),
            applications: Numbered::default(),
            tokens: Numbered::default(),
            ended_tokens: Numbered::default(),
            tests: Table::default(),
            test_centers: Table::default(),
            vouchers: Table::default(),
            subscriptions: Table::default(),
            eligibilities: Numbered::default(),
            bookings: Numbered::default(),
            retired: Table::default(),
            deliveries: Numbered::default(),
        };
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
            let mut now = kept.unwrap_or_else(|| {
                Self::new(set.account.clone(), 0, Clock::wall(Timestamp::UNIX_EPOCH), String::new())
            });
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
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether the present change may have made something due, or let it go.
    pub fn touches_what_is_due(&self) -> bool {
        self.tables.deliveries.rows().is_touched()
            || self.tables.subscriptions.is_touched()
            || self.tables.clock.is_touched()
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

    // Tokens.

    /// The tokens that work, or whose refresh token does.
    pub fn tokens(&self) -> &Numbered<Token> {
        &self.tables.tokens
    }

    /// The tokens that never end, the oldest first.
    pub fn static_tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens().iter().filter(|token| token.is_static()).map(|token| token.access.as_str())
    }

    /// The token that is handed out again to a holder.
    pub fn shared_token(&self, holder: &Holder) -> Option<&Arc<Token>> {
        self.index.shared_tokens.get(holder).and_then(|row| self.tables.tokens.row(*row))
    }

    /// Adds a token; an older one of its holder is not handed out again.
    pub fn add_token(&mut self, token: Token) -> u64 {
        if let Some(older) = token.holder().and_then(|holder| self.index.shared_tokens.get(&holder).copied())
            && let Some(before) = self.tables.tokens.row(older).cloned()
            && let Some(kept) = self.tables.tokens.row_mut(older)
        {
            kept.is_shared = false;
            self.index.token(older, Some(&before), self.tables.tokens.row(older).map(|token| &**token));
        }
        let row = self.tables.tokens.insert(token);
        self.index.token(row, None, self.tables.tokens.row(row).map(|token| &**token));
        row
    }

    /// Ends a token, and its refresh token: of both only the hash and the cause are kept.
    pub fn end_token(&mut self, row: u64, cause: EndCause) -> Option<Arc<Token>> {
        let id = self.tables.tokens.row(row)?.access.clone();
        let token = self.tables.tokens.remove(&id)?;
        self.index.token(row, Some(&token), None);
        for text in token.texts() {
            let hash = Hash::of(text);
            self.tables.ended_tokens.remove(&hash);
            self.tables.ended_tokens.insert(EndedToken { hash, cause });
        }
        while self.tables.ended_tokens.len() > ENDED_TOKENS_KEPT {
            let Some(oldest) = self.tables.ended_tokens.iter().next().map(|ended| ended.hash) else { break };
            self.tables.ended_tokens.remove(&oldest);
        }
        Some(token)
    }

    /// The tokens that have expired at `now` with their refresh tokens.
    pub fn expired_tokens(&self, now: Timestamp) -> Vec<u64> {
        self.index.token_ends.iter().take_while(|(end, _)| *end <= now).map(|(_, row)| *row).collect()
    }

    // The catalog.

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

    // Eligibilities.

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
            .map(|record| (record.candidate.candidate_id.as_str(), &record.candidate))
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
            && self.retired.get(&code).is_none()
    }

    // Bookings.

    /// The bookings.
    pub fn bookings(&self) -> &Numbered<Booking> {
        &self.tables.bookings
    }

    /// The booking with this code.
    ///
    /// # Errors
    /// [`Error::UnknownBooking`].
    pub fn booking(&self, code: BookingCode) -> Result<Arc<Booking>, Error> {
        self.bookings().get(&code).cloned().ok_or_else(|| Error::UnknownBooking(code.to_string()))
    }

    /// How many seats are taken at a test center when an exam starts.
    pub fn seats_taken(&self, location_code: &str, start: Timestamp) -> u32 {
        self.index.seats.get(&(location_code.to_owned(), start)).copied().unwrap_or(0)
    }

    /// Adds a booking; it takes its seat.
    pub fn add_booking(&mut self, booking: Booking) -> Result<Arc<Booking>, Error> {
        self.index.booking(None, booking.seat());
        let code = booking.booking_code;
        self.tables.bookings.insert(booking);
        self.booking(code)
    }

    /// Changes the booking with this code.
    ///
    /// # Errors
    /// [`Error::UnknownBooking`].
    pub fn change_booking(
        &mut self,
        code: BookingCode,
        edit: impl FnOnce(&mut Booking),
    ) -> Result<Arc<Booking>, Error> {
        let before = self.booking(code)?;
        if let Some(booking) = self.tables.bookings.get_mut(&code) {
            edit(booking);
        }
        let after = self.booking(code)?;
        self.index.booking(before.seat(), after.seat());
        Ok(after)
    }

    /// Takes a booking out: its seat is free, and its code names nothing any more.
    ///
    /// # Errors
    /// [`Error::UnknownBooking`].
    pub fn retire_booking(&mut self, code: BookingCode) -> Result<Arc<Booking>, Error> {
        let booking = self.tables.bookings.remove(&code).ok_or_else(|| Error::UnknownBooking(code.to_string()))?;
        self.index.booking(booking.seat(), None);
        self.retired.put(code, Arc::new(Retired {}));
        Ok(booking)
    }

    // Notifications.

    /// The deliveries.
    pub fn deliveries(&self) -> &Numbered<Delivery> {
        &self.tables.deliveries
    }

    /// The queues over them.
    pub fn queues(&self) -> &Queues {
        &self.index.queues
    }

    /// The delivery with this identifier, and its row.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn delivery(&self, id: &str) -> Result<(u64, &Arc<Delivery>), Error> {
        let row = self.deliveries().number(&Arc::from(id));
        row.and_then(|row| self.deliveries().row(row).map(|delivery| (row, delivery)))
            .ok_or_else(|| Error::NotFound { kind: "delivery", id: id.to_owned() })
    }

    /// A ticket behind all deliveries of a lane, or in front of them.
    pub fn new_ticket(&mut self, service: OutService, lane: &Lane, is_first: bool) -> u64 {
        let queues = &mut self.index.queues;
        if is_first { queues.first_ticket(service, lane) } else { queues.last_ticket() }
    }

    /// Adds a delivery.
    pub fn add_delivery(&mut self, delivery: Delivery) -> u64 {
        let place = QueuePosition::of(&delivery);
        let row = self.tables.deliveries.insert(delivery);
        self.index.queues.follow(&self.tables.deliveries, row, None, Some(&place));
        row
    }

    /// Changes a delivery; its queue follows.
    pub fn change_delivery(&mut self, row: u64, edit: impl FnOnce(&mut Delivery)) -> Option<&Arc<Delivery>> {
        let before = QueuePosition::of(self.tables.deliveries.row(row)?);
        let delivery = self.tables.deliveries.row_mut(row)?;
        edit(delivery);
        let after = QueuePosition::of(delivery);
        self.index.queues.follow(&self.tables.deliveries, row, Some(&before), Some(&after));
        self.tables.deliveries.row(row)
    }
}

impl State {
    /// Takes over the tokens of an earlier life, which stay valid; static ones are the document's.
    pub fn keep_tokens(&mut self, earlier: &Self) {
        for token in earlier.tokens().iter().filter(|token| !token.is_static()) {
            self.add_token((**token).clone());
        }
    }

    /// Begins a life of the account: what it holds is where it starts from.
    pub fn begin_epoch(&mut self, epoch: u64) {
        self.tables.commit();
        (self.epoch, self.seq) = (epoch, 0);
    }
}
