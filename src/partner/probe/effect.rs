//! Checks whether a case had the right effect, for receivers that show their state.
//!
//! `GET` of the state's URL, with `?candidate_id=` added, answers at least
//! `{"records": [{"candidate_id": "...", "booking_code": "...", "events": 1}]}`: one record for each exam of the
//! candidate, with its current booking code and the number of notifications it was made of, each counted once. Other
//! members are ignored.

use serde_json::Value;

use super::call::{booking_code, candidate_id};
use super::case::Case;

/// Whether a document has that form.
pub fn is_state(document: &Value) -> bool {
    document["records"].is_array()
}

/// Looks for the effect of a case.
///
/// # Errors
/// What the state shows instead, in words.
pub fn look(case: Case, run: &str, state: &Value) -> Result<(), String> {
    let id = candidate_id(run, case);
    let record = state["records"].as_array().and_then(|all| all.iter().find(|record| record["candidate_id"] == *id));
    let record = match (record, case.is_refused()) {
        (None, true) => return Ok(()),
        (Some(_), true) => return Err("its state shows the call that should have had no effect".to_owned()),
        (None, false) => return Err("its state does not show the notification it took".to_owned()),
        (Some(record), false) => record,
    };
    let expected = booking_code(run, case, false);
    if record["booking_code"] != *expected {
        return Err(match case {
            Case::OutOfOrder => "the older event overwrote the newer one in its state".to_owned(),
            _ => format!("its state shows booking_code {} and not {expected}", record["booking_code"]),
        });
    }
    match record["events"].as_u64() {
        Some(1) => Ok(()),
        _ if case != Case::Duplicate => Ok(()),
        Some(count) => Err(format!("its state counts it {count} times")),
        None => Err("its state does not say how many events the record was made of".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_right_effect_passes_and_a_wrong_one_fails() {
        let record = |case, is_older, events: Value| {
            json!({ "records": [{ "candidate_id": "other" }, { "candidate_id": candidate_id("r", case),
                "booking_code": booking_code("r", case, is_older), "events": events }] })
        };
        let none = json!({ "records": [] });
        for (case, state, is_right) in [
            (Case::Valid, record(Case::Valid, false, json!(1)), true),
            (Case::Valid, none.clone(), false),
            (Case::Valid, record(Case::Valid, true, json!(1)), false),
            (Case::OldKey, record(Case::OldKey, false, json!(3)), true),
            (Case::Duplicate, record(Case::Duplicate, false, json!(1)), true),
            (Case::Duplicate, record(Case::Duplicate, false, json!(2)), false),
            (Case::Duplicate, record(Case::Duplicate, false, Value::Null), false),
            (Case::OutOfOrder, record(Case::OutOfOrder, false, json!(2)), true),
            (Case::OutOfOrder, record(Case::OutOfOrder, true, json!(2)), false),
            (Case::WrongKey, none, true),
            (Case::WrongKey, record(Case::WrongKey, false, json!(1)), false),
        ] {
            assert_eq!(look(case, "r", &state).is_ok(), is_right, "{case}: {state}");
        }
        assert!(!is_state(&json!([])) && is_state(&json!({ "records": [] })));
    }
}
