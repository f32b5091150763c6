//! Values: instants, lengths of time, identifiers, chance, and the reader of documents.

pub mod chance;
pub mod country;
pub mod document;
pub mod hash;
pub mod id;
pub mod misfit;
pub mod span;
pub mod stamp;
pub mod text;
