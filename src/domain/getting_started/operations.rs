//! The operations of the Getting Started service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::GettingStarted),
    method: "GET",
    path: "",
    aliases: &[Alias::Root, Alias::Generation2],
    standing: Standing::Assumed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Checks the connection and the token.
    Ping {
        id: "ping",
        path: "/gettingStartedService/1.0.0/ping",
        ..ROW
    }
    /// Tells what the token stands for.
    WhoAmI {
        id: "whoami",
        path: "/gettingStartedService/1.0.0/whoami",
        ..ROW
    }
}
