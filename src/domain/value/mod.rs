//! Values: instants, lengths of time, identifiers, and the readers of documents.

pub mod document;
pub mod id;
pub mod span;
pub mod stamp;
