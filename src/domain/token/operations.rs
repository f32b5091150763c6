//! The operations of the Token API.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: None,
    method: "POST",
    path: "",
    aliases: &[Alias::OAuth2],
    standing: Standing::Observed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Issues a token.
    IssueToken {
        id: "issue_token",
        path: "/token",
        ..ROW
    }
    /// Revokes a token.
    RevokeToken {
        id: "revoke_token",
        path: "/revoke",
        ..ROW
    }
}
