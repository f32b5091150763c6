//! The status machine: every transition that the contract allows, and every other one refused with nothing changed.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all_of, given, record, with};
use crate::server::{Account, Answer, Server, eligibility, send};

const PATH: &str = "/candidates/C1/tests/PENDING";

/// What can be asked of a record; bookings are named by their code.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    /// Staff, through the control API.
    Approve,
    /// The candidate, through the control API.
    Schedule,
    /// Something about the latest booking, through the control API.
    Booking(&'static str),
    /// The partner cancels the eligibility.
    Cancel,
    /// A test driver sends a result.
    Result,
}

use Action::{Approve, Booking, Cancel, Result, Schedule};

/// How a try ends: the status and what the partner is told; or the status code of the refusal.
#[derive(Debug, Clone, Copy)]
enum End {
    Becomes(&'static str, &'static [&'static str]),
    Refused(u16),
}

use End::{Becomes, Refused};

/// Every status a record can be in; `CSS2 closed` is a CSS2 whose eligibility was cancelled.
const STATUSES: [&str; 9] = ["REG01", "REG02", "REG03", "CSS1", "CSS2", "CSS2 closed", "CSS5", "CSS8", "CSS9"];

const ACTIONS: [Action; 9] = [
    Approve,
    Schedule,
    Cancel,
    Booking("reschedule"),
    Booking("cancel"),
    Booking("complete"),
    Booking("absent"),
    Booking("excuse"),
    Result,
];

/// Contract §2.3. What is not in the table is refused: with 409 on the control face, with 400 (404 where nothing is
/// open) on the vendor's.
fn contract(status: &str, action: Action) -> End {
    match (status, action) {
        ("REG01", Approve) => Becomes("REG02", &[]),
        ("REG01" | "REG02", Cancel) => Becomes("REG03", &[]),
        ("REG02" | "CSS2", Schedule) => Becomes("CSS1", &["BOOKING_CREATED"]),
        ("CSS1", Booking("reschedule")) => Becomes("CSS1", &["BOOKING_RESCHEDULED"]),
        ("CSS1", Booking("cancel")) => Becomes("CSS2", &["BOOKING_CANCELLED"]),
        ("CSS1", Cancel) => Becomes("CSS2 closed", &["BOOKING_CANCELLED"]),
        ("CSS2", Cancel) => Becomes("CSS2 closed", &[]),
        ("CSS1", Booking("complete") | Result) => Becomes("CSS5", &["EXAM_COMPLETED"]),
        ("CSS5", Result) => Becomes("CSS5", &[]),
        ("CSS1", Booking("absent")) => Becomes("CSS8", &["ABSENT"]),
        ("CSS1" | "CSS8", Booking("excuse")) => Becomes("CSS9", &["EXCUSED_ABSENT"]),
        (_, Cancel) => Refused(404),
        (_, Result) => Refused(400),
        _ => Refused(409),
    }
}

/// Brings candidate C1's record for the test that needs approval to a status; gives its identifier and booking.
pub async fn reach(account: &Account<'_>, status: &str) -> (String, Option<String>) {
    let id = account.eligible("C1", "PENDING").await;
    let steps: &[Action] = match status {
        "REG01" => &[],
        "REG02" => &[Approve],
        "REG03" => &[Cancel],
        "CSS1" => &[Approve, Schedule],
        "CSS2" => &[Approve, Schedule, Booking("cancel")],
        "CSS2 closed" => &[Approve, Schedule, Cancel],
        "CSS5" => &[Approve, Schedule, Booking("complete")],
        "CSS8" => &[Approve, Schedule, Booking("absent")],
        "CSS9" => &[Approve, Schedule, Booking("excuse")],
        other => panic!("no status {other}"),
    };
    for step in steps {
        let answer = act(account, &id, *step).await;
        assert!(answer.status < 300, "{status}, {step:?}: {}", answer.text);
    }
    assert_eq!(status_of(account, &id).await, status);
    let booking = record(account, &id).await["booking_code"].as_str().map(str::to_owned);
    (id, booking)
}

async fn status_of(account: &Account<'_>, id: &str) -> String {
    let record = record(account, id).await;
    let status = record["status"].as_str().expect("a status");
    let closed = if status == "CSS2" && record["open"] == false { " closed" } else { "" };
    format!("{status}{closed}")
}

async fn act(account: &Account<'_>, id: &str, action: Action) -> Answer {
    let code = record(account, id).await["booking_code"].as_str().unwrap_or("AAAAAAAA").to_owned();
    match action {
        Approve => account.control(Method::POST, &format!("/eligibilities/{id}/approve"), None).await,
        Schedule => account.control(Method::POST, &format!("/eligibilities/{id}/schedule"), None).await,
        Booking(action) => account.booking(&code, action).await,
        Cancel => account.delete(PATH).await,
        Result => {
            let path = format!("/bookings/{code}/results");
            let request = account.server.request(Method::PUT, &path).bearer_auth(&account.token);
            send(request.json(&json!({ "result": "PASS", "score": "90" }))).await
        }
    }
}

async fn told(account: &Account<'_>) -> Vec<Value> {
    let deliveries = account.control(Method::GET, "/deliveries", None).await.expect(200);
    deliveries["items"].as_array().expect("items").iter().map(|row| row["change_reason"].clone()).collect()
}

#[actix_web::test]
async fn every_transition_of_the_contract_happens_and_every_other_one_is_refused() {
    let server = Server::shared();
    let mut tried = (0, 0);
    for status in STATUSES {
        for action in ACTIONS {
            let account = server.account(given()).await;
            let (id, booking) = reach(&account, status).await;
            if booking.is_none() && matches!(action, Booking(_) | Result) {
                continue;
            }
            let case = format!("{status}, {action:?}");
            let (before, told_before) = (all_of(&account).await, told(&account).await);
            let answer = act(&account, &id, action).await;
            match contract(status, action) {
                Becomes(next, reasons) => {
                    tried.0 += 1;
                    assert!(matches!(answer.status, 200 | 204), "{case}: {} {}", answer.status, answer.text);
                    assert_eq!(status_of(&account, &id).await, next, "{case}");
                    let told_now = told(&account).await;
                    assert_eq!(told_now[..told_before.len()], told_before, "{case}");
                    assert_eq!(told_now[told_before.len()..], *reasons, "{case}");
                }
                Refused(code) => {
                    tried.1 += 1;
                    let words = if code == 409 { answer.problem(code) } else { answer.refused(code) };
                    assert!(!words.is_empty(), "{case}");
                    assert_eq!(all_of(&account).await, before, "{case}");
                }
            }
        }
    }
    assert_eq!(tried, (15, 48));
}

#[actix_web::test]
async fn a_refusal_names_the_action_and_the_status_that_stands() {
    let server = Server::shared();
    for (status, action, expected) in [
        ("REG02", Approve, "cannot approve an eligibility in status REG02"),
        ("REG01", Schedule, "cannot schedule an eligibility in status REG01"),
        ("CSS1", Schedule, "cannot schedule an eligibility in status CSS1"),
        ("CSS2", Booking("cancel"), "cannot cancel a booking in state CANCELLED"),
        ("CSS5", Booking("absent"), "cannot mark as absent a booking in state COMPLETED"),
        ("CSS9", Booking("excuse"), "cannot excuse a booking in state EXCUSED"),
        ("CSS8", Result, "cannot take a result for a booking in state ABSENT"),
    ] {
        let account = server.account(given()).await;
        let (id, _) = reach(&account, status).await;
        let answer = act(&account, &id, action).await;
        let words = if action == Result { answer.refused(400) } else { answer.problem(409) };
        assert_eq!(words, expected, "{status}");
    }
}

#[actix_web::test]
async fn a_reschedule_issues_a_new_code_and_the_old_one_is_unknown() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (id, old) = reach(&account, "CSS1").await;
    let old = old.expect("a booking");
    let moved = account.booking(&old, "reschedule").await.expect(200);
    assert_ne!(moved["booking_code"], old.as_str());
    assert_eq!(record(&account, &id).await["booking_code"], moved["booking_code"]);
    let unknown = account.control(Method::GET, &format!("/bookings/{old}"), None).await;
    assert_eq!(unknown.problem(404), format!("there is no booking {old:?}"));
    let bookings = account.control(Method::GET, "/bookings", None).await.expect(200);
    assert_eq!(bookings["items"], json!([moved]));
}

#[actix_web::test]
async fn a_program_without_excused_absences_refuses_them() {
    let server = Server::shared();
    for status in ["CSS1", "CSS8"] {
        let account =
            server.account(with(given(), "/account", json!({ "settings": { "excused_absence": false } }))).await;
        let (id, _) = reach(&account, status).await;
        let before = all_of(&account).await;
        let answer = act(&account, &id, Booking("excuse")).await;
        assert_eq!(answer.problem(409), "this program has no excused absences (settings.excused_absence is false)");
        assert_eq!(all_of(&account).await, before);
    }
}

#[actix_web::test]
async fn a_program_with_approval_starts_every_record_as_reg01() {
    let server = Server::shared();
    let account = server.account(with(given(), "/account", json!({ "settings": { "approval": true } }))).await;
    let made = account.post("/candidates", eligibility("C1", "ONE")).await.expect(201);
    assert_eq!((&made["status"], &made["eligible_to_schedule"]), (&json!("REG01"), &json!(false)));
    assert_eq!(made["eligibility_status_message"], "The registration is pending approval.");
    let id = made["psi_eligiblity_id"].as_str().expect("an identifier");
    let approved = account.control(Method::POST, &format!("/eligibilities/{id}/approve"), None).await.expect(200);
    assert_eq!((&approved["status"], &approved["eligible_to_schedule"]), (&json!("REG02"), &json!(true)));
    assert_eq!(approved, record(&account, id).await);
}

#[actix_web::test]
async fn a_program_that_reviews_accommodations_holds_back_only_records_that_have_some() {
    let server = Server::shared();
    let reviews = with(given(), "/account", json!({ "settings": { "accommodation_review": true } }));
    let account = server.account(reviews).await;
    for (candidate, accommodations, status, message) in [
        ("C1", json!(["READER"]), "REG01", json!("The special accommodations are pending approval.")),
        ("C2", json!(null), "REG02", json!(null)),
        ("C3", json!([]), "REG02", json!(null)),
    ] {
        let body = with(eligibility(candidate, "ONE"), "/candidate/special_accommodations", accommodations);
        let made = account.post("/candidates", body).await.expect(201);
        assert_eq!((&made["status"], &made["eligibility_status_message"]), (&json!(status), &message), "{candidate}");
    }
    let pending = account.get("/candidates/C1").await.expect(200)[0]["psi_eligiblity_id"].clone();
    let path = format!("/eligibilities/{}/approve", pending.as_str().expect("an identifier"));
    let approved = account.control(Method::POST, &path, None).await.expect(200);
    assert_eq!((&approved["status"], &approved["eligibility_status_message"]), (&json!("REG02"), &json!(null)));
}

#[actix_web::test]
async fn the_control_api_knows_no_other_records() {
    let server = Server::shared();
    let (account, other) = (server.account(given()).await, server.account(given()).await);
    let theirs = other.eligible("C1", "ONE").await;
    for (path, detail) in [
        ("/eligibilities/AAAAAAAA/approve".to_owned(), "there is no eligibility \"AAAAAAAA\"".to_owned()),
        ("/eligibilities/short/block".to_owned(), "there is no eligibility \"short\"".to_owned()),
        (format!("/eligibilities/{theirs}/schedule"), format!("there is no eligibility {theirs:?}")),
        ("/bookings/AAAAAAAA/cancel".to_owned(), "there is no booking \"AAAAAAAA\"".to_owned()),
        ("/bookings/None/complete".to_owned(), "there is no booking \"None\"".to_owned()),
    ] {
        assert_eq!(account.control(Method::POST, &path, None).await.problem(404), detail);
    }
}
