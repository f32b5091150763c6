//! Proctored sessions: their notifications; the service itself is still to come.

pub mod notice;
