//! Why an operation was refused: one enum, variants by meaning; each face has one table that words them.

use crate::domain::contract::lint::Finding;
use crate::domain::contract::status::{BookingState, Status};
use crate::domain::value::misfit::Misfit;

/// All that can be wrong with a call, apart from what the gateway and the token endpoint refuse.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The account code names no account of this server.
    #[error("there is no account {0:?}")]
    UnknownAccount(String),
    /// The caller lacks the role, or named another account's code.
    #[error("the caller may not do this")]
    Forbidden,
    /// No valid token, where the account answers with the Error Model.
    #[error("the caller is not authorized")]
    Unauthorized,
    /// The body is larger than the service reads.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive in time (--request-timeout)")]
    Late,
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// The body is JSON with these misfits.
    #[error("{}", listed(.0))]
    Body(Vec<Misfit>),
    /// The field lint refuses in `enforce`.
    #[error("{}", .0.iter().map(Finding::refusal).collect::<Vec<_>>().join("; "))]
    Lint(Vec<Finding>),
    /// No eligibility of the account names this candidate.
    #[error("there is no candidate {0:?}")]
    UnknownCandidate(String),
    /// The test is not in the account's catalog.
    #[error("there is no test {0:?}")]
    UnknownTest(String),
    /// A portion code is not one of the test's, or a multi-portion test got none.
    #[error("the test has no portion {0:?}")]
    UnknownPortion(String),
    /// Candidate and test are known, no open eligibility links them.
    #[error("no eligibility links the candidate and the test")]
    NotLinked,
    /// The eligibility code names no eligibility.
    #[error("there is no eligibility {0:?}")]
    UnknownEligibility(String),
    /// The booking code names no booking.
    #[error("there is no booking {0:?}")]
    UnknownBooking(String),
    /// No exam that was scheduled or taken belongs to what is named.
    #[error("there is no exam for the {kind} {id:?}")]
    NoExam {
        /// What was looked for.
        kind: &'static str,
        /// The identifier that was given.
        id: String,
    },
    /// Another record of the control face is unknown.
    #[error("there is no {kind} {id:?}")]
    NotFound {
        /// What was looked for.
        kind: &'static str,
        /// The identifier that was given.
        id: String,
    },
    /// A name in a path is none of those that there are.
    #[error("{kind}: expected {}, got {}", .misfit.expected, .misfit.sent)]
    UnknownName {
        /// What was looked for.
        kind: &'static str,
        /// What was given, and what there is.
        misfit: Box<Misfit>,
    },
    /// An open eligibility for the candidate and test stands.
    #[error("an open eligibility for this candidate and test exists")]
    Duplicate,
    /// The `status` parameter is none of active, inactive, all.
    #[error("status is none of active, inactive, all")]
    StatusFilter,
    /// A code is not set up for the account.
    #[error("{member}: {value:?} is not set up for this account")]
    NotSetUp {
        /// The member of the body.
        member: &'static str,
        /// What was sent.
        value: String,
    },
    /// An update tries to change what may not change.
    #[error("{member} cannot be changed by an update: expected {kept:?}, got {sent:?}")]
    Immutable {
        /// The member of the body.
        member: &'static str,
        /// The value that stands.
        kept: String,
        /// The value that was sent.
        sent: String,
    },
    /// The exam is not offered in this delivery mode.
    #[error("the exam is not offered in this delivery mode")]
    DeliveryModeNotAllowed,
    /// A booking exists, so the delivery mode stands.
    #[error("the delivery mode cannot change once a booking exists")]
    DeliveryModeFixed,
    /// The record is not scheduled, so there is no test to launch.
    #[error("the eligibility is in status {0}; a test can be launched in CSS1 only")]
    NotScheduled(Status),
    /// The status machine has no such transition.
    #[error("cannot {action} an eligibility in status {status}")]
    Transition {
        /// What was asked.
        action: &'static str,
        /// The status that stands.
        status: Status,
    },
    /// The booking is in a state that allows no such action.
    #[error("cannot {action} a booking in state {state}")]
    BookingTransition {
        /// What was asked.
        action: &'static str,
        /// The state that stands.
        state: BookingState,
    },
    /// The record is not eligible to schedule, for this reason.
    #[error("not eligible to schedule: {0}")]
    NotEligible(String),
    /// The seat, code or name is taken, or the account's settings forbid it.
    #[error("{0}")]
    Conflict(String),
    /// A value outside a body is wrong: a parameter, a clock's target.
    #[error("{0}")]
    Invalid(String),
    /// The account holds as many deliveries as it may.
    #[error("the account holds {limit} deliveries, the most it may (max_deliveries)")]
    QueueFull {
        /// The limit.
        limit: usize,
    },
    /// The control face wants an admin token, or a loopback peer.
    #[error("{0}")]
    AdminOnly(&'static str),
    /// The path is not one of the control face's.
    #[error("there is nothing at {0}")]
    NoSuchPath(String),
    /// The path is known, the method is not.
    #[error("{method} is not offered at {path}")]
    NoSuchMethod {
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// Our own fault.
    #[error("the sandbox failed: {0}")]
    Internal(String),
}

fn listed(misfits: &[Misfit]) -> String {
    misfits.iter().map(Misfit::to_string).collect::<Vec<_>>().join("; ")
}
