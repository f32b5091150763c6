//! The probe of a receiver: fourteen cases, what a sound receiver makes of each, and what this one made of it.
//!
//! Source: sandbox contract §6. A status tells what was taken and what was refused; it cannot tell whether a duplicate
//! or a late event had an effect. That is looked up where the receiver shows its state (see [`effect`]).

pub mod call;
pub mod case;
pub mod effect;
pub mod judge;
pub mod run;
pub mod sign;
