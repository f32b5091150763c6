//! The bookings of an account, and the seats that they take.

use std::sync::Arc;

use super::State;
use super::seat::{self, TakenSeats};
use super::table::Numbered;
use crate::domain::contract::error::Error;
use crate::domain::record::booking::{Booking, Retired};
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Timestamp;

impl State {
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

    /// The booking whose exam starts first, of those that are still to be taken.
    pub fn first_awaited(&self) -> Option<&Arc<Booking>> {
        self.index.starts.first().and_then(|(_, row)| self.bookings().row(*row))
    }

    /// The booking whose hold ends first.
    pub fn first_hold(&self) -> Option<&Arc<Booking>> {
        self.index.holds.first().and_then(|(_, row)| self.bookings().row(*row))
    }

    /// The seats of a test center that are taken; `None` if none is.
    pub fn taken_seats(&self, location_code: &str) -> Option<&TakenSeats> {
        self.index.seats.get(location_code)
    }

    /// The most seats of a test center that are taken at once from one instant to another.
    pub fn seats_taken(&self, location_code: &str, from: Timestamp, to: Timestamp) -> u32 {
        self.taken_seats(location_code).map_or(0, |taken| seat::most(&taken.steps(from, to), from, to))
    }

    /// How many seats of an invitation are taken.
    pub fn invited(&self, invitation_code: &str) -> u32 {
        self.index.invited.get(invitation_code).copied().unwrap_or(0)
    }

    /// Adds a booking; it takes its seat.
    pub fn add_booking(&mut self, booking: Booking) -> Result<Arc<Booking>, Error> {
        let code = booking.booking_code;
        let row = self.tables.bookings.insert(booking);
        self.index.booking(row, None, self.tables.bookings.row(row).map(|booking| &**booking));
        self.booking(code)
    }

    /// Has these bookings come after all others, in this order.
    pub fn order_bookings(&mut self, codes: impl IntoIterator<Item = BookingCode>) {
        for code in codes {
            let Some(row) = self.bookings().number(&code) else { continue };
            if let Some(booking) = self.tables.bookings.remove(&code) {
                self.index.booking(row, Some(&booking), None);
                let row = self.tables.bookings.insert((*booking).clone());
                self.index.booking(row, None, Some(&booking));
            }
        }
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
        if let Some(row) = self.bookings().number(&code) {
            self.index.booking(row, Some(&before), Some(&after));
        }
        Ok(after)
    }

    /// Takes a booking out: its seat is free, and its code names nothing any more.
    ///
    /// # Errors
    /// [`Error::UnknownBooking`].
    pub fn retire_booking(&mut self, code: BookingCode) -> Result<Arc<Booking>, Error> {
        let unknown = || Error::UnknownBooking(code.to_string());
        let row = self.bookings().number(&code).ok_or_else(unknown)?;
        let booking = self.tables.bookings.remove(&code).ok_or_else(unknown)?;
        self.index.booking(row, Some(&booking), None);
        self.retired.put(code, Arc::new(Retired {}));
        Ok(booking)
    }
}
