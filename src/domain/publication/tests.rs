//! What a partner may write and publish, what is refused, and when it takes effect.

use super::input::TestInput;
use super::{Decision, decide, get, list, of_test, publish, put, retire};
use crate::domain::contract::body;
use crate::domain::contract::error::Error;
use crate::domain::due;
use crate::domain::fixture;
use crate::domain::fixture::given::Given;
use crate::domain::record::clock::Clock;
use crate::domain::state::{Act, State};
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::stamp::Timestamp;

fn at(instant: &str) -> Act {
    let instant: Timestamp = instant.parse().expect("an instant");
    Act::new(instant, instant)
}

fn noon() -> Act {
    at("2026-03-01T12:00:00Z")
}

/// An account with a published test, one that an open eligibility names, a draft, and the same with a publication.
fn state() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(noon().wall), "");
    load(
        &mut state,
        "account: { settings: { publication_delay: 1h } }
catalog: { tests: [ { test_code: EXAM1 }, { test_code: NAMED } ], drafts: [ { test_code: NEW1 }, { test_code: NEW2 } ] }
eligibilities: [ { test_code: NAMED, candidate: { candidate_id: C1 } } ]
publications: [ { test: { test_code: NEW2 }, publication_id: PENDING1 } ]",
    );
    state
}

fn load(state: &mut State, text: &str) {
    let given: Given = document::read(text, DocumentFormat::Yaml).expect("a document");
    fixture::load(state, &given, &noon()).expect("loaded");
    state.commit();
}

/// Why something was refused; nothing where it was not.
fn told<T>(result: Result<T, Error>) -> String {
    result.map_or_else(|error| error.to_string(), |_done| String::new())
}

fn write(state: &mut State, code: &str, text: &str) -> Result<bool, Error> {
    let input = body::read::<TestInput>(text.as_bytes())?;
    put(state, code, &input).map(|(_, is_new)| is_new)
}

/// The tests with their status.
fn tests(state: &State) -> Vec<String> {
    let (tests, has_more) = list(state, None, 500);
    assert!(!has_more);
    tests.iter().map(|one| format!("{} {:?}", one.test.test_code, one.status)).collect()
}

#[test]
fn a_whole_number_may_have_a_fraction_of_zero() {
    let mut state = state();
    assert!(write(&mut state, "A", r#"{ "max_attempts": 3.0, "exam_length": 6e1 }"#).is_ok());
}

#[test]
fn a_draft_is_refused_with_all_its_faults() {
    let code = "expected 1 to 50 letters, digits, hyphens or underscores, got";
    for (code_of_path, text, expected) in [
        ("A", "[]", "body: expected an object, got an array".to_owned()),
        ("a b", "{}", format!("test_code: {code} \"a b\"")),
        (&"x".repeat(51), "{}", format!("test_code: {code} \"{}\"", "x".repeat(51))),
        ("A", r#"{ "test_code": "B" }"#, "test_code: expected the code of the path, \"A\", or none, got \"B\"".into()),
        ("A", r#"{ "test_name": 1, "portions": {} }"#, "test_name: expected a string, got the number 1; portions: expected an array, got an object".into()),
        ("A", r#"{ "portions": [{}] }"#, "portions[0].portion_code: expected a string that is not empty, got nothing".into()),
        ("A", r#"{ "portions": [{ "portion_code": "1" }, { "portion_code": "1" }] }"#, "portions[1].portion_code: expected each code once, got \"1\" again".into()),
        ("A", r#"{ "portions": [{ "portion_code": "a.b" }] }"#, format!("portions[0].portion_code: {code} \"a.b\"")),
        ("A", r#"{ "delivery_modes": [] }"#, "delivery_modes: expected one mode or more, got an empty list".into()),
        ("A", r#"{ "delivery_modes": ["HOME"] }"#, "delivery_modes[0]: expected SITE_PROCTORED or ATLAS_REMOTE_PROCTORED, got \"HOME\"".into()),
        ("A", r#"{ "exam_length": 0 }"#, "exam_length: expected a whole number from 1 to 10080, got the number 0".into()),
        ("A", r#"{ "exam_length": "60" }"#, "exam_length: expected a whole number from 1 to 10080, got \"60\"".into()),
        ("A", r#"{ "max_attempts": 0.5 }"#, "max_attempts: expected a whole number from 1 to 2147483647, got the number 0.5".into()),
        ("A", r#"{ "price": "12,50" }"#, "price: expected a decimal string like \"25.00\", got \"12,50\"; currency: expected one beside the price, got nothing".into()),
        ("A", r#"{ "price": 12.5 }"#, "price: expected a string, got the number 12.5".into()),
        ("A", r#"{ "currency": "usd" }"#, "currency: expected a currency code of ISO 4217 like \"USD\", got \"usd\"".into()),
        ("A", r#"{ "requires_approval": "yes" }"#, "requires_approval: expected true or false, got \"yes\"".into()),
        ("A", r#"{ "schedule_start_date": "soon" }"#, "schedule_start_date: expected a UTC date-time like 2026-03-01T09:00:00Z, got \"soon\"".into()),
        ("A", r#"{ "schedule_start_date": "2026-05-01", "schedule_end_date": "2026-04-01" }"#, "schedule_end_date: expected a date that is not before schedule_start_date, got 2026-04-01T00:00:00Z".into()),
    ] {
        let mut state = state();
        assert_eq!(told(write(&mut state, code_of_path, text)), expected, "{text}");
        assert!(!state.commit(), "{text}");
    }
}

#[test]
fn a_draft_is_new_replaced_or_as_it_was_published() {
    let mut state = state();
    assert_eq!(tests(&state), ["EXAM1 Published", "NAMED Published", "NEW1 Draft", "NEW2 Draft"]);
    assert_eq!(write(&mut state, "NEW3", "{}"), Ok(true));
    assert_eq!(write(&mut state, "NEW3", r#"{ "test_name": "Three" }"#), Ok(false));
    assert_eq!(write(&mut state, "EXAM1", r#"{ "exam_length": 60 }"#), Ok(false));
    assert_eq!(tests(&state), ["EXAM1 Changed", "NAMED Published", "NEW1 Draft", "NEW2 Draft", "NEW3 Draft"]);
    assert_eq!(state.tests.get("EXAM1").map(|test| test.exam_length), Some(240));
    // As it is published: there is no draft any more.
    assert_eq!(write(&mut state, "EXAM1", "{}"), Ok(false));
    assert_eq!(told(publish(&mut state, "EXAM1", &noon())), "test \"EXAM1\" has no draft: it is published as it is");
    let (first, has_more) = list(&state, Some("EXAM1"), 2);
    let codes: Vec<_> = first.iter().map(|one| one.test.test_code.as_str()).collect();
    assert_eq!((codes, has_more), (vec!["NAMED", "NEW1"], true));
    let portions =
        r#"{ "portions": [{ "portion_code": "1", "exam_length": 30 }, { "portion_code": "2", "exam_length": 45 }] }"#;
    assert_eq!(write(&mut state, "NEW3", portions), Ok(false));
    assert_eq!(get(&state, "NEW3").expect("a test").test.exam_length, 75);
}

#[test]
fn a_publication_takes_effect_after_its_delay_with_the_test_as_it_was_handed_in() {
    let mut state = state();
    assert_eq!(due::next(&state), Some(at("2026-03-01T13:00:00Z").now));
    let handed_in = publish(&mut state, "NEW1", &at("2026-03-01T12:30:00Z")).expect("handed in");
    let id = handed_in.publication_id.to_string();
    assert_eq!(told(publish(&mut state, "NEW1", &noon())), format!("publication {id} of test \"NEW1\" is pending"));
    assert_eq!(told(state.test("NEW1")), "there is no test \"NEW1\"");
    write(&mut state, "NEW1", r#"{ "exam_length": 15 }"#).expect("written");
    due::run(&mut state, at("2026-03-01T13:15:00Z").now).expect("nothing fails");
    assert_eq!(tests(&state), ["EXAM1 Published", "NAMED Published", "NEW1 Draft", "NEW2 Published"]);
    due::run(&mut state, at("2026-03-01T13:30:00Z").now).expect("nothing fails");
    assert_eq!(tests(&state)[2], "NEW1 Changed");
    assert_eq!(state.test("NEW1").expect("a test").map(|test| test.exam_length), Some(240));
    let told = of_test(&state, "NEW1", &id).expect("a publication");
    assert_eq!((told.status.to_string(), told.effective), ("PUBLISHED".to_owned(), at("2026-03-01T13:30:00Z").now));
    assert_eq!(due::next(&state), None);
}

#[test]
fn without_a_delay_it_takes_effect_at_once() {
    let mut state = state();
    load(&mut state, "account: { settings: { publication_delay: 0s } }");
    let done = publish(&mut state, "NEW1", &noon()).expect("handed in");
    assert_eq!((done.status.to_string(), tests(&state)[2].as_str()), ("PUBLISHED".to_owned(), "NEW1 Published"));
}

#[test]
fn staff_decide_once_and_only_before_it_takes_effect() {
    let words = ["Portion 2 is missing.".to_owned()];
    let mut state = state();
    let rejected = decide(&mut state, "PENDING1", Decision::Reject, &words, &noon()).expect("decided");
    assert_eq!((rejected.status.to_string(), rejected.messages.as_slice()), ("REJECTED".to_owned(), words.as_slice()));
    assert_eq!((due::next(&state), tests(&state)[3].as_str()), (None, "NEW2 Draft"));
    for decision in [Decision::Approve, Decision::Reject] {
        let refused = decide(&mut state, "PENDING1", decision, &[], &noon()).expect_err("it was decided on");
        assert_eq!(refused.to_string(), "publication PENDING1 is REJECTED: only a PENDING one is decided on");
        let unknown = decide(&mut state, "NOSUCH00", decision, &[], &noon()).expect_err("there is none");
        assert_eq!(unknown.to_string(), "there is no publication \"NOSUCH00\"");
    }
    // The draft can be handed in again.
    let again = publish(&mut state, "NEW2", &noon()).expect("handed in").publication_id.to_string();
    let approved = decide(&mut state, &again, Decision::Approve, &words, &noon()).expect("decided");
    assert_eq!((approved.status.to_string(), approved.messages.len()), ("PUBLISHED".to_owned(), 1));
    assert_eq!(tests(&state)[3], "NEW2 Published");
}

#[test]
fn a_test_that_open_eligibilities_name_is_not_retired() {
    let mut state = state();
    for (code, expected) in [
        ("NOSUCH", "there is no test \"NOSUCH\""),
        ("NAMED", "cannot retire test \"NAMED\": an open eligibility names it (1)"),
        ("EXAM1", ""),
        ("EXAM1", "there is no test \"EXAM1\""),
        ("NEW2", ""),
    ] {
        assert_eq!(told(retire(&mut state, code, &noon())), expected, "{code}");
    }
    assert_eq!(tests(&state), ["NAMED Published", "NEW1 Draft"]);
    let pending = state.publication("PENDING1").expect("a publication");
    assert_eq!(
        (pending.status.to_string(), pending.messages.join(" ")),
        ("REJECTED".into(), "The test was retired.".into())
    );
    assert_eq!(due::next(&state), None);
}

#[test]
fn a_publication_is_found_by_its_test_alone() {
    let state = state();
    for (code, id, expected) in [
        ("NEW2", "PENDING1", ""),
        ("NEW1", "PENDING1", "there is no publication \"PENDING1\""),
        ("NEW2", "nothing", "there is no publication \"nothing\""),
        ("NOSUCH", "PENDING1", "there is no test \"NOSUCH\""),
    ] {
        assert_eq!(told(of_test(&state, code, id)), expected, "{code} {id}");
    }
}
