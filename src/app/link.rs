//! What can be called next: the links of the documents, which tell of an answer in whose parameters its values go.

use serde_json::{Map, Value, json};

/// What an answer makes possible.
pub struct Step {
    /// The operation that answers, and its status.
    after: (&'static str, u16),
    /// Parameters, and where in the call or its answer their values stand.
    tells: &'static [(&'static str, &'static str)],
    /// The operations that take them; each is given those that it has.
    then: &'static [&'static str],
}

const fn step(
    after: (&'static str, u16),
    tells: &'static [(&'static str, &'static str)],
    then: &'static [&'static str],
) -> Step {
    Step { after, tells, then }
}

/// The account that a call named.
const ACCOUNT: (&str, &str) = ("account_code", "$request.path.account_code");
/// Who performed a call.
const USER: (&str, &str) = ("performed_by_user", "$request.query.performed_by_user");

/// What goes on with a booking.
const BOOKED: &[&str] = &["confirm_hold", "delete_booking", "put_booking_result"];
/// What goes on with a payment.
const PAID: &[&str] = &["get_payment", "capture_payment", "create_refund"];
/// What goes on with a proctored session.
const PROCTORED: &[&str] = &["get_session", "report_session_event", "get_session_results", "cancel_session"];

/// The flows of the vendor's services.
pub const VENDOR: &[Step] = &[
    step(
        ("whoami", 200),
        &[("account_code", "$response.body#/account_code")],
        &[
            "create_eligibility",
            "search_test_centers",
            "list_test_records",
            "create_vouchers",
            "create_payment",
            "create_session",
        ],
    ),
    step(
        ("list_test_records", 200),
        &[
            ACCOUNT,
            ("test_id", "$response.body#/items/0/test_code"),
            ("test_code", "$response.body#/items/0/test_code"),
        ],
        &["get_test_record", "list_locations"],
    ),
    step(
        ("list_test_locations", 200),
        &[("test_id", "$request.path.test_id"), ("location_id", "$response.body#/locations/0/location_id")],
        &["list_timeslots"],
    ),
    step(
        ("create_eligibility", 201),
        &[
            ACCOUNT,
            ("candidate_id", "$response.body#/candidate/candidate_id"),
            ("test_code", "$response.body#/test_code"),
            ("psi_eligibility_code", "$response.body#/psi_eligiblity_id"),
        ],
        &[
            "list_eligibilities",
            "list_eligibilities_by_test",
            "list_eligibilities_by_status",
            "update_eligibility",
            "replace_vouchers",
            "get_test_launch_info",
            "cancel_eligibility",
        ],
    ),
    step(
        ("list_locations", 200),
        &[
            ("test_id", "$request.path.test_id"),
            ("location_id", "$response.body#/locations/0/location_id"),
            ("start_date", "$request.query.start_date"),
            ("end_date", "$request.query.end_date"),
            ("exam_length", "$request.query.exam_length"),
        ],
        &["list_timeslots"],
    ),
    step(
        ("list_timeslots", 200),
        &[("timeslot_id", "$response.body#/data/dates/0/timeslots/0/timeslot_id")],
        &["create_booking"],
    ),
    step(
        ("create_booking", 200),
        &[
            ("booking_id", "$response.body#/booking_id"),
            ("booking_code", "$response.body#/booking_id"),
            ("timeslot_id", "$response.body#/timeslot_id"),
            ("psi_eligibility_code", "$response.body#/atlas_regn_id"),
            ("account_code", "$request.body#/client_id"),
            USER,
        ],
        &[
            "confirm_hold",
            "change_timeslot",
            "delete_booking",
            "get_test_launch_info",
            "put_booking_result",
            "get_result",
            "list_booking_payments",
        ],
    ),
    step(
        ("book_registration", 200),
        &[("booking_id", "$response.body#/data/booking_id"), ("booking_code", "$response.body#/data/booking_id"), USER],
        BOOKED,
    ),
    step(
        ("change_timeslot", 200),
        &[("booking_id", "$response.body#/data/booking_id"), ("booking_code", "$response.body#/data/booking_id"), USER],
        BOOKED,
    ),
    step(
        ("create_web_delivery", 200),
        &[("booking_code", "$response.body#/booking_id"), ("psi_eligibility_code", "$response.body#/atlas_regn_id")],
        &["get_test_launch_info", "put_booking_result"],
    ),
    step(("get_invitation", 200), &[("invitation_code", "$request.path.invitation_code")], &["accept_invitation"]),
    step(
        ("accept_invitation", 200),
        &[("booking_id", "$response.body#/booking_id"), ("booking_code", "$response.body#/booking_id"), USER],
        BOOKED,
    ),
    step(
        ("delete_booking", 200),
        &[("timeslot_id", "$response.body#/timeslot_id"), ("regn_id", "$response.body#/atlas_regn_id"), USER],
        &["book_registration"],
    ),
    step(
        ("search_test_centers", 200),
        &[ACCOUNT, ("location_code", "$response.body#/items/0/location_code")],
        &["find_test_center", "get_availability"],
    ),
    step(("create_payment", 201), &[ACCOUNT, ("payment_id", "$response.body#/payment_id")], PAID),
    step(("capture_payment", 200), &[ACCOUNT, ("payment_id", "$response.body#/payment_id")], PAID),
    step(
        ("create_vouchers", 201),
        &[ACCOUNT, ("voucher_code", "$response.body#/voucher_code")],
        &["get_voucher", "update_voucher", "delete_voucher"],
    ),
    step(
        ("put_test", 201),
        &[ACCOUNT, ("test_code", "$response.body#/test_code")],
        &["get_test_record", "publish_test", "retire_test"],
    ),
    step(
        ("publish_test", 202),
        &[ACCOUNT, ("test_code", "$request.path.test_code"), ("publication_id", "$response.body#/publication_id")],
        &["get_publication"],
    ),
    step(("create_session", 201), &[ACCOUNT, ("session_id", "$response.body#/session_id")], PROCTORED),
];

/// What goes on with an account.
const ACCOUNTS: &[&str] =
    &["get_account", "get_settings", "get_clock", "list_account_eligibilities", "reset_account", "delete_account"];
/// What goes on with an eligibility.
const ELIGIBLE: &[&str] = &["get_eligibility", "schedule_eligibility", "block_eligibility", "unblock_eligibility"];
/// What goes on with a candidate's booking.
const SCHEDULED: &[&str] = &[
    "get_booking",
    "reschedule_booking",
    "confirm_booking",
    "release_booking",
    "cancel_booking",
    "check_in_booking",
    "complete_booking",
    "mark_absent",
];
/// What goes on with a subscription.
const SUBSCRIBED: &[&str] = &[
    "get_subscription",
    "pause_subscription",
    "resume_subscription",
    "rotate_secret",
    "flush_subscription",
    "delete_subscription",
];

/// The flows of the control face.
pub const CONTROL: &[Step] = &[
    step(
        ("list_accounts", 200),
        &[("account_code", "$response.body#/items/0/account_code")],
        &[
            "get_account",
            "list_account_eligibilities",
            "list_account_payments",
            "list_deliveries",
            "list_publications",
            "list_requests",
        ],
    ),
    step(("create_account", 201), &[("account_code", "$response.body#/account_code")], ACCOUNTS),
    step(("fork_account", 201), &[("account_code", "$response.body#/account_code")], ACCOUNTS),
    step(
        ("create_user", 201),
        &[ACCOUNT, ("username", "$response.body#/username")],
        &["get_user", "put_user", "delete_user"],
    ),
    step(
        ("create_application", 201),
        &[ACCOUNT, ("name", "$response.body#/name")],
        &["get_application", "list_keys", "create_keys", "list_application_subscriptions", "delete_application"],
    ),
    step(
        ("create_application_subscription", 201),
        &[ACCOUNT, ("name", "$request.path.name"), ("service", "$response.body#/service")],
        &["get_application_subscription", "put_application_subscription", "delete_application_subscription"],
    ),
    step(("add_fault", 201), &[ACCOUNT, ("id", "$response.body#/faults/0/id")], &["remove_fault"]),
    step(
        ("put_test_center", 200),
        &[ACCOUNT, ("location_code", "$response.body#/location_code")],
        &["get_test_center", "close_test_center", "reopen_test_center"],
    ),
    step(
        ("put_invitation", 200),
        &[ACCOUNT, ("invitation_code", "$response.body#/invitation_code")],
        &["get_account_invitation"],
    ),
    step(
        ("list_publications", 200),
        &[ACCOUNT, ("publication_id", "$response.body#/items/0/publication_id")],
        &["decide_publication"],
    ),
    step(
        ("list_account_eligibilities", 200),
        &[ACCOUNT, ("psi_eligiblity_id", "$response.body#/items/0/psi_eligiblity_id")],
        ELIGIBLE,
    ),
    step(("schedule_eligibility", 200), &[ACCOUNT, ("booking_code", "$response.body#/booking_code")], SCHEDULED),
    step(("reschedule_booking", 200), &[ACCOUNT, ("booking_code", "$response.body#/booking_code")], SCHEDULED),
    step(("mark_absent", 200), &[ACCOUNT, ("booking_code", "$response.body#/booking_code")], &["excuse_absence"]),
    step(
        ("check_in_booking", 200),
        &[ACCOUNT, ("session_id", "$response.body#/session_id")],
        &["get_account_session", "begin_session_review", "review_session"],
    ),
    step(
        ("list_account_payments", 200),
        &[ACCOUNT, ("payment_id", "$response.body#/items/0/payment_id")],
        &["get_account_payment", "accept_payment", "decline_payment", "refund_payment"],
    ),
    step(("put_subscription", 200), &[ACCOUNT, ("service", "$request.path.service")], SUBSCRIBED),
    step(
        ("list_deliveries", 200),
        &[ACCOUNT, ("id", "$response.body#/items/0/id")],
        &["get_delivery", "list_attempts", "resend_delivery", "discard_delivery"],
    ),
    step(("list_requests", 200), &[ACCOUNT, ("id", "$response.body#/items/0/id")], &["get_request"]),
    step(("put_message", 200), &[ACCOUNT, ("name", "$request.path.name")], &["list_inbox", "clear_inbox"]),
];

/// Adds the links to the answers of a document.
pub fn add(document: &mut Value, steps: &[Step]) {
    let known = parameters(document);
    let methods = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in methods.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let id = operation["operationId"].clone();
        for step in steps.iter().filter(|step| id == step.after.0) {
            let Some(answer) = operation["responses"].get_mut(step.after.1.to_string()) else { continue };
            for next in step.then {
                let takes =
                    |(name, _): &&(&str, &str)| known[*next].as_array().is_some_and(|all| all.contains(&json!(name)));
                let given: Map<_, _> =
                    step.tells.iter().filter(takes).map(|(name, at)| ((*name).to_owned(), json!(at))).collect();
                answer["links"][*next] = json!({ "operationId": next, "parameters": given });
            }
        }
    }
}

/// The names of the parameters of each operation.
fn parameters(document: &Value) -> Value {
    let methods = document["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = methods.filter_map(Value::as_object).flat_map(Map::values);
    let named = operations.filter_map(|operation| {
        let names = operation["parameters"].as_array().into_iter().flatten().map(|one| one["name"].clone()).collect();
        Some((operation["operationId"].as_str()?.to_owned(), names))
    });
    Value::Object(named.collect())
}

#[cfg(test)]
mod tests {
    use super::super::openapi;
    use super::*;

    fn operation<'d>(document: &'d Value, id: &str) -> &'d Value {
        let methods = document["paths"].as_object().expect("paths").values();
        let mut all = methods.flat_map(|methods| methods.as_object().expect("methods").values());
        all.find(|operation| operation["operationId"] == id).unwrap_or_else(|| panic!("no operation {id}"))
    }

    #[test]
    fn each_link_leads_to_a_call_with_all_that_its_path_needs() {
        for (document, steps) in [(openapi::atlas(), VENDOR), (openapi::control(), CONTROL)] {
            for Step { after: (from, status), tells, then } in steps {
                let answer = &operation(&document, from)["responses"][status.to_string()];
                let example = &answer["content"]["application/json"]["example"];
                for next in *then {
                    let given = &answer["links"][*next]["parameters"];
                    for parameter in operation(&document, next)["parameters"].as_array().expect("parameters") {
                        let (name, place) = (parameter["name"].as_str().expect("a name"), &parameter["in"]);
                        assert!(place != "path" || given[name].is_string(), "{from} to {next}: {name} is missing");
                    }
                }
                for (name, at) in *tells {
                    let is_used = then.iter().any(|next| answer["links"][*next]["parameters"][*name] == *at);
                    assert!(is_used, "{from}: no operation takes {name}");
                    let pointer = at.strip_prefix("$response.body#");
                    let is_found =
                        pointer.is_none_or(|pointer| example.is_null() || example.pointer(pointer).is_some());
                    assert!(is_found, "{from}: {at} is not in {example}");
                }
            }
        }
    }
}
