//! Where and when exams can be taken: places, distances and timeslots, for all rooms that ask.

pub mod distance;
pub mod search;
pub mod timeslot;
