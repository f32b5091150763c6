//! The list of all tables: what an account holds is a row of one of them, and nothing else is stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::one::SingleRow;
use super::table::{Numbered, Table};
use crate::domain::contract::service::OutService;
use crate::domain::record::Record;
use crate::domain::record::account::{AccountRecord, SetUpCodes};
use crate::domain::record::answered::Answered;
use crate::domain::record::application::Application;
use crate::domain::record::booking::{Booking, Retired};
use crate::domain::record::clock::Clock;
use crate::domain::record::delivery::Delivery;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::fault::Faults;
use crate::domain::record::invitation::Invitation;
use crate::domain::record::payment::Payment;
use crate::domain::record::place::Place;
use crate::domain::record::publication::Publication;
use crate::domain::record::session::Session;
use crate::domain::record::settings::Settings;
use crate::domain::record::subscription::Subscription;
use crate::domain::record::test::Test;
use crate::domain::record::test_center::TestCenter;
use crate::domain::record::token::{EndedToken, Token};
use crate::domain::record::user::User;
use crate::domain::record::voucher::Voucher;
use crate::domain::value::id::{AccountCode, BookingCode, Ids};

/// What each kind of table can do with its rows.
pub trait Rows {
    /// How a row is named.
    type Key;
    /// What a row holds.
    type Value;

    /// Whether the present change touched a row.
    fn is_touched(&self) -> bool;
    /// Visits the rows that the present change touched, as they are now.
    fn touched(&self, visit: &mut dyn FnMut(Self::Key, Option<Arc<Self::Value>>));
    /// Visits all rows.
    fn all(&self, visit: &mut dyn FnMut(Self::Key, Option<Arc<Self::Value>>));
    /// Puts a row as a change set has it.
    fn restore(&mut self, key: Self::Key, value: Option<Arc<Self::Value>>);
    /// The number that the next row gets, where rows are numbered.
    fn next_number(&self) -> u64 {
        0
    }
    /// Ends the present change, and keeps what it did.
    fn commit(&mut self);
    /// Ends the present change, and puts every touched row back as it was.
    fn roll_back(&mut self);
}

impl<K: Ord + Clone, V: Clone> Rows for Table<K, V> {
    type Key = K;
    type Value = V;

    fn is_touched(&self) -> bool {
        Self::is_touched(self)
    }

    fn touched(&self, visit: &mut dyn FnMut(K, Option<Arc<V>>)) {
        if self.is_touched() {
            Self::touched(self).for_each(|(key, _, now)| visit(key.clone(), now.cloned()));
        }
    }

    fn all(&self, visit: &mut dyn FnMut(K, Option<Arc<V>>)) {
        self.iter().for_each(|(key, record)| visit(key.clone(), Some(Arc::clone(record))));
    }

    fn restore(&mut self, key: K, value: Option<Arc<V>>) {
        match value {
            Some(record) => self.put(key, record),
            None => drop(self.remove(&key)),
        }
    }

    fn commit(&mut self) {
        Self::commit(self);
    }

    fn roll_back(&mut self) {
        Self::roll_back(self);
    }
}

impl<V: Record> Rows for Numbered<V> {
    type Key = u64;
    type Value = V;

    fn is_touched(&self) -> bool {
        self.rows().is_touched()
    }

    fn touched(&self, visit: &mut dyn FnMut(u64, Option<Arc<V>>)) {
        Rows::touched(self.rows(), visit);
    }

    fn all(&self, visit: &mut dyn FnMut(u64, Option<Arc<V>>)) {
        Rows::all(self.rows(), visit);
        // The number before the one that comes next is visited even if its row is gone: numbers are never given twice.
        let last = self.next() - 1;
        if last > 0 && self.row(last).is_none() {
            visit(last, None);
        }
    }

    fn restore(&mut self, key: u64, value: Option<Arc<V>>) {
        Self::restore(self, key, value);
    }

    fn next_number(&self) -> u64 {
        self.next()
    }

    fn commit(&mut self) {
        Self::commit(self);
    }

    fn roll_back(&mut self) {
        Self::roll_back(self);
    }
}

impl<T: Clone> Rows for SingleRow<T> {
    type Key = ();
    type Value = T;

    fn is_touched(&self) -> bool {
        Self::is_touched(self)
    }

    fn touched(&self, visit: &mut dyn FnMut((), Option<Arc<T>>)) {
        if self.is_touched() {
            self.all(visit);
        }
    }

    fn all(&self, visit: &mut dyn FnMut((), Option<Arc<T>>)) {
        visit((), Some(Arc::new(T::clone(self))));
    }

    fn restore(&mut self, (): (), value: Option<Arc<T>>) {
        if let Some(value) = value {
            *self.edit() = Arc::unwrap_or_clone(value);
        }
    }

    fn commit(&mut self) {
        Self::commit(self);
    }

    fn roll_back(&mut self) {
        Self::roll_back(self);
    }
}

/// What the first rows of an account are made of.
#[derive(Debug)]
pub struct First<'a> {
    /// The account.
    pub code: &'a AccountCode,
    /// The seed of identifiers and generated people.
    pub seed: u64,
    /// Its clock.
    pub clock: Clock,
    /// Signs every subscription that has no secret of its own.
    pub signing_secret: &'a str,
}

/// Makes a new table: an empty one, where nothing else is said.
macro_rules! new {
    () => {
        |_| Default::default()
    };
    ($new:expr) => {
        $new
    };
}

/// Declares the tables of an account, a line each: member, kind, how its rows are called in a change set, and what a
/// new account has in it, if anything.
macro_rules! tables {
    ($($(#[doc = $doc:literal])+ $visible:vis $member:ident: $kind:ty => $row:ident $(= $new:expr)?;)+) => {
        /// All that an account holds.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Tables {
            $($(#[doc = $doc])+ $visible $member: $kind,)+
        }

        /// A row of one of the tables: its key, and what it holds now; `None` if it is gone.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "table", rename_all = "snake_case")]
        #[allow(missing_docs, reason = "a variant for each table, documented there")]
        pub enum ChangedRow {
            $($row {
                key: <$kind as Rows>::Key,
                value: Option<Arc<<$kind as Rows>::Value>>,
            },)+
        }

        impl Tables {
            /// The tables of a new account.
            pub(super) fn new(first: &First<'_>) -> Self {
                Self {
                    $($member: {
                        let new: fn(&First<'_>) -> $kind = new!($($new)?);
                        new(first)
                    },)+
                }
            }

            /// The rows that the present change touched, as they are now.
            pub fn touched(&self) -> Vec<ChangedRow> {
                let mut rows = Vec::new();
                $(Rows::touched(&self.$member, &mut |key, value| rows.push(ChangedRow::$row { key, value }));)+
                rows
            }

            /// Whether the present change touched any row.
            pub fn is_touched(&self) -> bool {
                false $(|| Rows::is_touched(&self.$member))+
            }

            /// All rows.
            pub fn all(&self) -> Vec<ChangedRow> {
                let mut rows = Vec::new();
                $(Rows::all(&self.$member, &mut |key, value| rows.push(ChangedRow::$row { key, value }));)+
                rows
            }

            /// Puts a row as a change set has it; the indexes do not know of it.
            pub(super) fn restore(&mut self, row: ChangedRow) {
                match row {
                    $(ChangedRow::$row { key, value } => Rows::restore(&mut self.$member, key, value),)+
                }
            }

            /// The largest number that a table gives next.
            pub fn next_number(&self) -> u64 {
                [$(Rows::next_number(&self.$member)),+].into_iter().max().unwrap_or_default()
            }

            /// The present change stands.
            pub(super) fn commit(&mut self) {
                $(Rows::commit(&mut self.$member);)+
            }

            /// Nothing of the present change stands.
            pub(super) fn roll_back(&mut self) {
                $(Rows::roll_back(&mut self.$member);)+
            }

            /// Leaves out what a row of a table was before the present change.
            #[cfg(test)]
            pub fn leave_out_a_before_image(&mut self, name: &str) {
                $(if name == stringify!($row) {
                    self.$member.leave_out_a_before_image();
                })+
            }

            /// The names of the tables, as change sets have them.
            #[cfg(test)]
            pub const NAMES: &'static [&'static str] = &[$(stringify!($row)),+];
        }
    };
}

tables! {
    /// The account's own values.
    pub account: SingleRow<AccountRecord> => Account = |first| SingleRow::new(AccountRecord::new(first.seed, first.signing_secret));
    /// Business time.
    pub clock: SingleRow<Clock> => Clock = |first| SingleRow::new(first.clock);
    /// How the account behaves.
    pub settings: SingleRow<Settings> => Settings;
    /// The generator of identifiers.
    pub ids: SingleRow<Ids> => Ids = |first| SingleRow::new(Ids::new(first.seed, first.code));
    /// Injected trouble.
    pub faults: SingleRow<Faults> => Faults = |first| SingleRow::new(Faults::new(first.seed, first.code));
    /// Codes that must be set up before an eligibility may name them.
    pub set_up: SingleRow<SetUpCodes> => SetUp;
    /// Users, the first one first.
    pub users: Numbered<User> => Users;
    /// Applications, the first one first.
    pub applications: Numbered<Application> => Applications;
    /// Tokens that work, or whose refresh token does.
    pub(super) tokens: Numbered<Token> => Tokens;
    /// Tokens that work no more, the oldest first.
    pub ended_tokens: Numbered<EndedToken> => EndedTokens;
    /// Tests by code.
    pub tests: Table<String, Test> => Tests;
    /// The account's own test centers by code; the shipped ones stand in while there is none.
    pub test_centers: Table<String, TestCenter> => TestCenters;
    /// Places that searches may name, by their name.
    pub places: Table<String, Place> => Places;
    /// Invitations by code.
    pub invitations: Table<String, Invitation> => Invitations;
    /// Vouchers by code.
    pub vouchers: Table<String, Voucher> => Vouchers;
    /// Outgoing services that the partner listens to.
    pub subscriptions: Table<OutService, Subscription> => Subscriptions;
    /// Eligibilities.
    pub(super) eligibilities: Numbered<Eligibility> => Eligibilities;
    /// Tests as partners wrote them, and have not published so.
    pub drafts: Table<String, Test> => Drafts;
    /// Publications of tests.
    pub(super) publications: Numbered<Publication> => Publications;
    /// Proctored sessions.
    pub sessions: Numbered<Session> => Sessions;
    /// Bookings.
    pub(super) bookings: Numbered<Booking> => Bookings;
    /// Codes of bookings that were moved: they name nothing any more, and are not given again.
    pub retired: Table<BookingCode, Retired> => Retired;
    /// Payments.
    pub(super) payments: Numbered<Payment> => Payments;
    /// What was answered under an `Idempotency-Key`, the oldest first.
    pub(super) answered: Numbered<Answered> => Answered;
    /// Notifications.
    pub(super) deliveries: Numbered<Delivery> => Deliveries;
}
