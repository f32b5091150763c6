//! The deliveries of an account, and the queues over them.

use std::sync::Arc;

use super::State;
use super::queue::{QueuePosition, Queues};
use super::table::Numbered;
use crate::domain::contract::error::Error;
use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::{Delivery, Lane};

impl State {
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
        self.index.answers.follow(row, self.tables.deliveries.row(row).map_or(0, |delivery| delivery.long_bytes()));
        row
    }

    /// How many bytes of long answers the deliveries keep.
    pub fn answer_bytes(&self) -> usize {
        self.index.answers.bytes()
    }

    /// Shortens the answers of the oldest deliveries until so many bytes of long ones are kept at most.
    pub fn shorten_answers(&mut self, most: usize) {
        while self.index.answers.bytes() > most
            && let Some(oldest) = self.index.answers.oldest()
        {
            self.change_delivery(oldest, Delivery::shorten);
        }
    }

    /// Changes a delivery; its queue follows.
    pub fn change_delivery(&mut self, row: u64, edit: impl FnOnce(&mut Delivery)) -> Option<&Arc<Delivery>> {
        let before = QueuePosition::of(self.tables.deliveries.row(row)?);
        let delivery = self.tables.deliveries.row_mut(row)?;
        edit(delivery);
        let after = QueuePosition::of(delivery);
        self.index.answers.follow(row, delivery.long_bytes());
        self.index.queues.follow(&self.tables.deliveries, row, Some(&before), Some(&after));
        self.tables.deliveries.row(row)
    }
}
