//! All that one account owns, changed only by domain functions under the account's one lock.

pub mod table;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use ipnet::IpNet;

use crate::domain::contract::error::Error;
use crate::domain::contract::lint::Finding;
use crate::domain::contract::service::OutService;
use crate::domain::outbox::Outbox;
use crate::domain::record::application::Application;
use crate::domain::record::booking::Booking;
use crate::domain::record::candidate::Candidate;
use crate::domain::record::catalog::Catalog;
use crate::domain::record::clock::Clock;
use crate::domain::record::eligibility::{Eligibility, Written};
use crate::domain::record::fault::Faults;
use crate::domain::record::settings::Settings;
use crate::domain::record::subscription::Subscription;
use crate::domain::record::test::Test;
use crate::domain::record::user::User;
use crate::domain::state::table::Table;
use crate::domain::value::id::{AccountCode, BookingCode, EligibilityId, Ids, Registry};
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::text::Text;

/// What an operation gets from outside: the instant, and where identifiers are claimed.
pub struct Act<'a> {
    /// The account's instant.
    pub now: Timestamp,
    /// Keeps identifiers unique in the server.
    pub registry: &'a dyn Registry,
    /// Lint findings that only the state can tell.
    pub found: RefCell<Vec<Finding>>,
}

impl<'a> Act<'a> {
    /// An operation at an instant.
    pub fn new(now: Timestamp, registry: &'a dyn Registry) -> Self {
        Self { now, registry, found: RefCell::default() }
    }
}

/// The state of one account.
#[derive(Debug, Clone)]
pub struct State {
    /// The account.
    pub code: AccountCode,
    /// Rises with every reset, so that attempts under way in an earlier life change nothing.
    pub epoch: u64,
    /// The generator of identifiers.
    pub ids: Ids,
    /// Business time.
    pub clock: Clock,
    /// How the account behaves.
    pub settings: Settings,
    /// Users, the first one first.
    pub users: Vec<User>,
    /// Applications, the first one first.
    pub applications: Vec<Application>,
    /// Tokens that never expire.
    pub static_tokens: Vec<String>,
    /// Who may connect; everyone where empty.
    pub allow_ip: Vec<IpNet>,
    /// Tests, centers and codes that are set up.
    pub catalog: Catalog,
    /// Eligibilities.
    pub eligibilities: Table<EligibilityId, Eligibility>,
    /// The rows of each candidate, oldest first.
    by_candidate: HashMap<Text, Vec<u64>, RandomState>,
    /// Bookings.
    pub bookings: Table<BookingCode, Booking>,
    /// Codes of bookings that are known no more; nobody else may get them while the account lives.
    pub retired: Vec<BookingCode>,
    /// Taken seats by center and start.
    pub seats: HashMap<(String, Timestamp), u32>,
    /// Outgoing services that the partner listens to.
    pub subscriptions: BTreeMap<OutService, Arc<Subscription>>,
    /// Signs every subscription that has no secret of its own.
    pub signing_secret: String,
    /// Notifications.
    pub outbox: Outbox,
    /// Faults on request.
    pub faults: Faults,
}

impl State {
    /// An account with nothing in it.
    pub fn new(code: AccountCode, seed: u64, clock: Clock, signing_secret: String) -> Self {
        Self {
            ids: Ids::new(seed, &code),
            faults: Faults::new(seed, &code),
            code,
            epoch: 0,
            clock,
            settings: Settings::default(),
            users: Vec::new(),
            applications: Vec::new(),
            static_tokens: Vec::new(),
            allow_ip: Vec::new(),
            catalog: Catalog::default(),
            eligibilities: Table::default(),
            by_candidate: HashMap::default(),
            bookings: Table::default(),
            retired: Vec::new(),
            seats: HashMap::new(),
            subscriptions: BTreeMap::new(),
            signing_secret,
            outbox: Outbox::default(),
        }
    }

    /// The user with this name.
    pub fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    /// The application with this consumer key.
    pub fn application(&self, consumer_key: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.key_type(consumer_key).is_some())
    }

    /// The consumer keys of all applications.
    pub fn consumer_keys(&self) -> Vec<String> {
        self.applications.iter().flat_map(Application::consumer_keys).cloned().collect()
    }

    /// The test; none where `open_catalog` lets an unknown one through.
    ///
    /// # Errors
    /// [`Error::UnknownTest`].
    pub fn test(&self, test_code: &str) -> Result<Option<Arc<Test>>, Error> {
        match self.catalog.tests.get(test_code) {
            Some(test) => Ok(Some(Arc::clone(test))),
            None if self.settings.open_catalog => Ok(None),
            None => Err(Error::UnknownTest(test_code.to_owned())),
        }
    }

    /// The records of a candidate, oldest first.
    ///
    /// # Errors
    /// [`Error::UnknownCandidate`] where no eligibility of the account ever named the candidate.
    pub fn candidate(&self, candidate_id: &str) -> Result<impl Iterator<Item = &Arc<Eligibility>>, Error> {
        let rows =
            self.by_candidate.get(candidate_id).ok_or_else(|| Error::UnknownCandidate(candidate_id.to_owned()))?;
        Ok(rows.iter().filter_map(|row| self.eligibilities.row(*row)))
    }

    /// Whether an eligibility of the account ever named the candidate.
    ///
    /// # Errors
    /// [`Error::UnknownCandidate`].
    pub fn knows(&self, candidate_id: &str) -> Result<(), Error> {
        self.candidate(candidate_id).map(drop)
    }

    /// The candidates, by identifier, as their newest record has them.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        let newest: BTreeMap<_, _> = self
            .eligibilities
            .iter()
            .map(|record| (record.candidate.candidate_id.as_str(), &record.candidate))
            .collect();
        newest.into_values()
    }

    /// The open record of a candidate and test.
    pub fn open_eligibility(&self, candidate_id: &str, test_code: &str) -> Option<Arc<Eligibility>> {
        self.candidate(candidate_id).ok()?.find(|record| record.test_code == test_code && record.is_open()).cloned()
    }

    /// Adds a record.
    pub fn add_eligibility(&mut self, record: Eligibility) -> Arc<Eligibility> {
        let id = record.id;
        let candidate_id = record.candidate.candidate_id.clone();
        let row = self.eligibilities.insert(id, record);
        self.by_candidate.entry(candidate_id).or_default().push(row);
        match self.eligibilities.row(row) {
            Some(record) => Arc::clone(record),
            None => unreachable!("the row was inserted above"),
        }
    }

    /// The record with this identifier.
    ///
    /// # Errors
    /// [`Error::UnknownEligibility`].
    pub fn eligibility(&self, id: EligibilityId) -> Result<Arc<Eligibility>, Error> {
        self.eligibilities.get(&id).cloned().ok_or_else(|| Error::UnknownEligibility(id.to_string()))
    }

    /// The record with this identifier, to change; the only way to change one.
    ///
    /// # Errors
    /// [`Error::UnknownEligibility`].
    pub fn eligibility_mut(&mut self, id: EligibilityId) -> Result<&mut Eligibility, Error> {
        let record = self.eligibilities.get_mut(&id).ok_or_else(|| Error::UnknownEligibility(id.to_string()))?;
        record.written = Written::default();
        Ok(record)
    }

    /// The booking with this code.
    ///
    /// # Errors
    /// [`Error::UnknownBooking`].
    pub fn booking(&self, code: BookingCode) -> Result<Arc<Booking>, Error> {
        self.bookings.get(&code).cloned().ok_or_else(|| Error::UnknownBooking(code.to_string()))
    }

    /// Refuses a change that would add deliveries beyond the limit.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn room_for_deliveries(&self, count: usize) -> Result<(), Error> {
        let limit = self.settings.max_deliveries;
        if self.outbox.rows.len() + count <= limit { Ok(()) } else { Err(Error::QueueFull { limit }) }
    }

    /// How many deliveries a result makes: one for each of its services that the partner asked for.
    pub fn deliveries_of_a_result(&self) -> usize {
        let services = [OutService::AssessmentResults, OutService::AssessmentResultsNotification];
        services.iter().filter(|service| self.subscriptions.contains_key(service)).count()
    }

    /// Every identifier the account holds, to give back when it goes.
    pub fn identifiers(&self) -> impl Iterator<Item = crate::domain::value::id::Code> {
        let eligibilities = self.eligibilities.iter().map(|record| record.id);
        let bookings = self.bookings.iter().map(|booking| booking.booking_code);
        eligibilities.chain(bookings).chain(self.retired.iter().copied())
    }
}
