//! The indexes over an account's rows: made from them, never stored, so they cannot disagree.

use std::borrow::Borrow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use foldhash::fast::RandomState;

use super::answers::LongAnswers;
use super::queue::{QueuePosition, Queues};
use super::seat::TakenSeats;
use super::tables::Tables;
use crate::domain::record::booking::Booking;
use crate::domain::record::eligibility::Eligibility;
use crate::domain::record::payment::Payment;
use crate::domain::record::publication::Publication;
use crate::domain::record::token::{Holder, Token};
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Timestamp;
use crate::domain::value::text::Text;

/// All indexes of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indexes {
    /// The eligibilities of each candidate, oldest first.
    pub by_candidate: HashMap<Text, Vec<u64>, RandomState>,
    /// The eligibilities under each of the partner's identifiers, oldest first.
    pub by_client_id: HashMap<String, Vec<u64>, RandomState>,
    /// Taken seats by test center.
    pub seats: HashMap<String, TakenSeats, RandomState>,
    /// Taken seats by invitation.
    pub invited: HashMap<String, u32, RandomState>,
    /// When the exams of bookings start that nobody has taken, moved or missed yet.
    pub starts: BTreeSet<(Timestamp, u64)>,
    /// When holds of bookings end.
    pub holds: BTreeSet<(Timestamp, u64)>,
    /// How many bookings redeem each voucher.
    pub redemptions: HashMap<String, u32, RandomState>,
    /// The payments of each booking.
    pub payments: BTreeSet<(BookingCode, u64)>,
    /// When publications take effect that are pending.
    pub publications: BTreeSet<(Timestamp, u64)>,
    /// What is sent next.
    pub queues: Queues,
    /// The deliveries that keep a long answer.
    pub answers: LongAnswers,
    /// The newest token of each holder.
    pub newest_tokens: HashMap<Holder, u64, RandomState>,
    /// When tokens end, with their refresh tokens.
    pub token_ends: BTreeSet<(Timestamp, u64)>,
}

impl Indexes {
    /// Makes them from the rows.
    pub fn of(tables: &Tables) -> Self {
        let mut indexes = Self::default();
        for (number, record) in tables.eligibilities.after(0) {
            indexes.eligibility(number, None, Some(record));
        }
        for (row, booking) in tables.bookings.after(0) {
            indexes.booking(row, None, Some(booking));
        }
        for (row, payment) in tables.payments.after(0) {
            indexes.payment(row, None, Some(payment));
        }
        for (row, publication) in tables.publications.after(0) {
            indexes.publication(row, None, Some(publication));
        }
        for (row, delivery) in tables.deliveries.after(0) {
            indexes.queues.follow(&tables.deliveries, row, None, Some(&QueuePosition::of(delivery)));
            indexes.answers.follow(row, delivery.long_bytes());
        }
        for (row, token) in tables.tokens.after(0) {
            indexes.token(row, None, Some(token));
        }
        indexes
    }

    /// Follows an eligibility: only that it comes, or that it goes with a refused change, makes a difference.
    pub fn eligibility(&mut self, number: u64, before: Option<&Eligibility>, after: Option<&Eligibility>) {
        match (before, after) {
            (None, Some(record)) => {
                self.by_candidate.entry(record.candidate.candidate_id.clone()).or_default().push(number);
                if let Some(id) = &record.client_eligibility_id {
                    self.by_client_id.entry(id.clone()).or_default().push(number);
                }
            }
            (Some(record), None) => {
                forget(&mut self.by_candidate, record.candidate.candidate_id.as_str(), number);
                if let Some(id) = &record.client_eligibility_id {
                    forget(&mut self.by_client_id, id.as_str(), number);
                }
            }
            _ => {}
        }
    }

    /// Follows a booking by its start, the end of its hold, the seat it takes and the vouchers it redeems.
    pub fn booking(&mut self, row: u64, before: Option<&Booking>, after: Option<&Booking>) {
        if let Some(start) = before.and_then(Booking::awaited) {
            self.starts.remove(&(start, row));
        }
        if let Some(start) = after.and_then(Booking::awaited) {
            self.starts.insert((start, row));
        }
        if let Some(end) = before.and_then(Booking::held_until) {
            self.holds.remove(&(end, row));
        }
        if let Some(end) = after.and_then(Booking::held_until) {
            self.holds.insert((end, row));
        }
        let (left, taken) = (before.and_then(Booking::invited), after.and_then(Booking::invited));
        if left != taken {
            if let Some(code) = taken {
                more(&mut self.invited, code.to_owned());
            }
            if let Some(code) = left {
                fewer(&mut self.invited, code.to_owned());
            }
        }
        for code in after.into_iter().flat_map(Booking::redeemed) {
            more(&mut self.redemptions, code.clone());
        }
        for code in before.into_iter().flat_map(Booking::redeemed) {
            fewer(&mut self.redemptions, code.clone());
        }
        let (leaves, takes) = (before.and_then(Booking::seat), after.and_then(Booking::seat));
        if leaves != takes {
            if let Some(seat) = takes {
                if let Some(taken) = self.seats.get_mut(seat.location_code) {
                    taken.take(&seat);
                } else {
                    self.seats.entry(seat.location_code.to_owned()).or_default().take(&seat);
                }
            }
            if let Some(seat) = leaves
                && let Some(taken) = self.seats.get_mut(seat.location_code)
            {
                taken.give_back(&seat);
                if taken.is_empty() {
                    self.seats.remove(seat.location_code);
                }
            }
        }
    }

    /// Follows a payment by its booking.
    pub fn payment(&mut self, row: u64, before: Option<&Payment>, after: Option<&Payment>) {
        if let Some(payment) = before {
            self.payments.remove(&(payment.booking_code, row));
        }
        if let Some(payment) = after {
            self.payments.insert((payment.booking_code, row));
        }
    }

    /// Follows a publication by when it takes effect.
    pub fn publication(&mut self, row: u64, before: Option<&Publication>, after: Option<&Publication>) {
        if let Some(due) = before.and_then(Publication::due) {
            self.publications.remove(&(due, row));
        }
        if let Some(due) = after.and_then(Publication::due) {
            self.publications.insert((due, row));
        }
    }

    /// Follows a token.
    pub fn token(&mut self, row: u64, before: Option<&Token>, after: Option<&Token>) {
        if let Some(holder) = before.and_then(Token::holder)
            && self.newest_tokens.get(&holder) == Some(&row)
        {
            self.newest_tokens.remove(&holder);
        }
        if let Some(end) = before.and_then(Token::end) {
            self.token_ends.remove(&(end, row));
        }
        if let Some(holder) = after.and_then(Token::holder) {
            self.newest_tokens.insert(holder, row);
        }
        if let Some(end) = after.and_then(Token::end) {
            self.token_ends.insert((end, row));
        }
    }

    /// Takes what the present change touched out of the indexes, before the tables go back.
    pub fn forget_touched(&mut self, tables: &Tables) {
        for (number, before, now) in tables.eligibilities.rows().touched() {
            if before.is_none() {
                self.eligibility(*number, now.map(|record| &**record), None);
            }
        }
        for (row, _, now) in tables.bookings.rows().touched() {
            self.booking(*row, now.map(|booking| &**booking), None);
        }
        for (row, _, now) in tables.payments.rows().touched() {
            self.payment(*row, now.map(|payment| &**payment), None);
        }
        for (row, _, now) in tables.publications.rows().touched() {
            self.publication(*row, now.map(|publication| &**publication), None);
        }
        for (row, _, now) in tables.deliveries.rows().touched() {
            self.queues.follow(&tables.deliveries, *row, now.map(|found| QueuePosition::of(found)).as_ref(), None);
            self.answers.follow(*row, 0);
        }
        for (row, _, now) in tables.tokens.rows().touched() {
            self.token(*row, now.map(|token| &**token), None);
        }
    }

    /// Puts earlier rows back into the indexes, after the tables went back.
    pub fn put_back(&mut self, tables: &Tables, touched: &Touched) {
        for row in &touched.bookings {
            self.booking(*row, None, tables.bookings.row(*row).map(|booking| &**booking));
        }
        for row in &touched.payments {
            self.payment(*row, None, tables.payments.row(*row).map(|payment| &**payment));
        }
        for row in &touched.publications {
            self.publication(*row, None, tables.publications.row(*row).map(|publication| &**publication));
        }
        for row in &touched.deliveries {
            let place = tables.deliveries.row(*row).map(|found| QueuePosition::of(found));
            self.queues.follow(&tables.deliveries, *row, None, place.as_ref());
            self.answers.follow(*row, tables.deliveries.row(*row).map_or(0, |delivery| delivery.long_bytes()));
        }
        for row in &touched.tokens {
            self.token(*row, None, tables.tokens.row(*row).map(|token| &**token));
        }
    }
}

/// Takes a row from under its key; a key without rows is forgotten.
fn forget<K: Hash + Eq + Borrow<str>>(rows: &mut HashMap<K, Vec<u64>, RandomState>, key: &str, number: u64) {
    if let Some(of_key) = rows.get_mut(key) {
        of_key.retain(|row| *row != number);
        if of_key.is_empty() {
            rows.remove(key);
        }
    }
}

/// Counts one more.
fn more<K: Hash + Eq>(counts: &mut HashMap<K, u32, RandomState>, key: K) {
    *counts.entry(key).or_default() += 1;
}

/// Counts one fewer; what is none is forgotten.
fn fewer<K: Hash + Eq>(counts: &mut HashMap<K, u32, RandomState>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

/// The indexed rows that a change touched, by number.
#[derive(Debug, Default)]
pub struct Touched {
    bookings: Vec<u64>,
    payments: Vec<u64>,
    publications: Vec<u64>,
    deliveries: Vec<u64>,
    tokens: Vec<u64>,
}

impl Touched {
    /// Those of the present change.
    pub fn of(tables: &Tables) -> Self {
        Self {
            bookings: tables.bookings.rows().touched().map(|(row, ..)| *row).collect(),
            payments: tables.payments.rows().touched().map(|(row, ..)| *row).collect(),
            publications: tables.publications.rows().touched().map(|(row, ..)| *row).collect(),
            deliveries: tables.deliveries.rows().touched().map(|(row, ..)| *row).collect(),
            tokens: tables.tokens.rows().touched().map(|(row, ..)| *row).collect(),
        }
    }
}
