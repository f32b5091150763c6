//! Proctored sessions: what the partner will be told of them; the service itself is still to come.

pub mod notice;
