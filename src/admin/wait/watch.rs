//! What a wait watches: what counts already, and what comes to count as things happen.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::admin::request;
use crate::domain::due;
use crate::domain::query::{
    BookingQuery, DeliveryQuery, EligibilityQuery, PaymentQuery, PublicationQuery, SessionQuery,
};
use crate::domain::record::delivery::{Delivery, DeliveryStatus, DeliveryView};
use crate::domain::state::State;
use crate::domain::state::change::ChangedRow;
use crate::domain::value::stamp::{self, Timestamp};
use crate::service::{Account, Sandbox};
use crate::store::feed::Happening;
use crate::store::journal::JournalEntry;

/// Whether a call is one that is waited for.
pub type Takes = Box<dyn Fn(&JournalEntry) -> bool>;

/// What is watched, and which of them count.
pub enum Watch {
    Requests(Takes),
    Deliveries { query: DeliveryQuery, with_open: bool },
    Bookings(BookingQuery),
    Eligibilities(EligibilityQuery),
    Payments(PaymentQuery),
    Publications(PublicationQuery),
    Sessions(SessionQuery),
    Idle,
}

/// That nothing is due or under way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Idle {
    /// The account's present instant.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// How many deliveries wait for a later instant, or are held back.
    pub open: usize,
}

impl Watch {
    /// Those that count already, by number.
    pub async fn scan(&self, sandbox: &Sandbox, account: &Account) -> BTreeSet<u64> {
        let look = |state: &State, now| match self {
            Self::Requests(_) => BTreeSet::new(),
            Self::Idle => due::is_settled(state, now).then_some(0).into_iter().collect(),
            Self::Deliveries { .. } => numbers(state.deliveries().after(0), |row| self.takes_delivery(row)),
            Self::Bookings(query) => numbers(state.bookings().after(0), |row| query.takes(row)),
            Self::Eligibilities(query) => numbers(state.eligibilities().after(0), |row| query.takes(row)),
            Self::Payments(query) => numbers(state.payments().after(0), |row| query.takes(row)),
            Self::Publications(query) => numbers(state.publications().after(0), |row| query.takes(row)),
            Self::Sessions(query) => numbers(state.sessions.after(0), |row| query.takes(row)),
        };
        match self {
            Self::Requests(takes) => {
                account.journal.entries().iter().filter(|entry| takes(entry)).map(|entry| entry.id).collect()
            }
            _ => sandbox.look(account, look).await,
        }
    }

    /// Without a status or a count of attempts, a delivery counts once an attempt has ended it.
    fn takes_delivery(&self, delivery: &Delivery) -> bool {
        use DeliveryStatus::{Paused, Pending, Sending};
        let Self::Deliveries { query, with_open } = self else { return false };
        query.takes(delivery) && (*with_open || !matches!(delivery.status, Pending | Sending | Paused))
    }

    /// Counts what happened; false if all must be looked at again.
    pub fn follow(&self, counted: &mut BTreeSet<u64>, happening: &Happening) -> bool {
        let rows = match happening {
            Happening::Change(set) => &set.rows,
            Happening::Request(entry) => {
                if let Self::Requests(takes) = self
                    && takes(entry)
                {
                    counted.insert(entry.id);
                }
                return true;
            }
            Happening::Reset(_) => return false,
        };
        if let Self::Idle = self {
            return false;
        }
        for row in rows {
            let (number, counts) = match (self, row) {
                (Self::Deliveries { .. }, ChangedRow::Deliveries { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| self.takes_delivery(row)))
                }
                (Self::Bookings(query), ChangedRow::Bookings { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                (Self::Eligibilities(query), ChangedRow::Eligibilities { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                (Self::Payments(query), ChangedRow::Payments { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                (Self::Publications(query), ChangedRow::Publications { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                (Self::Sessions(query), ChangedRow::Sessions { key, value }) => {
                    (*key, value.as_ref().is_some_and(|row| query.takes(row)))
                }
                _ => continue,
            };
            if counts {
                counted.insert(number);
            } else {
                counted.remove(&number);
            }
        }
        true
    }

    /// The one with this number, written out.
    pub async fn show(&self, sandbox: &Sandbox, account: &Account, number: u64) -> Value {
        if let Self::Requests(_) = self {
            let entries = account.journal.entries();
            return entries
                .iter()
                .find(|entry| entry.id == number)
                .map_or(Value::Null, |entry| to_value(&request::shown(entry)));
        }
        let look = |state: &State, now| match self {
            Self::Requests(_) => None,
            Self::Idle => Some(to_value(&Idle { now, open: due::open(state) })),
            Self::Deliveries { .. } => state.deliveries().row(number).map(|row| to_value(&DeliveryView::from(&**row))),
            Self::Bookings(_) => state.bookings().row(number).map(to_value),
            Self::Eligibilities(_) => state.eligibilities().row(number).map(|row| to_value(&row.view(now))),
            Self::Payments(_) => state.payments().row(number).map(|row| to_value(&row.view())),
            Self::Publications(_) => state.publications().row(number).map(to_value),
            Self::Sessions(_) => state.sessions.row(number).map(to_value),
        };
        sandbox.look(account, look).await.unwrap_or(Value::Null)
    }
}

fn numbers<'a, T: 'a>(rows: impl Iterator<Item = (u64, &'a Arc<T>)>, takes: impl Fn(&T) -> bool) -> BTreeSet<u64> {
    rows.filter(|(_, row)| takes(row)).map(|(number, _)| number).collect()
}

fn to_value(thing: &impl serde::Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or(Value::Null)
}
