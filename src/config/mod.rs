//! The settings of the command line: flag > environment > file > default, resolved once.

pub mod edge;
pub mod flags;
pub mod layer;
pub mod server;
pub mod value;
