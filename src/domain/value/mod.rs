//! Values: instants, time zones, lengths of time, identifiers, money, URLs, chance, and the reader of documents.

pub mod chance;
pub mod country;
pub mod document;
pub mod hash;
pub mod hidden;
pub mod id;
pub mod matcher;
pub mod misfit;
pub mod money;
pub mod span;
pub mod stamp;
pub mod text;
pub mod url;
pub mod whole;
pub mod zone;
