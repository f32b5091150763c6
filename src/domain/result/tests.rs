//! What a test driver may send, what is refused, and that the same again changes nothing.

use super::input::{EligibilityResultInput, ResultDataInput, ResultInput, RpNowInput};
use super::{Booking, Notices, put, put_by_candidate, put_by_eligibility};
use crate::domain::contract::body::{self, Read};
use crate::domain::contract::error::Error;
use crate::domain::fixture;
use crate::domain::fixture::given::Given;
use crate::domain::record::clock::Clock;
use crate::domain::state::{Act, State};
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::stamp::Timestamp;
use std::sync::Arc;

/// One candidate has an exam in each state, another has two that are scheduled, a third one has none.
const GIVEN: &str = "
catalog: { tests: [ { test_code: EXAM1 }, { test_code: EXAM2 }, { test_code: EXAM3 } ] }
eligibilities:
  - { client_eligibility_id: booked, test_code: EXAM1, candidate: { candidate_id: C1 } }
  - { client_eligibility_id: cancelled, test_code: EXAM2, candidate: { candidate_id: C1 } }
  - { client_eligibility_id: absent, test_code: EXAM3, candidate: { candidate_id: C1 } }
  - { client_eligibility_id: older, test_code: EXAM1, candidate: { candidate_id: C2 } }
  - { client_eligibility_id: newer, test_code: EXAM2, candidate: { candidate_id: C2 } }
  - { client_eligibility_id: taken, test_code: EXAM3, candidate: { candidate_id: C2 } }
  - { client_eligibility_id: unscheduled, test_code: EXAM1, candidate: { candidate_id: C3 } }
bookings:
  - { eligibility: booked, booking_code: BOOKED01 }
  - { eligibility: cancelled, booking_code: CANCEL01, state: CANCELLED }
  - { eligibility: absent, booking_code: ABSENT01, state: ABSENT }
  - { eligibility: older, booking_code: OLDER001, created: 2026-02-01T09:00:00Z }
  - { eligibility: newer, booking_code: NEWER001, created: 2026-02-02T09:00:00Z }
  - { eligibility: taken, booking_code: TAKEN001, created: 2026-02-03T09:00:00Z, state: COMPLETED }";

fn act() -> Act {
    let noon: Timestamp = "2026-03-01T12:00:00Z".parse().expect("an instant");
    Act::new(noon, noon)
}

fn state() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(act().wall), "");
    let given: Given = document::read(GIVEN, DocumentFormat::Yaml).expect("a document");
    fixture::load(&mut state, &given, &act()).expect("loaded");
    state.commit();
    state
}

fn read<T: Read>(text: &str) -> Result<T, Error> {
    body::read(text.as_bytes()).map(|checked| checked.value)
}

/// The booking that took a result, and the services that tell of it; or the refusal, after which all is as it was.
fn done(state: &mut State, taken: Result<(Arc<Booking>, Notices), Error>) -> String {
    match taken {
        Ok((booking, notices)) => {
            state.commit();
            let kept = booking.result.as_ref().map(|one| format!(" {:?} {}", one.result, one.score));
            format!("{} {}{} {}", booking.booking_code, booking.state, kept.unwrap_or_default(), notices.len())
        }
        Err(error) => {
            state.roll_back();
            error.to_string()
        }
    }
}

#[test]
fn a_result_finds_its_exam_by_booking_eligibility_or_candidate() {
    const PASS: &str = r#"{ "result": "PASS", "score": 87.50 }"#;
    for (code, expected) in [
        ("BOOKED01", "BOOKED01 COMPLETED Pass 87.50 3"),
        ("TAKEN001", "TAKEN001 COMPLETED Pass 87.50 2"),
        ("CANCEL01", "cannot take a result for a booking in state CANCELLED"),
        ("ABSENT01", "cannot take a result for a booking in state ABSENT"),
        ("None", "there is no booking \"None\""),
        ("NOSUCH00", "there is no booking \"NOSUCH00\""),
    ] {
        let mut state = state();
        let taken = put(&mut state, code, &read(PASS).expect("a result"), &act());
        assert_eq!(done(&mut state, taken), expected);
    }
    for (id, text, expected) in [
        ("booked", r#"{ "result": "FAIL", "score": "12" }"#, "BOOKED01 COMPLETED Fail 12 3"),
        ("booked", r#"{ "result": "FAIL" }"#, "BOOKED01 COMPLETED Fail  3"),
        ("booked", r#"{ "score": 1e2 }"#, "BOOKED01 COMPLETED Na 1e2 3"),
        ("booked", "{}", "BOOKED01 COMPLETED 1"),
        ("taken", "{}", "TAKEN001 COMPLETED 0"),
        ("taken", PASS, "TAKEN001 COMPLETED Pass 87.50 2"),
        ("cancelled", PASS, "there is no exam for the client eligibility id \"cancelled\""),
        ("unscheduled", PASS, "there is no exam for the client eligibility id \"unscheduled\""),
        ("None", PASS, "there is no exam for the client eligibility id \"None\""),
    ] {
        let mut state = state();
        let input: EligibilityResultInput = read(text).expect("a result");
        let taken = put_by_eligibility(&mut state, id, &input, &act());
        assert_eq!(done(&mut state, taken), expected, "{id} {text}");
    }
    for (text, expected) in [
        (r#"{ "candidate_id": "C1", "result": "PASS" }"#, "BOOKED01 COMPLETED Pass  3"),
        (r#"{ "candidate_id": "C2", "result": "FAIL", "overall_score_scaled": 412 }"#, "NEWER001 COMPLETED Fail 412 3"),
        (r#"{ "candidate_id": "C2", "overall_score_pct": 41.20 }"#, "NEWER001 COMPLETED Na 41.20 3"),
        (r#"{ "candidate_id": "C2" }"#, "NEWER001 COMPLETED 1"),
        (r#"{ "candidate_id": "C3", "result": "PASS" }"#, "there is no exam for the candidate id \"C3\""),
        (r#"{ "candidate_id": "C9", "result": "PASS" }"#, "there is no exam for the candidate id \"C9\""),
        ("{}", "there is no exam for the candidate id \"\""),
    ] {
        let mut state = state();
        let input: ResultDataInput = read(text).expect("a result");
        let taken = put_by_candidate(&mut state, &input, &act());
        assert_eq!(done(&mut state, taken), expected, "{text}");
    }
}

#[test]
fn the_newest_that_is_scheduled_is_followed_by_the_older_one_and_then_by_the_newest_that_was_taken() {
    let mut state = state();
    let mut codes = Vec::new();
    for score in 0..4 {
        let input: ResultDataInput =
            read(&format!(r#"{{ "candidate_id": "C2", "overall_score_scaled": {score} }}"#)).expect("a result");
        let (booking, _) = put_by_candidate(&mut state, &input, &act()).expect("taken");
        codes.push(booking.booking_code.to_string());
    }
    assert_eq!(codes, ["NEWER001", "OLDER001", "TAKEN001", "TAKEN001"]);
}

#[test]
fn the_same_result_again_changes_nothing_and_notifies_nobody() {
    let mut state = state();
    let first: ResultInput = read(r#"{ "result": "PASS", "score": 87.50 }"#).expect("a result");
    put(&mut state, "BOOKED01", &first, &act()).expect("taken");
    state.commit();
    let again = read(r#"{ "score": "87.50", "result": "PASS" }"#).expect("a result");
    let (_, notices) = put(&mut state, "BOOKED01", &again, &act()).expect("taken");
    assert!(notices.is_empty() && !state.commit());
    let other = read(r#"{ "score": "87.5", "result": "PASS" }"#).expect("a result");
    let (_, notices) = put(&mut state, "BOOKED01", &other, &act()).expect("taken");
    assert!(notices.len() == 2 && state.commit());
}

#[test]
fn a_body_that_does_not_fit_is_refused_with_all_its_faults() {
    let refused = |error: Option<Error>| error.map(|error| error.to_string()).unwrap_or_default();
    for (text, expected) in [
        (r#"{ "result": "NA" }"#, ""),
        (r#"{ "result": "NA", "score": 1 }"#, ""),
        (r#"{ "result": "PASSED" }"#, "result: expected PASS, FAIL or NA, got \"PASSED\"; "),
        (r#"{ "score": [] }"#, "score: expected a string or a number, got an array; "),
    ] {
        // The two with a code of the path: both members are optional, and NA is no value of it.
        let told_by_eligibility = refused(read::<EligibilityResultInput>(text).err());
        let is_na = text.contains("NA\"");
        assert_eq!(told_by_eligibility.is_empty(), !is_na && expected.is_empty(), "{told_by_eligibility}");
        // RPNow's lacks its booking in each of these.
        let told_by_rpnow = refused(read::<RpNowInput>(text).err());
        assert!(told_by_rpnow.contains(expected.trim_end_matches("; ")), "{told_by_rpnow}");
        assert!(told_by_rpnow.ends_with("booking_code: expected a string that is not empty, got nothing"));
    }
    for (text, expected) in [
        (r#"{ "result": "NA" }"#, "overall_score_scaled: expected a score beside the result NA, got nothing"),
        (r#"{ "result": 1 }"#, "result: expected a string, got the number 1"),
        (r#"{ "overall_score_scaled": 1.5 }"#, "overall_score_scaled: expected a whole number, got the number 1.5"),
        (r#"{ "category_total_count": "3" }"#, "category_total_count: expected a whole number, got \"3\""),
        (r#"{ "category_scores": {} }"#, "category_scores: expected an array, got an object"),
        (r#"{ "category_scores": [1] }"#, "category_scores[0]: expected an object, got the number 1"),
        (
            r#"{ "candidate_id": 7, "result_id": 8 }"#,
            "candidate_id: expected a string, got the number 7; result_id: expected a string, got the number 8",
        ),
        ("[]", "body: expected an object, got an array"),
    ] {
        assert_eq!(refused(read::<ResultDataInput>(text).err()), expected, "{text}");
    }
}

#[test]
fn numbers_are_kept_to_the_letter_wherever_they_stand() {
    let text = r#"{ "category_scores": [ { "category_order": 01 } ] }"#;
    assert!(read::<ResultDataInput>(text).is_err());
    let text = r#"{ "x": "overall_score_pct", "overall_score_pct": 90, "overall\u005fscore_pct": 90.10,
        "category_scores": [ {}, { "category_score_pct" : 1.0E+2 , "category_name": "a" } ] }"#;
    let input: ResultDataInput = read(text).expect("a result");
    assert_eq!(input.overall_score_pct.as_deref(), Some("90.10"));
    let scores = input.category_scores.expect("scores");
    assert_eq!(scores[1].category_score_pct.as_deref(), Some("1.0E+2"));
}
