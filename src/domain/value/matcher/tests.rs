//! Matchers against values: what they take, and what they say of what they do not.

use serde_json::{Value, json};

use super::Matcher;

fn told(written: &Value, value: &Value) -> Vec<String> {
    let matcher = Matcher::read(written).unwrap_or_else(|misfits| panic!("{written}: {misfits:?}"));
    matcher.mismatches(Some(value)).iter().map(ToString::to_string).collect()
}

#[test]
fn a_value_is_taken_as_it_is_written() {
    let value = json!({
        "operation": "create_eligibility", "status": 503, "score": 5, "name": "Zoë/~", "none": null,
        "body": [{ "status": "CSS2", "id": 1 }, { "status": "CSS1" }], "codes": ["A", "B"],
    });
    for written in [
        json!({}),
        json!({ "operation": "create_eligibility" }),
        json!({ "operation": ["get_eligibility", "create_eligibility"] }),
        json!({ "operation": { "matches": "^create_" } }),
        json!({ "operation": { "contains": "eligib" } }),
        json!({ "status": { "at_least": 500, "at_most": 599 } }),
        json!({ "score": 5.0 }),
        json!({ "name": { "at_most": 5 } }),
        json!({ "none": null, "missing": null }),
        json!({ "none": { "present": false }, "status": { "present": true } }),
        json!({ "body": [{ "status": "CSS2" }, {}] }),
        json!({ "body": { "contains": { "status": "CSS1" } } }),
        json!({ "body": { "each": { "status": { "matches": "^CSS" } }, "at_least": 2 } }),
        json!({ "codes": ["A", "B"] }),
        json!({ "codes": [["A", "B"], ["C"]] }),
        json!({ "codes": { "contains": "A" } }),
        json!({ "body": { "contains": { "exactly": true, "status": "CSS1" } } }),
    ] {
        assert_eq!(told(&written, &value), [""; 0], "{written}");
    }
}

#[test]
fn every_mismatch_is_told_by_its_pointer() {
    let value =
        json!({ "status": 503, "a/b": 1, "body": [{ "status": "CSS2" }, { "status": "CSS1" }], "text": "héllo" });
    for (written, expected) in [
        (
            json!({ "status": 200, "text": "x" }),
            vec!["/status: expected 200, got 503", "/text: expected \"x\", got \"héllo\""],
        ),
        (json!({ "status": [200, 204] }), vec!["/status: expected 200 or 204, got 503"]),
        (json!({ "a/b": 2 }), vec!["/a~1b: expected 2, got 1"]),
        (json!({ "gone": { "present": true } }), vec!["/gone: expected a value, got nothing"]),
        (json!({ "gone": { "at_most": 2 } }), vec!["/gone: expected at most 2, got nothing"]),
        (
            json!({ "text": { "at_least": 6, "matches": "^H" } }),
            vec![
                "/text: expected at least 6, got \"héllo\"",
                "/text: expected a text that matches \"^H\", got \"héllo\"",
            ],
        ),
        (
            json!({ "body": [{ "status": "CSS2" }, { "status": "CSS2" }] }),
            vec!["/body/1/status: expected \"CSS2\", got \"CSS1\""],
        ),
        (json!({ "body": { "each": { "status": "CSS2" } } }), vec!["/body/1/status: expected \"CSS2\", got \"CSS1\""]),
        (
            json!({ "exactly": true, "status": 503, "text": "héllo", "body": { "present": true } }),
            vec!["/a~1b: expected nothing, got 1"],
        ),
        (json!({ "status": { "code": 1 } }), vec!["/status: expected an object with code, got 503"]),
    ] {
        assert_eq!(told(&written, &value), expected, "{written}");
    }
}

#[test]
fn what_is_no_matcher_is_refused_with_all_its_mistakes() {
    for (written, expected) in [
        (
            json!({ "a": { "matches": "(" } }),
            vec!["a.matches: expected a regular expression of at most 1024 bytes, got \"(\""],
        ),
        (
            json!({ "a": { "present": "yes" }, "b": { "at_most": "2" } }),
            vec!["a.present: expected true or false, got \"yes\"", "b.at_most: expected a number, got \"2\""],
        ),
        (
            json!({ "a": { "contains": "x", "status": 1 } }),
            vec!["a: expected contains alone, or members alone, got status beside it"],
        ),
        (json!({ "a": [{ "exactly": 1 }] }), vec!["a[0].exactly: expected true or false, got 1"]),
    ] {
        let told: Vec<_> = Matcher::read(&written).expect_err("refused").iter().map(ToString::to_string).collect();
        assert_eq!(told, expected, "{written}");
    }
    let deep = (0..100).fold(json!(1), |inner, _| json!({ "a": inner }));
    let told = Matcher::read(&deep).expect_err("refused");
    assert!(told[0].to_string().ends_with("expected at most 64 levels, got more"), "{told:?}");
}
