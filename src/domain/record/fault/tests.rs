//! How a fault is shown.

use super::{FaultView, Faults};
use crate::domain::value::stamp::Timestamp;

#[test]
fn a_fault_is_answered_with_one_identifier() {
    let input = serde_json::from_str(r#"{ "id": "mine", "effect": { "status": 503 } }"#).expect("an input");
    let mut faults = Faults::new(1, &"ACCT1".parse().expect("a code"));
    let added = faults.add(vec![input], Timestamp::UNIX_EPOCH).expect("a fault").remove(0);
    assert_eq!(
        serde_json::to_string(&FaultView::from(added)).expect("written"),
        r#"{"id":"mine","match":{},"effect":{"status":503},"matched":0,"fired":0}"#,
    );
}
