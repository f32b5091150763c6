//! The data of the benchmark: one test of its own, a write model of 0.9 KB, and the requests made of them.

use serde_json::{Value, json};

use crate::wire::{MARKER, request};

/// The demo account's candidates.
pub const CANDIDATES: &str = "/eligibilityService/1.0.0/accounts/DEMO0001/candidates";

/// The demo account in the control API.
pub const ACCOUNT: &str = "/_sandbox/accounts/DEMO0001";

/// What a partner sends with every call.
pub const HEADERS: [(&str, &str); 2] = [("Authorization", "Bearer demo-token"), ("Accept", "application/json")];

/// The path of one candidate.
pub fn candidate_path(candidate_id: &str) -> String {
    format!("{CANDIDATES}/{candidate_id}")
}

/// The fixture document that the demo account gets first: all that the write model names.
pub fn fixture() -> Value {
    json!({
        "catalog": {
            "tests": [{
                "test_code": "BENCH-1",
                "test_name": "Benchmark",
                "exam_length": 120,
                "delivery_modes": ["SITE_PROCTORED", "ATLAS_REMOTE_PROCTORED"],
            }],
            "schools": ["BENCHSCH"],
            "attribute_keys": ["bench_department", "bench_programme", "bench_sponsor"],
        },
    })
}

/// The create request; [`MARKER`] stands for the number.
pub fn create() -> Vec<u8> {
    let headers = [HEADERS[0], HEADERS[1], ("Content-Type", "application/json")];
    request("POST", CANDIDATES, &headers, write_model().to_string().as_bytes())
}

/// The request for one candidate's eligibilities.
pub fn get(candidate_id: &str) -> Vec<u8> {
    request("GET", &candidate_path(candidate_id), &HEADERS, b"")
}

/// An eligibility as a careful partner sends it: the members that have a value, in the documented order.
pub fn write_model() -> Value {
    json!({
        "candidate": {
            "additional_attributes": [
                { "key": "bench_department", "value": "Department of Applied Measurement" },
                { "key": "bench_programme", "value": "Licensing programme 2026, second intake" },
                { "key": "bench_sponsor", "value": "Board of Examiners, Continuing Education Office" },
            ],
            "address1": "1450 Commonwealth Avenue",
            "address2": "Building C, Apartment 12",
            "candidate_id": MARKER,
            "city": "Minneapolis",
            "country": "US",
            "email": format!("candidate.{MARKER}@mail.example.com"),
            "first_name": "Alexandria",
            "home_phone": "612-555-0134",
            "last_name": "Featherstone-Haugh",
            "middle_name": "Josephine",
            "office_phone": "612-555-0178",
            "postal_code": "55401",
            "province_state": "MN",
            "school_code": "BENCHSCH",
            "suffix": "Jr.",
        },
        "client_eligibility_id": format!("BENCH-{MARKER}"),
        "eligibility_end_date": "2099-12-31T23:59:59Z",
        "registration_mode": "Online",
        "schedule_start_date": "2026-01-01T00:00:00Z",
        "test_code": "BENCH-1",
    })
}

/// The record that the sandbox is expected to make of it (the self-test has no sandbox to ask).
pub fn record() -> Value {
    let mut record = write_model();
    record["created_datetime"] = "2026-01-01T00:00:00Z".into();
    record["eligibility_status_message"] = Value::Null;
    record["eligible_to_schedule"] = true.into();
    record["portion_codes"] = json!([]);
    record["psi_eligiblity_id"] = "ABCD1234".into();
    record["status"] = "REG02".into();
    record
}

#[cfg(test)]
mod tests {
    use super::{record, write_model};

    #[test]
    fn the_bodies_have_the_sizes_that_the_bars_speak_of() {
        let (body, answer) = (write_model().to_string().len(), record().to_string().len());
        assert!((870..=930).contains(&body), "{body}");
        assert!((1_000..=1_200).contains(&answer), "{answer}");
    }
}
