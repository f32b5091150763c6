//! What stands in front of Atlas: aliases, the bearer check, the token endpoint, faults in the gateway's own shapes.

pub mod allow;
pub mod basic;
pub mod bearer;
pub mod caller;
pub mod enter;
pub mod fault;
pub mod inject;
pub mod oauth;
pub mod route;
pub mod token;
