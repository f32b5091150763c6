//! Getting Started: is the connection there, and what is the token good for.

pub mod operations;
