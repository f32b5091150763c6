//! The Booking service: registrations and bookings in one call, searches for locations and timeslots, invitations.

pub mod answer;
pub mod book;
pub mod input;
pub mod invitation;
pub mod operations;
pub mod search;
#[cfg(test)]
mod tests;
