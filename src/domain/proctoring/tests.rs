//! What may happen in a session, and what is refused.

use std::sync::Arc;

use super::input::{EventInput, ReviewInput, SessionInput};
use super::{begin_review, cancel, check_in, create, report, review};
use crate::domain::booking::{self, input::ScheduleInput};
use crate::domain::contract::body;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::SessionStatus;
use crate::domain::fixture;
use crate::domain::fixture::given::Given;
use crate::domain::outbox::notice::{Notices, Occasion};
use crate::domain::record::clock::Clock;
use crate::domain::record::session::{EventKind, Session};
use crate::domain::state::{Act, State};
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::stamp::Timestamp;

fn act() -> Act {
    let noon: Timestamp = "2026-03-01T12:00:00Z".parse().expect("an instant");
    Act::new(noon, noon)
}

/// A session in each status, and bookings without one.
const GIVEN: &str = "
catalog: { tests: [ { test_code: EXAM1, exam_length: 90 }, { test_code: EXAM2 }, { test_code: EXAM3 } ] }
eligibilities:
  - { client_eligibility_id: e1, test_code: EXAM1, candidate: { candidate_id: C1 } }
  - { client_eligibility_id: e2, test_code: EXAM2, candidate: { candidate_id: C1 } }
  - { client_eligibility_id: e3, test_code: EXAM1, candidate: { candidate_id: C2 } }
  - { client_eligibility_id: e4, test_code: EXAM1, candidate: { candidate_id: C3 } }
bookings:
  - { eligibility: e1, booking_code: BOOKED01 }
  - { eligibility: e2, booking_code: BOOKED02 }
  - { eligibility: e3, booking_code: CANCEL01, state: CANCELLED }
proctoring_sessions:
  - { session_id: SCHEDULE, booking_code: BOOKED02 }
  - { session_id: CHECKIN0, eligibility: e2, status: CHECK_IN }
  - { session_id: RUNNING0, eligibility: e2, status: IN_PROGRESS }
  - { session_id: PAUSED00, eligibility: e2, status: IN_PROGRESS, paused: true }
  - { session_id: SUBMIT00, eligibility: e2, status: SUBMITTED }
  - { session_id: REVIEW00, eligibility: e2, status: UNDER_REVIEW }
  - { session_id: REVIEWED, eligibility: e2, review: { status: CLEAN, simulated: true, ended: 2026-03-01T09:00:00Z } }
  - { session_id: CANCEL00, eligibility: e2, status: CANCELLED }";

fn state() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(act().wall), "");
    load(&mut state, GIVEN);
    state
}

fn load(state: &mut State, text: &str) {
    let given: Given = document::read(text, DocumentFormat::Yaml).expect("a document");
    fixture::load(state, &given, &act()).expect("loaded");
    state.commit();
}

/// Where the session stands then, or the refusal, which changes nothing.
fn then(state: &mut State, done: Result<Arc<Session>, Error>) -> String {
    match done {
        Ok(session) if session.paused => format!("{} paused", session.status),
        Ok(session) => session.status.to_string(),
        Err(error) => {
            assert!(!state.commit(), "{error}");
            error.to_string()
        }
    }
}

fn clean() -> ReviewInput {
    serde_json::from_str(r#"{ "review_status": "CLEAN" }"#).expect("a review")
}

#[test]
fn a_session_is_of_a_booking_or_of_a_candidate_and_a_test() {
    const URL: &str = r#""exam_url": "https://exam.example/start""#;
    for (text, expected) in [
        (r#""booking_code": "BOOKED01""#, "SCHEDULED"),
        (r#""candidate_id": "C1", "test_code": "EXAM1""#, "SCHEDULED"),
        (r#""candidate_id": "C3", "test_code": "EXAM1""#, "SCHEDULED"),
        (r#""booking_code": "BOOKED02""#, "booking BOOKED02 has session SCHEDULE already"),
        (r#""booking_code": "CANCEL01""#, "cannot proctor a booking in state CANCELLED"),
        (r#""booking_code": "NOSUCH00""#, "there is no booking \"NOSUCH00\""),
        (r#""booking_code": "None""#, "there is no booking \"None\""),
        (r#""candidate_id": "C9", "test_code": "EXAM1""#, "there is no candidate \"C9\""),
        (r#""candidate_id": "C1", "test_code": "NOSUCH""#, "there is no test \"NOSUCH\""),
        (r#""candidate_id": "C1", "test_code": "EXAM3""#, "no eligibility links the candidate and the test"),
    ] {
        let mut state = state();
        let input = body::read::<SessionInput>(format!("{{ {text}, {URL} }}").as_bytes()).expect("a body");
        let made = create(&mut state, &input, &act());
        assert_eq!(then(&mut state, made), expected, "{text}");
    }
    let mut state = state();
    let text = format!(r#"{{ "booking_code": "BOOKED01", {URL}, "rules": {{ "a": [1.50, null], "b": "x" }} }}"#);
    let made = create(&mut state, &body::read(text.as_bytes()).expect("a body"), &act()).expect("made");
    assert_eq!((made.duration, made.candidate_id.as_str()), (90, "C1"));
    assert_eq!(serde_json::json!(made.rules), serde_json::json!({ "a": [1.5, null], "b": "x" }));
}

#[test]
fn a_body_that_does_not_fit_is_refused_with_all_its_faults() {
    for (text, expected) in [
        ("[]", "body: expected an object, got an array"),
        (
            "{}",
            "exam_url: expected a URL like https://exam.example/start, got nothing; booking_code: expected it, or candidate_id and test_code, got nothing",
        ),
        (
            r#"{ "exam_url": "ftp://x", "candidate_id": "C1" }"#,
            "exam_url: expected a URL like https://exam.example/start, got \"ftp://x\"; booking_code: expected it, or candidate_id and test_code, got nothing",
        ),
        (
            r#"{ "exam_url": "http://x", "booking_code": "A", "test_code": "B" }"#,
            "booking_code: expected either it, or candidate_id and test_code, got \"A\"",
        ),
        (
            r#"{ "exam_url": "http://x", "booking_code": "A", "duration": 0, "rules": [] }"#,
            "duration: expected a whole number from 1 to 10080, got the number 0; rules: expected an object, got an array",
        ),
        (
            r#"{ "exam_url": 1, "booking_code": 2 }"#,
            "exam_url: expected a URL like https://exam.example/start, got the number 1; booking_code: expected a string, got the number 2; booking_code: expected it, or candidate_id and test_code, got nothing",
        ),
    ] {
        let error = body::read::<SessionInput>(text.as_bytes()).expect_err("it does not fit");
        assert_eq!(error.to_string(), expected);
    }
    for (text, got) in [
        ("{}", "nothing"),
        (r#"{ "event": null }"#, "null"),
        (r#"{ "event": "begun" }"#, "\"begun\""),
        (r#"{ "event": 1 }"#, "the number 1"),
    ] {
        let error = body::read::<EventInput>(text.as_bytes()).expect_err("it does not fit");
        assert_eq!(error.to_string(), format!("event: expected started, paused, resumed or submitted, got {got}"));
    }
}

#[test]
fn each_status_allows_some_things_and_refuses_the_rest() {
    use EventKind::{Paused, Resumed, Started, Submitted};
    let no = |action: &str, status: &str| format!("cannot {action} a proctoring session in status {status}");
    let paused = |action: &str, is: &str| format!("cannot {action} a proctoring session that {is}");
    let none =
        |status: &str| ["enter", "start", "pause", "resume", "submit", "cancel"].map(|action| no(action, status));
    let [go, on, late] = ["CHECK_IN", "IN_PROGRESS", "SUBMITTED"].map(str::to_owned);
    // Entered, started, paused, resumed, submitted, cancelled.
    let table = [
        ("SCHEDULE", {
            let [_, start, pause, resume, submit, _] = none("SCHEDULED");
            [go.clone(), start, pause, resume, submit, "CANCELLED".into()]
        }),
        ("CHECKIN0", {
            let [.., pause, resume, submit, _] = none("CHECK_IN");
            [go, on.clone(), pause, resume, submit, "CANCELLED".into()]
        }),
        (
            "RUNNING0",
            [
                on.clone(),
                no("start", "IN_PROGRESS"),
                "IN_PROGRESS paused".into(),
                paused("resume", "is not paused"),
                late.clone(),
                no("cancel", "IN_PROGRESS"),
            ],
        ),
        (
            "PAUSED00",
            [
                on.clone(),
                no("start", "IN_PROGRESS"),
                paused("pause", "is paused already"),
                on,
                late,
                no("cancel", "IN_PROGRESS"),
            ],
        ),
        ("SUBMIT00", none("SUBMITTED")),
        ("REVIEW00", none("UNDER_REVIEW")),
        ("REVIEWED", none("REVIEWED")),
        ("CANCEL00", none("CANCELLED")),
        ("NOSUCH00", [(); 6].map(|()| "there is no proctoring session \"NOSUCH00\"".to_owned())),
    ];
    for (id, expected) in table {
        let mut told = Vec::new();
        for what in 0..6 {
            let mut state = state();
            let done = match what {
                0 => check_in(&mut state, id, &act()),
                5 => cancel(&mut state, id),
                event => report(&mut state, id, [Started, Paused, Resumed, Submitted][event - 1], &act()),
            };
            told.push(then(&mut state, done));
        }
        assert_eq!(told, expected, "{id}");
    }
}

#[test]
fn a_review_begins_and_ends_once() {
    for (id, begun, ended) in [
        ("SUBMIT00", None, None),
        ("REVIEW00", Some("UNDER_REVIEW"), None),
        ("REVIEWED", Some("REVIEWED"), Some("REVIEWED")),
        ("RUNNING0", Some("IN_PROGRESS"), Some("IN_PROGRESS")),
    ] {
        let refused = |what: &str, status: Option<&str>| {
            status.map(|status| format!("cannot {what} a proctoring session in status {status}"))
        };
        let begin = begin_review(&mut state(), id).err();
        assert_eq!(begin.map(|error| error.to_string()), refused("begin to review", begun), "{id}");
        let end = review(&mut state(), id, &clean(), &act()).err();
        assert_eq!(end.map(|error| error.to_string()), refused("review", ended), "{id}");
    }
    let backwards = r#"{ "review_status": "CLEAN", "comments": [
        { "source": "WEBCAM", "comment": "x", "event_start": 9, "event_finish": 8 }] }"#;
    let mut state = state();
    let refused = review(&mut state, "SUBMIT00", &serde_json::from_str(backwards).expect("a review"), &act());
    let expected = "comments[0].event_finish: expected 9 or more, when it began, got 8";
    assert_eq!(refused.expect_err("it ends before it begins").to_string(), expected);
    assert!(!state.commit());
}

#[test]
fn coming_back_submits_where_the_account_has_it_so() {
    let mut state = state();
    load(&mut state, "account: { settings: { reentry: submits } }");
    for (id, expected) in
        [("SCHEDULE", "CHECK_IN"), ("CHECKIN0", "CHECK_IN"), ("RUNNING0", "SUBMITTED"), ("PAUSED00", "SUBMITTED")]
    {
        let done = check_in(&mut state, id, &act());
        assert_eq!(then(&mut state, done), expected, "{id}");
    }
    let events = &state.session("RUNNING0").expect("a session").events;
    assert_eq!(events.iter().map(|one| one.event).collect::<Vec<_>>(), [EventKind::Submitted]);
}

#[test]
fn nobody_enters_or_starts_a_session_whose_booking_is_gone() {
    let mut state = state();
    check_in(&mut state, "SCHEDULE", &act()).expect("entered");
    let moved = booking::reschedule(&mut state, "BOOKED02".parse().expect("a code"), &ScheduleInput::default(), &act());
    let (moved, _) = moved.expect("moved");
    let text = "booking BOOKED02 of proctoring session SCHEDULE was moved";
    for done in [
        check_in(&mut state.clone(), "SCHEDULE", &act()),
        report(&mut state.clone(), "SCHEDULE", EventKind::Started, &act()),
    ] {
        assert_eq!(done.expect_err("it was moved").to_string(), text);
    }
    let input = format!(r#"{{ "booking_code": "{}", "exam_url": "http://x" }}"#, moved.booking_code);
    let made = create(&mut state, &body::read(input.as_bytes()).expect("a body"), &act()).expect("made");
    booking::absent(&mut state, moved.booking_code).expect("absent");
    let refused = check_in(&mut state, made.session_id.as_str(), &act()).expect_err("it is over");
    assert!(refused.to_string().ends_with("is ABSENT"), "{refused}");
}

#[test]
fn a_review_is_told_whole_and_small() {
    let mut state = state();
    let text = r#"{ "review_status": "SUSPICIOUS", "overall_comment": "One event.", "comments": [
        { "source": "WEBCAM", "comment": "later", "event_start": 20, "event_finish": 32, "event_status": "CLEAN" },
        { "source": "DESKTOP", "comment": "first", "event_start": 5, "event_finish": 5 }] }"#;
    let (session, notices): (_, Notices) =
        review(&mut state, "SUBMIT00", &serde_json::from_str(text).expect("a review"), &act()).expect("reviewed");
    assert_eq!(session.status, SessionStatus::Reviewed);
    let occasion = Occasion { now: act().now, wall: act().wall, trace: None, base_url: "http://h".into() };
    let bodies: Vec<_> =
        notices.iter().map(|notice| notice.write(&mut state, "msg_1", &occasion).expect("a body").body).collect();
    assert_eq!(
        bodies,
        [
            r#"{"session_id":"SUBMIT00","candidate_id":"C1","client_eligibility_id":"e2","review_status":"SUSPICIOUS","comments":[{"source":"DESKTOP","comment":"first","event_status":"SUSPICIOUS","event_start":5,"event_finish":5,"duration":0},{"source":"WEBCAM","comment":"later","event_status":"CLEAN","event_start":20,"event_finish":32,"duration":12}],"overall_comment":"One event.","simulated":true,"effective_date":"2026-03-01T12:00:00Z"}"#,
            r#"{"session_id":"SUBMIT00","candidate_id":"C1","client_eligibility_id":"e2","review_status":"SUSPICIOUS","effective_date":"2026-03-01T12:00:00Z","results_url":"http://h/proctoringService/1.0.0/accounts/ACCT1/proctoring/sessions/SUBMIT00/results"}"#,
        ]
    );
}
