//! The probe of a receiver: fourteen cases, how a sound receiver handles each, and how this one did.
//!
//! Source: sandbox contract §6. A status tells whether a call was accepted or refused, but not whether a duplicate or a
//! late event had an effect. That is looked up if the receiver shows its state (see [`effect`]).

pub mod call;
pub mod case;
pub mod effect;
pub mod judge;
pub mod run;
pub mod sign;
