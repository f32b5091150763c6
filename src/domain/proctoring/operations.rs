//! The operations of the Proctoring service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::Proctoring),
    method: "GET",
    path: "",
    aliases: &[Alias::Generation2],
    standing: Standing::Assumed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Reports what happens in a session.
    ReportSessionEvent {
        id: "report_session_event",
        method: "POST",
        path: "/proctoringService/1.0.0/accounts/{account_code}/proctoring/sessions/{session_id}/events",
        ..ROW
    }
    /// Gets a session.
    GetSession {
        id: "get_session",
        path: "/proctoringService/1.0.0/accounts/{account_code}/proctoring/sessions/{session_id}",
        ..ROW
    }
    /// Makes a session.
    CreateSession {
        id: "create_session",
        method: "POST",
        path: "/proctoringService/1.0.0/accounts/{account_code}/proctoring/sessions",
        ..ROW
    }
    /// Lists the sessions.
    ListSessions {
        id: "list_sessions",
        path: "/proctoringService/1.0.0/accounts/{account_code}/proctoring/sessions",
        ..ROW
    }
    /// Cancels a session.
    CancelSession {
        id: "cancel_session",
        method: "DELETE",
        path: "/proctoringService/1.0.0/accounts/{account_code}/proctoring/sessions/{session_id}",
        ..ROW
    }
    /// Gets the review that a notification points to.
    GetSessionResults {
        id: "get_session_results",
        path: "/proctoringService/1.0.0/accounts/{account_code}/proctoring/sessions/{session_id}/results",
        ..ROW
    }
}
