//! Reading YAML and JSON documents: all mistakes at once, each with line, column and path, in our words.

mod arriving;
mod format;
mod marks;
mod member;
mod misread;
mod mistake;
mod number;
mod objects;
mod reader;
mod supplied;
mod tree;
mod words;

use serde::de::DeserializeOwned;

pub use arriving::read_arriving;
pub use format::DocumentFormat;
pub use marks::{Marks, Origin};
use member::Member;
pub use mistake::{Mistake, position};
pub use number::{Filling, literal};
pub use reader::Reading;
pub use tree::Tree;
pub use words::{json_words, listed, misfit, nearest};

/// The byte order mark, which may stand before a text.
pub const MARK: &str = "\u{feff}";

/// The text of a document's bytes, without a byte order mark.
///
/// Source: RFC 8259 section 8.1 lets a reader of JSON skip the mark; YAML 1.2 section 5.2 does.
///
/// # Errors
/// Not UTF-8, in words.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("expected UTF-8, got something else at byte {}", error.valid_up_to() + 1))?;
    Ok(text.strip_prefix(MARK).unwrap_or(text))
}

/// The same of bytes that are given away, without a copy.
///
/// # Errors
/// Those of [`text`].
pub fn owned_text(bytes: Vec<u8>) -> Result<String, String> {
    let mark = bytes.len() - text(&bytes)?.len();
    let mut whole = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    whole.drain(..mark);
    Ok(whole)
}

/// Reads one document, and tells the first mistake.
///
/// # Errors
/// Not the format, an unknown key, a value that does not fit.
pub fn read<T: DeserializeOwned>(text: &str, format: DocumentFormat) -> Result<T, Mistake> {
    read_all(text, format).map_err(|mistakes| {
        mistakes.into_iter().next().unwrap_or_else(|| Mistake::at(text, 0, "expected a document, got something else"))
    })
}

/// Reads one document. A `$schema` at the top, and keys of its objects that begin with `x-`, are ignored.
///
/// # Errors
/// Every mistake, in the order of the document.
pub fn read_all<T: DeserializeOwned>(text: &str, format: DocumentFormat) -> Result<T, Vec<Mistake>> {
    match read_partly(text, format) {
        Reading { value: Some(value), mistakes, .. } if mistakes.is_empty() => Ok(value),
        Reading { mistakes, .. } => Err(mistakes),
    }
}

/// Reads what fits of one document, and tells every mistake of the rest.
pub fn read_partly<T: DeserializeOwned>(text: &str, format: DocumentFormat) -> Reading<T> {
    // Nearly all documents are right: where their members stand is looked for in the others only.
    let quick = match format {
        DocumentFormat::Json => Tree::read_unplaced(text).ok().filter(|tree| tree.twice.is_empty()),
        DocumentFormat::Yaml => None,
    };
    if let Some(value) = quick.and_then(|tree| T::deserialize(Member::top(&tree, &Marks::default())).ok()) {
        return Reading { value: Some(value), mistakes: Vec::new(), marks: Marks::default() };
    }
    match tree(text, format) {
        Ok(tree) => reader::read(&tree, text),
        Err(wrong) => Reading { value: None, mistakes: vec![wrong], marks: Marks::default() },
    }
}

/// The tree of a document, read where there is room: its readers take tens of KiB of the stack for each level.
///
/// # Errors
/// What is not of the format.
pub fn tree(text: &str, format: DocumentFormat) -> Result<Tree, Mistake> {
    const ROOM: usize = 64 * 1024 * 1024;
    std::thread::scope(|threads| {
        let reading = std::thread::Builder::new().stack_size(ROOM).spawn_scoped(threads, || Tree::read(text, format));
        let read = reading.ok().and_then(|reading| reading.join().ok());
        read.unwrap_or_else(|| Err(Mistake::at(text, 0, "it cannot be read: there is no memory for it")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::given::Given;

    fn refused(text: &str, format: DocumentFormat) -> Mistake {
        read::<Given>(text, format).expect_err("refused")
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place_in_both_formats() {
        for (text, format) in [
            ("account:\n  settings:\n    lint: loud\n", DocumentFormat::Yaml),
            ("{\n\"account\": {\"settings\": \n{\"lint\": \"loud\"}}}", DocumentFormat::Json),
        ] {
            let wrong = refused(text, format);
            assert_eq!((wrong.line, wrong.path.as_str()), (3, "account.settings.lint"), "{wrong:?}");
            assert!(wrong.message.contains("loud") && wrong.message.contains("enforce"), "{wrong:?}");
        }
    }

    #[test]
    fn an_object_is_not_sent_as_a_list_of_its_values() {
        for (text, path) in [
            (r#"{"account": ["ARR1"]}"#, "account"),
            (r#"{"clock": ["2026-03-01T09:00:00Z", true]}"#, "clock"),
            (r#"{"eligibilities": [["EXAM1"]]}"#, "eligibilities[0]"),
            (r#"{"account": {"settings": ["wso2-2"]}}"#, "account.settings"),
            (r#"{"eligibilities": [{"candidate": ["C1"], "test_code": "A"}]}"#, "eligibilities[0].candidate"),
            (r#"{"faults": [{"effect": [503]}]}"#, "faults[0].effect"),
            (r#"{"faults": [{"match": ["eligibility"], "effect": {"status": 503}}]}"#, "faults[0].match"),
            (r#"{"faults": [{"effect": {"latency": {"uniform": ["1s", "2s"]}}}]}"#, "faults[0].effect.latency.uniform"),
            (r#"{"subscriptions": {"booking_notification": ["http://h"]}}"#, "subscriptions.booking_notification"),
            (
                r#"{"subscriptions": {"booking_notification": {"url": "http://h", "auth": ["bearer", "t"]}}}"#,
                "subscriptions.booking_notification.auth",
            ),
            (
                r#"{"subscriptions": {"booking_notification": {"url": "http://h", "signing": ["ed25519", "s"]}}}"#,
                "subscriptions.booking_notification.signing",
            ),
        ] {
            for format in [DocumentFormat::Json, DocumentFormat::Yaml] {
                let wrong = refused(text, format).to_string();
                assert!(wrong.starts_with(&format!("{path}: expected an object, got a list")), "{wrong}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let wrong = refused("catalog:\n  tests:\n    - test_code: A\n      lenght: 3\n", DocumentFormat::Yaml);
        assert_eq!(wrong.line, 4, "{wrong:?}");
        assert!(wrong.to_string().contains("lenght"), "{wrong:?}");
        let wrong = refused(r#"{"catalogue": {}}"#, DocumentFormat::Json);
        assert!(wrong.to_string().contains("catalogue"), "{wrong:?}");
    }

    #[test]
    fn norway_is_a_country() {
        let given: Given =
            read("eligibilities: [ { candidate: { country: NO }, test_code: A } ]", DocumentFormat::Yaml)
                .expect("read");
        assert_eq!(given.eligibilities[0].candidate.country.as_deref(), Some("NO"));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_in_our_words() {
        let text = "x-exam: &exam { test_code: EXAM1, colour: red }\naccount:\n  acount_code: A\n  settings: { lint: worn }\n  \
                    ttl: [ 1 ]\nseed: many\nseed: 1\neligibilities:\n  - *exam\n  - { test_code: [], blocked: 1 }\nbookings: [ { colour: \
                    BOOKED } ]\n";
        let told: Vec<_> = read_all::<Given>(text, DocumentFormat::Yaml)
            .expect_err("mistakes")
            .into_iter()
            .map(|wrong| (wrong.line, wrong.column, wrong.to_string()))
            .collect();
        let expected = [
            (
                3,
                3,
                "account.acount_code: unknown key \"acount_code\", expected account_code, settings, users, applications, \
                static_tokens, allow_ip, signing_secret or ttl; did you mean \"account_code\"?",
            ),
            (4, 21, "account.settings.lint: expected off, warn or enforce, got \"worn\"; did you mean \"warn\"?"),
            (5, 8, "account.ttl: expected a duration like 500ms, 5s or 2h, got a list"),
            (6, 7, "seed: expected a whole number from 0 up, got \"many\""),
            (7, 1, "seed: the key stands twice, first in line 6"),
            (1, 35, "eligibilities[0].colour: unknown key \"colour\", expected "),
            (10, 18, "eligibilities[1].test_code: expected a text, got a list"),
            (10, 31, "eligibilities[1].blocked: expected true or false, got 1"),
            (11, 15, "bookings[0].colour: unknown key \"colour\""),
        ];
        for ((line, column, told), (at, place, words)) in told.iter().zip(expected) {
            assert_eq!((*line, *column), (at, place), "{told}");
            assert!(told.starts_with(words), "{told}");
        }
        assert_eq!(told.len(), expected.len(), "{told:#?}");
    }

    #[test]
    fn an_item_of_any_list_may_stand_for_many() {
        let text = "eligibilities: [ { count: 2, test_code: 'T{n}', created: '2026-01-0{n}' }, { test_code: U } ]
catalog:
  tests: [ { count: 3, test_code: 'T{n:02}', exam_length: '{n}0' }, { test_code: '{n}' } ]
  vouchers: [ { count: 11, voucher_code: 'V{n:03}' } ]
account: { users: [ { count: 2, username: 'u{n}', roles: [ psiBooking ] } ] }
faults: [ { count: 2, match: { header: { 'x-{n}': v } }, effect: { status: '50{n}' } } ]";
        let given: Given = read(text, DocumentFormat::Yaml).expect("a document");
        let created = given.eligibilities.iter().map(|one| (one.test_code.as_str(), one.created.is_some()));
        assert_eq!(created.collect::<Vec<_>>(), [("T1", true), ("T2", true), ("U", false)]);
        let tests = given.catalog.tests.expect("tests");
        let tests: Vec<_> = tests.iter().map(|test| (test.test_code.as_str(), test.exam_length)).collect();
        assert_eq!(tests, [("T01", 10), ("T02", 20), ("T03", 30), ("{n}", 240)]);
        assert_eq!(given.catalog.vouchers.expect("vouchers")[10].voucher_code, "V011");
        assert_eq!(given.account.users.expect("users")[1].username, "u2");
        let faults = given.faults.expect("faults");
        assert!(faults[1].r#match.header.contains_key("x-2") && faults[1].effect.status.is_some(), "{faults:?}");
        // Where its texts alone are numbered, it stays one until it is loaded.
        let text = r#"{"eligibilities": [{"count": 1000000, "test_code": "T{n}"}]}"#;
        let given: Given = read(text, DocumentFormat::Json).expect("a document");
        assert_eq!((given.eligibilities.len(), given.eligibilities[0].count), (1, Some(1_000_000)));
    }

    #[test]
    fn items_in_items_do_not_multiply_without_end() {
        let text = r#"{"catalog": {"tests": [{"count": 1000, "test_code": "T{n}", "portions":
[{"count": 1000000, "portion_code": "P", "portion_name": "p"}]}]}}"#;
        let wrong = refused(text, DocumentFormat::Json);
        let told = "catalog.tests[0].portions[0]: expected at most 1000000 items by count in a document, got more";
        assert_eq!((wrong.line, wrong.to_string().as_str()), (2, told));
    }

    #[test]
    fn what_a_member_with_a_secret_got_is_not_told() {
        let wrong = refused(r#"{"account": {"users": [{"username": "u", "password": 12345}]}}"#, DocumentFormat::Json);
        assert_eq!(wrong.to_string(), "account.users[0].password: expected a text, got ***");
    }

    #[test]
    fn all_keys_that_are_missing_are_told() {
        let text = "catalog: { test_centers: [ { location_code: 5 } ], tests: [ { portions: [ {} ] } ] }";
        let told = read_all::<Given>(text, DocumentFormat::Yaml).expect_err("mistakes");
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        let missing = |path: &str, key: &str| format!("{path}: expected the key {key:?}, which is missing");
        for one in [
            missing("catalog.test_centers[0]", "location_name"),
            missing("catalog.test_centers[0]", "city"),
            missing("catalog.test_centers[0]", "location_timezone"),
            missing("catalog.tests[0]", "test_code"),
            missing("catalog.tests[0].portions[0]", "portion_code"),
            missing("catalog.tests[0].portions[0]", "portion_name"),
        ] {
            assert!(told.contains(&one), "{one} is not in {told:#?}");
        }
        let count = |path: &str| told.iter().filter(|one| one.starts_with(path)).count();
        assert_eq!((count("catalog.tests[0]:"), count("catalog.tests[0].portions[0]:")), (1, 2), "{told:#?}");
    }

    #[test]
    fn what_does_not_fit_in_auth_and_signing_is_told_at_its_very_member() {
        let text = "subscriptions:
  booking_notification:
    url: http://h/n
    auth:
      password: [ 1 ]
      user: u
      type: basic
      username: 5
  proctoring_results:
    url: http://h/p
    auth: { type: oauth2, client_id: 5, client_secret: s, params: { a: b, c: [] } }
    signing: { type: ed25519, secret: 7, sekret: x }
  assessment_results: { url: u, auth: { type: basik } }
  test_center_notification: { url: u, auth: { type: basic } }
";
        let told = read_all::<Given>(text, DocumentFormat::Yaml).expect_err("mistakes");
        let told: Vec<_> = told.iter().map(|one| format!("{}:{} {one}", one.line, one.column)).collect();
        for (at, path, words) in [
            ("5:17", "booking_notification.auth.password", "expected a text, got a list"),
            ("6:7", "booking_notification.auth.user", "unknown key \"user\", expected username or password"),
            ("8:17", "booking_notification.auth.username", "expected a text, got 5"),
            ("11:11", "proctoring_results.auth", "expected the key \"token_url\", which is missing"),
            ("11:38", "proctoring_results.auth.client_id", "expected a text, got 5"),
            ("11:78", "proctoring_results.auth.params.c", "expected a text, got a list"),
            ("12:39", "proctoring_results.signing.secret", "expected a text, got ***"),
            ("12:42", "proctoring_results.signing.sekret", "unknown key \"sekret\""),
            ("13:47", "assessment_results.auth.type", "expected none, basic, bearer, header or oauth2, got \"basik\""),
            ("14:45", "test_center_notification.auth", "expected the key \"username\", which is missing"),
            ("14:45", "test_center_notification.auth", "expected the key \"password\", which is missing"),
        ] {
            let wanted = format!("{at} subscriptions.{path}: {words}");
            assert!(told.iter().any(|one| one.starts_with(&wanted)), "{wanted} is not in {told:#?}");
        }
        assert_eq!(told.len(), 11, "{told:#?}");
    }

    #[test]
    fn a_number_without_quotes_names_a_value_too_and_all_others_are_told() {
        let of = |success: &str, more: &str| {
            format!("subscriptions: {{ booking_notification: {{ url: u, success: {success}, {more} }} }}")
        };
        let told = |text: &str, format| {
            let wrong = read_all::<Given>(text, format).expect_err("mistakes");
            wrong.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let path = "subscriptions.booking_notification";
        let of_timeout = format!("{path}.timeout: expected a duration like 500ms, 5s or 2h, got \"5\"");
        assert_eq!(told(&of("200", "timeout: 5"), DocumentFormat::Yaml), [of_timeout]);
        assert_eq!(
            told(&of("[]", "method: PUT"), DocumentFormat::Yaml),
            [format!("{path}.success: expected a text, 200 or 2xx, got a list")]
        );
        let json = r#"{"subscriptions": {"booking_notification": {"url": "u", "success": 200, "timeout": 5}}}"#;
        let of_json = [
            format!("{path}.success: expected a text, 200 or 2xx, got 200"),
            format!("{path}.timeout: expected a duration like 500ms, 5s or 2h, got 5"),
        ];
        assert_eq!(told(json, DocumentFormat::Json), of_json);
    }

    #[test]
    fn of_more_mistakes_than_are_told_the_count_is() {
        let of = |count: usize| {
            let keys = (0..count).map(|number| format!("wrong{number}: 1\n"));
            let told = read_all::<Given>(&keys.collect::<String>(), DocumentFormat::Yaml).expect_err("mistakes");
            (told.len(), told.last().expect("one").to_string())
        };
        assert_eq!(of(62), (51, "and 12 more mistakes".to_owned()));
        assert_eq!(of(51), (51, "and one more mistake".to_owned()));
        assert_eq!(of(50).0, 50);
    }

    #[test]
    fn a_schema_at_the_top_and_keys_for_anchors_are_ignored_and_nothing_else_is() {
        for (text, format) in [
            (r#"{"$schema": "./s.json", "account": {"x-note": 1, "account_code": "A"}}"#, DocumentFormat::Json),
            ("$schema: s.json\nx-a: &a { account_code: A }\naccount: { <<: *a, x-b: [] }\n", DocumentFormat::Yaml),
        ] {
            let given: Given = read(text, format).expect("a document");
            assert_eq!(given.account.account_code.expect("a code").as_str(), "A");
        }
        for text in [r#"{"$schema": 5}"#, r#"{"account": {"$schema": "s"}}"#, r#"{"xnote": 1}"#] {
            refused(text, DocumentFormat::Json);
        }
        // A table with keys of the user's own keeps them.
        let text = r#"{"x-a": 1, "faults": [{"match": {"header": {"x-key": "v"}}, "effect": {"status": 500}}]}"#;
        let given: Given = read(text, DocumentFormat::Json).expect("a document");
        assert!(given.faults.expect("faults")[0].r#match.header.contains_key("x-key"));
    }

    #[test]
    fn what_is_no_document_is_told_in_our_words() {
        for (text, format, line, words) in [
            ("{}\n---\n{}\n", DocumentFormat::Yaml, 3, "expected one document in the file, got another"),
            ("account: [\n", DocumentFormat::Yaml, 1, "expected YAML: unclosed bracket"),
            ("account: *none\n", DocumentFormat::Yaml, 1, "expected an alias of an anchor above"),
            ("{\n\"account\": {", DocumentFormat::Json, 2, "the JSON ends too early"),
            ("{\"account\": {}},", DocumentFormat::Json, 1, "expected the end of the JSON"),
            ("{account: {}}", DocumentFormat::Json, 1, "expected a key in double quotes"),
            ("{\"seed\": 1, \"seed\": 2}", DocumentFormat::Json, 1, "the key stands twice, first in line 1"),
        ] {
            let wrong = refused(text, format);
            assert!(wrong.message.starts_with(words), "{text}: {wrong:?}");
            assert_eq!(wrong.line, line, "{text}: {wrong:?}");
        }
        assert_eq!(text(b"\xef\xbb\xbf{}"), Ok("{}"));
        assert_eq!(text(b"ab\xff"), Err("expected UTF-8, got something else at byte 3".to_owned()));
    }

    #[test]
    fn a_caret_stands_below_the_mistake() {
        let text = "account:\n\tlint: 5\n";
        assert_eq!(Mistake::at(text, 10, "").excerpt(text), "  2 | \tlint: 5\n    | \t^");
        let long = format!("{}!", "a".repeat(300));
        let excerpt = Mistake::at(&long, 300, "").excerpt(&long);
        let (line, caret) = excerpt.split_once('\n').expect("two lines");
        assert_eq!((line.find('!'), line.len()), (caret.find('^'), 57));
    }
}
