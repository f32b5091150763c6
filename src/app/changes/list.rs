//! The list of all that is drawn, held against the lists of what the product can do.

use super::draw::Draw;

/// What is drawn, by how often: the operations of both faces by name, and what the dispatcher does.
const DRAWN: &[(usize, &[&str])] = &[
    (12, &["create_eligibility", "schedule_eligibility", "take", "deliver"]),
    // These need what is short-lived: a booking on hold, a session that has begun.
    (10, &["create_payment", "capture_payment", "accept_payment", "report_session_event", "check_in_session"]),
    (
        5,
        &[
            "update_eligibility",
            "cancel_eligibility",
            "reschedule_booking",
            "cancel_booking",
            "complete_booking",
            "put_booking_result",
            "put_eligibility_result",
            "put_candidate_result",
            "post_rpnow_result",
            "issue_token",
            "fail",
            "reject",
            "decide_publication",
            "review_session",
            "put_clock",
            "patch_settings",
            "mark_absent",
        ],
    ),
    (
        3,
        &[
            "replace_vouchers",
            "create_booking",
            "book_registration",
            "change_timeslot",
            "confirm_hold",
            "delete_booking",
            "create_web_delivery",
            "accept_invitation",
            "create_refund",
            "decline_payment",
            "refund_payment",
            "create_vouchers",
            "update_voucher",
            "delete_voucher",
            "revoke_token",
            "approve_eligibility",
            "block_eligibility",
            "unblock_eligibility",
            "put_test",
            "retire_test",
            "publish_test",
            "create_session",
            "cancel_session",
            "check_in_booking",
            "enter_session",
            "begin_session_review",
            "excuse_absence",
            "confirm_booking",
            "release_booking",
            "finish_test",
            "put_invitation",
            "create_place",
            "put_test_center",
            "close_test_center",
            "reopen_test_center",
            "create_user",
            "put_user",
            "delete_user",
            "create_application",
            "put_application",
            "delete_application",
            "create_keys",
            "put_keys",
            "delete_keys",
            "create_application_subscription",
            "put_application_subscription",
            "delete_application_subscription",
            "add_fault",
            "clear_faults",
            "remove_fault",
            "load_fixture",
            "put_subscription",
            "pause_subscription",
            "resume_subscription",
            "rotate_secret",
            "flush_subscription",
            "resend_delivery",
            "discard_delivery",
            "resend_error_queue",
            "discard_error_queue",
        ],
    ),
    (
        2,
        &[
            "put_faults",
            "delete_subscription",
            "put_clocks",
            "create_account",
            "delete_account",
            "tell_permutations",
            "reset_account",
            "put_snapshot",
            "fork_account",
        ],
    ),
];

/// Kinds of a happening that must have been accepted, too.
pub const KINDS: &[&str] = &[
    "create_payment manual",
    "put_clock freeze",
    "put_clock set",
    "put_clock advance",
    "put_clock resume",
    "put_clock scale",
    "complete_booking result",
    "decide_publication approve",
    "decide_publication reject",
    "close_test_center keep",
    "close_test_center cancel",
    "close_test_center permanently",
    "issue_token password",
    "issue_token client_credentials",
    "issue_token refresh_token",
];

/// By what a happening may be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// By rules of its own, or by its values.
    Own,
    /// Only because there is no such account.
    UnknownAccount,
    /// By nothing.
    Never,
}

/// What the dispatcher does; nothing of it is refused.
const STEPS: &[&str] = &["take", "deliver", "fail", "reject"];

/// The names of all that is drawn.
pub fn names() -> Vec<&'static str> {
    DRAWN.iter().flat_map(|(_, names)| names.iter().copied()).collect()
}

/// By what it may be refused.
pub fn refusal(name: &str) -> Refusal {
    match name {
        "reset_account" | "clear_faults" => Refusal::UnknownAccount,
        _ if STEPS.contains(&name) => Refusal::Never,
        _ => Refusal::Own,
    }
}

/// Draws one.
pub fn draw(draw: &mut Draw) -> &'static str {
    let all = DRAWN.iter().map(|(often, names)| often * names.len()).sum();
    let mut at = draw.below(all);
    for (often, names) in DRAWN {
        if at < often * names.len() {
            return names[at / often];
        }
        at -= often * names.len();
    }
    "take"
}

mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::admin;
    use crate::domain::booking::input::ScheduleInput;
    use crate::domain::contract::status::{OnClose, Outcome};
    use crate::domain::deed::{BookingDeed, CenterDeed, EligibilityDeed, PaymentDeed, SessionDeed, Step};
    use crate::domain::operations;
    use crate::domain::record::test_center::TestCenter;
    use crate::domain::result::input::ResultInput;
    use crate::domain::value::document::{self, DocumentFormat};

    /// Operations that change something, but no account: each with what it changes.
    const ELSEWHERE: &[(&str, &str)] = &[
        ("reset_server", "ends every account, and begins those of the start anew, as create_account does"),
        ("clear_unassigned_requests", "the server's journal"),
        ("clear_requests", "the account's journal, which is beside its state"),
        ("explain_signature", "nothing: it answers a question"),
        ("search_requests", "nothing: it asks the journal"),
        ("put_behaviour", "an inbox"),
        ("clear_inbox", "an inbox"),
        ("put_message", "an inbox"),
        ("put_statement", "an inbox"),
        ("post_message", "an inbox"),
    ];

    /// Drawn by their use case, whether the route table has them or not.
    const BY_USE_CASE: &[&str] = &["put_snapshot", "fork_account"];

    #[test]
    fn all_that_changes_an_account_is_drawn() {
        let changes: BTreeSet<_> = admin::rows().iter().filter(|row| row.method != "GET").map(|row| row.name).collect();
        let elsewhere: BTreeSet<_> = ELSEWHERE.iter().map(|(name, _)| *name).collect();
        assert!(elsewhere.is_subset(&changes), "no such operation: {:?}", elsewhere.difference(&changes));
        let mut all: BTreeSet<_> = changes.difference(&elsewhere).copied().collect();
        all.extend(operations::all().filter(|operation| operation.method != "GET").map(|operation| operation.id));
        all.extend(STEPS);
        all.extend(BY_USE_CASE);
        let drawn = names();
        assert_eq!(drawn.iter().copied().collect::<BTreeSet<_>>(), all);
        assert_eq!(drawn.len(), all.len(), "one is listed twice");
    }

    #[test]
    fn every_deed_is_drawn() {
        let result = || ResultInput::new(Outcome::Pass, "");
        let bookings = [
            BookingDeed::Reschedule(ScheduleInput::default()),
            BookingDeed::Confirm,
            BookingDeed::Release,
            BookingDeed::Cancel,
            BookingDeed::Complete(None),
            BookingDeed::Complete(Some(result())),
            BookingDeed::Absent,
            BookingDeed::Excuse,
        ]
        .map(|deed| of_booking(&deed));
        let eligibilities = [EligibilityDeed::Approve, EligibilityDeed::Block, EligibilityDeed::Unblock]
            .map(|deed| of_eligibility(&deed));
        let shipped = include_str!("../../../fixtures/catalog/test_centers.yaml");
        let shipped: Vec<TestCenter> = document::read(shipped, DocumentFormat::Yaml).expect("centers");
        let put = shipped.into_iter().map(|center| CenterDeed::Put(Box::new(center))).take(1);
        let closed = [Some(OnClose::Keep), Some(OnClose::Cancel), None]
            .map(|on_close| CenterDeed::Close { on_close, permanently: false });
        let forever = CenterDeed::Close { on_close: None, permanently: true };
        let centers =
            closed.into_iter().chain([forever]).chain([CenterDeed::Reopen]).chain(put).map(|deed| of_center(&deed));
        let payments =
            [PaymentDeed::Capture, PaymentDeed::Decline, PaymentDeed::Refund(None)].map(|deed| of_payment(&deed));
        let review = serde_json::from_value(json!({ "review_status": "CLEAN" })).expect("a review");
        let sessions =
            [SessionDeed::CheckIn, SessionDeed::BeginReview, SessionDeed::Review(review)].map(|deed| of_session(&deed));
        let drawn: BTreeSet<_> = names().into_iter().chain(KINDS.iter().copied()).collect();
        let others = centers.chain(payments).chain(sessions).chain([of_step(Step::Schedule)]);
        for name in bookings.into_iter().chain(eligibilities).chain(others) {
            assert!(drawn.contains(name), "{name}");
        }
    }

    // A deed more does not compile until it has its line here, and above.

    fn of_booking(deed: &BookingDeed) -> &'static str {
        match deed {
            BookingDeed::Reschedule(_) => "reschedule_booking",
            BookingDeed::Confirm => "confirm_booking",
            BookingDeed::Release => "release_booking",
            BookingDeed::Cancel => "cancel_booking",
            BookingDeed::Complete(None) => "complete_booking",
            BookingDeed::Complete(Some(_)) => "complete_booking result",
            BookingDeed::Absent => "mark_absent",
            BookingDeed::Excuse => "excuse_absence",
        }
    }

    fn of_eligibility(deed: &EligibilityDeed) -> &'static str {
        match deed {
            EligibilityDeed::Approve => "approve_eligibility",
            EligibilityDeed::Block => "block_eligibility",
            EligibilityDeed::Unblock => "unblock_eligibility",
        }
    }

    fn of_center(deed: &CenterDeed) -> &'static str {
        match deed {
            CenterDeed::Put(_) => "put_test_center",
            CenterDeed::Close { permanently: true, .. } => "close_test_center permanently",
            CenterDeed::Close { on_close: None, .. } => "close_test_center",
            CenterDeed::Close { on_close: Some(OnClose::Keep), .. } => "close_test_center keep",
            CenterDeed::Close { on_close: Some(OnClose::Cancel), .. } => "close_test_center cancel",
            CenterDeed::Reopen => "reopen_test_center",
        }
    }

    fn of_payment(deed: &PaymentDeed) -> &'static str {
        match deed {
            PaymentDeed::Capture => "accept_payment",
            PaymentDeed::Decline => "decline_payment",
            PaymentDeed::Refund(_) => "refund_payment",
        }
    }

    fn of_session(deed: &SessionDeed) -> &'static str {
        match deed {
            SessionDeed::CheckIn => "check_in_session",
            SessionDeed::BeginReview => "begin_session_review",
            SessionDeed::Review(_) => "review_session",
        }
    }

    fn of_step(step: Step) -> &'static str {
        match step.deed() {
            None => "schedule_eligibility",
            Some(deed) => of_booking(&deed),
        }
    }
}
