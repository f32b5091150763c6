//! The payments of an account, and what was answered under which `Idempotency-Key`.

use std::sync::Arc;

use super::State;
use super::table::Numbered;
use crate::domain::contract::error::Error;
use crate::domain::record::answered::Answered;
use crate::domain::record::payment::{Payment, PaymentStatus};
use crate::domain::value::id::{BookingCode, PaymentId};

/// How many answers an account keeps under an `Idempotency-Key`, the newest.
const ANSWERS_KEPT: usize = 1000;

impl State {
    /// The payments.
    pub fn payments(&self) -> &Numbered<Payment> {
        &self.tables.payments
    }

    /// The payment with this identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn payment(&self, id: PaymentId) -> Result<Arc<Payment>, Error> {
        let missing = || Error::NotFound { kind: "payment", id: id.to_string() };
        self.payments().get(&id).cloned().ok_or_else(missing)
    }

    /// The payments of a booking with their numbers, oldest first.
    pub fn payments_of(&self, booking: BookingCode) -> impl Iterator<Item = (u64, &Arc<Payment>)> {
        let rows = self.index.payments.range((booking, 0)..=(booking, u64::MAX));
        rows.filter_map(|(_, row)| Some((*row, self.payments().row(*row)?)))
    }

    /// Adds a payment.
    pub fn add_payment(&mut self, payment: Payment) -> Result<Arc<Payment>, Error> {
        let id = payment.payment_id;
        let row = self.tables.payments.insert(payment);
        self.index.payment(row, None, self.tables.payments.row(row).map(|payment| &**payment));
        self.payment(id)
    }

    /// Changes the payment with this identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn change_payment(&mut self, id: PaymentId, edit: impl FnOnce(&mut Payment)) -> Result<Arc<Payment>, Error> {
        let before = self.payment(id)?;
        if let Some(payment) = self.tables.payments.get_mut(&id) {
            edit(payment);
        }
        let after = self.payment(id)?;
        if let Some(row) = self.payments().number(&id) {
            self.index.payment(row, Some(&before), Some(&after));
        }
        Ok(after)
    }

    /// A booking is on hold no more: its payments that end with the hold have expired.
    ///
    /// # Errors
    /// None that can occur.
    pub fn expire_payments(&mut self, booking: BookingCode) -> Result<(), Error> {
        let ending = self.payments_of(booking).filter(|(_, payment)| payment.ends_with_the_hold());
        for id in ending.map(|(_, payment)| payment.payment_id).collect::<Vec<_>>() {
            self.change_payment(id, |payment| payment.status = PaymentStatus::Expired)?;
        }
        Ok(())
    }

    /// A booking has a new code: its payments are of that one.
    ///
    /// # Errors
    /// None that can occur.
    pub fn move_payments(&mut self, from: BookingCode, to: BookingCode) -> Result<(), Error> {
        for id in self.payments_of(from).map(|(_, payment)| payment.payment_id).collect::<Vec<_>>() {
            self.change_payment(id, |payment| payment.booking_code = to)?;
        }
        Ok(())
    }

    /// What was answered under a key.
    pub fn answered(&self, key: &str) -> Option<&Arc<Answered>> {
        self.answered.get(&key.to_owned())
    }

    /// Keeps what is answered under a key, which has no answer yet.
    pub fn keep_answer(&mut self, answered: Answered) {
        self.answered.insert(answered);
        while self.answered.len() > ANSWERS_KEPT {
            let Some(oldest) = self.answered.iter().next().map(|one| one.key.clone()) else { break };
            self.answered.remove(&oldest);
        }
    }
}
