//! What a line of the fidelity ledger is, and what its words say.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::contract::lint::Standing;

/// One statement about Atlas that the sandbox acts on.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The service that it is about, or a part of the surface that all have.
    pub service: &'static str,
    /// The statement.
    pub statement: &'static str,
    /// How it is known.
    pub standing: Standing,
    /// `true` where sources disagree, or leave more than one reading, and the sandbox takes this one: of all lines these
    /// are the first to check against the real Atlas. `false` where nothing speaks against the line.
    pub decided: bool,
}

/// What the words of an entry say, a line each.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Legend {
    /// What `documented` says.
    pub documented: &'static str,
    /// What `observed` says.
    pub observed: &'static str,
    /// What `assumed` says.
    pub assumed: &'static str,
    /// What `decided` says.
    pub decided: &'static str,
}

/// What the words of an entry say.
pub const LEGEND: Legend = Legend {
    documented: "Read in the vendor's public documentation.",
    observed: "Seen in a real client, a real receiver or the gateway product.",
    assumed: "Nothing is known; the sandbox does what is likely.",
    decided: "Sources disagree, or can be read in more than one way; the sandbox takes this one. Check it first.",
};
