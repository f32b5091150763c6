//! What is known of Atlas: services, operations, causes of refusal, the lint, the fidelity ledger.

pub mod body;
pub mod error;
pub mod fidelity;
pub mod json;
pub mod lint;
pub mod operation;
pub mod path;
pub mod reason;
pub mod service;
pub mod status;
pub mod xapi;
